//! What happened is told to whom it is owed, and to nobody else.

use errand_model::lifecycle::Actor;
use errand_store::issues::{self, By};
use errand_store::{deliveries, installations};

use crate::setting::{Setting, stop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_new_issue_is_told_once_to_every_installation() {
    let setting = Setting::new().await;
    let (one, two) = (setting.install("webhook").await, setting.install("other").await);
    let engine = setting.start().await;
    for group in ["a", "b", "c"] {
        setting.send(&engine, group, 5).await;
    }
    engine.drain().await;
    let calls = setting.plugins.calls();
    for installation in [one.id, two.id] {
        let told: Vec<_> = calls
            .iter()
            .filter(|call| call.installation == installation)
            .collect();
        assert_eq!(told.len(), 3);
        assert!(
            told.iter()
                .all(|call| call.event.change.name() == "issue.created")
        );
    }
    let call = &calls[0];
    assert!(
        call.issue
            .url
            .starts_with("https://errors.example.com/organizations/acme/issues/"),
        "{}",
        call.issue.url
    );
    assert_eq!(call.issue.project.slug, "shop");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_by_people_are_told_in_order_and_a_plugin_does_not_hear_of_its_own() {
    let setting = Setting::new().await;
    let (one, two) = (setting.install("webhook").await, setting.install("other").await);
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let issue = setting.issues().await[0].id;
    let actors = [Actor::System, Actor::Plugin { installation: one.id }];
    for actor in actors {
        let mut tx = setting.hub.db.begin().await.expect("a transaction");
        issues::comment(&mut tx, setting.hub.context(), &By::new(actor), issue, "hm")
            .await
            .expect("a comment");
        tx.commit().await.expect("commits");
    }
    engine.outbox().wake();
    engine.drain().await;
    let heard = |installation| -> Vec<&'static str> {
        let calls = setting.plugins.calls();
        calls
            .iter()
            .filter(|call| call.installation == installation)
            .map(|call| call.event.change.name())
            .collect()
    };
    assert_eq!(heard(one.id), ["issue.created", "issue.commented"]);
    assert_eq!(
        heard(two.id),
        ["issue.created", "issue.commented", "issue.commented"]
    );
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unwanted_disabled_or_older_is_not_owed() {
    let setting = Setting::new().await;
    let mut disabled = setting.install("webhook").await;
    disabled.is_enabled = false;
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    installations::update(&mut tx, &disabled).await.expect("updates");
    tx.commit().await.expect("commits");
    setting.clock.advance_millis(60_000);
    let later = setting.install("webhook").await;
    setting.clock.advance_millis(-30_000);
    let engine = setting.start().await;
    setting.send(&engine, "before", 1).await;
    engine.drain().await;
    setting.clock.advance_millis(60_000);
    setting.send(&engine, "after", 1).await;
    engine.drain().await;
    setting.plugins.unwant("issue.created");
    setting.send(&engine, "unwanted", 1).await;
    engine.drain().await;
    let calls = setting.plugins.calls();
    let titles: Vec<_> = calls
        .iter()
        .map(|call| (call.installation, call.issue.title.as_str()))
        .collect();
    assert_eq!(titles, [(later.id, "after failed")]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_is_not_loaded_is_owed_all_the_same() {
    let setting = Setting::new().await;
    let absent = setting.install("absent").await;
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let owed = deliveries::list(&setting.hub.db, absent.id, 10)
        .await
        .expect("readable");
    assert_eq!(owed.len(), 1);
    stop(engine).await;
}
