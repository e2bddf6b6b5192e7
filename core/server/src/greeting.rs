//! What the hub says when it is ready: where it is, how to sign in, what to paste.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cli::print;

/// What a newcomer needs, and what a test reads.
#[derive(Debug, Serialize)]
pub(crate) struct Greeting {
    /// Where people and SDKs reach it, which may be a proxy's address.
    pub(crate) url: String,
    /// Where it listens itself.
    pub(crate) listening: String,
    pub(crate) sign_in: String,
    pub(crate) dsn: String,
    pub(crate) demo: String,
}

impl Greeting {
    /// Prints it, as one line of JSON or in words.
    pub(crate) fn print(&self, as_json: bool) -> Result<()> {
        if as_json {
            return print::json(self);
        }
        let Greeting {
            url,
            listening: _,
            sign_in,
            dsn,
            demo,
        } = self;
        print::text(&format!(
            "\nErrand is listening on {url}\n\n\
             \x20 Sign in   {sign_in}  (works once, for a day; `errand sign-in-link` makes another)\n\
             \x20 Try it    {demo}\n\
             \x20 Your DSN  {dsn}\n\n\
             Paste the DSN into a Sentry SDK of any language. Stop with Ctrl-C.\n"
        ));
        Ok(())
    }
}

/// What a running hub writes into its data folder, for the commands beside it.
#[derive(Serialize, Deserialize)]
struct Running {
    url: String,
}

fn file(data: &Path) -> PathBuf {
    data.join("running.json")
}

/// Writes down where the hub is reached.
pub(crate) fn write_url(data: &Path, url: &str) -> Result<()> {
    let text = serde_json::to_string(&Running { url: url.to_owned() })?;
    std::fs::write(file(data), text).with_context(|| format!("cannot write {}", file(data).display()))
}

/// Where the hub that runs on this data folder, or ran last, is reached.
pub(crate) fn url_of_running_hub(data: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file(data)).ok()?;
    serde_json::from_str::<Running>(&text)
        .ok()
        .map(|running| running.url)
}
