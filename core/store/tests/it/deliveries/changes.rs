//! What plugins change of issues: with the acknowledgement of the delivery, or not at all.

use errand_model::delivery::{AttemptOutcome, DeliveryState};
use errand_model::issue::{Priority, Status};
use errand_model::lifecycle::{Actor, Change};
use errand_model::staged::{Archive, Edit, Outsider, Person, Resolve, StagedChange};
use errand_model::{IssueId, TeamId, UserId};
use errand_store::deliveries::{self, AskedChange, Claimed, Finished};
use errand_store::testing::TestDb;
use errand_store::{issues, lifecycle};

use super::{claim, ended, fan_out, finish_all, install, retry};
use crate::fixtures::Hub;
use crate::issues::{ann, begin};
use crate::links::ticket;

errand_store::on_both_databases!(
    changes_take_place_with_the_acknowledgement,
    a_failure_and_a_lost_lease_change_nothing,
    who_was_faster_wins,
    what_is_said_under_a_key_is_said_once,
    a_change_names_who_it_was_and_how_deep_it_lies,
);

fn plain(issue: IssueId, edit: Edit) -> StagedChange {
    StagedChange {
        issue,
        expect: None,
        on_behalf_of: None,
        acting_as: None,
        edit,
    }
}

fn say(issue: IssueId, key: &str, text: &str) -> StagedChange {
    let (key, text) = (key.to_owned(), text.to_owned());
    plain(issue, Edit::Comment { key, text })
}

const LOW: Edit = Edit::Prioritize {
    priority: Priority::Low,
};

/// One thing that happened, claimed.
async fn one(hub: &Hub) -> (IssueId, Claimed) {
    let to = install(hub).await;
    hub.take([hub.event("a")]).await;
    fan_out(hub, &to).await;
    (hub.issue("a").await.id, claim(hub).await.remove(0))
}

async fn end(
    hub: &Hub,
    claimed: &Claimed,
    outcome: AttemptOutcome,
    changes: &[StagedChange],
) -> (Finished, Vec<Option<String>>) {
    let mut ended = ended(claimed, outcome);
    ended.attempt.changes = changes.to_vec();
    ended.attempt.explanation = Some("because".to_owned());
    let finished = finish_all(hub, &[ended]).await;
    let kept = deliveries::attempts(&hub.db, claimed.delivery.id)
        .await
        .expect("read");
    let asked: Vec<AskedChange> = kept.last().map_or_else(Vec::new, |attempt| {
        serde_json::from_str(&attempt.changes).expect("changes are kept as JSON")
    });
    (
        finished,
        asked.into_iter().map(|change| change.left_out).collect(),
    )
}

async fn changes_take_place_with_the_acknowledgement(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (issue, claimed) = one(&hub).await;
    let team = Some(errand_model::issue::Assignee::Team(TeamId(3)));
    let changes = [
        plain(issue, LOW),
        plain(issue, Edit::Assign { assignee: team }),
        say(issue, "greeting", "On it."),
        plain(issue, Edit::Link { ticket: ticket("1") }),
        plain(
            issue,
            Edit::Archive {
                until: Archive::default(),
            },
        ),
        plain(issue, Edit::Unresolve),
        plain(issue, Edit::Resolve { how: Resolve::Now }),
    ];
    let (finished, left_out) = end(&hub, &claimed, AttemptOutcome::Done, &changes).await;
    assert!(finished.changed_issues);
    let verdict = finished.verdicts[0].clone().expect("ours");
    assert_eq!(
        (verdict.state, verdict.reason.as_deref()),
        (DeliveryState::Done, Some("because"))
    );
    assert_eq!(left_out, vec![None; 7]);
    let stands = hub.issue("a").await;
    assert_eq!(
        (stands.priority, stands.assignee, stands.status, stands.comments),
        (Priority::Low, team, Status::Resolved, 1)
    );
    assert_eq!(
        hub.told(issue).await,
        [
            "issue.created",
            "issue.prioritized",
            "issue.assigned",
            "issue.commented",
            "issue.linked",
            "issue.archived",
            "issue.unresolved",
            "issue.resolved"
        ]
    );
    // Acknowledged once, it cannot be acknowledged again.
    let (again, _) = end(
        &hub,
        &claimed,
        AttemptOutcome::Done,
        &[say(issue, "more", "Again.")],
    )
    .await;
    assert_eq!((again.verdicts, again.changed_issues), (vec![None], false));
    assert_eq!(hub.issue("a").await.comments, 1);
}

