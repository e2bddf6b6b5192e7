//! A search among the events of an issue: its address, and what it finds.

use errand_model::EventRow;
use errand_model::page::{Cursor, Page};
use errand_model::search::Query as Terms;
use errand_pipeline::search;
use errand_store::events::{self, Found as Hits, Order, Search, StoredEvent};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::AppState;
use crate::error::Error;
use crate::facts;
use crate::ui::issues::found::Found;
use crate::ui::issues::query::Problem;
use crate::ui::paging;
use crate::ui::visit::Visit;

/// Searches to learn from.
pub(super) const HELP: &[(&str, &str)] = &[
    (
        "release:shop@4.*",
        "any tag is searched by its name; * is any text",
    ),
    ("environment:[production,staging]", "one of several values"),
    ("!browser.name:Firefox", "the opposite of a term"),
    (
        "user.email:ada@example.com",
        "also user.id, user.username, user.ip",
    ),
    ("has:license", "has the tag, whatever its value"),
    ("timestamp:-24h", "happened within the last day"),
    ("timestamp:>2026-01-31", "happened after that day began"),
    ("\"could not connect\"", "in what was thrown or logged, or where"),
];

/// In which order: what the address says, and what people read.
pub(super) const SORTS: [(&str, &str); 2] = [("newest", "Newest first"), ("oldest", "Oldest first")];

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    query: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    cursor: String,
    /// `all`: all that match are counted, however long that takes.
    #[serde(default)]
    count: String,
}

impl Params {
    /// What is looked for.
    pub(crate) fn query(&self) -> &str {
        self.query.trim()
    }

    /// In which order.
    pub(super) fn order(&self) -> Order {
        match self.sort.as_str() {
            "oldest" => Order::Oldest,
            _ => Order::Newest,
        }
    }

    /// The same as a word.
    pub(super) fn sort(&self) -> &'static str {
        match self.order() {
            Order::Newest => "newest",
            Order::Oldest => "oldest",
        }
    }

    /// Whether all are to be counted.
    pub(super) fn counts_all(&self) -> bool {
        self.count == "all"
    }

    /// Where the page begins.
    pub(super) fn cursor(&self) -> Result<Option<Cursor>, Error> {
        paging::cursor(&self.cursor)
    }

    /// What an address ends in so that it belongs to the search: nothing, where nothing was asked.
    pub(crate) fn suffix(&self) -> String {
        let mut parts = Vec::new();
        if !self.query().is_empty() {
            parts.push(format!(
                "query={}",
                utf8_percent_encode(self.query(), NON_ALPHANUMERIC)
            ));
        }
        if self.order() == Order::Oldest {
            parts.push("sort=oldest".to_owned());
        }
        match parts.is_empty() {
            true => String::new(),
            false => format!("?{}", parts.join("&")),
        }
    }

    /// The same, with room for one thing more.
    pub(crate) fn base(&self) -> String {
        match self.suffix() {
            suffix if suffix.is_empty() => "?".to_owned(),
            suffix => format!("{suffix}&"),
        }
    }
}

/// A search that can be read.
pub(crate) struct Looking<'a> {
    state: &'a AppState,
    visit: &'a Visit,
    found: &'a Found,
    pub(super) terms: Terms,
}

/// What comes before and after an event of a search.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// The newer one, or where to look further.
    pub(crate) next: Option<String>,
    /// The older one.
    pub(crate) previous: Option<String>,
}

impl<'a> Looking<'a> {
    /// Reads what was asked, or says why it cannot be read.
    pub(crate) fn read(
        state: &'a AppState,
        visit: &'a Visit,
        found: &'a Found,
        params: &Params,
    ) -> Result<Self, Problem> {
        let terms = search::parse(params.query(), visit.now).map_err(|error| Problem::of(&error))?;
        Ok(Looking {
            state,
            visit,
            found,
            terms,
        })
    }

    /// A page of what matches, or why that cannot be looked for.
    pub(super) async fn page(
        &self,
        order: Order,
        cursor: Option<Cursor>,
        rows: u32,
    ) -> Result<Result<Hits, Problem>, Error> {
        let search = Search {
            organization: self.visit.organization.id,
            project: &self.found.project,
            issue: &self.found.issue,
            query: &self.terms,
            viewer: Some(self.visit.person.id),
            said: &facts::said,
        };
        match events::search(&self.state.db, &search, order, cursor, rows).await {
            Ok(hits) => Ok(Ok(hits)),
            Err(errand_store::Error::Invalid { reason }) => Ok(Err(Problem::plain(reason))),
            Err(error) => Err(error.into()),
        }
    }

    /// Addresses of the events of the search before and after one.
    pub(crate) async fn beside(&self, row: EventRow, params: &Params) -> Result<Beside, Error> {
        let issue = self.found.url();
        let mut urls = [None, None];
        for (url, is_prev) in urls.iter_mut().zip([true, false]) {
            let cursor = Cursor {
                value: row.0,
                offset: 0,
                is_prev,
            };
            let Ok(hits) = self.page(Order::Newest, Some(cursor), 1).await? else {
                continue;
            };
            *url = match hits.page.rows.first() {
                Some(event) => Some(format!("{issue}/events/{}{}", event.event_id, params.suffix())),
                None => further(&hits.page, is_prev).map(|cursor| {
                    let base = Params {
                        query: params.query.clone(),
                        ..Params::default()
                    };
                    format!("{issue}/events{}cursor={cursor}", base.base())
                }),
            };
        }
        let [next, previous] = urls;
        Ok(Beside { next, previous })
    }
}

/// Where a search that broke off goes on.
fn further(page: &Page<StoredEvent>, is_prev: bool) -> Option<Cursor> {
    if is_prev { page.prev } else { page.next }
}

#[cfg(test)]
mod tests {
    use errand_model::Timestamp;

    use super::*;

    #[test]
    fn all_that_is_offered_can_be_searched() {
        for (query, _) in HELP {
            let read = search::parse(query, Timestamp::from_seconds(1_790_000_000));
            assert!(read.is_ok(), "{query}: {read:?}");
        }
    }

    #[test]
    fn addresses_say_no_more_than_what_was_asked() {
        let params = |query: &str, sort: &str| Params {
            query: query.to_owned(),
            sort: sort.to_owned(),
            ..Params::default()
        };
        assert_eq!(params(" ", "newest").suffix(), "");
        assert_eq!(params(" ", "newest").base(), "?");
        assert_eq!(params("a:b", "oldest").suffix(), "?query=a%3Ab&sort=oldest");
        assert_eq!(params("", "oldest").base(), "?sort=oldest&");
    }
}
