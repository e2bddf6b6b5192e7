//! What administrators set: how much is kept, and how much may come in.

use axum::http::StatusCode;
use errand_model::access::Role;
use errand_store::facts;
use errand_store::retention::{self, Keep};

use super::browser::Browser;
use super::seed;
use crate::support::{EVENT, Hub};

#[tokio::test]
async fn an_administrator_sets_what_is_kept_and_nobody_else_does() {
    let hub = Hub::start().await;
    let mut member = Browser::of(&hub, "ada@example.com", Role::Member).await;
    assert_eq!(member.get("/storage").await.status, StatusCode::FORBIDDEN);
    let mut admin = Browser::of(&hub, "eve@example.com", Role::Admin).await;
    let fields = [("days", "90"), ("megabytes", "")];
    let answer = admin.submit("/storage", "/storage", &fields).await;
    let page = admin.follow(&answer).await;
    assert!(
        page.contains("events of all projects are kept: 90 days"),
        "{page}"
    );
    let id = hub.project.id.to_string();
    let fields = [("project", id.as_str()), ("days", "7"), ("megabytes", "5")];
    admin.submit("/storage", "/storage", &fields).await;
    let rules = retention::rules(&hub.db.db).await.expect("rules");
    assert_eq!(rules.hub.days, Some(90));
    let own = Keep {
        days: Some(7),
        bytes: Some(5_000_000),
    };
    assert_eq!(rules.of(hub.project.id), own);
    for bad in ["0", "-1", "a", "9999999999999"] {
        let fields = [("days", bad), ("megabytes", "")];
        let answer = admin.submit("/storage", "/storage", &fields).await;
        assert!(admin.follow(&answer).await.contains("whole numbers"), "{bad}");
    }
    assert_eq!(retention::rules(&hub.db.db).await.expect("rules"), rules);
    let log = admin.page("/audit").await;
    assert!(
        log.contains("events of Shop are kept: 7 days and 5000000 bytes"),
        "{log}"
    );
}

/// A field has a label, and says to whoever does not see it what is written below it.
fn is_explained(page: &str, field: &str, by: &str) {
    assert!(page.contains(&format!("<label for=\"{field}\">")), "{page}");
    let help = format!("aria-describedby=\"{field}-help\"><p class=\"help\" id=\"{field}-help\">");
    let (_, help) = page.split_once(&help).expect("a field that is explained");
    assert!(
        help.split('<').next().is_some_and(|help| help.contains(by)),
        "{help}"
    );
}

#[tokio::test]
async fn facts_have_bounds_of_their_own_and_what_was_forgotten_is_shown() {
    let hub = Hub::start().await;
    for _ in 0..2 {
        seed::store(&hub, &seed::error("CartError", "gone")).await;
    }
    let mut admin = Browser::of(&hub, "eve@example.com", Role::Admin).await;
    let page = admin.page("/storage").await;
    assert!(
        page.contains("<b>2</b> facts take") && page.contains("No fact was forgotten"),
        "{page}"
    );
    is_explained(&page, "facts-days", "no further");
    is_explained(&page, "facts-megabytes", "are forgotten");
    let before = retention::rules(&hub.db.db).await.expect("rules");
    let wrong = [("of", "facts"), ("days", "401"), ("megabytes", "")];
    let answer = admin.submit("/storage", "/storage", &wrong).await;
    assert!(admin.follow(&answer).await.contains("days up to 400"));
    let nobodys = [("project", "shop"), ("days", "1"), ("megabytes", "")];
    let answer = admin.submit("/storage", "/storage", &nobodys).await;
    assert!(admin.follow(&answer).await.contains("no such project"));
    assert_eq!(retention::rules(&hub.db.db).await.expect("rules"), before);

    let bounds = [("of", "facts"), ("days", "200"), ("megabytes", "5")];
    let answer = admin.submit("/storage", "/storage", &bounds).await;
    let page = admin.follow(&answer).await;
    assert!(
        page.contains("facts are kept: 200 days and 5000000 bytes") && page.contains("value=\"200\""),
        "{page}"
    );
    let rules = retention::rules(&hub.db.db).await.expect("rules");
    let facts = Keep {
        days: Some(200),
        bytes: Some(5_000_000),
    };
    assert_eq!((rules.facts, rules.hub), (facts, before.hub), "events stay");
    let log = admin.page("/audit").await;
    assert!(
        log.contains("facts are kept: 200 days and 5000000 bytes"),
        "{log}"
    );

    hub.clock.advance_millis(202 * 86_400_000);
    let now = hub.state.now();
    while let Some(due) = facts::due(&hub.db.db, now).await.expect("due") {
        facts::keep(&hub.db.db, hub.state.context(), due)
            .await
            .expect("kept");
    }
    let mut admin = Browser::of(&hub, "dan@example.com", Role::Admin).await;
    let page = admin.page("/storage").await;
    let row = "<td>Shop</td><td>older than facts are kept</td><td class=\"num\">2</td>";
    assert!(
        page.contains("<b>0</b> facts take") && page.contains(row),
        "{page}"
    );
    assert!(page.contains("Nothing was dropped"), "no event was: {page}");
}