async fn a_failure_and_a_lost_lease_change_nothing(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (issue, claimed) = one(&hub).await;
    let (finished, left_out) = end(&hub, &claimed, retry(), &[plain(issue, LOW)]).await;
    assert!(!finished.changed_issues);
    assert_eq!(left_out, [Some("the attempt failed".to_owned())]);
    assert_eq!(hub.issue("a").await.priority, Priority::High);
    // The next attempt is somebody else's: what the first still says does not count.
    hub.clock.advance_millis(3_600_000);
    let next = claim(&hub).await.remove(0);
    end(&hub, &claimed, AttemptOutcome::Done, &[plain(issue, LOW)]).await;
    assert_eq!(hub.issue("a").await.priority, Priority::High);
    end(&hub, &next, AttemptOutcome::Done, &[plain(issue, LOW)]).await;
    assert_eq!(hub.issue("a").await.priority, Priority::Low);
    assert_eq!(hub.told(issue).await, ["issue.created", "issue.prioritized"]);
}

async fn who_was_faster_wins(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (issue, claimed) = one(&hub).await;
    let seen = hub.issue("a").await.revision;
    let mut tx = begin(&hub).await;
    issues::resolve(&mut tx, hub.cx(), &ann(), &[issue], &Resolve::InNextRelease)
        .await
        .expect("resolve");
    tx.commit().await.expect("commit");
    let expecting = |edit| StagedChange {
        expect: Some(seen),
        ..plain(issue, edit)
    };
    let gone = IssueId(issue.0 + 1);
    let changes = [
        expecting(Edit::Resolve { how: Resolve::Now }),
        plain(issue, LOW),
        plain(gone, LOW),
    ];
    let (_, left_out) = end(&hub, &claimed, AttemptOutcome::Done, &changes).await;
    assert!(
        left_out[0]
            .as_deref()
            .is_some_and(|why| why.contains("meanwhile")),
        "{left_out:?}"
    );
    assert_eq!(left_out[1], None);
    assert!(
        left_out[2]
            .as_deref()
            .is_some_and(|why| why.contains("no such issue")),
        "{left_out:?}"
    );
    let stands = hub.issue("a").await;
    assert!(
        stands
            .resolution
            .is_some_and(|how| how != errand_model::issue::Resolution::Now)
    );
    assert_eq!(stands.priority, Priority::Low);
}

async fn what_is_said_under_a_key_is_said_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (issue, claimed) = one(&hub).await;
    let changes = [
        say(issue, "comment/7", "first"),
        say(issue, "comment/8", "other"),
        say(issue, "comment/7", "edited"),
    ];
    end(&hub, &claimed, AttemptOutcome::Done, &changes).await;
    assert_eq!(hub.issue("a").await.comments, 2);
    let page = errand_store::activity::comments(&hub.db, issue, None, 10)
        .await
        .expect("read");
    let texts: Vec<_> = page
        .rows
        .into_iter()
        .map(|comment| match comment.change {
            Change::Commented { text, .. } => text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, ["other", "edited"]);
    let mut tx = begin(&hub).await;
    issues::delete(&mut tx, hub.cx(), &ann(), &[issue], false)
        .await
        .expect("an issue with a plugin's comments can be deleted");
    tx.commit().await.expect("commit");
}

async fn a_change_names_who_it_was_and_how_deep_it_lies(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let (issue, claimed) = one(&hub).await;
    let installation = claimed.delivery.installation;
    let outsider = Outsider {
        id: Some("5b10".to_owned()),
        name: "Mia".to_owned(),
    };
    let changes = [
        plain(issue, LOW),
        StagedChange {
            on_behalf_of: Some(outsider),
            ..say(issue, "k", "From Jira.")
        },
        StagedChange {
            acting_as: Some(Person {
                id: UserId(12),
                name: "Ada".to_owned(),
            }),
            ..plain(issue, Edit::Resolve { how: Resolve::Now })
        },
    ];
    end(&hub, &claimed, AttemptOutcome::Done, &changes).await;
    let mut told = lifecycle::of_issue(&hub.db, issue, 3).await.expect("read");
    let by_ada = told.remove(0);
    let ada = Actor::User {
        id: Some(UserId(12)),
        name: "Ada".to_owned(),
    };
    assert_eq!((by_ada.actor, by_ada.chain_depth), (ada, 1));
    assert_eq!(
        told[0].actor,
        Actor::External {
            installation,
            id: Some("5b10".to_owned()),
            name: "Mia".to_owned()
        }
    );
    assert_eq!(told[1].actor, Actor::Plugin { installation });
    assert_eq!((told[0].chain_depth, told[1].chain_depth), (1, 1));
}
