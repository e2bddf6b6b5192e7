//! Browser, operating system and device, from the client hints and the User-Agent.
//!
//! They become contexts of the event, as Sentry's SDKs and UI know them, and never replace what the SDK sent. The
//! system is `os` where the program itself ran in the browser, and `client_os` where it served one.

mod cache;
mod hints;
mod parser;

use std::borrow::Cow;

use errand_model::event::{Bag, Event, Pairs, Raw};
pub use hints::ClientHints;
pub use parser::warm_up;
use serde::Serialize;

/// What is known of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client {
    pub browser: Option<Named>,
    pub os: Option<Named>,
    pub device: Option<Device>,
}

/// A product and its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Named {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A device: `family` is what to call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Device {
    pub family: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
}

/// Adds the contexts that can be derived. The request that brought the event is the user's own only where the
/// program runs in a browser; else it is the SDK's.
pub(super) fn derive<'a>(
    event: &mut Event<'a>,
    user_agent: Option<&'a str>,
    hints: &ClientHints<'a>,
    from_browser: bool,
) {
    let in_browser = event.platform.as_deref() == Some("javascript");
    let headers = event.request.as_ref().map(|request| &request.headers);
    let own = |name: &str| headers.and_then(|headers| headers.get_ignoring_case(name));
    let mut hints_here = headers.map(ClientHints::from_pairs).unwrap_or_default();
    let mut agent = own("User-Agent");
    let mut is_from_transport = false;
    if in_browser || from_browser {
        is_from_transport = agent.is_none();
        agent = agent.or(user_agent);
        hints_here = hints_here.or(hints);
    }
    let parsed = agent.map(|agent| cache::lookup(agent.trim()));
    let mut client = hints_here.client();
    if let Some(parsed) = &parsed {
        client.fill_from(parsed);
    }
    let agent = agent.map(str::to_owned);
    let os = if in_browser || from_browser {
        "os"
    } else {
        "client_os"
    };
    set(&mut event.contexts, "browser", "browser", client.browser.as_ref());
    set(&mut event.contexts, os, "os", client.os.as_ref());
    set(&mut event.contexts, "device", "device", client.device.as_ref());
    if is_from_transport && let (Some(agent), Some(request)) = (agent, &mut event.request) {
        request
            .headers
            .0
            .push((Cow::Borrowed("User-Agent"), Cow::Owned(agent)));
    }
}

impl Client {
    /// Takes from `other` what is not known yet.
    fn fill_from(&mut self, other: &Client) {
        if self.browser.is_none() {
            self.browser.clone_from(&other.browser);
        }
        if self.os.is_none() {
            self.os.clone_from(&other.os);
        }
        if self.device.is_none() {
            self.device.clone_from(&other.device);
        }
    }
}

#[derive(Serialize)]
struct Context<'c, T> {
    #[serde(flatten)]
    content: &'c T,
    r#type: &'static str,
}

fn set<T: Serialize>(contexts: &mut Bag<'_>, key: &'static str, kind: &'static str, content: Option<&T>) {
    let Some(content) = content else {
        return;
    };
    if contexts.contains(key) {
        return;
    }
    if let Ok(raw) = serde_json::value::to_raw_value(&Context {
        content,
        r#type: kind,
    }) {
        contexts.0.push((Cow::Borrowed(key), Raw(Cow::Owned(raw))));
    }
}

impl<'a> ClientHints<'a> {
    fn from_pairs<'p>(pairs: &'p Pairs<'a>) -> ClientHints<'p> {
        ClientHints::from_headers(
            pairs
                .0
                .iter()
                .map(|(name, value)| (name.as_ref(), value.as_ref())),
        )
    }
}

#[cfg(test)]
mod tests;
