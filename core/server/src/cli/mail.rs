//! `errand mail`: whether mail goes out.

use anyhow::{Context as _, Result};
use clap::Subcommand;
use errand_plugin_host::{Mail as Outgoing, Recipient};

use super::open::Place;
use super::print;
use crate::mail::{Letter, Mail};

/// The mail server of the settings.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Send a mail that says that mail works.
    Test {
        /// To whom.
        address: String,
        #[command(flatten)]
        place: Place,
    },
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let Action::Test { address, place } = &args.action;
    let settings = place.settings(Vec::new())?;
    let mail = Mail::of(&settings.mail)?
        .context("no mail server is set; name one in [mail] of errand.toml, or with ERRAND_MAIL_HOST")?;
    let to = address
        .parse()
        .with_context(|| format!("'{address}' is no mail address; give one such as ada@example.com"))?;
    let outgoing = Outgoing {
        to: Recipient::Address(address.clone()),
        subject: "Mail from Errand works".to_owned(),
        text: format!("This came from the Errand at {}.\n", settings.public_url()),
        html: None,
        images: Vec::new(),
        thread: None,
        key: errand_model::EventId::random().to_string(),
    };
    let letter = Letter {
        to,
        mail: &outgoing,
        sender: "test".to_owned(),
    };
    let id = mail.send(&letter).await?;
    print::text(&format!(
        "{}:{} took {id} for {address}",
        settings.mail.host, settings.mail.port
    ));
    Ok(())
}
