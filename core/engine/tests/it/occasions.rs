//! Other systems' requests and buttons: made once, written down, and never twice.

use errand_engine::{Engine, Form, Inbound, InboundError, PressError, Pressed, Received};
use errand_model::delivery::AttemptOutcome;
use errand_model::lifecycle::Actor;
use errand_model::occasion::Occasion;
use errand_plugin_host::Refused;
use errand_store::installations::{self, Installation};
use serde_json::{Value, json};

use crate::deliveries::{retry, wait_for};
use crate::setting::{Setting, stop};

fn request(id: Option<&str>) -> Inbound {
    Inbound {
        route: "updates".to_owned(),
        method: "POST".to_owned(),
        query: String::new(),
        headers: id
            .map(|id| ("x-id".to_owned(), id.to_owned()))
            .into_iter()
            .collect(),
        body: b"{}".to_vec(),
    }
}

async fn receive(engine: &Engine, to: &Installation, id: &str) -> Received {
    let received = engine.occasions().receive(to, request(Some(id))).await;
    received.expect("it is let in")
}

/// How calls ended, and what is known of them, the oldest first.
async fn recorded(setting: &Setting, of: &Installation) -> Vec<(Occasion, AttemptOutcome, Value)> {
    let calls = setting.recorded(of).await.into_iter();
    let read = |details: &str| serde_json::from_str(details).expect("JSON");
    calls
        .map(|call| (call.occasion, call.attempt.outcome, read(&call.details)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_dealt_with_is_not_dealt_with_again_and_what_failed_is() {
    let setting = Setting::new().await;
    let to = setting.install("tickets").await;
    let engine = setting.start().await;
    setting.plugins.play([retry()]);
    assert!(matches!(receive(&engine, &to, "a").await, Received::Failed(_)));
    assert!(
        matches!(receive(&engine, &to, "a").await, Received::Answered(_)),
        "it failed, so it may come again"
    );
    assert!(matches!(receive(&engine, &to, "a").await, Received::Again));
    assert!(matches!(receive(&engine, &to, "b").await, Received::Answered(_)));
    assert_eq!(setting.plugins.received().len(), 3);
    let recorded = recorded(&setting, &to).await;
    let outcomes: Vec<_> = recorded.iter().map(|(_, outcome, _)| outcome.clone()).collect();
    assert_eq!(
        outcomes,
        [
            retry(),
            AttemptOutcome::Done,
            AttemptOutcome::Ignored,
            AttemptOutcome::Done
        ]
    );
    assert_eq!(
        recorded[1].2,
        json!({"method": "POST", "bytes": 2, "answered": 204})
    );
    assert_eq!(recorded[2].2["repeats"], true);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_prove_himself_wakes_nobody_and_an_admin_sees_why() {
    let setting = Setting::new().await;
    let to = setting.install("tickets").await;
    let engine = setting.start().await;
    let unproved = engine.occasions().receive(&to, request(None)).await;
    assert!(matches!(
        unproved,
        Err(InboundError::Refused(Refused::Unproved(_)))
    ));
    let elsewhere = Inbound {
        route: "made-up".to_owned(),
        ..request(Some("a"))
    };
    let elsewhere = engine.occasions().receive(&to, elsewhere).await;
    assert!(matches!(elsewhere, Err(InboundError::Refused(Refused::NoRoute))));
    assert!(setting.plugins.received().is_empty());
    let recorded = recorded(&setting, &to).await;
    let message = "the request is not signed".to_owned();
    assert_eq!(recorded.len(), 1, "names that anybody can make up are not kept");
    assert_eq!(recorded[0].1, AttemptOutcome::Auth { message });
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_twice_at_once_is_dealt_with_once() {
    let setting = Setting::new().await;
    let to = setting.install("tickets").await;
    let engine = setting.start().await;
    setting.plugins.close_gate();
    let (occasions, same) = (engine.occasions().clone(), to.clone());
    let first = tokio::spawn(async move { occasions.receive(&same, request(Some("a"))).await });
    wait_for(|| setting.plugins.received().len() == 1).await;
    assert!(matches!(receive(&engine, &to, "a").await, Received::UnderWay));
    setting.plugins.open_gate();
    let first = first.await.expect("it ends").expect("it is let in");
    assert!(matches!(first, Received::Answered(_)));
    assert_eq!(setting.plugins.received().len(), 1);
    stop(engine).await;
}

/// Presses a button of the only issue.
async fn press(
    setting: &Setting,
    engine: &Engine,
    action: &str,
    input: Value,
) -> Result<Pressed, PressError> {
    let to = installations::list(&setting.hub.db, None)
        .await
        .expect("readable")
        .remove(0);
    let issue = setting.issues().await.remove(0);
    let ada = Actor::User {
        id: None,
        name: "Ada".to_owned(),
    };
    let form = Form {
        installation: to,
        action: action.to_owned(),
        issue,
        by: ada,
        input,
    };
    engine.occasions().press(&form).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_is_pressed_with_what_its_form_asks_for() {
    let setting = Setting::new().await;
    setting.install("tickets").await;
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let done = press(&setting, &engine, "ticket", json!({"queue": "shop"}))
        .await
        .expect("pressed");
    assert!(matches!(done, Pressed::Answered(reply) if reply.message.as_deref() == Some("made")));
    let pressed = setting.plugins.presses().remove(0);
    assert_eq!(pressed.issue.short_id, "SHOP-1");
    assert_eq!(pressed.input, json!({"queue": "shop"}));
    let unknown = press(&setting, &engine, "burn", json!({})).await;
    assert!(matches!(unknown, Err(PressError::NoAction)));
    let empty = press(&setting, &engine, "ticket", json!({})).await;
    assert!(
        matches!(empty, Err(PressError::Input(problems)) if problems[0].field.as_deref() == Some("queue"))
    );
    assert_eq!(setting.plugins.presses().len(), 1, "the plugin is not even asked");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_that_fails_is_explained_and_not_tried_again() {
    let setting = Setting::new().await;
    let to = setting.install("tickets").await;
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let late = AttemptOutcome::Crashed {
        limit: "wall".to_owned(),
        message: "10 s".to_owned(),
    };
    setting.plugins.play([retry(), late]);
    for word in ["did not work this time: 503", "took too long"] {
        let failed = press(&setting, &engine, "ticket", json!({"queue": "shop"}))
            .await
            .expect("pressed");
        assert!(
            matches!(&failed, Pressed::Failed(why) if why.contains(word)),
            "{failed:?}"
        );
    }
    setting.clock.advance_millis(3_600_000);
    engine.drain().await;
    assert_eq!(setting.plugins.presses().len(), 2);
    let recorded = recorded(&setting, &to).await;
    assert_eq!((recorded.len(), recorded[0].0), (2, Occasion::Action));
    assert_eq!(recorded[0].2["by"]["name"], "Ada");
    stop(engine).await;
}
