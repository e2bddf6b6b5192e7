//! A backup while events arrive: what it costs them, and that what it restores has all that was acknowledged before it began.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::hub::Hub;
use super::load::{self, Load};
use crate::shell;

/// How long the load may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(crate) struct Backup {
    /// Length of the load; the backup begins after a third of its events.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Events a second.
    #[arg(long, default_value_t = 2_000.0)]
    rate: f64,
    /// Store that many events first.
    #[arg(long, default_value_t = 0)]
    history: u64,
}

/// An event that was sent, and acknowledged.
struct Acknowledged {
    id: String,
    /// Nanoseconds since 1970.
    at: u128,
    latency: Duration,
}

/// The backup, and when it began and ended.
struct Made {
    file: PathBuf,
    began: u128,
    ended: u128,
}

/// Measures and prints.
pub(super) fn run(binary: &Path, options: &Backup) -> Result<()> {
    let load = Load::build()?;
    let folder = shell::target().join(format!("bench-backup-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let measured = measure(binary, &load, options, &folder);
    fs::remove_dir_all(&folder)?;
    measured
}

fn measure(binary: &Path, load: &Load, options: &Backup, folder: &Path) -> Result<()> {
    let hub = Hub::start(binary, None, None)?;
    if options.history > 0 {
        super::fill(&hub, load, options.history)?;
    }
    let paced = load::Options {
        seconds: options.seconds,
        groups: 100,
        rate: Some(options.rate),
    };
    let log = folder.join("log");
    let (loaded, made) = thread::scope(|scope| {
        let loading = scope.spawn(|| load.run_on(&hub, &hub.project, &paced, Some(&log)));
        let made = back_up(binary, &hub, options, folder);
        (loading.join(), made)
    });
    let (loaded, made) = (loaded.map_err(|_| anyhow!("the load broke off"))??, made?);
    hub.stop()?;
    println!(
        "load: {} at {}/s",
        loaded["outcomes"], loaded["accepted_per_second"]
    );
    let acknowledged = read(&log)?;
    latencies(&acknowledged, &made);
    let before: Vec<&Acknowledged> = acknowledged
        .iter()
        .filter(|event| event.at < made.began)
        .collect();
    ensure!(!before.is_empty(), "nothing was acknowledged before the backup");
    restored(binary, load, folder, &made, &before)
}

/// Makes a backup once a third of the load is stored.
fn back_up(binary: &Path, hub: &Hub, options: &Backup, folder: &Path) -> Result<Made> {
    let stored = hub.stored()?;
    let third = (f64::from(options.seconds) * options.rate / 3.0) as u64;
    let begun = Instant::now();
    while hub.stored()? < stored + third {
        ensure!(
            begun.elapsed() < PATIENCE + Duration::from_secs(options.seconds.into()),
            "the load is too slow"
        );
        thread::sleep(Duration::from_millis(50));
    }
    let file = folder.join("hub.tar");
    let path = file.to_str().context("a path")?;
    let began = now()?;
    hub.errand(binary, &["backup", path, "--with-keys"])?;
    let ended = now()?;
    println!(
        "backup: {} MB in {:.1} s",
        fs::metadata(&file)?.len() / 1_000_000,
        (ended - began) as f64 / 1e9
    );
    Ok(Made { file, began, ended })
}

/// A hub on what was restored has them all, and takes more.
fn restored(
    binary: &Path,
    load: &Load,
    folder: &Path,
    made: &Made,
    acknowledged: &[&Acknowledged],
) -> Result<()> {
    let data = folder.join("restored");
    let mut restore = Command::new(binary);
    restore.arg("restore").arg(&made.file).arg("--data").arg(&data);
    let began = Instant::now();
    shell::run(&mut restore)?;
    let hub = Hub::start(binary, Some(data), None)?;
    println!("restored and started in {:.1} s", began.elapsed().as_secs_f64());
    hub.digested()?;
    let rows = hub.rows("SELECT lower(hex(event_id)) FROM event")?;
    let stored: HashSet<&str> = rows.lines().collect();
    let missing = acknowledged
        .iter()
        .filter(|event| !stored.contains(event.id.as_str()))
        .count();
    println!(
        "acknowledged before the backup began: {}, missing in what was restored: {missing}; stored there: {}",
        acknowledged.len(),
        stored.len()
    );
    ensure!(missing == 0, "the backup lacks events");
    let more = load::Options {
        seconds: 2,
        groups: 100,
        rate: Some(100.0),
    };
    super::measured("goes on", &hub, || load.run(&hub, &more))?;
    hub.stop()
}

/// How soon events were acknowledged while the backup was made, and otherwise.
fn latencies(acknowledged: &[Acknowledged], made: &Made) {
    let is_meanwhile = |event: &&Acknowledged| (made.began..made.ended).contains(&event.at);
    let (meanwhile, otherwise): (Vec<&Acknowledged>, Vec<&Acknowledged>) =
        acknowledged.iter().partition(is_meanwhile);
    for (name, mut events) in [
        ("beside the backup", meanwhile),
        ("before and after it", otherwise),
    ] {
        events.sort_unstable_by_key(|event| event.latency);
        let at = |share: usize| {
            let event = events.get(events.len() * share / 100);
            event.map_or(f64::NAN, |event| event.latency.as_secs_f64() * 1e3)
        };
        println!(
            "{name}: {} events, acknowledged after p50 {:.1} ms, p99 {:.1} ms",
            events.len(),
            at(50),
            at(99)
        );
    }
}

/// The generator's log: id, sent, answered (nanoseconds since 1970), status.
fn read(log: &Path) -> Result<Vec<Acknowledged>> {
    let text = fs::read_to_string(log)?;
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[id, sent, answered, "200"] = fields.as_slice() else {
            return None;
        };
        let (sent, answered): (u128, u128) = (sent.parse().ok()?, answered.parse().ok()?);
        Some(Acknowledged {
            id: id.replace('-', "").to_lowercase(),
            at: answered,
            latency: Duration::from_nanos(u64::try_from(answered.saturating_sub(sent)).unwrap_or(u64::MAX)),
        })
    };
    Ok(text.lines().filter_map(parse).collect())
}

/// Now, as the generator's log counts: nanoseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "no test of this task holds the time")]
fn now() -> Result<u128> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())
}
