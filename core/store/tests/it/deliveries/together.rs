//! What is told of the latest alone, and what is told together.

use errand_model::delivery::{AttemptOutcome, DeliveryState};
use errand_model::telling::{Digest, GatherBy, Telling};
use errand_model::{Clock as _, IssueId};
use errand_store::deliveries::{self, Claimed};
use errand_store::installations::Installation;
use errand_store::testing::TestDb;

use super::{claim, fan_out_as, finish, install, retry};
use crate::fixtures::Hub;

errand_store::on_both_databases!(
    a_later_one_takes_the_place_of_those_that_wait,
    what_is_gathered_is_claimed_together_when_its_window_closes,
    a_digest_that_failed_is_tried_again_as_it_was,
);

/// Says something on an issue, and fans it out.
async fn say(hub: &Hub, to: &Installation, issue: IssueId, text: &str, telling: Telling) {
    let mut tx = hub.db.begin().await.expect("begin");
    let by = crate::issues::ann();
    errand_store::issues::comment(&mut tx, hub.cx(), &by, issue, text)
        .await
        .expect("comment");
    tx.commit().await.expect("commit");
    assert_eq!(fan_out_as(hub, to, telling).await, 1);
}

async fn stage(hub: &Hub, telling: Telling) -> (Installation, IssueId, IssueId) {
    let to = install(hub).await;
    hub.take([hub.event("a"), hub.event("b")]).await;
    assert_eq!(fan_out_as(hub, &to, telling).await, 2);
    (to, hub.issue("a").await.id, hub.issue("b").await.id)
}

async fn states(hub: &Hub, to: &Installation) -> Vec<DeliveryState> {
    let rows = deliveries::list(&hub.db, to.id, 100).await.expect("list");
    rows.iter().rev().map(|row| row.delivery.state).collect()
}

async fn a_later_one_takes_the_place_of_those_that_wait(test: TestDb) {
    use DeliveryState::{Done, Leased, Superseded, Waiting};
    let hub = Hub::new(&test.db).await;
    let (to, a, _) = stage(&hub, Telling::Latest).await;
    for text in ["one", "two"] {
        say(&hub, &to, a, text, Telling::Latest).await;
    }
    assert_eq!(
        states(&hub, &to).await,
        [Superseded, Waiting, Superseded, Waiting]
    );
    let claimed = claim(&hub).await;
    let last = claimed.iter().find(|one| one.event.issue == a).expect("one of a");
    let skipped = deliveries::superseded(&hub.db, &[last.delivery.id])
        .await
        .expect("read");
    let names: Vec<_> = skipped[&last.delivery.id]
        .iter()
        .map(|event| event.change.name())
        .collect();
    assert_eq!(names, ["issue.created", "issue.commented"]);
    // What is under way is told to its end.
    say(&hub, &to, a, "three", Telling::Latest).await;
    assert_eq!(
        states(&hub, &to).await,
        [Superseded, Leased, Superseded, Leased, Waiting]
    );
    assert!(claim(&hub).await.is_empty(), "one at a time");
    finish(&hub, last, AttemptOutcome::Done).await;
    let next = claim(&hub).await;
    assert_eq!(next.len(), 1);
    assert!(
        deliveries::superseded(&hub.db, &[next[0].delivery.id])
            .await
            .expect("read")
            .is_empty()
    );
    finish(&hub, &next[0], AttemptOutcome::Done).await;
    assert_eq!(states(&hub, &to).await[3..], [Done, Done]);
}

/// Ten minutes, three at most.
fn digest(by: GatherBy) -> Telling {
    Telling::Together(Digest {
        window_seconds: 600,
        by,
        most: 3,
    })
}

/// The digests that are due: which happenings each has.
async fn digests(hub: &Hub) -> Vec<Vec<Claimed>> {
    let mut digests: Vec<Vec<Claimed>> = Vec::new();
    for one in claim(hub).await {
        let id = one.digest.clone().expect("part of a digest").id;
        match digests
            .iter_mut()
            .find(|known| known[0].digest.as_ref().is_some_and(|of| of.id == id))
        {
            Some(known) => known.push(one),
            None => digests.push(vec![one]),
        }
    }
    digests
}

async fn what_is_gathered_is_claimed_together_when_its_window_closes(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let telling = digest(GatherBy::Issue);
    let (to, a, b) = stage(&hub, telling).await;
    let start = hub.clock.now();
    hub.clock.set(start.plus_seconds(500));
    say(&hub, &to, a, "one", telling).await;
    assert!(digests(&hub).await.is_empty(), "the window is open");
    hub.clock.set(start.plus_seconds(600));
    let due = digests(&hub).await;
    let sizes: Vec<_> = due
        .iter()
        .map(|digest| (digest[0].event.issue, digest.len()))
        .collect();
    assert!(
        sizes.contains(&(a, 2)) && sizes.contains(&(b, 1)) && sizes.len() == 2,
        "{sizes:?}"
    );
    let of_a = due
        .iter()
        .find(|digest| digest[0].event.issue == a)
        .expect("one of a");
    assert!(of_a[0].event.id < of_a[1].event.id, "in order");
    assert_eq!(
        of_a[0].digest.as_ref().expect("a digest").gathering,
        format!("issue/{a}")
    );
    // While it is under way, what comes is gathered for the next; three are enough.
    for text in ["two", "three", "four"] {
        say(&hub, &to, a, text, telling).await;
    }
    assert!(digests(&hub).await.is_empty(), "one after the other");
    for one in of_a {
        finish(&hub, one, AttemptOutcome::Done).await;
    }
    let next = digests(&hub).await;
    assert_eq!((next.len(), next[0].len()), (1, 3), "as soon as there are three");
}

async fn a_digest_that_failed_is_tried_again_as_it_was(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let telling = digest(GatherBy::Installation);
    let (to, a, _) = stage(&hub, telling).await;
    hub.clock.set(hub.clock.now().plus_seconds(600));
    let first = digests(&hub).await.remove(0);
    assert_eq!(first.len(), 2, "of both issues");
    for one in &first {
        finish(&hub, one, retry()).await;
    }
    say(&hub, &to, a, "late", telling).await;
    hub.clock.set(hub.clock.now().plus_seconds(700));
    let again = digests(&hub).await;
    let ids = |digest: &[Claimed]| digest.iter().map(|one| one.delivery.id).collect::<Vec<_>>();
    assert_eq!((again.len(), ids(&again[0])), (1, ids(&first)));
    assert_eq!(again[0][0].digest, first[0].digest);
    for one in &again[0] {
        finish(&hub, one, AttemptOutcome::Done).await;
    }
    let last = digests(&hub).await;
    assert_eq!((last.len(), last[0].len()), (1, 1), "what came later comes after");
}
