//! What time alone does.

use errand_model::access::Role;
use errand_model::issue::Substatus;
use errand_store::retention::{self, Keep, Of};
use errand_store::{leases, people, sessions};

use crate::setting::{Setting, stop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_is_no_longer_new_after_a_week() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    engine.run_jobs().await;
    assert_eq!(setting.issues().await[0].substatus, Substatus::New);
    setting.clock.advance_millis(8 * 86_400_000);
    engine.run_jobs().await;
    assert_eq!(setting.issues().await[0].substatus, Substatus::Ongoing);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trend_rises_and_falls_with_the_events() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    setting.send(&engine, "a", 14).await;
    engine.drain().await;
    engine.run_jobs().await;
    let trend = "SELECT trend FROM issue";
    assert_eq!(setting.number(trend).await, 14_000);
    setting.clock.advance_millis(2 * 86_400_000);
    setting.send(&engine, "a", 6).await;
    engine.drain().await;
    engine.run_jobs().await;
    assert_eq!(setting.number(trend).await, 3_000, "6 a day after 2 a day");
    setting.clock.advance_millis(20 * 86_400_000);
    engine.run_jobs().await;
    assert_eq!(setting.number(trend).await, 0);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_expired_is_deleted() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    let person = people::create(
        &mut tx,
        setting.hub.context(),
        "ada@example.com",
        "Ada",
        Role::Member,
    );
    let person = person.await.expect("a person").id;
    for lives in [60, 86_400] {
        sessions::create(
            &mut tx,
            setting.hub.context(),
            person,
            lives,
            &sessions::Device::default(),
        )
        .await
        .expect("a session");
    }
    tx.commit().await.expect("commits");
    setting.clock.advance_millis(3_600_000);
    engine.run_jobs().await;
    assert_eq!(setting.number("SELECT COUNT(*) FROM session").await, 1);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_stops_leaves_its_work_to_others_at_once() {
    let setting = Setting::new().await;
    let engine = setting.start().await;
    setting.send(&engine, "a", 3).await;
    engine.drain().await;
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    let keep = Keep {
        days: Some(1),
        bytes: None,
    };
    retention::set(&mut tx, Of::Hub, keep).await.expect("a rule");
    tx.commit().await.expect("commits");
    setting.clock.advance_millis(3 * 86_400_000);
    engine.run_jobs().await;
    assert_eq!(setting.number("SELECT COUNT(*) FROM event").await, 0);
    let other = async || {
        let (now, until) = (setting.hub.now(), setting.hub.now().plus_seconds(60));
        let taken = leases::take(&setting.hub.db, "retention", 7, now, until).await;
        taken.expect("a lease")
    };
    assert!(!other().await, "one hub alone drops");
    stop(engine).await;
    assert!(other().await);
}
