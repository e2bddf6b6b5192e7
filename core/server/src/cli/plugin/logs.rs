//! `errand plugin logs` and `replay`: what was tried, and trying it again, beside a hub that runs.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use errand_model::delivery::{AttemptOutcome, DeliveryState};
use errand_model::{DeliveryId, InstallationId, Timestamp};
use errand_store::deliveries::{self, AttemptRow, Replay};
use serde_json::{Value, json};

use crate::cli::open::Place;
use crate::cli::print;
use crate::opened::Opened;

/// How often it is looked for more with `--follow`.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Attempts that are read at once.
const AT_ONCE: i64 = 500;

/// What `logs` asks for.
#[derive(clap::Args)]
pub(super) struct Logs {
    /// The installation's number, as `errand plugin list` shows it; all of them, if not given.
    id: Option<i64>,
    /// How many attempts to begin with.
    #[arg(long, short = 'n', default_value = "20", value_parser = clap::value_parser!(u16).range(1..=500))]
    last: u16,
    /// Go on with what is tried from now on, until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    place: Place,
    /// Print JSON, one attempt a line.
    #[arg(long)]
    json: bool,
}

/// What `replay` asks for.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true)))]
pub(super) struct Replayed {
    /// A delivery's number, as `errand plugin logs` shows it.
    #[arg(group = "which")]
    delivery: Option<i64>,
    /// All that was given up for this installation.
    #[arg(long, value_name = "ID", group = "which")]
    dead: Option<i64>,
    /// With --dead: only what was given up for a reason that holds this text.
    #[arg(long, value_name = "TEXT", requires = "dead")]
    reason: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Print JSON: {"replayed"}.
    #[arg(long)]
    json: bool,
}

pub(super) async fn logs(args: &Logs) -> Result<()> {
    let opened = args.place.open().await?;
    let of = args.id.map(InstallationId);
    let mut attempts = deliveries::last_attempts(&opened.db, of, i64::from(args.last)).await?;
    let mut seen = 0;
    loop {
        for attempt in &attempts {
            seen = seen.max(attempt.attempt.id);
            match args.json {
                true => print::json(&shape(attempt))?,
                false => show(attempt),
            }
        }
        if !args.follow {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
        attempts = deliveries::attempts_after(&opened.db, of, seen, AT_ONCE).await?;
    }
}

fn show(row: &AttemptRow) {
    let attempt = &row.attempt;
    let (outcome, why) = said(&attempt.outcome);
    let why = why.map_or(String::new(), |why| format!(": {why}"));
    print::text(&format!(
        "{}  installation {}  delivery {}  {outcome}{why}  ({} ms)",
        attempt.started, row.installation, row.delivery, attempt.wall_ms
    ));
    for line in list(&attempt.log) {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        print::text(&format!("    {:5} {}", text("severity"), text("message")));
    }
}

fn shape(row: &AttemptRow) -> Value {
    let attempt = &row.attempt;
    let (outcome, why) = said(&attempt.outcome);
    json!({
        "attempt": attempt.id,
        "delivery": row.delivery,
        "installation": row.installation,
        "started": attempt.started.to_string(),
        "wall_ms": attempt.wall_ms,
        "cpu_ms": attempt.cpu_ms,
        "memory_bytes": attempt.memory_bytes,
        "outcome": outcome,
        "message": why,
        "log": list(&attempt.log),
        "requests": list(&attempt.requests),
    })
}

/// How an attempt ended, and why.
fn said(outcome: &AttemptOutcome) -> (&'static str, Option<String>) {
    match outcome {
        AttemptOutcome::Done => ("done", None),
        AttemptOutcome::Ignored => ("ignored", None),
        AttemptOutcome::Retry { message, .. } => ("to be tried again", Some(message.clone())),
        AttemptOutcome::RateLimited { after_ms } => {
            ("to be left alone", Some(format!("for {} s", after_ms / 1_000)))
        }
        AttemptOutcome::Config { message } => ("held: settings", Some(message.clone())),
        AttemptOutcome::Auth { message } => ("held: credentials", Some(message.clone())),
        AttemptOutcome::Permanent { message } => ("given up", Some(message.clone())),
        AttemptOutcome::Crashed { message, .. } => ("crashed", Some(message.clone())),
    }
}

/// Lists are kept as JSON text.
fn list(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap_or_default()
}

pub(super) async fn replay(args: &Replayed) -> Result<()> {
    let opened = args.place.open().await?;
    let count = match (args.delivery, args.dead) {
        (Some(delivery), _) => one(&opened, DeliveryId(delivery)).await?,
        (None, Some(installation)) => {
            all(&opened, InstallationId(installation), args.reason.as_deref()).await?
        }
        (None, None) => bail!("name a delivery, or an installation with --dead"),
    };
    match args.json {
        true => print::json(&json!({ "replayed": count })),
        false => {
            print::text(&format!(
                "{count} to be tried again; `errand plugin logs --follow` shows how it goes"
            ));
            Ok(())
        }
    }
}

async fn one(opened: &Opened, delivery: DeliveryId) -> Result<u64> {
    let mut tx = opened.db.begin().await?;
    deliveries::replay(&mut tx, opened.cx(), delivery)
        .await
        .with_context(|| format!("delivery {delivery} is not there, or not over"))?;
    opened
        .write_down(
            &mut tx,
            "deliveries change",
            format!("replay the delivery {delivery}"),
        )
        .await?;
    tx.commit().await?;
    Ok(1)
}

/// Batch by batch: events wait for a transaction.
async fn all(opened: &Opened, installation: InstallationId, reason: Option<&str>) -> Result<u64> {
    let which = Replay {
        installation,
        state: DeliveryState::Dead,
        over_before: now(opened),
        since: None,
        until: None,
        reason: reason.map(str::to_owned),
    };
    let mut total = 0;
    loop {
        let mut tx = opened.db.begin().await?;
        let count = deliveries::replay_all(&mut tx, opened.cx(), &which, AT_ONCE).await?;
        let what = format!("replay {count} deliveries of the installation {installation}");
        opened.write_down(&mut tx, "deliveries change", what).await?;
        tx.commit().await?;
        total += count;
        if count < AT_ONCE.unsigned_abs() {
            return Ok(total);
        }
    }
}

fn now(opened: &Opened) -> Timestamp {
    opened.cx().now().plus_millis(1)
}
