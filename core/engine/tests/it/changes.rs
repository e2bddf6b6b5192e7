//! What plugins change is told to others, once, and never to themselves.

use errand_model::delivery::AttemptOutcome;
use errand_model::issue::Priority;
use errand_model::staged::{Edit, Outsider, StagedChange};
use errand_model::{InstallationId, IssueId};

use crate::deliveries::wait_for;
use crate::setting::{Setting, kill, stop};

fn say(issue: IssueId, key: &str) -> StagedChange {
    StagedChange {
        issue,
        expect: None,
        on_behalf_of: Some(Outsider {
            id: None,
            name: "Mia".to_owned(),
        }),
        acting_as: None,
        edit: Edit::Comment {
            key: key.to_owned(),
            text: format!("about {key}"),
        },
    }
}

/// How many times an installation was called about each change.
fn heard(setting: &Setting, installation: InstallationId) -> Vec<(&'static str, i16)> {
    let calls = setting.plugins.calls();
    calls
        .iter()
        .filter(|call| call.installation == installation)
        .map(|call| (call.event.change.name(), call.event.chain_depth))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_plugins_that_answer_each_other_come_to_an_end() {
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
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_for_somebody_is_told_to_others_once_whatever_fails_before() {
    let setting = Setting::new().await;
    let (speaker, listener) = (setting.install("webhook").await, setting.install("other").await);
    // The first attempts fail.
    setting.plugins.play([retry(), retry()]);
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    let issue = setting.issues().await[0].id;
    setting.plugins.stage([say(issue, "k")]);
    // The second are cut by a kill, between the call and its acknowledgement.
    setting.plugins.close_gate();
    setting.clock.advance_millis(60_000);
    engine.deliveries().wake();
    wait_for(|| setting.plugins.calls().len() == 4).await;
    kill(engine).await;
    assert_eq!(setting.issues().await[0].comments, 0);
    // The third go well.
    setting.plugins.open_gate();
    let engine = setting.start().await;
    engine.drain().await;
    // Each of the two said it, and heard of the other's.
    assert_eq!(setting.issues().await[0].comments, 2);
    for installation in [speaker.id, listener.id] {
        let heard = heard(&setting, installation);
        assert_eq!(heard.last(), Some(&("issue.commented", 1)), "{heard:?}");
    }
    stop(engine).await;
}

fn retry() -> AttemptOutcome {
    AttemptOutcome::Retry {
        message: "not now".to_owned(),
        after_ms: None,
    }
}
