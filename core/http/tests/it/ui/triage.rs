//! What a developer does all day: searches at hand, bulk assigning, similar issues, owners, wishes.

use axum::http::StatusCode;
use errand_model::IssueId;
use errand_model::issue::{Assignee, Issue};
use errand_model::notice::{Happening, Pace};
use errand_store::{notices, teams};

use super::browser::{Browser, invite};
use super::seed;
use crate::support::Hub;

async fn read(hub: &Hub, id: IssueId) -> Issue {
    let issue = errand_store::issues::get(&hub.db.db, id).await.expect("read");
    issue.expect("the issue is there")
}

#[tokio::test]
async fn a_search_is_kept_at_hand_and_begun_with() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    seed::store(&hub, &seed::error("CartError", "gone")).await;
    let here = "/issues?query=is%3Aunresolved%20license%3ANONE&sort=user";
    let fields = [
        ("name", "None"),
        ("query", "is:unresolved license:NONE"),
        ("sort", "user"),
        ("first", "on"),
        ("back", here),
    ];
    let kept = browser.submit(here, "/issues/searches", &fields).await;
    let page = browser.follow(&kept).await;
    assert!(
        page.contains("None is at hand now") && page.contains("Begin with what is unresolved"),
        "{page}"
    );
    let page = browser.page("/issues").await;
    assert!(
        page.contains("license:NONE") && !page.contains("CartError"),
        "{page}"
    );
    let (_, rest) = page
        .split_once("/issues/searches/")
        .expect("a form of the search");
    let id = rest.split('"').next().expect("an id").to_owned();
    let path = format!("/issues/searches/{id}");
    let usual = browser
        .submit(here, &path, &[("action", "usual"), ("back", "/issues")])
        .await;
    assert!(browser.follow(&usual).await.contains("CartError"));
    let gone = browser
        .submit(here, &path, &[("action", "forget"), ("back", "/issues")])
        .await;
    assert!(!browser.follow(&gone).await.contains(">None</a>"));
    let bad = [("name", "x"), ("query", "level:loud"), ("back", "/issues")];
    let refused = browser.submit("/issues", "/issues/searches", &bad).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn issues_are_given_away_together_and_found_by_team() {
    let hub = Hub::start().await;
    let (ada, code) = invite(&hub).await;
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let cx = hub.state.context();
    let team = teams::create(&mut tx, cx, hub.project.organization, "Payments", None, true)
        .await
        .expect("a team");
    teams::add_member(&mut tx, team.id, ada).await.expect("in it");
    tx.commit().await.expect("committed");
    let mut browser = Browser::new(&hub);
    browser.post("/sign-in", &[("code", &code)]).await;
    let one = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let two = seed::issue(&hub, &seed::error("StockError", "gone")).await;
    seed::store(&hub, &seed::error("OtherError", "gone")).await;
    let (of, one_id, two_id) = (format!("team:{}", team.id), one.to_string(), two.to_string());
    let fields = [
        ("action", "assign"),
        ("assignee", of.as_str()),
        ("id", one_id.as_str()),
        ("id", two_id.as_str()),
        ("back", "/issues"),
    ];
    let given = browser.submit("/issues", "/issues/actions", &fields).await;
    assert!(browser.follow(&given).await.contains("2 issues are assigned"));
    for id in [one, two] {
        assert_eq!(read(&hub, id).await.assignee, Some(Assignee::Team(team.id)));
    }
    let page = browser
        .page("/issues?query=is%3Aunresolved%20assigned%3Amy_teams&sort=priority")
        .await;
    assert!(
        page.contains("CartError") && page.contains("StockError") && !page.contains("OtherError"),
        "{page}"
    );
}

