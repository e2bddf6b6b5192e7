//! `errand retention`: what is kept, for those who set hubs up by script. People have the page *Storage*.

use anyhow::{Context as _, Result};
use errand_store::retention::{self, Keep, Of};
use errand_store::{facts, projects, storage};
use serde_json::json;

use super::open::Place;
use super::print;
use crate::opened::Opened;

const MEGABYTE: i64 = 1_000_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Days that events are kept; 0 for no bound.
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..=36_500))]
    days: Option<i64>,
    /// Megabytes that they may take; 0 for no bound.
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000))]
    megabytes: Option<i64>,
    /// Of that project, rather than of the hub.
    #[arg(long, value_name = "SLUG", conflicts_with = "facts")]
    project: Option<String>,
    /// Of what reports count from, which outlives events, rather than of events.
    #[arg(long)]
    facts: bool,
    /// Print JSON: {"days", "bytes", "events", "stored_bytes", "file_bytes"}.
    #[arg(long)]
    json: bool,
}

/// Sets what is named, and says what holds then.
pub(crate) async fn run(args: &Args) -> Result<()> {
    let opened = args.place.open().await?;
    let project = project(&opened, args.project.as_deref()).await?;
    let rules = retention::rules(&opened.db).await?;
    let (of, mut keep) = match (project, args.facts) {
        (_, true) => (Of::Facts, rules.facts),
        (Some(project), false) => (Of::Project(project), rules.of(project)),
        (None, false) => (Of::Hub, rules.hub),
    };
    if args.days.is_some() || args.megabytes.is_some() {
        let bound = |given: Option<i64>, before| given.map_or(before, |most| (most > 0).then_some(most));
        keep = Keep {
            days: bound(args.days, keep.days),
            bytes: bound(args.megabytes.map(|most| most * MEGABYTE), keep.bytes),
        };
        let whose = match (args.facts, args.project.as_deref()) {
            (true, _) => "what reports count from is".to_owned(),
            (false, project) => format!("events of {} are", project.unwrap_or("all projects")),
        };
        let what = format!(
            "{whose} kept: days {}, bytes {}",
            words(keep.days),
            words(keep.bytes)
        );
        let mut tx = opened.db.begin().await?;
        retention::set(&mut tx, of, keep).await?;
        opened.write_down(&mut tx, "organization change", what).await?;
        tx.commit().await?;
    }
    let stored = storage::of_projects(&opened.db).await?;
    let of = stored
        .iter()
        .filter(|of| project.is_none_or(|project| project == of.project));
    let (events, bytes) = of.fold((0, 0), |(events, bytes), of| {
        (events + of.events, bytes + of.bytes)
    });
    let bytes = match args.facts {
        true => facts::extent(&opened.db).await?.bytes,
        false => bytes,
    };
    let file = opened.db.used().await?.file;
    if args.json {
        return print::json(&json!({
            "days": keep.days,
            "bytes": keep.bytes,
            "events": events,
            "stored_bytes": bytes,
            "file_bytes": file,
        }));
    }
    print::text(&format!(
        "kept: days {}, bytes {}; stored: {events} events, {bytes} bytes; the database takes {file} bytes",
        words(keep.days),
        words(keep.bytes)
    ));
    Ok(())
}

fn words(bound: Option<i64>) -> String {
    bound.map_or("no bound".to_owned(), |bound| bound.to_string())
}

async fn project(opened: &Opened, slug: Option<&str>) -> Result<Option<errand_model::ProjectId>> {
    let Some(slug) = slug else {
        return Ok(None);
    };
    let found = projects::by_slug(&opened.db, opened.organization.id, slug).await?;
    let found = found.with_context(|| format!("there is no project '{slug}'"))?;
    Ok(Some(found.id))
}
