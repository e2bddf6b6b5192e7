//! Inbound filters: which events of a project are not taken, because nobody will mend what they tell of.

use serde::{Deserialize, Serialize};

/// What a project does not take. Stored as JSON within its settings: fields may be added with a default, never renamed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Errors that come out of what people added to their browsers.
    pub browser_extensions: bool,
    /// Events of those who read the web for machines.
    pub web_crawlers: bool,
    /// Events from somebody's own machine.
    pub localhost: bool,
    /// Browsers that are too old, by [`OldBrowser::slug`].
    pub legacy_browsers: Vec<String>,
    /// Releases, as globs.
    pub releases: Vec<String>,
    /// `type: value` of exceptions, or messages, as globs.
    pub error_messages: Vec<String>,
    /// Addresses and networks (`192.0.2.0/24`), of who sends or of whom it happened to.
    pub ip_addresses: Vec<String>,
}

/// A browser up to some version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldBrowser {
    /// As Sentry's API calls it.
    pub slug: &'static str,
    /// Which browser.
    pub family: &'static str,
    /// The oldest major version that is meant.
    pub from: u32,
    /// The newest one.
    pub to: u32,
}

const fn old(slug: &'static str, family: &'static str, from: u32, to: u32) -> OldBrowser {
    OldBrowser {
        slug,
        family,
        from,
        to,
    }
}

/// Old browsers as Sentry knows them: whole families first, then those that it has from earlier days.
pub const OLD_BROWSERS: [OldBrowser; 17] = [
    old("ie", "Internet Explorer", 0, 11),
    old("edge", "Edge", 0, 110),
    old("safari", "Safari", 0, 15),
    old("firefox", "Firefox", 0, 110),
    old("chrome", "Chrome", 0, 110),
    old("opera", "Opera", 0, 99),
    old("opera_mini", "Opera Mini", 0, 34),
    old("android", "Android", 0, 3),
    old("ie_pre_9", "Internet Explorer", 0, 8),
    old("ie9", "Internet Explorer", 9, 9),
    old("ie10", "Internet Explorer", 10, 10),
    old("ie11", "Internet Explorer", 11, 11),
    old("edge_pre_79", "Edge", 0, 18),
    old("safari_pre_6", "Safari", 0, 5),
    old("opera_pre_15", "Opera", 0, 14),
    old("opera_mini_pre_8", "Opera Mini", 0, 7),
    old("android_pre_4", "Android", 0, 3),
];

/// How many of [`OLD_BROWSERS`] are whole families.
pub const FAMILIES: usize = 8;

impl OldBrowser {
    /// The one of that slug.
    pub fn by_slug(slug: &str) -> Option<OldBrowser> {
        OLD_BROWSERS.into_iter().find(|one| one.slug == slug)
    }

    /// Which versions are meant, in words.
    pub fn versions(self) -> String {
        match (self.from, self.to) {
            (0, to) => format!("up to {to}"),
            (from, to) if from == to => to.to_string(),
            (from, to) => format!("{from} to {to}"),
        }
    }
}

/// Why an event was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilterReason {
    /// Whose address it came from, or happened at.
    IpAddress,
    /// Its release.
    Release,
    /// What it says.
    ErrorMessage,
    /// It is an extension's.
    BrowserExtension,
    /// The browser is too old.
    LegacyBrowser,
    /// It is of somebody's own machine.
    Localhost,
    /// Nobody sat there.
    WebCrawler,
}

impl FilterReason {
    /// As outcomes have it: Sentry's words.
    pub const fn as_str(self) -> &'static str {
        match self {
            FilterReason::IpAddress => "ip-address",
            FilterReason::Release => "release-version",
            FilterReason::ErrorMessage => "error-message",
            FilterReason::BrowserExtension => "browser-extensions",
            FilterReason::LegacyBrowser => "legacy-browsers",
            FilterReason::Localhost => "localhost",
            FilterReason::WebCrawler => "web-crawlers",
        }
    }
}
