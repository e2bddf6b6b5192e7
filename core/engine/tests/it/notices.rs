//! People are told of what they want to hear of: together, seldom, and surely.

use std::time::Duration;

use errand_engine::Engine;
use errand_model::access::Role;
use errand_model::grant::Grant;
use errand_model::issue::Assignee;
use errand_model::notice::{Happening, Pace, Wishes};
use errand_model::{Clock as _, Secret, UserId};
use errand_store::installations::{self, NewInstallation};
use errand_store::{issues, notices, people, projects};
use tokio::time::timeout;

use crate::deliveries::retry;
use crate::setting::{Setting, stop};

/// A plugin that writes to people, and somebody who wants to hear of everything.
async fn scene(wishes: Wishes) -> (Setting, UserId) {
    let setting = Setting::new().await;
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    let cx = setting.hub.context();
    let new = NewInstallation {
        organization: setting.project.organization,
        project: None,
        plugin: "mail",
        name: "Mail",
        config: Secret::new(r#"{"to_people": true}"#.to_owned()),
        grant: Grant::default(),
    };
    installations::create(&mut tx, cx, new).await.expect("installed");
    let ada = people::create(&mut tx, cx, "ada@example.com", "Ada", Role::Member)
        .await
        .expect("made");
    notices::set_wishes(&mut tx, ada.id, &wishes)
        .await
        .expect("wished");
    tx.commit().await.expect("commits");
    (setting, ada.id)
}

fn everything() -> Wishes {
    Wishes {
        happenings: Happening::ALL.iter().map(|(one, ..)| *one).collect(),
        ..Wishes::default()
    }
}

/// What takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Until nothing is owed to anybody now, and nothing is on its way.
async fn settled(setting: &Setting, engine: &Engine) {
    engine.drain().await;
    let on_its_way = "SELECT COUNT(*) FROM notice_reader WHERE batch IS NOT NULL";
    let waiting = async {
        while notices::is_due(&setting.hub.db, setting.clock.now())
            .await
            .expect("readable")
            || setting.number(on_its_way).await > 0
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .expect("everybody is told at last");
}

/// Until that many calls were written down.
async fn called(setting: &Setting, count: i64) {
    let waiting = async {
        while setting.number("SELECT COUNT(*) FROM plugin_call").await < count {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("so many calls");
}

/// How many changes each message to a person held.
fn told(setting: &Setting) -> Vec<usize> {
    let digests = setting.plugins.digests();
    let of_people = digests.iter().filter(|call| call.group.starts_with("user:"));
    of_people.map(|call| call.events.len()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_and_two_hundred_issues_in_an_hour_are_a_handful_of_messages() {
    let (setting, ada) = scene(everything()).await;
    let engine = setting.start().await;
    for minute in 0..60 {
        setting.send(&engine, "storm", 20).await;
        for n in 0..4 {
            setting.send(&engine, &format!("issue-{minute}-{n}"), 1).await;
        }
        settled(&setting, &engine).await;
        setting.clock.advance_millis(60_000);
    }
    setting.clock.advance_millis(3_600_000);
    settled(&setting, &engine).await;
    let messages = told(&setting);
    assert!(messages.len() <= 6, "{messages:?}");
    assert_eq!(messages.iter().sum::<usize>(), 241, "each issue is told once");
    let digests = setting.plugins.digests();
    assert!(digests.iter().all(|call| call.group == format!("user:{ada}")));
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_failed_is_sent_again_as_it_was() {
    let (setting, _) = scene(everything()).await;
    // People alone are told: the script is of their messages.
    setting.plugins.unwant("issue.created");
    setting.plugins.play([retry()]);
    let engine = setting.start().await;
    setting.send(&engine, "a", 1).await;
    engine.drain().await;
    called(&setting, 1).await;
    setting.send(&engine, "b", 1).await;
    engine.drain().await;
    setting.clock.advance_millis(60_000);
    called(&setting, 2).await;
    let digests = setting.plugins.digests();
    assert_eq!(told(&setting), [1, 1], "what came later waits for the next");
    assert_eq!(digests[0].head.idempotency_key, digests[1].head.idempotency_key);
    assert_eq!(digests[1].head.attempt, 2);
    setting.clock.advance_millis(3_600_000);
    settled(&setting, &engine).await;
    assert_eq!(told(&setting), [1, 1, 1]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn summaries_and_quiet_hours_wait_for_their_time() {
    let daily = Wishes {
        pace: Pace::Daily,
        ..everything()
    };
    let (setting, _) = scene(daily).await;
    let engine = setting.start().await;
    for group in ["a", "b", "c"] {
        setting.send(&engine, group, 1).await;
    }
    settled(&setting, &engine).await;
    assert_eq!(told(&setting), [0_usize; 0]);
    setting.clock.advance_millis(24 * 3_600_000);
    settled(&setting, &engine).await;
    assert_eq!(told(&setting), [3]);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_installation_tells_rooms_of_each_change_and_people_of_all_together() {
    let daily = Wishes {
        pace: Pace::Daily,
        ..everything()
    };
    let (setting, _) = scene(daily).await;
    let engine = setting.start().await;
    for group in ["a", "b", "c"] {
        setting.send(&engine, group, 1).await;
    }
    settled(&setting, &engine).await;
    setting.clock.advance_millis(24 * 3_600_000);
    settled(&setting, &engine).await;
    assert_eq!(told(&setting), [3]);
    let writer = setting.plugins.digests()[0].head.installation;
    let calls = setting.plugins.calls();
    let of_rooms = calls.iter().filter(|call| call.installation == writer);
    assert_eq!(of_rooms.count(), 3);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_gives_a_new_issue_away_says_why_and_tells_whose_it_is() {
    let (setting, ada) = scene(Wishes::default()).await;
    let mut project = setting.project.clone();
    project.settings.ownership_rules = "tags.group:pay* nobody@example.com ada@example.com".to_owned();
    let mut tx = setting.hub.db.begin().await.expect("a transaction");
    projects::update(&mut tx, &project).await.expect("saved");
    tx.commit().await.expect("commits");
    let engine = setting.start().await;
    for group in ["payment", "other"] {
        setting.send(&engine, group, 2).await;
    }
    settled(&setting, &engine).await;
    let all = setting.issues().await;
    let of = |title: &str| {
        all.iter()
            .find(|issue| issue.title.starts_with(title))
            .expect("there")
    };
    assert_eq!(of("payment").assignee, Some(Assignee::User(ada)));
    assert_eq!(of("other").assignee, None);
    let why = issues::ownership(&setting.hub.db, of("payment").id)
        .await
        .expect("readable");
    assert_eq!(
        why.as_deref(),
        Some("tags.group:pay* nobody@example.com ada@example.com")
    );
    assert_eq!(
        told(&setting),
        [1],
        "who says nothing hears of what is given to them"
    );
    stop(engine).await;
}
