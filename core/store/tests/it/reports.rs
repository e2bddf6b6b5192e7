//! Who sees a kept report, and that a mail that is due is one hub's.

use errand_model::{Timestamp, UserId};
use errand_store::reports::mailing::{self, Mailing};
use errand_store::reports::{self, NewReport, dashboards};
use errand_store::testing::TestDb;
use errand_store::{Error, Tx};

use crate::fixtures::{Hub, START};

errand_store::on_both_databases!(
    a_report_is_its_makers_until_it_is_shared,
    a_mail_that_is_due_is_claimed_once,
    dashboards_keep_their_order,
);

const ANN: UserId = UserId(1);
const BOB: UserId = UserId(2);

async fn save(hub: &Hub, name: &str) -> i64 {
    let mut tx = hub.db.begin().await.expect("begin");
    let new = NewReport {
        name,
        ask: "{}",
        is_shared: false,
    };
    let saved = reports::save(&mut tx, hub.cx(), hub.project.organization, ANN, new).await;
    tx.commit().await.expect("commit");
    saved.expect("save")
}

async fn sees(hub: &Hub, person: UserId) -> usize {
    let listed = reports::list(&hub.db, hub.project.organization, person).await;
    listed.expect("list").len()
}

async fn mail_to(tx: &mut Tx, report: i64, person: UserId, due: Timestamp) {
    let mailing = Mailing {
        report,
        person,
        cron: "0 8 * * 1".to_owned(),
        due,
    };
    mailing::set(tx, &mailing).await.expect("set");
}

async fn a_report_is_its_makers_until_it_is_shared(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let id = save(&hub, "Users").await;
    assert_eq!((sees(&hub, ANN).await, sees(&hub, BOB).await), (1, 0));
    let share = |is_shared| NewReport {
        name: "Users",
        ask: "{}",
        is_shared,
    };
    let mut tx = hub.db.begin().await.expect("begin");
    reports::update(&mut tx, hub.cx(), id, share(true))
        .await
        .expect("update");
    mail_to(&mut tx, id, ANN, START).await;
    mail_to(&mut tx, id, BOB, START).await;
    tx.commit().await.expect("commit");
    assert_eq!(sees(&hub, BOB).await, 1);

    let mut tx = hub.db.begin().await.expect("begin");
    reports::update(&mut tx, hub.cx(), id, share(false))
        .await
        .expect("update");
    assert!(mailing::of(&mut tx, id, BOB).await.expect("read").is_none());
    assert!(mailing::of(&mut tx, id, ANN).await.expect("read").is_some());
    reports::forget(&mut tx, id).await.expect("forget");
    assert!(mailing::of(&mut tx, id, ANN).await.expect("read").is_none());
    let nameless = reports::save(
        &mut tx,
        hub.cx(),
        hub.project.organization,
        ANN,
        NewReport {
            name: "",
            ..share(false)
        },
    );
    assert!(matches!(nameless.await, Err(Error::Invalid { .. })));
    tx.commit().await.expect("commit");
    assert_eq!(sees(&hub, ANN).await, 0);
}

async fn a_mail_that_is_due_is_claimed_once(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let other = test.open_again().await;
    let id = save(&hub, "Users").await;
    let mut tx = hub.db.begin().await.expect("begin");
    mail_to(&mut tx, id, ANN, START.plus_seconds(60)).await;
    tx.commit().await.expect("commit");
    let claim = async |db, seconds| {
        mailing::claim(db, START.plus_seconds(seconds))
            .await
            .expect("claim")
    };
    assert_eq!(claim(&hub.db, 59).await, None);
    let both = [claim(&hub.db, 61).await, claim(&other, 61).await];
    assert_eq!(both.iter().flatten().count(), 1, "{both:?}");
    // Who claimed it died: it is the same mail for whoever is next, and then it is over.
    let again = claim(&other, 400).await.expect("the claim ran out");
    assert_eq!(again.due, START.plus_seconds(60));
    mailing::done(&other, &again, Some(START.plus_seconds(1_000)))
        .await
        .expect("done");
    assert_eq!(claim(&hub.db, 900).await, None);
    let next = claim(&hub.db, 1_000).await.expect("the next one");
    // What was finished before cannot be finished again.
    mailing::done(&hub.db, &again, None).await.expect("done");
    mailing::done(&hub.db, &next, None).await.expect("done");
    assert_eq!(claim(&hub.db, 9_000).await, None);
    other.close().await;
}

async fn dashboards_keep_their_order(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let organization = hub.project.organization;
    let mut tx = hub.db.begin().await.expect("begin");
    let made = dashboards::create(&mut tx, hub.cx(), organization, ANN, "Checkout", false).await;
    let id = made.expect("create");
    dashboards::set_reports(&mut tx, id, &[5, 3, 4])
        .await
        .expect("set");
    let too_many = dashboards::set_reports(&mut tx, id, &[1; dashboards::MOST_REPORTS + 1]).await;
    assert!(matches!(too_many, Err(Error::Invalid { .. })));
    tx.commit().await.expect("commit");
    let got = |person| dashboards::get(&hub.db, organization, person, id);
    assert_eq!(got(ANN).await.expect("read").expect("hers").reports, [5, 3, 4]);
    assert!(got(BOB).await.expect("read").is_none());
    let mut tx = hub.db.begin().await.expect("begin");
    dashboards::forget(&mut tx, id).await.expect("forget");
    tx.commit().await.expect("commit");
    assert!(got(ANN).await.expect("read").is_none());
}
