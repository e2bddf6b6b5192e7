//! An entry of the audit log belongs to the change that it tells of.

use std::sync::Arc;

use errand_model::Ids;
use errand_store::audit::{self, Audited, Deed, Entry};
use errand_store::testing::TestDb;
use errand_store::{Db, Statement, teams};

use crate::fixtures::Hub;

errand_store::on_both_databases!(
    entry_and_change_are_stored_together,
    a_change_that_comes_to_nothing_leaves_no_entry,
    an_entry_that_cannot_be_written_keeps_its_change_back,
    two_that_count_ids_alike_are_both_written_down,
    several_changes_are_several_entries,
    what_is_in_no_commit_is_left_over,
);

/// Somebody at work, with ids of their own.
fn ann(hub: &Hub) -> Audited {
    let doer = Deed {
        actor: "Ann".to_owned(),
        kind: "teams create".to_owned(),
        request: "POST /teams/new".to_owned(),
        ..Deed::default()
    };
    Audited::new(hub.clock.clone(), Arc::new(Ids::new(7)), doer)
}

async fn entries(db: &Db) -> Vec<Entry> {
    audit::list(db, None, None, 100).await.expect("a list").rows
}

async fn teams_of(hub: &Hub) -> usize {
    let all = teams::list(&hub.db, hub.project.organization).await;
    all.expect("a list").len()
}

/// Makes a team, as deep in the hub as it may be: nobody here knows who asked for it.
async fn make_team(hub: &Hub, name: &str) -> errand_store::Result<()> {
    let mut tx = hub.db.begin().await?;
    teams::create(&mut tx, hub.cx(), hub.project.organization, name, None, true).await?;
    tx.commit().await
}

async fn entry_and_change_are_stored_together(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let audited = ann(&hub);
    let work = async {
        let mut tx = hub.db.begin().await.expect("begin");
        let organization = hub.project.organization;
        teams::create(&mut tx, hub.cx(), organization, "Payments", None, true)
            .await
            .expect("a team");
        audited.say("made the team #payments");
        assert_eq!((entries(&hub.db).await.len(), teams_of(&hub).await), (0, 0));
        tx.commit().await.expect("commit");
    };
    audited.during(work).await;
    let written = entries(&hub.db).await;
    assert_eq!((written.len(), teams_of(&hub).await), (1, 1));
    let deed = &written[0].deed;
    assert_eq!(
        (deed.actor.as_str(), deed.kind.as_str(), deed.what.as_str()),
        ("Ann", "teams create", "made the team #payments")
    );
    assert!(audited.is_written());
    assert_eq!(audited.left(), None);
    // Whoever is at work elsewhere has nothing to do with it.
    make_team(&hub, "Search").await.expect("a team");
    assert_eq!(entries(&hub.db).await, written);
}

async fn a_change_that_comes_to_nothing_leaves_no_entry(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let audited = ann(&hub);
    let refused = async {
        let mut tx = hub.db.begin().await.expect("begin");
        let organization = hub.project.organization;
        teams::create(&mut tx, hub.cx(), organization, "Payments", None, true)
            .await
            .expect("a team");
        audited.say("made the team #payments, and another with its slug");
        teams::create(&mut tx, hub.cx(), organization, "Pay", Some("payments"), true)
            .await
            .expect_err("the slug is taken");
    };
    audited.during(refused).await;
    let given_up = async {
        let mut tx = hub.db.begin().await.expect("begin");
        let organization = hub.project.organization;
        teams::create(&mut tx, hub.cx(), organization, "Payments", None, true)
            .await
            .expect("a team");
        audited.say("made the team #payments");
        tx.rollback().await.expect("rollback");
    };
    audited.during(given_up).await;
    assert_eq!((entries(&hub.db).await.len(), teams_of(&hub).await), (0, 0));
    assert!(!audited.is_written());
}

async fn an_entry_that_cannot_be_written_keeps_its_change_back(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let audited = ann(&hub);
    audited.say("made the team #payments");
    rename(&hub.db, "audit", "away").await;
    let refused = audited.during(make_team(&hub, "Payments")).await;
    refused.expect_err("there is nowhere to write");
    assert_eq!(teams_of(&hub).await, 0);
    assert!(!audited.is_written());
    rename(&hub.db, "away", "audit").await;
    // Tried again, it is written down as it was said.
    audited.during(make_team(&hub, "Payments")).await.expect("a team");
    let written = entries(&hub.db).await;
    assert_eq!((written.len(), teams_of(&hub).await), (1, 1));
    assert_eq!(written[0].deed.what, "made the team #payments");
}

async fn rename(db: &Db, from: &str, to: &str) {
    let mut tx = db.begin().await.expect("begin");
    let mut statement = Statement::new(tx.dialect(), "ALTER TABLE ");
    statement.push(from).push(" RENAME TO ").push(to);
    statement.execute(&mut tx).await.expect("a table");
    tx.commit().await.expect("commit");
}

async fn two_that_count_ids_alike_are_both_written_down(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for (who, name) in [(ann(&hub), "Payments"), (ann(&hub), "Search")] {
        who.say(format!("made the team {name}"));
        who.during(make_team(&hub, name)).await.expect("a team");
    }
    assert_eq!(entries(&hub.db).await.len(), 2);
}

async fn several_changes_are_several_entries(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let audited = ann(&hub);
    let work = async {
        for name in ["Payments", "Search"] {
            // Said again before a commit, it is said better.
            audited.say("made a team");
            audited.say(format!("made the team {name}"));
            make_team(&hub, name).await.expect("a team");
        }
        // A change that nobody speaks of, as what a plugin remembers.
        make_team(&hub, "Checkout").await.expect("a team");
    };
    audited.during(work).await;
    let written = entries(&hub.db).await;
    let what: Vec<&str> = written.iter().map(|entry| entry.deed.what.as_str()).collect();
    assert_eq!(what, ["made the team Search", "made the team Payments"]);
    assert!(!audited.is_silent(), "the rest is part of what was said");
}

async fn what_is_in_no_commit_is_left_over(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let silent = ann(&hub);
    silent.during(make_team(&hub, "Payments")).await.expect("a team");
    let left = silent.left().expect("something was done");
    assert_eq!((left.actor.as_str(), left.what.as_str()), ("Ann", ""));
    assert!(silent.is_silent(), "it was committed, and nobody said what");
    let looking = ann(&hub);
    looking.say("looked for the data of a***@example.com");
    let left = looking.left().expect("something was said");
    assert_eq!(left.what, "looked for the data of a***@example.com");
    assert!(!looking.is_silent(), "there is no commit to say it before");
    assert!(entries(&hub.db).await.is_empty());
}
