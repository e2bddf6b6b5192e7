//! What plugins change is told to others, once, and never to themselves.

use errand_model::delivery::AttemptOutcome;
use errand_model::staged::{Edit, Outsider, StagedChange};
use errand_model::{InstallationId, IssueId};

use crate::deliveries::wait_for;
use crate::setting::{Setting, kill, stop};

pub(crate) fn say(issue: IssueId, key: &str) -> StagedChange {
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
pub(crate) fn heard(setting: &Setting, installation: InstallationId) -> Vec<(&'static str, i16)> {
    let calls = setting.plugins.calls();
    calls
        .iter()
        .filter(|call| call.installation == installation)
        .map(|call| (call.event.change.name(), call.event.chain_depth))
        .collect()
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
