//! Whom mail may go to, and who says that it may not.

use errand_model::{Clock as _, InstallationId};
use errand_store::mail::{self, Admission, Bounce, Counted, Reason, Recipient, Refusal, Stop};
use errand_store::testing::TestDb;

use crate::fixtures::Hub;

errand_store::on_both_databases!(
    an_hour_takes_so_many_mails_and_the_next_tells_of_the_rest,
    what_was_not_sent_does_not_count,
    a_link_stops_the_mail_of_one_installation,
    a_changed_link_is_none,
    a_bounce_for_good_is_the_last_mail,
    other_bounces_are_the_third_time,
    who_is_written_to_no_more_is_forgotten_last,
);

const SHOP: InstallationId = InstallationId(7);
const ADA: &str = "Ada@Example.com";

async fn admit(hub: &Hub, installation: InstallationId, most: u32) -> Admission {
    let mut tx = hub.db.begin().await.expect("begin");
    let admission = mail::admit(&mut tx, hub.clock.now(), installation, ADA, most)
        .await
        .expect("an answer");
    tx.commit().await.expect("commit");
    admission
}

async fn go(hub: &Hub, most: u32) -> Recipient {
    match admit(hub, SHOP, most).await {
        Admission::Go(recipient) => recipient,
        other => panic!("{other:?}"),
    }
}

async fn bounce(hub: &Hub, token: &str, is_for_good: bool) -> Counted {
    let bounce = Bounce {
        reason: Reason::Bounced,
        is_for_good,
        details: "550 5.1.1 no such user".to_owned(),
    };
    let mut tx = hub.db.begin().await.expect("begin");
    let counted = mail::bounced(&mut tx, hub.clock.now(), token, &bounce)
        .await
        .expect("counted");
    tx.commit().await.expect("commit");
    counted
}

async fn an_hour_takes_so_many_mails_and_the_next_tells_of_the_rest(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let first = go(&hub, 2).await;
    assert_eq!(first.address, "ada@example.com");
    assert_eq!(go(&hub, 2).await.token, first.token);
    assert_eq!(admit(&hub, SHOP, 2).await, Admission::TooMany);
    assert_eq!(admit(&hub, InstallationId(8), 2).await, Admission::TooMany);
    hub.clock.advance_millis(3_600_000);
    assert_eq!(go(&hub, 2).await.held, 2, "the next hour's first mail tells");
    assert_eq!(go(&hub, 2).await.held, 0, "and only that");
}

async fn what_was_not_sent_does_not_count(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for _ in 0..3 {
        let recipient = go(&hub, 1).await;
        let mut tx = hub.db.begin().await.expect("begin");
        mail::give_back(&mut tx, hub.clock.now(), &recipient)
            .await
            .expect("given back");
        tx.commit().await.expect("commit");
    }
    go(&hub, 1).await;
    assert_eq!(admit(&hub, SHOP, 1).await, Admission::TooMany);
}

async fn a_link_stops_the_mail_of_one_installation(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let link = go(&hub, 9).await.stop(SHOP);
    let stop = mail::read_stop(&hub.db, &link).await.expect("read");
    let stop = stop.expect("it is ours");
    assert_eq!(
        (stop.address.as_str(), stop.installation),
        ("ada@example.com", SHOP)
    );
    let refusal = Refusal {
        address: stop.address,
        installation: Some(SHOP),
        reason: Reason::Unsubscribed,
        details: String::new(),
        at: hub.clock.now(),
    };
    let mut tx = hub.db.begin().await.expect("begin");
    mail::refuse(&mut tx, &refusal).await.expect("refused");
    tx.commit().await.expect("commit");
    assert_eq!(admit(&hub, SHOP, 9).await, Admission::Refused(refusal.clone()));
    assert!(matches!(
        admit(&hub, InstallationId(8), 9).await,
        Admission::Go(_)
    ));
    assert_eq!(mail::list(&hub.db).await.expect("listed"), [refusal]);
    let mut tx = hub.db.begin().await.expect("begin");
    assert!(mail::allow(&mut tx, ADA, Some(SHOP)).await.expect("allowed"));
    tx.commit().await.expect("commit");
    go(&hub, 9).await;
}

async fn a_changed_link_is_none(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let link = go(&hub, 9).await.stop(SHOP);
    let (signed, signature) = link.rsplit_once('.').expect("three parts");
    let (token, _) = signed.split_once('.').expect("three parts");
    for forged in [
        format!("{token}.8.{signature}"),
        format!("{signed}."),
        format!("{signed}.AAAAAAAAAAAAAAAAAAAAAA"),
        format!("{}.7.{signature}", "0".repeat(24)),
        token.to_owned(),
        String::new(),
    ] {
        let read = mail::read_stop(&hub.db, &forged).await.expect("read");
        assert_eq!(read, None::<Stop>, "{forged}");
    }
}

async fn a_bounce_for_good_is_the_last_mail(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let token = go(&hub, 9).await.token;
    assert_eq!(bounce(&hub, "0123", true).await, Counted::Unknown);
    go(&hub, 9).await;
    let counted = bounce(&hub, &token, true).await;
    assert_eq!(counted, Counted::Refused("ada@example.com".to_owned()));
    assert!(matches!(admit(&hub, SHOP, 9).await, Admission::Refused(_)));
    assert!(matches!(
        admit(&hub, InstallationId(8), 9).await,
        Admission::Refused(_)
    ));
}

async fn other_bounces_are_the_third_time(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let token = go(&hub, 9).await.token;
    for _ in 0..2 {
        assert!(matches!(
            bounce(&hub, &token, false).await,
            Counted::Remembered(_)
        ));
    }
    hub.clock.advance_millis(8 * 86_400_000);
    for _ in 0..2 {
        assert!(
            matches!(bounce(&hub, &token, false).await, Counted::Remembered(_)),
            "a week without any begins anew"
        );
    }
    assert!(matches!(bounce(&hub, &token, false).await, Counted::Refused(_)));
    let mut tx = hub.db.begin().await.expect("begin");
    assert!(mail::allow(&mut tx, ADA, None).await.expect("allowed"));
    tx.commit().await.expect("commit");
    assert!(
        matches!(bounce(&hub, &token, false).await, Counted::Remembered(_)),
        "whoever is let in again begins anew"
    );
}

async fn who_is_written_to_no_more_is_forgotten_last(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let token = go(&hub, 9).await.token;
    bounce(&hub, &token, true).await;
    hub.clock.advance_millis(1);
    let forgotten = mail::forget_old(&hub.db, hub.clock.now(), 10).await;
    assert_eq!(forgotten.expect("forgotten"), 1);
    assert_eq!(mail::by_token(&hub.db, &token).await.expect("read"), None);
    assert!(matches!(admit(&hub, SHOP, 9).await, Admission::Refused(_)));
}
