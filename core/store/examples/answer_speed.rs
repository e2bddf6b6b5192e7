//! How fast questions are answered: `answer_speed [MILLIONS [FOLDER]]` fills an SQLite file with so many facts of thirty
//! days, or takes the one that is there, and asks each question cold, and then again, while events are stored.
//!
//! Facts are synthetic: 2,000 issues, 500,000 users, 12 releases, 9 browsers, 14 tags an event.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool for the terminal: it stops at what it did not expect"
)]

mod speed;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use errand_model::digested::{DigestedEnvelope, DigestedEvent, EventUser};
use errand_model::issue::EventKind;
use errand_model::project::Project;
use errand_model::question::{Key, Measure, Question, Span};
use errand_model::search::{Filter, Pattern, Query, Term};
use errand_model::{Clock as _, EventId, GroupHash, Ids, IssueId, Level, SystemClock, Timestamp};
use errand_store::facts::{self, Asker};
use errand_store::persist::{Arrival, Persist, persist};
use errand_store::testing::write_facts;
use errand_store::{Context, Db, Location, Options, projects};

use speed::{Random, memory_mb, project};

const DAY: i64 = 86_400;
const BATCH: u64 = 2_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let millions = arguments
        .next()
        .map_or(10, |text| text.parse::<u64>().expect("a number"));
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = arguments
        .next()
        .map_or(temporary.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("a folder");
    let location = Location::Sqlite(folder.join("hub.db"));
    let db = Db::open(&location, &Options::default()).await.expect("open");
    db.migrate().await.expect("migrate");
    let (clock, ids) = (SystemClock, Ids::new(0));
    let cx = Context {
        clock: &clock,
        ids: &ids,
    };
    let known = projects::list(&db, None).await.expect("projects");
    let project = match known.into_iter().next() {
        Some(project) => project,
        None => fill(&db, cx, millions * 1_000_000).await,
    };
    // As a hub that was just started has it.
    db.close().await;
    let bytes = std::fs::metadata(folder.join("hub.db")).map_or(0, |file| file.len());
    println!("{} MB on disk", bytes >> 20);
    let db = Db::open(&location, &Options::default()).await.expect("open");
    measure(db, project, clock.now()).await;
}

