//! Measures the hub as a user has it: the release build, over HTTP, on an otherwise idle machine.

mod backup;
mod deliveries;
mod flood;
mod hub;
mod load;
mod pages;
mod reads;
mod retention;
mod sink;
mod startup;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use crate::postgres::Postgres;
use crate::shell;
use hub::Hub;
use load::Load;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// Measure this hub instead of building one: to compare two.
    #[arg(long, global = true)]
    binary: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// How many events a second are stored, and what each costs.
    Ingest(Ingest),
    /// How many happenings a second plugins are told of, and how soon.
    Deliveries(deliveries::Deliveries),
    /// How soon pages answer while events arrive, and how much each weighs.
    Pages(pages::Pages),
    /// What a flood of one project costs another, and what is kept of it.
    Flood(flood::Flood),
    /// What a backup costs events that arrive, and whether it has all that was acknowledged before.
    Backup(backup::Backup),
    /// What dropping old events costs those that arrive.
    Retention(retention::Retention),
    /// How soon the hub is ready with ten plugins that were compiled before.
    Startup,
}

#[derive(clap::Args)]
struct Ingest {
    /// Length of each run.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Keep state in PostgreSQL (a server of the task's own, with its usual durability).
    #[arg(long)]
    postgres: bool,
    /// Store that many events in 50,000 issues first.
    #[arg(long, default_value_t = 0)]
    history: u64,
    /// Seconds at three times the rate of `--rate`, to see a burst absorbed.
    #[arg(long, default_value_t = 0)]
    burst_seconds: u32,
    /// Events a second of the second run, whose latency is of interest; half of what the first run reached, if not given.
    #[arg(long)]
    rate: Option<f64>,
    /// Measure reads while the second run goes on.
    #[arg(long)]
    reads: bool,
    /// Have the webhook and two alert rules hear of what happens.
    #[arg(long)]
    plugins: bool,
    /// Where the data goes; kept afterwards. A temporary folder, if not given.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Runs what was asked and prints its figures.
pub(crate) fn run(args: &Args) -> Result<()> {
    let binary = match &args.binary {
        Some(binary) => std::path::absolute(binary)?,
        None => crate::serve::build()?,
    };
    match &args.what {
        What::Ingest(options) => ingest(&binary, options),
        What::Flood(options) => flood::run(&binary, options),
        What::Pages(options) => pages::run(&binary, options),
        What::Backup(options) => backup::run(&binary, options),
        What::Retention(options) => retention::run(&binary, options),
        What::Startup => startup::run(&binary),
        What::Deliveries(options) => {
            let hub = Hub::start(&binary, None, None)?;
            deliveries::run(&hub, options)?;
            hub.stop()
        }
    }
}

fn ingest(binary: &Path, ingest: &Ingest) -> Result<()> {
    let load = Load::build()?;
    let postgres = ingest.postgres.then(Postgres::start_durable).transpose()?;
    let hub = Hub::start(binary, ingest.data.clone(), postgres.as_ref().map(Postgres::url))?;
    let _sink = ingest.plugins.then(|| subscribe(&hub)).transpose()?;
    if ingest.history > 0 {
        fill(&hub, &load, ingest.history)?;
    }
    let reached = full_speed(&hub, &load, ingest)?;
    let rate = ingest.rate.unwrap_or(reached / 2.0);
    paced(&hub, &load, ingest, rate)?;
    if ingest.burst_seconds > 0 {
        shell::say(&format!(
            "a burst of three times that for {} s",
            ingest.burst_seconds
        ));
        let options = load::Options {
            seconds: ingest.burst_seconds,
            groups: 100,
            rate: Some(3.0 * rate),
        };
        measured("burst", &hub, || load.run(&hub, &options))?;
    }
    println!(
        "disk: {} bytes an event over all {}",
        hub.disk()? / hub.stored()?.max(1),
        hub.stored()?
    );
    hub.stop()
}

/// Has plugins hear of everything; gives the web server that is told.
fn subscribe(hub: &Hub) -> Result<sink::Sink> {
    let sink = sink::Sink::start()?;
    let organization = hub.project["organization"].as_str().context("an organization")?;
    let path = format!("/api/0/organizations/{organization}/plugins/");
    let rules = "rule New\n  when first seen, regressed\n  if level == \"error\"\n  then notify by Webhook\n\
                 rule Many\n  when 1000 events in 10m\n  then notify by Webhook\n";
    for body in [
        json!({ "plugin": "webhook", "name": "Webhook", "config": { "url": sink.url } }),
        json!({ "plugin": "alert-rules", "config": { "rules": rules } }),
    ] {
        hub.send("POST", &path, &body)?;
    }
    Ok(sink)
}

fn fill(hub: &Hub, load: &Load, history: u64) -> Result<()> {
    shell::say(&format!("storing {history} events in 50,000 issues first"));
    let options = load::Options {
        seconds: 60,
        groups: 50_000,
        rate: None,
    };
    while hub.stored()? < history {
        measured("history", hub, || load.run(hub, &options))?;
    }
    Ok(())
}

/// Returns the events accepted in a second.
fn full_speed(hub: &Hub, load: &Load, ingest: &Ingest) -> Result<f64> {
    shell::say("as fast as it answers");
    let options = load::Options {
        seconds: ingest.seconds,
        groups: 100,
        rate: None,
    };
    let run = measured("full speed", hub, || load.run(hub, &options))?;
    Ok(run.load["accepted_per_second"].as_f64().unwrap_or(0.0))
}

fn paced(hub: &Hub, load: &Load, ingest: &Ingest, rate: f64) -> Result<()> {
    shell::say(&format!("at {rate:.0} events/s"));
    let options = load::Options {
        seconds: ingest.seconds,
        groups: 100,
        rate: Some(rate),
    };
    measured("paced", hub, || {
        let reads = ingest.reads.then(|| reads::Reads::start(hub)).transpose()?;
        let load = load.run(hub, &options)?;
        if let Some(reads) = reads {
            reads.report()?;
        }
        Ok(load)
    })?;
    Ok(())
}

/// Runs a load and prints its figures, with what the database counts.
fn measured(name: &str, hub: &Hub, load: impl FnOnce() -> Result<Value>) -> Result<hub::Run> {
    let before = hub.stored()?;
    let run = hub.measure(load)?;
    println!("{name}: {}", figures(&run));
    println!(
        "{name}: accepted {}, stored {}",
        run.load["accepted"],
        hub.stored()? - before
    );
    Ok(run)
}

fn figures(run: &hub::Run) -> Value {
    let accepted = run.load["accepted"].as_f64().unwrap_or(0.0).max(1.0);
    json!({
        "accepted": run.load["accepted"],
        "accepted_per_second": run.load["accepted_per_second"].as_f64().map(f64::round),
        "digested_per_second": (accepted / run.digested_after.as_secs_f64()).round(),
        "server_cpu_us_per_event": (run.cpu_seconds * 1e6 / accepted).round(),
        "peak_rss_mb": run.peak_rss_bytes >> 20,
        "latency_ms": run.load["latency_ms"],
        "outcomes": run.load["outcomes"],
        "late": run.load["late"],
    })
}
