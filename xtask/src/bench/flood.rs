//! What a flood of one project costs another: the quiet one's latency alone, beside a flood that is let in, and beside one that
//! protection holds off; and what is kept of the flood itself.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::hub::Hub;
use super::load::{self, Load};
use crate::shell;

#[derive(clap::Args)]
pub(crate) struct Flood {
    /// Length of each run.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Events a second of the quiet project, and of the other one as long as nothing is wrong with it.
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
    /// How many times that the flood sends.
    #[arg(long, default_value_t = 20.0)]
    times: f64,
}

/// Measures and prints.
pub(super) fn run(binary: &Path, flood: &Flood) -> Result<()> {
    let load = Load::build()?;
    let hub = Hub::start(binary, None, None)?;
    let other = other_project(&hub)?;
    let usual = options(flood, flood.rate);
    // Behind its start a hub compiles plugins ahead of their first call, on the same cores.
    shell::say("the quiet project, not counted");
    load.run(&hub, &usual)?;
    shell::say("the quiet project alone");
    let alone = load.run(&hub, &usual)?;
    hub.digested()?;
    let open = beside(&hub, &load, &other, flood, "a flood that is let in")?;
    protect(&hub, &other)?;
    let held = beside(&hub, &load, &other, flood, "a flood that is held off")?;
    for (name, run) in [
        ("alone", &alone),
        ("beside a flood let in", &open.quiet),
        ("beside a flood held off", &held.quiet),
    ] {
        println!(
            "{name}: p99 {:.2} ms, {:.2} times; {}",
            p99(run),
            p99(run) / p99(&alone),
            figures(run)
        );
    }
    println!("the flood let in: {}", figures(&open.flood));
    println!("the flood held off: {}", figures(&held.flood));
    kept(&held)?;
    counted(&hub, &other, open.log.len() + held.log.len())?;
    hub.stop()
}

/// A run of the quiet project while the other one floods.
struct Beside {
    quiet: Value,
    flood: Value,
    /// Of each event of the flood: when it was sent, and whether it was taken.
    log: Vec<(f64, bool)>,
}

fn beside(hub: &Hub, load: &Load, other: &Value, flood: &Flood, name: &str) -> Result<Beside> {
    shell::say(&format!("the quiet project beside {name}"));
    let log = shell::target().join(format!("bench-flood-{}.log", std::process::id()));
    let (quiet, flooded) = thread::scope(|scope| {
        let flooding = scope.spawn(|| {
            let options = options(flood, flood.rate * flood.times);
            load.run_on(hub, other, &options, Some(&log))
        });
        let quiet = load.run(hub, &options(flood, flood.rate));
        (quiet, flooding.join())
    });
    let flooded = flooded.map_err(|_| anyhow::anyhow!("the flood broke off"))??;
    hub.digested()?;
    let read = fs::read_to_string(&log).context("the flood's log")?;
    fs::remove_file(&log)?;
    Ok(Beside {
        quiet: quiet?,
        flood: flooded,
        log: read.lines().filter_map(line).collect(),
    })
}

/// `id, sent, answered, status`, with times in nanoseconds; answers seconds.
fn line(line: &str) -> Option<(f64, bool)> {
    let fields: Vec<&str> = line.split('\t').collect();
    let nanoseconds: f64 = fields.get(1)?.parse().ok()?;
    Some((nanoseconds / 1e9, fields.last() == Some(&"200")))
}

fn options(flood: &Flood, rate: f64) -> load::Options {
    load::Options {
        seconds: flood.seconds,
        groups: 100,
        rate: Some(rate),
    }
}

fn p99(run: &Value) -> f64 {
    run["latency_ms"]["p99"].as_f64().unwrap_or(0.0)
}

fn figures(run: &Value) -> Value {
    json!({ "requests": run["requests"], "outcomes": run["outcomes"], "latency_ms": run["latency_ms"], "late": run["late"] })
}

/// The flood's own first events and its last are there.
fn kept(held: &Beside) -> Result<()> {
    let mut log = held.log.clone();
    log.sort_by(|one, other| one.0.total_cmp(&other.0));
    let first = log.iter().take_while(|(_, is_taken)| *is_taken).count();
    let taken = log.iter().filter(|(_, is_taken)| *is_taken).count();
    let (begin, end) = log
        .first()
        .zip(log.last())
        .map(|(first, last)| (first.0, last.0))
        .context("the flood sent nothing")?;
    let last_taken = log
        .iter()
        .rev()
        .find(|(_, is_taken)| *is_taken)
        .map_or(0.0, |one| one.0);
    println!(
        "of the flood: {} sent over {:.1} s, {taken} taken, among them the first {first} and one {:.2} s before its end",
        log.len(),
        end - begin,
        end - last_taken
    );
    ensure!(
        first > 0 && end - last_taken < 2.0,
        "its beginning or its end is missing"
    );
    Ok(())
}

/// What the hub itself counted of both floods: all that was sent, once the refusals are written down, which they are every few
/// seconds.
fn counted(hub: &Hub, other: &Value, sent: usize) -> Result<()> {
    let organization = hub.project["organization"].as_str().context("an organization")?;
    let id = other["id"].as_str().context("an id")?;
    let path = format!(
        "/api/0/organizations/{organization}/stats_v2/?field=sum(quantity)&groupBy=outcome&groupBy=reason&category=error&statsPeriod=24h&project={id}"
    );
    let quantity = |group: &Value| group["totals"]["sum(quantity)"].as_u64().unwrap_or(0);
    let started = Instant::now();
    let groups = loop {
        let told: Value = serde_json::from_str(&hub.get(&path)?)?;
        let groups = told["groups"].as_array().cloned().unwrap_or_default();
        let counted: u64 = groups.iter().map(quantity).sum();
        if counted == sent as u64 {
            break groups;
        }
        ensure!(
            started.elapsed() < Duration::from_secs(30),
            "{counted} events are counted, and {sent} were sent: {groups:?}"
        );
        thread::sleep(Duration::from_millis(200));
    };
    for group in groups {
        println!("counted: {} {}", group["by"], quantity(&group));
    }
    Ok(())
}

/// A second project, as `errand project create` would describe it.
fn other_project(hub: &Hub) -> Result<Value> {
    let organization = hub.project["organization"].as_str().context("an organization")?;
    let path = format!("/api/0/organizations/{organization}/projects/");
    let made = hub.send("POST", &path, &json!({"name": "Flooded"}))?;
    let keys = hub.get(&format!("/api/0/projects/{organization}/flooded/keys/"))?;
    let keys: Value = serde_json::from_str(&keys)?;
    Ok(json!({
        "id": made["id"],
        "organization": organization,
        "slug": made["slug"],
        "public_key": keys[0]["public"],
    }))
}

fn protect(hub: &Hub, other: &Value) -> Result<()> {
    let organization = hub.project["organization"].as_str().context("an organization")?;
    let path = format!("/api/0/projects/{organization}/flooded/");
    let set = hub.send("PUT", &path, &json!({"volume": {"spikes": true}}))?;
    ensure!(set["volume"]["spikes"] == true, "{other}: {set}");
    // What is known of keys is believed for a while.
    thread::sleep(Duration::from_secs(1));
    Ok(())
}
