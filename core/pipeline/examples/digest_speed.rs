//! Where the time of a digest goes: microseconds an event, stage by stage, for envelopes in a folder.
//!
//! ```text
//! cargo run --release -p errand-pipeline --example digest_speed -- ../shared/corpus/sdk [rounds]
//! ```
#![expect(clippy::print_stdout, reason = "a tool that prints what it measured")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

use errand_model::project::ProjectSettings;
use errand_model::{EventId, ProjectId, Timestamp};
use errand_pipeline::{ClientHints, Input, ProjectContext, Stage, check, digest_in_stages, warm_up};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(
        arguments
            .next()
            .unwrap_or_else(|| "../shared/corpus/sdk".to_owned()),
    );
    let rounds: u32 = arguments.next().map_or(Ok(2_000), |text| text.parse())?;
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "envelope"));
    files.sort();

    warm_up();
    let project = ProjectContext::compile(ProjectId(1), &ProjectSettings::default())?;
    let mut total = Timing::default();
    println!("{:<34}{:>7} {}", "", "bytes", Timing::header());
    for path in &files {
        let body = fs::read(path)?;
        let timing = measure(&body, &project, rounds)?;
        if timing.is_event {
            total.add(&timing);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        println!("{name:<34}{:>7} {timing}", body.len());
    }
    println!(
        "{:<34}{:>7} {}",
        "mean of the events",
        total.bytes / total.events.max(1),
        total.mean()
    );
    Ok(())
}

/// Time of each stage, of the whole, and of a check.
#[derive(Default)]
struct Timing {
    is_event: bool,
    events: usize,
    bytes: usize,
    stages: BTreeMap<Stage, Duration>,
    check: Duration,
}

const STAGES: [Stage; 7] = [
    Stage::Framed,
    Stage::Decoded,
    Stage::Normalized,
    Stage::Scrubbed,
    Stage::Grouped,
    Stage::Named,
    Stage::Written,
];

fn measure(body: &[u8], project: &ProjectContext, rounds: u32) -> Result<Timing, Box<dyn std::error::Error>> {
    let input = Input {
        body,
        received: Timestamp::parse_rfc3339("2026-11-22T18:29:30Z").unwrap_or_default(),
        client_ip: Some([203, 0, 113, 7].into()),
        user_agent: None,
        client_hints: ClientHints::default(),
        default_event_id: EventId([7; 16]),
    };
    let mut timing = Timing {
        events: 1,
        bytes: body.len(),
        ..Timing::default()
    };
    let mut samples: BTreeMap<Option<Stage>, Vec<Duration>> = BTreeMap::new();
    for _ in 0..rounds {
        let mut last = Instant::now();
        let digested = digest_in_stages(&input, project, &mut |stage| {
            let now = Instant::now();
            samples.entry(Some(stage)).or_default().push(now - last);
            last = Instant::now();
        })?;
        timing.is_event = digested.event.is_some();
        let start = Instant::now();
        check(body)?;
        samples.entry(None).or_default().push(start.elapsed());
    }
    for (stage, mut times) in samples {
        // The median: others use the machine too.
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        match stage {
            Some(stage) => timing.stages.insert(stage, median).map_or((), |_| ()),
            None => timing.check = median,
        }
    }
    Ok(timing)
}

impl Timing {
    fn header() -> String {
        let stages: String = STAGES
            .iter()
            .map(|stage| format!("{:>11}", format!("{stage:?}")))
            .collect();
        format!("{stages}{:>9}{:>12}{:>9}", "whole", "ungrouped", "check")
    }

    fn add(&mut self, other: &Timing) {
        for (stage, time) in &other.stages {
            *self.stages.entry(*stage).or_default() += *time;
        }
        self.check += other.check;
        self.events += 1;
        self.bytes += other.bytes;
    }

    fn mean(mut self) -> Timing {
        let events = u32::try_from(self.events.max(1)).unwrap_or(1);
        self.stages.values_mut().for_each(|time| *time /= events);
        self.check /= events;
        self
    }
}

impl std::fmt::Display for Timing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let of = |stage: &Stage| self.stages.get(stage).copied().unwrap_or_default();
        for stage in &STAGES {
            write!(f, "{:>11.1}", micros(of(stage)))?;
        }
        let whole: Duration = STAGES.iter().map(of).sum();
        let ungrouped = whole - of(&Stage::Grouped);
        write!(
            f,
            "{:>9.1}{:>12.1}{:>9.1}",
            micros(whole),
            micros(ungrouped),
            micros(self.check)
        )
    }
}
