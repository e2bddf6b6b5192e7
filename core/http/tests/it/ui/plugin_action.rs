//! Plugins' buttons on an issue: a form drawn by the hub, pressed without script.

use axum::http::StatusCode;
use errand_http::plugins::Pressed;
use errand_model::Secret;
use errand_model::grant::Grant;
use errand_store::installations::{self, NewInstallation};
use serde_json::json;

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

async fn stage(hub: &Hub) -> (String, String) {
    seed::store(hub, &seed::error("Broken", "cart")).await;
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let new = NewInstallation {
        organization: hub.project.organization,
        project: None,
        plugin: "tickets",
        name: "Our tickets",
        config: Secret::new("{}".to_owned()),
        grant: Grant::default(),
    };
    let made = installations::create(&mut tx, hub.state.context(), new)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    let issue = "/issues/SHOP-1".to_owned();
    let button = format!("{issue}/plugin-actions/{}/ticket", made.id);
    (issue, button)
}

#[tokio::test]
async fn a_button_asks_is_pressed_and_answers() {
    let hub = Hub::start().await;
    let (issue, button) = stage(&hub).await;
    let mut browser = Browser::signed_in(&hub).await;
    let page = browser.page(&issue).await;
    let (_, last) = button.split_once("plugin-actions").expect("a path");
    assert!(
        page.contains(last) && page.contains("Create &#60;ticket&#62;"),
        "{page}"
    );

    let form = browser.page(&button).await;
    for part in [
        r#"name="field-queue" value="" type="text" required"#,
        r#"<select id="field-urgency""#,
        r#"<option value="high">High"#,
        r#"type="number""#,
        r#"type="checkbox" name="field-notify""#,
        "The &#60;queue&#62;",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    let answer = browser
        .submit(
            &button,
            &button,
            &[("field-urgency", "high"), ("field-count", "many")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let page = answer.text();
    assert!(
        page.contains("must be set") && page.contains(r#"<option value="high" selected>"#),
        "{page}"
    );
    let fields = [
        ("field-queue", "shop"),
        ("field-count", "3"),
        ("field-notify", "on"),
    ];
    let answer = browser.submit(&button, &button, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let page = answer.text();
    assert!(
        page.contains("made &#60;T-1&#62;") && page.contains("Our tickets says"),
        "{page}"
    );
    let link = r#"href="https://tickets.example.com/T-1?a=1&#38;b=2" rel="noopener noreferrer nofollow""#;
    assert!(page.contains(link), "{page}");
    let presses = hub.plugins.presses.lock().expect("unpoisoned");
    assert_eq!(
        presses[0].input,
        json!({"urgency": "high", "count": "many", "notify": false})
    );
    assert_eq!(
        presses[1].input,
        json!({"queue": "shop", "count": 3, "notify": true})
    );
    assert!(
        matches!(&presses[1].by, errand_model::lifecycle::Actor::User { name, .. } if name == "Ada Byron")
    );
}

#[tokio::test]
async fn a_button_that_fails_says_so_in_words_and_keeps_what_was_filled_in() {
    let hub = Hub::start().await;
    let (issue, button) = stage(&hub).await;
    let mut browser = Browser::signed_in(&hub).await;
    let why = "The plugin took too long. <b>".to_owned();
    *hub.plugins.pressed.lock().expect("unpoisoned") = Some(Pressed::Failed(why));
    let answer = browser
        .submit(&button, &button, &[("field-queue", "shop & co")])
        .await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    let page = answer.text();
    assert!(
        page.contains("took too long. &#60;b&#62;") && page.contains("shop &#38; co"),
        "{page}"
    );
    let unknown = browser.get(&button.replace("/ticket", "/burn")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let foreign = browser.post(&button, &[("field-queue", "shop")]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN, "a form of another page");
    let installed = installations::list(&hub.db.db, None).await.expect("listed");
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    installations::pause(&mut tx, installed[0].id, "401")
        .await
        .expect("paused");
    tx.commit().await.expect("committed");
    assert_eq!(
        browser.get(&button).await.status,
        StatusCode::NOT_FOUND,
        "it is held"
    );
    assert!(!browser.page(&issue).await.contains("plugin-actions"));
}

#[tokio::test]
async fn a_form_that_the_plugin_draws_follows_what_is_filled_in_without_script() {
    let hub = Hub::start().await;
    let (_, button) = stage(&hub).await;
    let button = button.replace("/ticket", "/drawn");
    let mut browser = Browser::signed_in(&hub).await;
    let form = browser.page(&button).await;
    for part in [
        r#"name="field-queue" value="shop""#,
        r#"name="field-text""#,
        r##"value="redraw" formaction="#field-queue" formnovalidate"##,
        r#"data-lookup="who""#,
        "It goes to &#60;shop&#62;.",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    let shape = "queue:text who:text text:text";
    assert!(
        form.contains(&format!(r#"name="shape" value="{shape}""#)),
        "{form}"
    );

    let fields = [
        ("shape", shape),
        ("field-queue", "night"),
        ("field-text", "x"),
        ("do", "redraw"),
    ];
    let answer = browser.submit(&button, &button, &fields).await;
    assert_eq!(answer.status, StatusCode::OK);
    let page = answer.text();
    let days = r#"type="checkbox" name="field-days" value="low""#;
    assert!(page.contains(days) && !page.contains("field-text"), "{page}");

    let shape = "queue:text who:text days:choices";
    let filled_in = [("shape", shape), ("field-queue", "night"), ("field-days", "low")];
    let look_up = |who: &'static str| {
        let mut fields = filled_in.to_vec();
        fields.extend([("field-who", who), ("do", "look-up:who")]);
        fields
    };
    let answer = browser.submit(&button, &button, &look_up("mia")).await;
    let page = answer.text();
    assert!(
        page.contains(r#"<option value="id-of-mia">The &#60;mia&#62; (id-of-mia)"#),
        "{page}"
    );
    assert!(page.contains(&format!("{days} checked")), "{page}");
    let answer = browser.submit(&button, &button, &look_up("nobody")).await;
    let page = answer.text();
    assert!(page.contains("nobody is asked"), "{page}");

    let mut fields = filled_in.to_vec();
    fields.extend([("field-who", "mia"), ("pick-who", "id-of-mia")]);
    let answer = browser.submit(&button, &button, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let pressed = hub.plugins.presses.lock().expect("unpoisoned")[0].input.clone();
    assert_eq!(
        pressed,
        json!({"queue": "night", "who": "id-of-mia", "days": ["low"]})
    );
}

#[tokio::test]
async fn a_form_that_cannot_be_drawn_keeps_what_was_filled_in() {
    let hub = Hub::start().await;
    let (_, button) = stage(&hub).await;
    let button = button.replace("/ticket", "/drawn");
    let mut browser = Browser::signed_in(&hub).await;
    let fields = [
        ("shape", "queue:text text:text"),
        ("field-queue", "gone"),
        ("field-text", "kept"),
        ("do", "redraw"),
    ];
    let answer = browser.submit(&button, &button, &fields).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    let page = answer.text();
    assert!(
        page.contains("there is no queue &#60;gone&#62;") && page.contains(r#"value="kept""#),
        "{page}"
    );
}
