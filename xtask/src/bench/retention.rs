//! What dropping events costs those that arrive: a load at one rate, without and with retention under way.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::hub::Hub;
use super::load::{self, Load};
use super::measured;
use crate::shell;

/// How long the hub may take to begin, and to have the disk back.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Events that are there, and those that were dropped, at one moment.
const EVER_STORED: &str = "SELECT (SELECT COUNT(*) FROM event) + (SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM dropped_day)";

#[derive(clap::Args)]
pub(crate) struct Retention {
    /// Store that many events first; half of their room is then taken away.
    #[arg(long, default_value_t = 1_000_000)]
    history: u64,
    /// Length of each run.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Events a second.
    #[arg(long, default_value_t = 1_000.0)]
    rate: f64,
    /// Where the data goes; kept afterwards. A temporary folder, if not given.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Measures and prints.
pub(super) fn run(binary: &Path, options: &Retention) -> Result<()> {
    let load = Load::build()?;
    let hub = Hub::start(binary, options.data.clone(), None)?;
    super::fill(&hub, &load, options.history)?;
    let paced = load::Options {
        seconds: options.seconds,
        groups: 100,
        rate: Some(options.rate),
    };
    measured("without retention", &hub, || load.run(&hub, &paced))?;
    let megabytes = hub.disk()? / 2_000_000;
    hub.errand(binary, &["retention", "--megabytes", &megabytes.to_string()])?;
    let (before, ever) = (hub.stored()?, hub.count(EVER_STORED)?);
    let began = Instant::now();
    until("events are dropped", || Ok(hub.stored()? < before))?;
    let run = hub.measure(|| load.run(&hub, &paced))?;
    println!("with retention: {}", super::figures(&run));
    let stored = hub.count(EVER_STORED)? - ever;
    println!(
        "with retention: accepted {}, stored {stored}",
        run.load["accepted"]
    );
    shell::say("waiting until the disk is back under the bound");
    until("the disk is back", || {
        Ok(hub.disk()? / 1_000_000 <= megabytes + megabytes / 8 + 64)
    })?;
    println!(
        "disk: {} MB after {:.0} s, bound {megabytes} MB, events {} of {before}",
        hub.disk()? / 1_000_000,
        began.elapsed().as_secs_f64(),
        hub.stored()?
    );
    let metrics = hub.get("/metrics")?;
    for line in metrics
        .lines()
        .filter(|line| line.starts_with("errand_retention"))
    {
        println!("{line}");
    }
    hub.stop()
}

fn until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !is_so()? {
        ensure!(
            began.elapsed() < PATIENCE,
            "{what}: not within {} s",
            PATIENCE.as_secs()
        );
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}
