//! Inbound filters: events that a project does not take, decided once they are made alike.
//!
//! To add a filter, add its setting and its reason to `errand_model::filters`, its test here, and a box to the page
//! *Filters*. What known extensions and crawlers are is in `known.rs`. Which words stand for what, and what each looks at, is
//! Sentry's (its documentation and the observable behaviour of Relay).

mod browsers;
mod known;
mod patterns;

use std::borrow::Cow;
use std::net::IpAddr;

use errand_model::event::{Event, Exception};
use errand_model::filters::{FilterReason, Filters};
use ipnet::IpNet;
pub use patterns::{Problem, check};

use crate::group::Glob;

/// What a project does not take, compiled.
#[derive(Debug, Default)]
pub struct Filter {
    settings: Filters,
    networks: Vec<IpNet>,
    releases: Vec<Glob>,
    messages: Vec<Glob>,
    is_on: bool,
}

/// What is known of who sent an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender<'a> {
    pub(crate) address: Option<IpAddr>,
    pub(crate) user_agent: Option<&'a str>,
    /// Whether the request's `User-Agent` is the user's own, and not the SDK's.
    pub(crate) is_browser: bool,
}

impl Filter {
    /// Compiles what the settings say. What cannot be read filters nothing; [`check`] says so before it is saved.
    pub fn compile(settings: &Filters) -> Self {
        let globs = |texts: &[String]| {
            texts
                .iter()
                .filter_map(|text| patterns::glob(text).ok())
                .collect()
        };
        Filter {
            networks: settings
                .ip_addresses
                .iter()
                .filter_map(|text| patterns::network(text))
                .collect(),
            releases: globs(&settings.releases),
            messages: globs(&settings.error_messages),
            is_on: *settings != Filters::default(),
            settings: settings.clone(),
        }
    }

    /// Why the event is not taken, if so.
    pub(crate) fn judge(&self, event: &Event<'_>, sender: Sender<'_>) -> Option<FilterReason> {
        if !self.is_on {
            return None;
        }
        // The cheap ones first: which reason counts where there are several is nobody's promise.
        let is = |applies: bool, reason| applies.then_some(reason);
        is(self.has_address(event, sender), FilterReason::IpAddress)
            .or_else(|| is(self.has_release(event), FilterReason::Release))
            .or_else(|| is(self.says(event), FilterReason::ErrorMessage))
            .or_else(|| {
                is(
                    self.settings.browser_extensions && is_extension(event),
                    FilterReason::BrowserExtension,
                )
            })
            .or_else(|| {
                let slugs = &self.settings.legacy_browsers;
                is(
                    !slugs.is_empty() && browsers::is_old(event, slugs),
                    FilterReason::LegacyBrowser,
                )
            })
            .or_else(|| {
                is(
                    self.settings.localhost && is_local(event),
                    FilterReason::Localhost,
                )
            })
            .or_else(|| {
                let agent = user_agent(event, sender);
                is(
                    self.settings.web_crawlers && agent.is_some_and(known::is_crawler),
                    FilterReason::WebCrawler,
                )
            })
    }

    fn has_address(&self, event: &Event<'_>, sender: Sender<'_>) -> bool {
        if self.networks.is_empty() {
            return false;
        }
        let of_user = user_address(event);
        let addresses = [sender.address, of_user].into_iter().flatten();
        addresses
            .into_iter()
            .any(|address| self.networks.iter().any(|net| net.contains(&address)))
    }

    fn has_release(&self, event: &Event<'_>) -> bool {
        let release = event.release.as_deref();
        !self.releases.is_empty() && release.is_some_and(|release| fits(&self.releases, release))
    }

    fn says(&self, event: &Event<'_>) -> bool {
        if self.messages.is_empty() {
            return false;
        }
        let message = event.logentry.as_ref().and_then(|entry| entry.text());
        let mut exceptions = event.exception.iter().filter_map(line);
        message.is_some_and(|message| fits(&self.messages, message))
            || exceptions.any(|line| fits(&self.messages, &line))
    }
}

fn fits(globs: &[Glob], text: &str) -> bool {
    let text = text.to_lowercase();
    globs.iter().any(|glob| glob.matches(&text))
}

/// `type: value`, or what there is of it.
fn line<'e>(exception: &'e Exception<'_>) -> Option<Cow<'e, str>> {
    match (exception.kind.as_deref(), exception.value.as_deref()) {
        (Some(kind), Some(value)) => Some(Cow::Owned(format!("{kind}: {value}"))),
        (one, other) => one.or(other).map(Cow::Borrowed),
    }
}

/// Whether an extension threw it: what it says is known, or its code is an extension's.
fn is_extension(event: &Event<'_>) -> bool {
    let Some(exception) = event.main_exception() else {
        return false;
    };
    if exception
        .value
        .as_deref()
        .is_some_and(known::is_said_by_extension)
    {
        return true;
    }
    let frames = exception.stacktrace.as_ref().map(|trace| trace.frames.as_slice());
    // The innermost frame that says where it is.
    let mut paths = frames.unwrap_or_default().iter().rev().filter_map(|frame| {
        let path = frame.abs_path.as_deref().or(frame.filename.as_deref())?;
        (!matches!(path, "<anonymous>" | "[native code]")).then_some(path)
    });
    paths.next().is_some_and(known::is_code_of_extension)
}

fn user_address(event: &Event<'_>) -> Option<IpAddr> {
    let address = event.user.as_ref()?.ip_address.as_deref()?;
    address.trim().parse::<IpAddr>().ok()
}

/// Whether it is of somebody's own machine. The connection says nothing of that: the hub may run beside the program.
fn is_local(event: &Event<'_>) -> bool {
    if user_address(event).is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let Some(request) = &event.request else {
        return false;
    };
    match request.url.as_deref() {
        Some(url) => url
            .split_once("://")
            .is_some_and(|(scheme, rest)| scheme.eq_ignore_ascii_case("file") || is_local_host(host(rest))),
        None => ["Host", "X-Forwarded-Host"].iter().any(|name| {
            let value = request.headers.get_ignoring_case(name);
            value.is_some_and(|value| is_local_host(host(value)))
        }),
    }
}

/// The host of what follows a URL's scheme, without port and credentials.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn is_local_host(host: &str) -> bool {
    let host = host.trim().to_ascii_lowercase();
    let is_address = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_address || host == "localhost" || host.ends_with(".localhost")
}

/// The user's browser, as it names itself.
fn user_agent<'e>(event: &'e Event<'_>, sender: Sender<'e>) -> Option<&'e str> {
    let headers = event.request.as_ref().map(|request| &request.headers);
    let own = headers.and_then(|headers| headers.get_ignoring_case("User-Agent"));
    let is_browser = sender.is_browser || event.platform.as_deref() == Some("javascript");
    own.or_else(|| sender.user_agent.filter(|_| is_browser))
}

#[cfg(test)]
mod tests;
