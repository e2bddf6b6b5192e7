//! How fast batches are stored: `persist_speed [EVENTS [BATCH [GROUPS]]]` fills a fresh SQLite file, and the
//! PostgreSQL database of `DATABASE_URL` when that is set.
//!
//! Events are synthetic: 100 groups, 1,000 users, 15 tags an event of which some vary, payloads of 1,000 bytes that
//! do not compress further. CPU time is that of the whole process, the making of the events taken off.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool for the terminal: it stops at what it did not expect"
)]

mod speed;

use std::time::{Duration, Instant};

use errand_model::digested::{DigestedEnvelope, DigestedEvent, EventUser};
use errand_model::issue::EventKind;
use errand_model::{EventId, GroupHash, Ids, Level, SystemClock, Timestamp};
use errand_store::persist::{Arrival, Persist, persist};
use errand_store::{Context, Db, Location, Options};

use speed::{Random, memory_mb, project};

const USERS: u64 = 1_000;
const PAYLOAD: usize = 1_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|text| text.parse::<u64>().expect("a number"));
    let events = numbers.next().unwrap_or(200_000);
    let batch = numbers.next().unwrap_or(1_000);
    let groups = numbers.next().unwrap_or(100);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hub.db");
    let bytes = {
        let file = file.clone();
        move || std::fs::metadata(&file).map_or(0, |file| file.len())
    };
    run("SQLite", &Location::Sqlite(file), events, batch, groups).await;
    println!("SQLite: {} bytes of disk an event", bytes() / events);
    if let Ok(url) = std::env::var("DATABASE_URL") {
        run(
            "PostgreSQL",
            &Location::parse(&url).expect("a location"),
            events,
            batch,
            groups,
        )
        .await;
    }
}

async fn run(name: &str, location: &Location, events: u64, batch: u64, groups: u64) {
    let db = Db::open(location, &options()).await.expect("open");
    db.migrate().await.expect("migrate");
    let (clock, ids) = (SystemClock, Ids::new(0));
    let cx = Context {
        clock: &clock,
        ids: &ids,
    };
    let project = project(&db, cx).await;
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut wall, mut cpu, mut slowest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut stored = 0;
    while stored < events {
        let batch: Vec<Arrival> = (0..batch.min(events - stored))
            .map(|_| Arrival {
                organization: project.organization,
                project: project.id,
                envelope: DigestedEnvelope {
                    event: Some(event(project.id, cx.now(), groups, &mut random)),
                    ..DigestedEnvelope::default()
                },
            })
            .collect();
        let (began, cpu_began) = (Instant::now(), cpu_time());
        let persisting = Persist {
            clock: &clock,
            ids: &ids,
            queue: "speed",
        };
        let done = persist(&db, &persisting, &batch, Some(stored as i64))
            .await
            .expect("persist");
        assert_eq!(done.accepted, batch.len() as u64);
        wall += began.elapsed();
        cpu += cpu_time() - cpu_began;
        slowest = slowest.max(began.elapsed());
        stored += batch.len() as u64;
        if stored % (events / 5).max(1) < batch.len() as u64 {
            report(name, stored, wall, cpu, slowest);
        }
    }
    db.close().await;
}

/// The defaults, or what `PAGE_BYTES` and `LOG_BYTES` say.
fn options() -> Options {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let defaults = Options::default();
    Options {
        page_bytes: number("PAGE_BYTES").unwrap_or(defaults.page_bytes),
        log_bytes: number("LOG_BYTES").unwrap_or(defaults.log_bytes),
        ..defaults
    }
}

fn report(name: &str, events: u64, wall: Duration, cpu: Duration, slowest: Duration) {
    let each = |time: Duration| time.as_secs_f64() * 1e6 / events as f64;
    println!(
        "{name}: {events} events, {:.1} µs of CPU and {:.1} µs of time each; slowest batch {} ms; memory {} MB",
        each(cpu),
        each(wall),
        slowest.as_millis(),
        memory_mb()
    );
}

fn event(
    project: errand_model::ProjectId,
    now: Timestamp,
    groups: u64,
    random: &mut Random,
) -> DigestedEvent {
    let group = random.below(groups);
    let user = random.below(USERS);
    let text = |text: &str| text.to_owned();
    let tags = vec![
        (text("browser"), format!("Firefox {}", 130 + random.below(8))),
        (text("browser.name"), text("Firefox")),
        (text("os"), format!("Linux 6.{}", random.below(4))),
        (text("os.name"), text("Linux")),
        (text("device"), format!("Device {}", random.below(6))),
        (text("release"), format!("shop@1.2.{}", random.below(3))),
        (
            text("environment"),
            text(["production", "staging"][random.below(2) as usize]),
        ),
        (text("level"), text("error")),
        (text("runtime"), text("CPython 3.11.7")),
        (text("runtime.name"), text("CPython")),
        (text("server_name"), format!("web-{}", random.below(4))),
        (text("transaction"), format!("/checkout/{}", group % 20)),
        (text("handled"), text("no")),
        (text("mechanism"), text("generic")),
        (text("license"), format!("ABC-{}", random.below(50))),
    ];
    let mut hash = [0; 16];
    hash[..8].copy_from_slice(&(group + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    DigestedEvent {
        project,
        event_id: EventId(bytes(random)),
        timestamp: now,
        received: now,
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
        user: Some(EventUser {
            key: format!("id:{user}"),
            id: Some(user.to_string()),
            email: Some(format!("user{user}@example.com")),
            username: None,
            ip: None,
        }),
        tags,
        payload: (0..PAYLOAD / 16).flat_map(|_| bytes(random)).collect(),
    }
}

/// The CPU time of this process.
fn cpu_time() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let nanos = threads
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanos)
}

fn bytes(random: &mut Random) -> [u8; 16] {
    let (first, second) = (random.next(), random.next());
    (u128::from(first) | u128::from(second) << 64).to_le_bytes()
}
