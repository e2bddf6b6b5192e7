//! `errand mail`: whether mail goes out, what comes back, who gets none.

use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};
use clap::Subcommand;
use errand_http::returned_mail;
use errand_model::{Clock as _, InstallationId};
use errand_pipeline::returned;
use errand_plugin_host::{Mail as Outgoing, Recipient};
use errand_store::mail::{self, Reason, Refusal};
use serde_json::json;

use super::open::Place;
use super::print;
use crate::mail::{Letter, Mail};

/// The mail server of the settings, and who is written to.
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
    /// Take a mail that came back, from standard input: for the mail server's alias of mail.bounces. What is no report about
    /// a mail of this hub does nothing, and is no error.
    Bounce {
        /// Whom it was sent to, if its headers do not say.
        #[arg(long)]
        to: Option<String>,
        #[command(flatten)]
        place: Place,
        /// Print JSON: {"outcome", "address"}.
        #[arg(long)]
        json: bool,
    },
    /// List who is written to no more, and why.
    Refusals {
        #[command(flatten)]
        place: Place,
        /// Print JSON, a line each: {"address", "installation", "reason", "details", "since"}.
        #[arg(long)]
        json: bool,
    },
    /// Write to an address again.
    Allow {
        /// Which.
        address: String,
        /// The id of the installation whose mail it is about; all mail, if not given.
        #[arg(long)]
        installation: Option<InstallationId>,
        #[command(flatten)]
        place: Place,
    },
    /// Write to an address no more.
    Refuse {
        /// Which.
        address: String,
        #[command(flatten)]
        place: Place,
    },
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    match &args.action {
        Action::Test { address, place } => test(address, place).await,
        Action::Bounce { to, place, json } => bounce(to.as_deref(), place, *json).await,
        Action::Refusals { place, json } => refusals(place, *json).await,
        Action::Allow {
            address,
            installation,
            place,
        } => allow(address, *installation, place).await,
        Action::Refuse { address, place } => refuse(address, place).await,
    }
}

async fn test(address: &str, place: &Place) -> Result<()> {
    let settings = place.settings(Vec::new())?;
    let mail = Mail::of(&settings.mail)?
        .context("no mail server is set; name one in [mail] of errand.toml, or with ERRAND_MAIL_HOST")?;
    let to = address
        .parse()
        .with_context(|| format!("'{address}' is no mail address; give one such as ada@example.com"))?;
    let outgoing = Outgoing {
        to: Recipient::Address(address.to_owned()),
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
        standing: None,
    };
    let id = mail.send(&letter).await?;
    print::text(&format!(
        "{}:{} took {id} for {address}",
        settings.mail.host, settings.mail.port
    ));
    Ok(())
}

async fn bounce(to: Option<&str>, place: &Place, as_json: bool) -> Result<()> {
    let message = read_message()?;
    let opened = place.open().await?;
    let bounces = &opened.settings.mail.bounces;
    let taken = returned_mail::take(&opened.db, opened.clock.now(), &message, to, bounces).await?;
    if as_json {
        return print::json(&json!({ "outcome": taken.as_str(), "address": taken.address() }));
    }
    print::text(&taken.in_words());
    Ok(())
}

/// All of it, so that the mail server is not cut off; what counts stands at the beginning.
fn read_message() -> Result<Vec<u8>> {
    let mut input = std::io::stdin().lock();
    let mut message = Vec::new();
    let limit = u64::try_from(returned::MAX_BYTES)?;
    input
        .by_ref()
        .take(limit)
        .read_to_end(&mut message)
        .context("the mail cannot be read from standard input")?;
    std::io::copy(&mut input, &mut std::io::sink()).context("the mail cannot be read to its end")?;
    Ok(message)
}

async fn refusals(place: &Place, as_json: bool) -> Result<()> {
    let opened = place.open().await?;
    for refusal in mail::list(&opened.db).await? {
        let Refusal {
            address,
            installation,
            reason,
            details,
            at,
        } = refusal;
        let of = installation.map(|id| id.to_string());
        if as_json {
            print::json(&json!({
                "address": address, "installation": of, "reason": reason.as_str(), "details": details,
                "since": at.to_string(),
            }))?;
            continue;
        }
        let of = of.map_or_else(String::new, |id| format!(" (installation {id})"));
        print::text(&format!("{address}  {}{of}  {at}  {details}", reason.as_str()));
    }
    Ok(())
}

async fn allow(address: &str, installation: Option<InstallationId>, place: &Place) -> Result<()> {
    let opened = place.open().await?;
    let mut tx = opened.db.begin().await?;
    let was_refused = mail::allow(&mut tx, address, installation).await?;
    ensure!(
        was_refused,
        "{address} is not refused so; `errand mail refusals` lists who is"
    );
    opened
        .write_down(&mut tx, "mail change", format!("allow mail to {address}"))
        .await?;
    tx.commit().await?;
    print::text(&format!("{address} is written to again"));
    Ok(())
}

async fn refuse(address: &str, place: &Place) -> Result<()> {
    let parsed = address.parse::<lettre::Address>();
    let parsed = parsed.with_context(|| format!("'{address}' is no mail address"))?;
    let opened = place.open().await?;
    let refusal = Refusal {
        address: parsed.to_string(),
        installation: None,
        reason: Reason::ByHand,
        details: "on the command line".to_owned(),
        at: opened.clock.now(),
    };
    let mut tx = opened.db.begin().await?;
    mail::refuse(&mut tx, &refusal).await?;
    opened
        .write_down(&mut tx, "mail change", format!("refuse mail to {address}"))
        .await?;
    tx.commit().await?;
    print::text(&format!("{address} is written to no more"));
    Ok(())
}
