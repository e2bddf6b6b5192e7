//! What the hub says when it is ready: where it is, how to sign in, what to paste.

use anyhow::Result;
use serde::Serialize;

use super::print;

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
