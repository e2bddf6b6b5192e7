//! Reports that browsers make themselves: violations of content security policies and the like.

use errand_model::event::{Event, Raw};
use serde::Deserialize;
use std::borrow::Cow;

use super::component::Leaf;

/// What a policy calls the page's own origin.
const SELF: &str = "'self'";

/// Schemes that are followed by `//` also without a host.
const HIERARCHICAL: [&str; 26] = [
    "ftp",
    "http",
    "gopher",
    "nntp",
    "telnet",
    "imap",
    "wais",
    "file",
    "mms",
    "https",
    "shttp",
    "snews",
    "prospero",
    "rtsp",
    "rtsps",
    "rtspu",
    "rsync",
    "svn",
    "svn+ssh",
    "sftp",
    "nfs",
    "git",
    "git+ssh",
    "ws",
    "wss",
    "itms-services",
];

/// A report's parts.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// Which kind of report.
    pub(super) id: &'static str,
    pub(super) leaves: Vec<Leaf<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Csp<'a> {
    #[serde(borrow)]
    effective_directive: Option<Cow<'a, str>>,
    #[serde(borrow)]
    violated_directive: Option<Cow<'a, str>>,
    #[serde(borrow)]
    blocked_uri: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Host<'a> {
    #[serde(borrow)]
    hostname: Option<Cow<'a, str>>,
}

/// The report of an event, if it is one.
pub(super) fn report<'a>(event: &'a Event<'_>) -> Option<Report<'a>> {
    if let Some(csp) = &event.csp {
        return Some(Report {
            id: "csp",
            leaves: csp_leaves(serde_json::from_str(csp.get()).unwrap_or_default()),
        });
    }
    let others = [
        ("hpkp", &event.hpkp),
        ("expect-staple", &event.expectstaple),
        ("expect-ct", &event.expectct),
    ];
    let (id, raw) = others
        .into_iter()
        .find_map(|(id, raw)| Some((id, raw.as_ref()?)))?;
    Some(Report {
        id,
        leaves: host_leaves(id, raw),
    })
}

fn host_leaves<'a>(id: &'static str, raw: &'a Raw<'_>) -> Vec<Leaf<'a>> {
    let host: Host<'a> = serde_json::from_str(raw.get()).unwrap_or_default();
    vec![Leaf::new("salt", id), Leaf::maybe("hostname", host.hostname)]
}

fn csp_leaves(csp: Csp<'_>) -> Vec<Leaf<'_>> {
    let uri = normal_uri(csp.blocked_uri.as_deref().unwrap_or_default());
    let directive = csp.effective_directive.unwrap_or_default();
    let violated = csp.violated_directive.as_deref().unwrap_or_default();
    let unsafe_source = ["'unsafe-inline'", "'unsafe-eval'"]
        .into_iter()
        .find(|source| directive == "script-src" && uri == SELF && violated.contains(source));
    let mut uri = Leaf::new("uri", uri);
    let violation = Leaf::maybe("violation", unsafe_source);
    if violation.contributes {
        uri.ignore("the violation takes precedence");
    }
    vec![Leaf::new("salt", directive), violation, uri]
}

/// The host that was blocked, or its scheme where that says more.
fn normal_uri(uri: &str) -> String {
    if matches!(uri, "" | "self" | SELF) {
        return SELF.to_owned();
    }
    let (scheme, host) = match uri.split_once(':') {
        // Browsers report some schemes without anything behind them.
        None => (uri.to_owned(), ""),
        Some((scheme, rest)) => {
            let host = rest.strip_prefix("//").unwrap_or_default();
            let end = host.find(['/', '?', '#']).unwrap_or(host.len());
            (scheme.to_lowercase(), host.get(..end).unwrap_or_default())
        }
    };
    match scheme.as_str() {
        "http" | "https" if uri.contains(':') => host.to_owned(),
        _ if !host.is_empty() || HIERARCHICAL.contains(&scheme.as_str()) => format!("{scheme}://{host}"),
        _ => format!("{scheme}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_uris_are_reduced_to_host_or_scheme() {
        for (uri, normal) in [
            ("", "'self'"),
            ("self", "'self'"),
            ("https://cdn.example.com/a.js?b", "cdn.example.com"),
            ("data:text/plain,x", "data:"),
            ("blob", "blob:"),
            ("ftp://example.com/x", "ftp://example.com"),
            ("file", "file://"),
        ] {
            assert_eq!(normal_uri(uri), normal);
        }
    }
}
