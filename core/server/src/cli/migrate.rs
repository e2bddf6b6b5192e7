//! `errand migrate`: the database's schema.

use anyhow::{Context, Result};
use errand_store::seal::Keyring;
use serde_json::json;

use super::open::Place;
use super::print;
use crate::opened;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON: {"applied"} or {"pending"}.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let settings = args.place.settings(Vec::new())?;
    let location = settings.database(&args.place.data)?;
    let db = opened::connect(&location, &settings, &Keyring::default()).await?;
    let (word, names) = match args.dry_run {
        true => ("pending", db.pending().await?),
        // Each step is a transaction of its own: what fails leaves the database as it was before that step.
        false => (
            "applied",
            opened::migrate(&db, &settings)
                .await
                .with_context(|| format!("migrating {location}"))?,
        ),
    };
    if args.json {
        return print::json(&json!({ word: names }));
    }
    match names.as_slice() {
        [] => print::text(&format!("{location} is up to date")),
        names => print::text(&format!("{word} on {location}: {}", names.join(", "))),
    }
    Ok(())
}
