//! `errand sign-in-link`: the way in for the administrator.

use anyhow::Result;
use errand_store::sessions;
use serde_json::json;

use super::open::Place;
use super::print;
use crate::opened::Opened;

/// For how long a link works.
const LIVES_SECONDS: i64 = 24 * 3600;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Print JSON: {"url"}.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let opened = args.place.open().await?;
    let url = create(&opened, &opened.public_url()).await?;
    if args.json {
        return print::json(&json!({ "url": url }));
    }
    print::text(&url);
    Ok(())
}

/// Makes a link that signs in once.
pub(crate) async fn create(opened: &Opened, public_url: &str) -> Result<String> {
    let mut tx = opened.db.begin().await?;
    let secret = sessions::create_link(&mut tx, opened.cx(), opened.admin, LIVES_SECONDS).await?;
    opened
        .write_down(
            &mut tx,
            "people change",
            "made a sign-in link for the administrator".to_owned(),
        )
        .await?;
    tx.commit().await?;
    Ok(format!("{public_url}/sign-in/{}", secret.reveal()))
}
