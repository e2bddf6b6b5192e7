//! Plugins that together mean harm, or do it without meaning to.

use errand_model::delivery::Unowed;
use errand_model::issue::Priority;
use errand_model::staged::{Edit, StagedChange};
use errand_store::lifecycle;

use crate::changes::{heard, say};
use crate::setting::{Setting, stop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_loop_between_two_plugins_is_stopped_and_said() {
    let setting = Setting::new().await;
    let (one, two) = (setting.install("webhook").await, setting.install("other").await);
    setting.plugins.unwant("issue.created");
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let issue = setting.issues().await[0].id;
    // Whoever hears of a comment changes the priority, and the other way round.
    let priority = |priority| StagedChange {
        on_behalf_of: None,
        acting_as: None,
        edit: Edit::Prioritize { priority },
        ..say(issue, "")
    };
    setting
        .plugins
        .stage([priority(Priority::Low), priority(Priority::Medium)]);
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    let by = errand_store::issues::By::new(errand_model::lifecycle::Actor::System);
    errand_store::issues::comment(&mut tx, setting.hub.context(), &by, issue, "go")
        .await
        .expect("a comment");
    tx.commit().await.expect("commits");
    engine.outbox().wake();
    engine.drain().await;
    for installation in [one.id, two.id] {
        let heard = heard(&setting, installation);
        let deepest = heard.iter().map(|(_, depth)| *depth).max();
        assert_eq!(deepest, Some(5), "{heard:?}");
        assert_eq!(
            heard
                .iter()
                .filter(|(change, _)| *change == "issue.commented")
                .count(),
            1
        );
    }
    let told = lifecycle::told_of_issue(&setting.hub.db, issue, 200).await;
    let passed_over: Vec<_> = told
        .expect("readable")
        .into_iter()
        .flat_map(|event| event.passed_over)
        .collect();
    for installation in [one.id, two.id] {
        let is_said = passed_over.contains(&(installation, Unowed::ChainTooLong));
        assert!(
            is_said,
            "why it went no further is kept for people: {passed_over:?}"
        );
    }
    stop(engine).await;
}
