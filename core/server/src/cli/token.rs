//! `errand token`: tokens for the API.

use anyhow::Result;
use clap::Subcommand;
use errand_model::access::Scope;
use errand_store::tokens;
use serde_json::json;

use super::open::Place;
use super::print;

/// Tokens let programs use the API.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Create a token and print it. It is shown this once: the hub keeps only its hash.
    Create {
        /// What to call it.
        #[arg(long, default_value = "command line")]
        name: String,
        /// What it may do, separated by commas, as in "event:read,project:write"; everything, if not given.
        #[arg(long, value_delimiter = ',')]
        scopes: Vec<Scope>,
        #[command(flatten)]
        place: Place,
        /// Print JSON: {"token"}.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let Action::Create {
        name,
        scopes,
        place,
        json,
    } = &args.action;
    let scopes = if scopes.is_empty() { Scope::ALL } else { scopes };
    let opened = place.open().await?;
    let mut tx = opened.db.begin().await?;
    let new = tokens::NewToken {
        name,
        organization: opened.organization.id,
        person: Some(opened.admin),
        scopes,
        expires: None,
    };
    let (_, secret) = tokens::create(&mut tx, opened.cx(), new).await?;
    opened
        .write_down(&mut tx, "tokens create", format!("made the API token {name}"))
        .await?;
    tx.commit().await?;
    if *json {
        return print::json(&json!({ "token": secret.reveal() }));
    }
    print::text(secret.reveal());
    Ok(())
}
