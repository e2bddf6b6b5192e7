//! How soon the hub is ready, with plugins that it has compiled before.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::shell;

/// Plugins that are installed, besides the bundled ones.
const PLUGINS: usize = 10;
const STARTS: usize = 5;

pub(super) fn run(binary: &Path) -> Result<()> {
    let data = shell::target().join(format!("bench-startup-{}", std::process::id()));
    fs::create_dir_all(&data)?;
    let webhook = fs::read(shell::target().join("plugins/webhook.wasm"))?;
    for number in 0..PLUGINS {
        install(binary, &data, &webhook, number)?;
    }
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(start(binary, &data)?);
    }
    fs::remove_dir_all(&data)?;
    // The first start makes the database.
    let first = times.remove(0);
    times.sort_unstable();
    println!(
        "start: {PLUGINS} plugins besides the bundled ones, first {:.0} ms, then {:.0} to {:.0} ms until the greeting",
        first.as_secs_f64() * 1e3,
        times.first().context("starts")?.as_secs_f64() * 1e3,
        times.last().context("starts")?.as_secs_f64() * 1e3,
    );
    Ok(())
}

/// Installs the webhook under another id, which has to be as long.
fn install(binary: &Path, data: &Path, webhook: &[u8], number: usize) -> Result<()> {
    let (from, to) = (
        b"\"id\": \"webhook\"".as_slice(),
        format!("\"id\": \"webhoo{number}\""),
    );
    let mut wasm = webhook.to_vec();
    let places: Vec<_> = (0..wasm.len() - from.len())
        .filter(|&at| wasm[at..].starts_with(from))
        .collect();
    ensure!(!places.is_empty(), "the webhook's manifest does not name its id");
    for at in places {
        wasm[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    let file = data.join(format!("webhoo{number}.wasm"));
    fs::write(&file, wasm)?;
    shell::run(
        Command::new(binary)
            .args(["plugin", "install"])
            .arg(&file)
            .arg("--data")
            .arg(data)
            .stdout(Stdio::null()),
    )
}

/// Starts the hub, waits for its greeting, and ends it.
fn start(binary: &Path, data: &Path) -> Result<Duration> {
    let started = Instant::now();
    let mut child = Command::new(binary)
        .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("ERRAND_LOG_FILTER", "warn")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("piped")?).read_line(&mut line)?;
    let took = started.elapsed();
    shell::run(Command::new("kill").args(["-TERM", &child.id().to_string()]))?;
    child.wait()?;
    ensure!(!line.is_empty(), "the hub did not greet");
    Ok(took)
}
