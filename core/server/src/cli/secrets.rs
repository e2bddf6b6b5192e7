//! `errand secrets`: the keys that plugins' secrets are sealed with.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Subcommand;
use errand_store::seal::{self, Key};
use serde_json::json;

use super::open::Place;
use super::print;
use crate::keys::Keys;
use crate::opened::Opened;

/// A running hub knows of a new key by then, however busy it is.
const SETTLED_AFTER: Duration = Duration::from_secs(60);

/// Plugins' settings are sealed in the database, so that a copy of it gives no password away.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say which keys there are and how much each seals.
    Status {
        #[command(flatten)]
        place: Place,
        /// Print JSON: [{"key", "rows", "is_first", "is_here"}].
        #[arg(long)]
        json: bool,
    },
    /// Make a new key and seal everything with it. The hub may be running. Old keys are kept until `prune`.
    Rotate {
        #[command(flatten)]
        place: Place,
    },
    /// Seal everything with the first key, after you put a new one before the others by hand.
    Reseal {
        #[command(flatten)]
        place: Place,
    },
    /// Forget the keys that seal nothing any more.
    Prune {
        #[command(flatten)]
        place: Place,
    },
    /// Print a new key, for ERRAND_SECRETS_KEYS.
    NewKey,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    match &args.action {
        Action::Status { place, json } => status(&place.open().await?, *json).await,
        Action::Rotate { place } => rotate(place).await,
        Action::Reseal { place } => reseal(&place.open().await?).await,
        Action::Prune { place } => prune(place).await,
        Action::NewKey => {
            print::text(Key::generate()?.to_text().reveal());
            Ok(())
        }
    }
}

async fn status(opened: &Opened, as_json: bool) -> Result<()> {
    let known = opened.keys.ring()?.ids();
    let uses = seal::uses(&opened.db).await?;
    if as_json {
        let keys: Vec<_> = uses
            .iter()
            .map(|uses| {
                json!({
                    "key": uses.key.to_string(),
                    "rows": uses.rows,
                    "is_first": known.first() == Some(&uses.key),
                    "is_here": known.contains(&uses.key),
                })
            })
            .collect();
        return print::json(&keys);
    }
    for uses in &uses {
        let role = match known.iter().position(|id| *id == uses.key) {
            Some(0) => "seals what is written",
            Some(_) => "only opens",
            None => "is not here",
        };
        print::text(&format!("{}  {role}; {} settings sealed", uses.key, uses.rows));
    }
    print::text(&format!("The keys are in {}.", opened.keys.place()));
    Ok(())
}

async fn rotate(place: &Place) -> Result<()> {
    let opened = place.open().await?;
    ensure!(
        matches!(opened.keys, Keys::File(_)),
        "the keys are in {}: put a new one (`errand secrets new-key`) before the others there, on every node, \
         restart, and run `errand secrets reseal`",
        opened.keys.place()
    );
    let mut keys = opened.keys.read()?;
    keys.insert(0, Key::generate()?);
    // The file first: whoever meets a row of the new key finds it there.
    opened.keys.write(&keys)?;
    opened.keyring.refresh();
    reseal(&opened).await?;
    print::text(
        "The old key is kept. Once every node has this file and has run with it for a minute, `errand secrets prune` \
         forgets it.",
    );
    Ok(())
}

async fn reseal(opened: &Opened) -> Result<()> {
    opened.keys.settle(&opened.db, &opened.keyring).await?;
    let mut tx = opened.db.begin().await?;
    let rows = seal::reseal(&mut tx).await?;
    opened
        .write_down(
            &mut tx,
            "organization change",
            format!("sealed {rows} settings with the first key"),
        )
        .await?;
    tx.commit().await?;
    let first = opened.keyring.ids().first().map(ToString::to_string);
    print::text(&format!(
        "{rows} settings are sealed with key {}",
        first.unwrap_or_default()
    ));
    Ok(())
}

async fn prune(place: &Place) -> Result<()> {
    let opened = place.open().await?;
    if let Keys::File(path) = &opened.keys {
        let age = path.metadata()?.modified()?.elapsed().unwrap_or_default();
        ensure!(
            age >= SETTLED_AFTER,
            "{} was changed {} s ago; a running hub may still seal with an old key, so try again in {} s",
            path.display(),
            age.as_secs(),
            (SETTLED_AFTER - age).as_secs() + 1
        );
    }
    reseal(&opened).await?;
    let mut keys = opened.keys.read()?;
    let mut tx = opened.db.begin().await?;
    let first = keys.first().map(Key::id);
    let old: Vec<_> = seal::uses(&mut tx)
        .await?
        .into_iter()
        .map(|uses| uses.key)
        .filter(|key| Some(*key) != first)
        .collect();
    for key in &old {
        seal::forget(&mut tx, *key).await?;
    }
    opened
        .write_down(
            &mut tx,
            "organization change",
            format!("forgot {} old keys", old.len()),
        )
        .await?;
    tx.commit().await?;
    keys.truncate(1);
    match &opened.keys {
        Keys::File(_) => opened.keys.write(&keys)?,
        Keys::Set(_) => print::text("You may take all keys but the first out of the setting."),
    }
    print::text(&match old.len() {
        0 => "There was no old key.".to_owned(),
        count => format!(
            "{count} old {} forgotten.",
            if count == 1 { "key is" } else { "keys are" }
        ),
    });
    Ok(())
}