/// Asks each question cold and warm, while events are stored.
async fn measure(db: Db, project: Project, now: Timestamp) {
    let stop = Arc::new(AtomicBool::new(false));
    let stored = Arc::new(AtomicU64::new(0));
    let writing = tokio::spawn(write(
        db.clone(),
        project.clone(),
        Arc::clone(&stop),
        Arc::clone(&stored),
    ));
    let began = Instant::now();
    for (name, question) in questions(now) {
        let mut times = Vec::new();
        for _ in 0..6 {
            let began = Instant::now();
            let projects = [project.clone()];
            let asker = Asker {
                organization: project.organization,
                projects: &projects,
                viewer: None,
            };
            let answer = facts::answer(&db, asker, &question).await.expect("an answer");
            times.push((began.elapsed(), answer));
        }
        let warm = times[1..].iter().map(|(time, _)| *time).max().unwrap_or_default();
        println!(
            "{name}: {} ms cold, {} ms warm at most; {} groups, {:?} in all",
            times[0].0.as_millis(),
            warm.as_millis(),
            times[0].1.groups,
            times[0].1.total.values,
        );
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.expect("the writer ends");
    let rate = stored.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    println!(
        "{rate:.0} events/s were stored meanwhile; memory {} MB",
        memory_mb()
    );
}

fn questions(now: Timestamp) -> Vec<(&'static str, Question)> {
    let days = |days: i64| Span {
        since: now.plus_seconds(-days * DAY),
        until: now,
    };
    let uc = Term {
        negated: false,
        filter: Filter::Tag {
            key: "browser.name".to_owned(),
            values: vec![Pattern::parse("UC Browser")],
        },
    };
    let question = |terms: Vec<Term>, measure, keys: &[&str], span, step| Question {
        filter: Query { terms },
        measures: vec![measure],
        keys: keys.iter().map(|key| Key::parse(key)).collect(),
        span,
        step,
        sort: 0,
        is_ascending: false,
        top: 20,
    };
    vec![
        (
            "users of UC Browser by release, 7 days",
            question(vec![uc.clone()], Measure::Users, &["release"], days(7), None),
        ),
        (
            "users of UC Browser by release, 30 days",
            question(vec![uc.clone()], Measure::Users, &["release"], days(30), None),
        ),
        (
            "the same by day",
            question(vec![uc], Measure::Users, &["release"], days(30), Some(DAY)),
        ),
        (
            "events by browser, 30 days by day",
            question(vec![], Measure::Events, &["browser.name"], days(30), Some(DAY)),
        ),
        (
            "events, 30 days",
            question(vec![], Measure::Events, &[], days(30), None),
        ),
        (
            "issues by release, 30 days",
            question(vec![], Measure::Issues, &["release"], days(30), None),
        ),
        (
            "users by browser, 30 days",
            question(vec![], Measure::Users, &["browser.name"], days(30), None),
        ),
        (
            "users by issue, 30 days",
            question(vec![], Measure::Users, &["issue"], days(30), None),
        ),
    ]
}

async fn fill(db: &Db, cx: Context<'_>, events: u64) -> Project {
    let project = project(db, cx).await;
    let began = Instant::now();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut writing, mut folding) = (Duration::ZERO, Duration::ZERO);
    let end = cx.now();
    for nth in 0..events / BATCH {
        let since = -30 * DAY * 1_000;
        let at = end.plus_millis(since + (nth * BATCH) as i64 * -since / events as i64);
        let batch: Vec<_> = (0..BATCH)
            .map(|_| {
                let at = at.plus_millis(random.below(2_000_000) as i64 - 1_000_000);
                let event = event(&project, at.min(end), &mut random);
                let issue =
                    IssueId(i64::from(event.hashes[0].0[0]) + 256 * i64::from(event.hashes[0].0[1]) + 1);
                (event, issue)
            })
            .collect();
        let began = Instant::now();
        write_facts(db, cx, &batch).await;
        writing += began.elapsed();
        let began = Instant::now();
        while let Some(due) = facts::due(db, cx.now()).await.expect("due") {
            facts::keep(db, cx, due).await.expect("keep");
        }
        folding += began.elapsed();
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / events as f64;
    println!(
        "{events} facts in {} s: {:.1} µs each to write, {:.1} µs to fold",
        began.elapsed().as_secs(),
        each(writing),
        each(folding)
    );
    project
}

/// Stores whole events, about a thousand a second, until it is told to stop.
async fn write(db: Db, project: Project, stop: Arc<AtomicBool>, stored: Arc<AtomicU64>) {
    let (clock, ids) = (SystemClock, Ids::new(1));
    let mut random = Random(77);
    while !stop.load(Ordering::Relaxed) {
        let arrival = |random: &mut Random| Arrival {
            organization: project.organization,
            project: project.id,
            envelope: DigestedEnvelope {
                event: Some(event(&project, clock.now(), random)),
                ..DigestedEnvelope::default()
            },
        };
        let batch: Vec<Arrival> = (0..100).map(|_| arrival(&mut random)).collect();
        let persisting = Persist {
            clock: &clock,
            ids: &ids,
            queue: "speed",
        };
        persist(&db, &persisting, &batch, None).await.expect("persist");
        stored.fetch_add(100, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn event(project: &Project, at: Timestamp, random: &mut Random) -> DigestedEvent {
    let group = random.below(2_000);
    let text = |text: &str| text.to_owned();
    let browser = [
        "Chrome",
        "Firefox",
        "Safari",
        "Edge",
        "Opera",
        "Samsung Internet",
        "UC Browser",
        "Brave",
        "Vivaldi",
    ][random.below(9) as usize];
    let tags = vec![
        (text("browser"), format!("{browser} {}", 130 + random.below(8))),
        (text("browser.name"), text(browser)),
        (text("os"), format!("Linux 6.{}", random.below(4))),
        (text("os.name"), text("Linux")),
        (text("device"), format!("Device {}", random.below(60))),
        (text("release"), format!("shop@1.2.{}", random.below(12))),
        (
            text("environment"),
            text(["production", "staging"][random.below(2) as usize]),
        ),
        (text("level"), text("error")),
        (text("runtime.name"), text("CPython")),
        (text("server_name"), format!("web-{}", random.below(4))),
        (text("transaction"), format!("/checkout/{}", group % 200)),
        (text("handled"), text("no")),
        (text("mechanism"), text("generic")),
        (text("license"), format!("ABC-{}", random.below(5_000))),
    ];
    let mut hash = [0; 16];
    hash[..8].copy_from_slice(&group.to_le_bytes());
    let user = random.below(500_000);
    DigestedEvent {
        project: project.id,
        event_id: EventId::random(),
        timestamp: at,
        received: at,
        kind: EventKind::Error,
        level: Level::Error,
        platform: text("python"),
        logger: String::new(),
        title: format!("ValueError: {group}"),
        culprit: text("shop.checkout in pay"),
        metadata: text(r#"{"type":"ValueError","value":"no"}"#),
        hashes: vec![GroupHash(hash)],
        grouping: 1,
        release: Some(tags[5].1.clone()),
        environment: Some(tags[6].1.clone()),
        user: Some(someone(user)),
        tags,
        payload: vec![7; 1_000],
    }
}

fn someone(user: u64) -> EventUser {
    EventUser {
        key: format!("id:{user}"),
        id: Some(user.to_string()),
        email: None,
        username: None,
        ip: None,
    }
}
