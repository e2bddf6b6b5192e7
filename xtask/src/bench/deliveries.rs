//! How many happenings a second the webhook tells a web server on this machine, and how soon.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::hub::Hub;
use super::sink::Sink;

/// Issues that things happen to: lanes.
const ISSUES: usize = 500;
/// Changes that one request makes in the paced run.
const TOGETHER: usize = 25;

#[derive(clap::Args)]
pub(super) struct Deliveries {
    /// Happenings that wait when the far end is let free.
    #[arg(long, default_value_t = 20_000)]
    backlog: usize,
    /// Length of the paced run.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Changes a second in the paced run.
    #[arg(long, default_value_t = 500)]
    rate: usize,
}

pub(super) fn run(hub: &Hub, options: &Deliveries) -> Result<()> {
    let sink = Sink::start()?;
    let bench = Bench::set(hub, &sink)?;
    bench.drain(&sink, options.backlog)?;
    bench.paced(&sink, options)
}

struct Bench<'a> {
    hub: &'a Hub,
    issues: Vec<String>,
    /// Where issues are changed.
    changes: String,
    /// The webhook's path.
    plugin: String,
}

impl<'a> Bench<'a> {
    fn set(hub: &'a Hub, sink: &Sink) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("text");
        let (organization, slug) = (text(&hub.project["organization"])?, text(&hub.project["slug"])?);
        let plugins = format!("/api/0/organizations/{organization}/plugins/");
        let config = json!({ "url": sink.url, "changes": ["issue.resolved", "issue.unresolved"] });
        let made = hub.send(
            "POST",
            &plugins,
            &json!({ "plugin": "webhook", "config": config }),
        )?;
        for number in 0..ISSUES {
            hub.event(&format!("bench-{number}"))?;
        }
        hub.digested()?;
        let changes = format!("/api/0/projects/{organization}/{slug}/issues/");
        let mut issues = Vec::new();
        for row in hub.all(&format!("{changes}?query="))? {
            issues.push(text(&row["id"])?);
        }
        ensure!(issues.len() == ISSUES, "{} issues", issues.len());
        Ok(Bench {
            hub,
            issues,
            changes,
            plugin: format!("{plugins}{}/", text(&made["id"])?),
        })
    }

    /// Changes issues for the `round`th time.
    fn change(&self, issues: &[String], round: usize) -> Result<()> {
        let status = if round.is_multiple_of(2) {
            "resolved"
        } else {
            "unresolved"
        };
        let path = format!("{}?id={}", self.changes, issues.join("&id="));
        self.hub
            .send("PUT", &path, &json!({ "status": status }))
            .map(drop)
    }

    /// Lets a backlog go, and measures how fast it is told.
    fn drain(&self, sink: &Sink, backlog: usize) -> Result<()> {
        self.hub.send("PUT", &self.plugin, &json!({ "paused": true }))?;
        let rounds = backlog.div_ceil(ISSUES);
        // An even number, so that the next run finds the issues as they were.
        let rounds = rounds + rounds % 2;
        for round in 0..rounds {
            self.change(&self.issues, round)?;
        }
        // What is fanned out while it is measured would be a part of the measure.
        thread::sleep(Duration::from_secs(3));
        let cpu = self.hub.cpu_seconds()?;
        let started = Instant::now();
        self.hub.send("PUT", &self.plugin, &json!({ "paused": false }))?;
        let wanted = rounds * ISSUES;
        wait(sink, wanted)?;
        let took = started.elapsed().as_secs_f64();
        let cpu = self.hub.cpu_seconds()? - cpu;
        let tally = sink.tally()?;
        ensure!(tally.told == wanted, "{} of {wanted} told", tally.told);
        thread::sleep(Duration::from_secs(1));
        println!(
            "drain: {wanted} told in {took:.1} s, {:.0}/s, {:.0} us of the hub's CPU each, {} records kept",
            wanted as f64 / took,
            cpu * 1e6 / wanted as f64,
            self.hub.count("SELECT COUNT(*) FROM delivery_attempt")?
        );
        Ok(())
    }

    /// Changes issues at a steady rate, and measures how soon the far end hears of it.
    fn paced(&self, sink: &Sink, options: &Deliveries) -> Result<()> {
        let pause = Duration::from_secs_f64(TOGETHER as f64 / options.rate as f64);
        let steps = options.seconds as usize * options.rate / TOGETHER;
        let lists: Vec<&[String]> = self.issues.chunks(TOGETHER).collect();
        let (started, cpu) = (Instant::now(), self.hub.cpu_seconds()?);
        for step in 0..steps {
            let due = pause * u32::try_from(step)?;
            thread::sleep(due.saturating_sub(started.elapsed()));
            self.change(lists[step % lists.len()], step / lists.len())?;
        }
        let took = started.elapsed().as_secs_f64();
        let wanted = steps * TOGETHER;
        wait(sink, wanted)?;
        let cpu = self.hub.cpu_seconds()? - cpu;
        let tally = sink.tally()?;
        ensure!(tally.told == wanted, "{} of {wanted} told", tally.told);
        println!(
            "paced: {:.0} changes/s, told after p50 {} ms, p99 {} ms, at most {} ms, {:.0} us of the hub's CPU each",
            wanted as f64 / took,
            tally.at(0.5),
            tally.at(0.99),
            tally.at(1.0),
            cpu * 1e6 / wanted as f64
        );
        Ok(())
    }
}

fn wait(sink: &Sink, wanted: usize) -> Result<()> {
    let started = Instant::now();
    while sink.count() < wanted {
        ensure!(
            started.elapsed() < Duration::from_secs(300),
            "{} of {wanted} came in five minutes",
            sink.count()
        );
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
