//! Searches that are one click away, and the address of a search.

use errand_model::project::Project;
use errand_model::search::Query as Terms;
use errand_pipeline::search::SearchError;
use errand_store::issues::Search;
use errand_store::saved_searches::SavedSearch;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::ui::visit::Visit;

/// What is searched when nothing is asked for.
pub(super) const DEFAULT: &str = "is:unresolved";

/// Ways to sort: Sentry's name, and what people read.
pub(super) const SORTS: [(&str, &str); 6] = [
    ("date", "Last seen"),
    ("new", "First seen"),
    ("freq", "Events"),
    ("user", "Users"),
    ("trends", "Trend"),
    ("priority", "Priority"),
];

/// The searches that people switch between.
const SAVED: [(&str, &str); 7] = [
    ("Unresolved", DEFAULT),
    ("For review", "is:unresolved !is:ongoing"),
    ("Mine", "is:unresolved assigned:me"),
    ("My teams'", "is:unresolved assigned:my_teams"),
    ("Resolved", "is:resolved"),
    ("Archived", "is:archived"),
    ("All", ""),
];

/// Searches to learn from.
pub(super) const HELP: &[(&str, &str)] = &[
    (
        "is:unresolved",
        "also resolved, archived, new, regressed, escalating, assigned",
    ),
    ("!is:resolved", "the opposite of a term"),
    ("level:[error,fatal]", "one of several values"),
    ("release:shop@4.*", "* is any text"),
    ("environment:production", "any tag is searched by its name"),
    ("browser.name:Firefox", "also os.name, device.family"),
    (
        "user.email:ada@example.com",
        "also user.id, user.username, user.ip",
    ),
    ("has:license", "has the tag, whatever its value"),
    ("firstSeen:-24h", "seen first within the last day"),
    ("lastSeen:+7d", "not seen for a week"),
    ("times_seen:>100", "more than 100 events"),
    ("assigned:me", "also my_teams, none, an address, or #team"),
    ("\"could not connect\"", "in title, culprit or message"),
];

/// Why a search cannot be read.
pub(crate) struct Problem {
    /// In words.
    pub(crate) text: String,
    /// Points from below at where it went wrong.
    pub(crate) pointer: String,
}

impl Problem {
    /// What the reader of searches says.
    pub(crate) fn of(error: &SearchError) -> Self {
        Problem {
            text: error.problem.to_string(),
            pointer: format!("{}^", " ".repeat(error.position.min(200))),
        }
    }

    /// One that has no place.
    pub(crate) const fn plain(text: String) -> Self {
        Problem {
            text,
            pointer: String::new(),
        }
    }
}

/// What an address says of a search.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    pub(super) project: String,
    pub(super) query: Option<String>,
    #[serde(default)]
    pub(super) sort: String,
    #[serde(default)]
    pub(super) cursor: String,
}

/// A saved search.
pub(super) struct Tab {
    /// What people read.
    pub(super) name: String,
    /// Where it is.
    pub(super) url: String,
    /// Whether it is the one that is shown.
    pub(super) is_chosen: bool,
}

/// What the address of a search holds.
pub(super) struct Address<'a> {
    /// The project's slug, or nothing for all.
    pub(super) project: &'a str,
    /// The search.
    pub(super) query: &'a str,
    /// How to sort, or nothing.
    pub(super) sort: &'a str,
}

impl Address<'_> {
    /// As a path.
    pub(super) fn url(&self) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let mut url = format!("/issues?query={}", encode(self.query));
        for (name, value) in [("project", self.project), ("sort", self.sort)] {
            if !value.is_empty() {
                url.push_str(&format!("&{name}={}", encode(value)));
            }
        }
        url
    }
}

/// The search as the store takes it, for who looks.
pub(super) fn search_of<'a>(visit: &'a Visit, projects: &'a [Project], query: &'a Terms) -> Search<'a> {
    Search {
        organization: visit.organization.id,
        projects,
        query,
        viewer: Some(visit.person.id),
    }
}

/// `release:"1.0 beta"`: a term of the search language.
pub(crate) fn term(key: &str, value: &str) -> String {
    let is_plain = value
        .chars()
        .all(|c| c.is_alphanumeric() || "._-+@/:".contains(c))
        && !value.is_empty();
    match is_plain {
        true => format!("{key}:{value}"),
        false => format!("{key}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// The searches that everybody has, then those that were saved, as they apply to what is shown.
pub(super) fn tabs(here: &Address<'_>, saved: &[SavedSearch]) -> Vec<Tab> {
    let usual = |(name, query): (&str, &str)| Tab {
        name: name.to_owned(),
        url: Address { query, ..*here }.url(),
        is_chosen: here.query == query,
    };
    let kept = |search: &SavedSearch| Tab {
        name: search.name.clone(),
        url: Address {
            query: &search.query,
            sort: &search.sort,
            ..*here
        }
        .url(),
        is_chosen: here.query == search.query && here.sort == search.sort,
    };
    SAVED
        .into_iter()
        .map(usual)
        .chain(saved.iter().map(kept))
        .collect()
}

#[cfg(test)]
mod tests {
    use errand_model::Timestamp;

    use super::*;

    #[test]
    fn all_that_is_offered_can_be_searched() {
        let here = Address {
            project: "shop",
            query: "",
            sort: "new",
        };
        let now = Timestamp::from_seconds(1_790_000_000);
        for (query, _) in HELP
            .iter()
            .copied()
            .chain(SAVED.map(|(name, query)| (query, name)))
        {
            let read = errand_pipeline::search::parse(query, now);
            assert!(read.is_ok(), "{query}: {read:?}");
        }
        assert!(
            SORTS
                .iter()
                .all(|(sort, _)| errand_pipeline::search::parse_sort(sort).is_ok())
        );
        assert_eq!(tabs(&here, &[]).iter().filter(|tab| tab.is_chosen).count(), 1);
        assert_eq!(here.url(), "/issues?query=&project=shop&sort=new");
    }
}