#[tokio::test]
async fn similar_issues_are_shown_with_reasons_merged_and_taken_apart_again() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let one = seed::issue(&hub, &seed::error("CartError", "the basket 17 is gone")).await;
    let mut other = seed::error("CartError", "the basket 42 is gone");
    other["fingerprint"] = serde_json::json!(["another"]);
    let two = seed::issue(&hub, &other).await;
    seed::store(&hub, &seed::error("Unlike", "nothing")).await;
    assert_ne!(one, two);
    let page = browser.page(&format!("/issues/{one}/similar")).await;
    for wanted in [
        "both are a CartError",
        "words of the titles are the same",
        "Merge into this",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(!page.contains("Unlike"), "{page}");
    let (path, two) = (format!("/issues/{one}/actions"), two.to_string());
    let of = format!("/issues/{one}/similar");
    let merged = browser
        .submit(&of, &path, &[("action", "merge"), ("other", &two), ("back", &of)])
        .await;
    assert!(browser.follow(&merged).await.contains("is part of SHOP-1 now"));
    let of = format!("/issues/{one}/grouping");
    let page = browser.page(&of).await;
    let hashes: Vec<&str> = page
        .split(r#"name="hash" value=""#)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(hashes.len() >= 2, "{page}");
    let newest =
        errand_store::events::end_of_issue(&hub.db.db, one, errand_store::events::Which::Latest).await;
    let hash = newest.expect("read").expect("an event").hash.to_string();
    assert!(hashes.contains(&hash.as_str()));
    let apart = browser
        .submit(&of, &format!("/issues/{one}/unmerge"), &[("hash", &hash)])
        .await;
    let page = browser.follow(&apart).await;
    assert!(
        page.contains("were taken out of SHOP-1") && page.contains("basket 42"),
        "{page}"
    );
    let all = browser.submit(&of, &format!("/issues/{one}/unmerge"), &[]).await;
    assert!(browser.follow(&all).await.contains("Nothing was changed"));
}

#[tokio::test]
async fn owners_are_set_by_rules_and_read_from_codeowners() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let path = "/projects/shop/ownership";
    let bad = browser
        .submit(path, path, &[("action", "save"), ("rules", "src/pay #pay")])
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text().contains("line 1"), "{}", bad.text());
    let file = "/src/pay/ @ada\n*.ts @nobody\n";
    let shown = browser
        .submit(path, path, &[("action", "import"), ("rules", ""), ("file", file)])
        .await;
    assert!(
        shown.text().contains("path:/src/pay/ ada@example.com"),
        "{}",
        shown.text()
    );
    assert!(shown.text().contains("nobody here is @nobody"));
    let rules = "path:/src/pay/ ada@example.com";
    let saved = browser
        .submit(path, path, &[("action", "save"), ("rules", rules)])
        .await;
    assert!(browser.follow(&saved).await.contains(rules));
    // The other settings leave them alone.
    let settings = [("name", "Shop"), ("allowed_origins", "*"), ("window", "60")];
    browser
        .submit("/projects/shop/settings", "/projects/shop/settings", &settings)
        .await;
    assert!(browser.page(path).await.contains(rules));
}

#[tokio::test]
async fn a_comment_calls_people() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let of = format!("/issues/{issue}/activity");
    let said = [("text", "look at this, @ada <b>now</b>")];
    browser
        .submit(&of, &format!("/issues/{issue}/comments"), &said)
        .await;
    let page = browser.page(&of).await;
    assert!(page.contains(r#"<b class="call">@ada</b>"#), "{page}");
    assert!(!page.contains("<b>now</b>"), "{page}");
}

#[tokio::test]
async fn wishes_are_kept() {
    let hub = Hub::start().await;
    let (ada, code) = invite(&hub).await;
    let mut browser = Browser::new(&hub);
    browser.post("/sign-in", &[("code", &code)]).await;
    let path = "/account/notifications";
    let page = browser.page(path).await;
    assert!(page.contains("Nothing writes to people yet"), "{page}");
    let project = hub.project.id.to_string();
    let fields = [
        ("happening", "new"),
        ("happening", "mentioned"),
        ("project", project.as_str()),
        ("project", "999"),
        ("pace", "weekly"),
        ("summary_hour", "9"),
        ("offset", "11"),
        ("quiet", "on"),
        ("quiet_from", "22"),
        ("quiet_to", "6"),
        ("quiet_weekends", "on"),
    ];
    let saved = browser.submit(path, path, &fields).await;
    let page = browser.follow(&saved).await;
    assert!(page.contains("Saved."), "{page}");
    let wishes = notices::wishes(&hub.db.db, ada).await.expect("read");
    assert_eq!(wishes.happenings, [Happening::New, Happening::Mentioned]);
    assert_eq!(
        (wishes.pace, wishes.quiet, wishes.utc_offset),
        (Pace::Weekly, Some((22, 6)), 330)
    );
    assert_eq!(
        wishes.projects,
        [hub.project.id],
        "of a project that is none nothing is kept"
    );
    assert!(wishes.quiet_weekends && !wishes.only_mine && wishes.summary_hour == 9);
}
