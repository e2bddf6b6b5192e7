//! Times grouping on real SDK events: `cargo run --release -p errand-pipeline --example group_speed [folder]`.
//!
//! The folder holds envelopes; without one, `../shared/corpus/sdk` is used.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use errand_model::event::Event;
use errand_pipeline::group::{Rules, group, normalize_stacktraces};

const ROUNDS: u32 = 2000;

/// The payload of the first event item.
fn event_of(envelope: &str) -> Option<&str> {
    let mut lines = envelope.lines();
    lines.find(|line| line.contains(r#""type":"event""#) || line.contains(r#""type": "event""#))?;
    lines.next()
}

fn default_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/sdk")
}

/// The median time of normalising and of grouping.
fn time(event: &Event<'_>, rules: &Rules) -> (Duration, Duration) {
    let round = |_| {
        let mut copy = event.clone();
        let start = Instant::now();
        normalize_stacktraces(&mut copy, rules);
        let normalised = start.elapsed();
        let start = Instant::now();
        std::hint::black_box(group(&copy, rules));
        (normalised, start.elapsed())
    };
    let (mut normalised, mut grouped): (Vec<_>, Vec<_>) = (0..ROUNDS).map(round).unzip();
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    (median(&mut normalised), median(&mut grouped))
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(default_folder, PathBuf::from);
    let rules = Rules::compile(
        "stack.function:checkout* +app\npath:**/generated/** -app -group",
        "",
    )?;
    let mut out = std::io::stdout();
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let (mut total, mut events) = (Duration::ZERO, 0_u32);
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "envelope"))
    {
        let envelope = std::fs::read_to_string(file)?;
        let Some(json) = event_of(&envelope) else {
            continue;
        };
        let Some(event) = Event::from_json(json.as_bytes())? else {
            continue;
        };
        let frames: usize = event
            .exception
            .iter()
            .filter_map(|exception| exception.stacktrace.as_ref())
            .map(|stack| stack.frames.len())
            .sum();
        let (normalise, hash) = time(&event, &rules);
        total += normalise + hash;
        events += 1;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        writeln!(
            out,
            "{name:32} {:6} B {frames:3} frames  normalise {normalise:9.1?}  group {hash:9.1?}",
            json.len()
        )?;
    }
    writeln!(out, "{events} events, {:.1?} each", total / events.max(1))?;
    Ok(())
}
