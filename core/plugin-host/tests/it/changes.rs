//! Changes of issues that plugins stage: what is asked for, and what is refused at once.

use std::sync::Arc;

use errand_model::UserId;
use errand_model::alert::Addressee;
use errand_model::delivery::AttemptOutcome;
use errand_model::issue::Priority;
use errand_model::staged::{Archive, Edit, More, Outsider, Person, Resolve};
use errand_plugin_host::{MemoryServices, PluginHost};
use serde_json::json;

use crate::harness::{behave, call, closed, host_with, said};

/// A host whose installation sees issue 5.
async fn host() -> PluginHost {
    let services = Arc::new(MemoryServices::default());
    let known = call(json!({}));
    services.put_issue(known.installation, known.issue, None, Vec::new());
    host_with(&closed(), &services).await.0
}

#[tokio::test]
async fn what_a_plugin_asks_for_is_in_the_attempt_in_order() {
    let host = host().await;
    let mut dry = call(json!({"behaviour": "change issues"}));
    let attempt = host.deliver("behaviours", dry.clone()).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done, "{:?}", attempt.log);
    let edits: Vec<Edit> = attempt.changes.iter().map(|staged| staged.edit.clone()).collect();
    let until = Archive {
        events: Some(More {
            count: 10,
            window_minutes: Some(60),
        }),
        ..Archive::default()
    };
    assert_eq!(
        edits[..5],
        [
            Edit::Resolve {
                how: Resolve::InRelease("shop@2.0".to_owned())
            },
            Edit::Unresolve,
            Edit::Archive { until },
            Edit::Assign { assignee: None },
            Edit::Prioritize {
                priority: Priority::Low
            },
        ]
    );
    assert!(matches!(&edits[5], Edit::Link { ticket } if ticket.name == "SHOP-12"));
    assert!(matches!(&edits[6], Edit::Unlink { system, id } if system == "jira" && id == "10012"));
    assert!(matches!(&edits[7], Edit::Comment { key, text } if key == "greeting" && text == "On it."));
    assert_eq!(attempt.changes[0].expect, Some(1));
    assert_eq!(attempt.changes[7].expect, None);
    let mia = Outsider {
        id: Some("5b10".to_owned()),
        name: "Mia".to_owned(),
    };
    assert_eq!(attempt.changes[7].on_behalf_of, Some(mia));
    assert_eq!(attempt.explanation.as_deref(), Some("it was\\nasked to"));
    // A dry run shows the same.
    dry.is_dry_run = true;
    assert_eq!(host.deliver("behaviours", dry).await.changes, attempt.changes);
}

#[tokio::test]
async fn what_cannot_be_is_refused_at_once_and_a_call_changes_so_much() {
    let host = host().await;
    let attempt = behave(&host, json!({"behaviour": "change what is not there"})).await;
    let said = said(&attempt);
    for (line, expected) in [
        "no such issue",
        "is no issue's",
        "changed the issue meanwhile",
        "a key has",
        "a comment has",
        "begins with https://",
        "a release has",
        "after 50: ",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(said[line].contains(expected), "{expected}: {}", said[line]);
    }
    assert_eq!(attempt.changes.len(), 50);
}

#[tokio::test]
async fn a_plugin_that_breaks_off_has_not_ended_well() {
    let host = host().await;
    let attempt = behave(&host, json!({"behaviour": "change and panic"})).await;
    assert!(
        matches!(attempt.outcome, AttemptOutcome::Crashed { .. }),
        "{:?}",
        attempt.outcome
    );
}

#[tokio::test]
async fn a_person_of_the_hub_can_be_acted_for_and_nobody_else() {
    let services = Arc::new(MemoryServices::default());
    let known = call(json!({}));
    services.put_issue(known.installation, known.issue, None, Vec::new());
    for (who, name) in [("user:12", "Ada"), ("team:3", "backend")] {
        services.put_party(Addressee {
            who: who.parse().expect("somebody"),
            name: name.to_owned(),
            emails: vec!["ada@example.com".to_owned()],
        });
    }
    let host = host_with(&closed(), &services).await.0;
    let attempt = behave(&host, json!({"behaviour": "act as ada"})).await;
    let said = said(&attempt);
    assert_eq!(said[0], "None");
    for (line, expected) in ["nobody here", "a team does nothing", "1 to 255 bytes"]
        .iter()
        .enumerate()
    {
        assert!(said[line + 1].contains(expected), "{expected}: {said:?}");
    }
    let ada = Some(Person {
        id: UserId(12),
        name: "Ada".to_owned(),
    });
    let acting: Vec<_> = attempt
        .changes
        .iter()
        .map(|staged| staged.acting_as.clone())
        .collect();
    assert_eq!(acting, [None, ada.clone(), ada]);
    assert!(
        attempt.changes[2].on_behalf_of.is_some(),
        "what a change says counts more"
    );
}