#[tokio::test]
async fn of_a_flood_the_beginning_is_taken_and_then_one_event_a_second() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let path = format!("/projects/{}/volume", hub.project.slug);
    let fields = [("daily", "100000"), ("monthly", ""), ("spikes", "on")];
    let answer = ada.submit(&path, &path, &fields).await;
    assert!(ada.follow(&answer).await.contains("Saved."));
    let mut taken = 0;
    for _ in 0..700 {
        let answer = hub.post("envelope/", &[], EVENT).await;
        match answer.status.as_u16() {
            200 => taken += 1,
            _ => assert_eq!(answer.header("retry-after"), "1", "{}", answer.text()),
        }
    }
    assert_eq!(
        taken, 601,
        "600 of a project without a past, and one of the second"
    );
    let held = hub.intake.outcomes.lock().expect("unpoisoned").len();
    assert_eq!(held, 99, "each that is not taken is counted");
    let counted = errand_model::outcome::OutcomeCount {
        quantity: 99,
        ..hub.intake.outcomes.lock().expect("unpoisoned")[0].clone()
    };
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let counts = [counted];
    errand_store::outcomes::add(&mut tx, hub.state.now(), &counts)
        .await
        .expect("added");
    tx.commit().await.expect("committed");
    let page = ada.page(&path).await;
    assert!(
        page.contains("held back by a limit") && page.contains("spike protection"),
        "{page}"
    );
    for _ in 0..5 {
        hub.clock.advance_millis(1_000);
        assert_eq!(
            hub.post("envelope/", &[], EVENT).await.status,
            200,
            "one a second"
        );
        assert_eq!(hub.post("envelope/", &[], EVENT).await.status, 429);
    }
    let quiet = [("daily", "1"), ("monthly", "")];
    ada.submit(&path, &path, &quiet).await;
    let answer = hub.post("envelope/", &[], EVENT).await;
    assert!(
        answer
            .header("x-sentry-rate-limits")
            .ends_with(":project:daily_quota")
    );
}

#[tokio::test]
async fn filters_are_set_on_their_page_and_nonsense_is_shown_again() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let path = format!("/projects/{}/filters", hub.project.slug);
    let fields = [
        ("web_crawlers", "on"),
        ("legacy_browsers", "ie"),
        ("legacy_browsers", "safari_pre_6"),
        ("releases", "shop@1.*\r\n\r\n *-dev "),
        ("error_messages", "TypeError: *"),
        ("ip_addresses", "192.0.2.0/24"),
    ];
    let answer = ada.submit(&path, &path, &fields).await;
    assert!(ada.follow(&answer).await.contains("Saved."));
    let saved = errand_store::projects::by_id(&hub.db.db, hub.project.id).await;
    let saved = saved.expect("readable").expect("there").settings.filters;
    assert!(saved.web_crawlers && !saved.localhost && !saved.browser_extensions);
    assert_eq!(saved.legacy_browsers, ["ie", "safari_pre_6"]);
    assert_eq!(saved.releases, ["shop@1.*", "*-dev"]);

    let wrong = [("ip_addresses", "192.0.2.0/33"), ("localhost", "on")];
    let answer = ada.submit(&path, &path, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text().contains("is no address, and no network"),
        "{}",
        answer.text()
    );
    assert!(
        answer.text().contains(">192.0.2.0/33</textarea>"),
        "nothing typed is lost"
    );

    // The other page of settings takes nothing away from this one.
    let settings = format!("/projects/{}/settings", hub.project.slug);
    let answer = ada
        .submit(&settings, &settings, &[("name", "Shop"), ("window", "60")])
        .await;
    assert!(ada.follow(&answer).await.contains("Saved."));
    let after = errand_store::projects::by_id(&hub.db.db, hub.project.id).await;
    assert_eq!(after.expect("readable").expect("there").settings.filters, saved);
    let mut admin = Browser::of(&hub, "eve@example.com", Role::Admin).await;
    let log = admin.page("/audit").await;
    assert!(log.contains("</b> changed the inbound filters of Shop"), "{log}");
}

#[tokio::test]
async fn a_person_is_looked_for_before_they_are_erased_and_the_log_does_not_name_them() {
    let hub = Hub::start().await;
    seed::store(&hub, &seed::error("CartError", "gone")).await;
    let mut member = Browser::of(&hub, "ada@example.com", Role::Member).await;
    assert_eq!(member.get("/jobs").await.status, StatusCode::FORBIDDEN);
    let mut admin = Browser::of(&hub, "eve@example.com", Role::Admin).await;
    let kim = [("by", "email"), ("value", "kim@example.com")];
    let answer = admin.submit("/jobs", "/jobs", &kim).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.text().contains("<b>1</b> events of 1 user."),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains("Erase for good"), "{}", answer.text());
    let nobody = [("by", "id"), ("value", "nobody")];
    let answer = admin.submit("/jobs", "/jobs", &nobody).await;
    assert!(
        answer.text().contains("Nothing is known of them."),
        "{}",
        answer.text()
    );

    let erase = [&kim[..], &[("action", "erase")]].concat();
    let answer = admin.submit("/jobs", "/jobs", &erase).await;
    let page = admin.follow(&answer).await;
    assert!(
        page.contains("Erase the data of email k…") && page.contains("waiting"),
        "{page}"
    );
    assert!(page.contains("0 of about 1"), "{page}");
    for bad in [("by", "shoe-size"), ("by", "email")] {
        let answer = admin.submit("/jobs", "/jobs", &[bad, ("value", " ")]).await;
        assert!(admin.follow(&answer).await.contains("Say who it is"));
    }
    let log = admin.page("/audit").await;
    assert!(log.contains("had the data of email k… erased"), "{log}");
    assert!(!log.contains("kim@example.com"), "{log}");
}
