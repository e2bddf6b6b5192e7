//! Whose an issue is, how urgent, and what is said about it.

use errand_model::UserId;
use errand_model::issue::{Assignee, Priority};
use errand_model::lifecycle::{Actor, Change};
use errand_store::testing::TestDb;
use errand_store::{Error, issues, lifecycle};

use crate::fixtures::Hub;
use crate::issues::{ann, ann_herself, begin};

errand_store::on_both_databases!(
    an_assignment_is_told_once,
    a_priority_is_told_once,
    comments_are_their_writers,
);

async fn an_assignment_is_told_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await.id;
    for (assignee, expected) in [
        (Some(Assignee::User(UserId(7))), 1),
        (Some(Assignee::User(UserId(7))), 0),
        (None, 1),
        (None, 0),
    ] {
        let mut tx = begin(&hub).await;
        let moved = issues::assign(&mut tx, hub.cx(), &ann(), &[issue], assignee)
            .await
            .expect("assign");
        tx.commit().await.expect("commit");
        assert_eq!(moved.len(), expected);
        assert_eq!(hub.issue("a").await.assignee, assignee);
    }
    assert_eq!(
        hub.told(issue).await,
        ["issue.created", "issue.assigned", "issue.assigned"]
    );
}

async fn a_priority_is_told_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await;
    assert_eq!(issue.priority, Priority::High);
    for expected in [1, 0] {
        let mut tx = begin(&hub).await;
        let moved = issues::prioritize(&mut tx, hub.cx(), &ann(), &[issue.id], Priority::Low)
            .await
            .expect("prioritize");
        tx.commit().await.expect("commit");
        assert_eq!(moved.len(), expected);
    }
    assert_eq!(hub.issue("a").await.priority, Priority::Low);
    assert_eq!(hub.told(issue.id).await, ["issue.created", "issue.prioritized"]);
}

async fn comments_are_their_writers(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    hub.take([hub.event("a")]).await;
    let issue = hub.issue("a").await.id;
    let bob = Actor::User {
        id: Some(UserId(8)),
        name: "Bob".to_owned(),
    };
    let mut tx = begin(&hub).await;
    let comment = issues::comment(&mut tx, hub.cx(), &ann(), issue, "Looking.")
        .await
        .expect("comment");
    tx.commit().await.expect("commit");
    assert_eq!(hub.issue("a").await.comments, 1);
    let told = lifecycle::of_issue(&hub.db, issue, 1).await.expect("read");
    assert_eq!(
        told[0].change,
        Change::Commented {
            activity: comment,
            text: "Looking.".to_owned()
        }
    );

    let mut tx = begin(&hub).await;
    let theirs = issues::edit_comment(&mut tx, &bob, issue, comment, "Mine.").await;
    assert!(matches!(theirs, Err(Error::Missing { .. })));
    let theirs = issues::delete_comment(&mut tx, &bob, issue, comment).await;
    assert!(matches!(theirs, Err(Error::Missing { .. })));
    let empty = issues::comment(&mut tx, hub.cx(), &ann(), issue, "  ").await;
    assert!(matches!(empty, Err(Error::Invalid { .. })));
    issues::edit_comment(&mut tx, &ann_herself(), issue, comment, "Found it.")
        .await
        .expect("edit");
    let read = errand_store::activity::get(&mut tx, issue, comment)
        .await
        .expect("read")
        .expect("a comment");
    assert_eq!(
        read.change,
        Change::Commented {
            activity: comment,
            text: "Found it.".to_owned()
        }
    );
    issues::delete_comment(&mut tx, &ann_herself(), issue, comment)
        .await
        .expect("delete");
    tx.commit().await.expect("commit");
    assert_eq!(hub.issue("a").await.comments, 0);
    // The first thing that happened to the issue is nobody's comment.
    let created = lifecycle::of_issue(&hub.db, issue, 10)
        .await
        .expect("read")
        .pop()
        .expect("one")
        .id;
    let mut tx = begin(&hub).await;
    let odd = issues::delete_comment(&mut tx, &Actor::System, issue, created.0).await;
    assert!(matches!(odd, Err(Error::Missing { .. })));
}
