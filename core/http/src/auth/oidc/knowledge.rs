//! What is known of the provider: its document and its keys, asked for at a bounded rate and by one at a time.

use std::sync::Arc;

use errand_model::Timestamp;
use tokio::sync::Mutex;

use super::discovery::{self, Document};
use super::keys::Keys;
use super::problem::Problem;
use super::wire::{IdentityWire, Question};

/// How long document and keys are taken to stand, in seconds.
const STANDS_SECONDS: i64 = 3_600;
/// How long no keys are asked for again, although one is not known, in seconds: whoever makes up tokens cannot have the
/// provider asked more often.
const KEYS_SECONDS: i64 = 60;
/// How long it is not tried again after it failed, in seconds.
const FAILED_SECONDS: i64 = 5;

/// Keeps it, of one provider.
#[derive(Default)]
pub(crate) struct Knowledge(Mutex<Option<Known>>);

struct Known {
    issuer: String,
    at: Timestamp,
    what: Result<(Arc<Document>, Arc<Keys>), Problem>,
}

impl Known {
    fn stands(&self, issuer: &str, now: Timestamp, seconds: i64) -> bool {
        self.issuer == issuer && now < self.at.plus_seconds(seconds)
    }
}

impl Knowledge {
    /// Document and keys of a provider. `has_unknown_key`: a token is signed with another than the known ones.
    pub(super) async fn of(
        &self,
        wire: &dyn IdentityWire,
        issuer: &str,
        now: Timestamp,
        has_unknown_key: bool,
    ) -> Result<(Arc<Document>, Arc<Keys>), Problem> {
        // Held while the provider is asked: who else wants to know waits for the answer rather than to ask too.
        let mut known = self.0.lock().await;
        if let Some(known) = known.as_ref() {
            let seconds = match (&known.what, has_unknown_key) {
                (Err(_), _) => FAILED_SECONDS,
                (Ok(_), true) => KEYS_SECONDS,
                (Ok(_), false) => STANDS_SECONDS,
            };
            if known.stands(issuer, now, seconds) {
                return known.what.clone();
            }
        }
        let what = ask(wire, issuer).await;
        if let Err(problem) = &what {
            tracing::warn!(%problem, "the provider of single sign-on cannot be used");
        }
        let what = what.map(|(document, keys)| (Arc::new(document), Arc::new(keys)));
        *known = Some(Known {
            issuer: issuer.to_owned(),
            at: now,
            what: what.clone(),
        });
        what
    }

    /// Forgets it, because the settings changed.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

async fn ask(wire: &dyn IdentityWire, issuer: &str) -> Result<(Document, Keys), Problem> {
    let document = document(wire, issuer).await?;
    let keys = keys(wire, &document).await?;
    Ok((document, keys))
}

/// What the provider says of itself.
pub(super) async fn document(wire: &dyn IdentityWire, issuer: &str) -> Result<Document, Problem> {
    let address = discovery::address(issuer);
    let body = fetched(wire, &address).await?;
    Document::read(&body, issuer)
}

/// Its keys.
pub(super) async fn keys(wire: &dyn IdentityWire, document: &Document) -> Result<Keys, Problem> {
    Keys::read(&fetched(wire, &document.jwks_uri).await?)
}

async fn fetched(wire: &dyn IdentityWire, address: &str) -> Result<Vec<u8>, Problem> {
    let reply = wire.ask(Question::get(address)).await;
    let reply = reply.map_err(|why| Problem::provider(format!("{address} cannot be read: {why}.")))?;
    match reply.status {
        200 => Ok(reply.body.reveal().clone()),
        status => Err(Problem::provider(format!(
            "{address} answered {status}{}",
            hint(status)
        ))),
    }
}

/// What a status may mean for an address that was set by hand.
const fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => ": it sends on to another address; set the issuer to that.",
        401 | 403 => ": it asks who wants to know, and should not.",
        404 => ": there is nothing at that address. Is the issuer right, to its last part?",
        500..=599 => ": the provider has a fault of its own.",
        _ => ".",
    }
}
