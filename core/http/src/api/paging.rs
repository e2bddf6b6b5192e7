//! Lists in pages: `cursor` and `per_page` in, `Link` and `X-Hits` out, as Sentry has them.

use axum::Json;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use errand_model::page::{Cursor, Page};
use errand_store::issues::Hits;
use serde::Serialize;

use super::error::invalid;
use super::query::QueryPairs;
use crate::AppState;
use crate::error::{ApiError, Error};

/// Rows of a page: the most that can be asked for, and what is given to those who ask for nothing.
pub(super) const MOST_ROWS: u32 = 100;

/// Which page is wanted.
#[derive(Clone, Debug)]
pub(super) struct Paging {
    /// Where it starts.
    pub(super) cursor: Option<Cursor>,
    /// How many rows it has at most.
    pub(super) limit: u32,
    /// The address of the list, for the links to its other pages.
    address: Address,
}

/// An address without its cursor.
#[derive(Clone, Debug)]
struct Address {
    base: String,
    query: String,
}

impl FromRequestParts<AppState> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let query = QueryPairs::from_request_parts(parts, state).await?;
        let limit = match query.text("per_page") {
            Some(_) => rows(&query, "per_page")?,
            None => rows(&query, "limit")?,
        };
        let cursor = query.text("cursor").map(|text| {
            let parsed = text.parse::<Cursor>();
            parsed.map_err(|error| Error::bad_request(format!("cursor: {error}")))
        });
        // Inside a nest the request's own address lacks what was matched before.
        let original = parts.extensions.get::<OriginalUri>();
        let uri = original.map_or(&parts.uri, |original| &original.0);
        Ok(Paging {
            cursor: cursor.transpose()?,
            limit,
            address: Address::new(&state.config.public_url, uri),
        })
    }
}

fn rows(query: &QueryPairs, name: &str) -> Result<u32, Error> {
    let allowed = "a number from 1 to 100";
    let wanted = query.parse::<u32>(name, allowed)?.unwrap_or(MOST_ROWS);
    if (1..=MOST_ROWS).contains(&wanted) {
        Ok(wanted)
    } else {
        Err(invalid(name, &wanted.to_string(), allowed))
    }
}

impl Address {
    fn new(public_url: &str, uri: &Uri) -> Self {
        let pairs = uri.query().unwrap_or_default().split('&');
        let kept = pairs.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
        Address {
            base: format!("{}{}", public_url.trim_end_matches('/'), uri.path()),
            query: kept.map(|pair| format!("{pair}&")).collect(),
        }
    }

    fn link(&self, rel: &str, cursor: Option<Cursor>) -> String {
        let (base, query, results) = (&self.base, &self.query, cursor.is_some());
        let is_prev = rel == "previous";
        let cursor = cursor.unwrap_or(Cursor {
            is_prev,
            ..Cursor::default()
        });
        format!("<{base}?{query}cursor={cursor}>; rel=\"{rel}\"; results=\"{results}\"; cursor=\"{cursor}\"")
    }
}

/// A page as it is answered.
pub(super) struct Paged<T> {
    rows: Vec<T>,
    links: String,
    hits: Option<Hits>,
}

impl Paging {
    /// Renders a page of rows.
    pub(super) fn page<R, T>(&self, page: Page<R>, render: impl FnMut(R) -> T) -> Paged<T> {
        let (prev, next) = (page.prev, page.next);
        self.rendered(page.rows.into_iter().map(render).collect(), prev, next)
    }

    /// A page of rows that are rendered already.
    pub(super) fn rendered<T>(&self, rows: Vec<T>, prev: Option<Cursor>, next: Option<Cursor>) -> Paged<T> {
        Paged {
            rows,
            links: self.links(prev, next),
            hits: None,
        }
    }

    /// The `Link` header of a page.
    pub(super) fn links(&self, prev: Option<Cursor>, next: Option<Cursor>) -> String {
        let links = [
            self.address.link("previous", prev),
            self.address.link("next", next),
        ];
        links.join(", ")
    }

    /// The only page of a short list that the store gives whole.
    pub(super) fn whole<R, T>(&self, rows: Vec<R>, render: impl FnMut(R) -> T) -> Paged<T> {
        let offset = self
            .cursor
            .map_or(0, |cursor| usize::try_from(cursor.offset).unwrap_or(usize::MAX));
        let limit = self.limit as usize;
        let has_next = rows.len() > offset.saturating_add(limit);
        let at = |offset: usize, is_prev| Cursor {
            value: 0,
            offset: i64::try_from(offset).unwrap_or(i64::MAX),
            is_prev,
        };
        let prev = (offset > 0).then(|| at(offset.saturating_sub(limit), true));
        let next = has_next.then(|| at(offset.saturating_add(limit), false));
        let rows = rows.into_iter().skip(offset).take(limit).map(render).collect();
        self.rendered(rows, prev, next)
    }
}

impl<T> Paged<T> {
    /// With how many rows there are in all.
    pub(super) fn with_hits(mut self, hits: Hits) -> Self {
        self.hits = Some(hits);
        self
    }
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.rows).into_response();
        let headers = response.headers_mut();
        if let Ok(links) = HeaderValue::from_str(&self.links) {
            headers.insert(header::LINK, links);
        }
        if let Some(hits) = self.hits {
            headers.insert("x-hits", HeaderValue::from(hits.count));
            if hits.is_capped {
                headers.insert("x-max-hits", HeaderValue::from(hits.count));
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_the_query_and_replace_the_cursor() {
        let uri: Uri = "/api/0/organizations/a/issues/?query=is%3Aresolved&cursor=5:1:0&limit=2"
            .parse()
            .expect("an address");
        let address = Address::new("http://hub/", &uri);
        let cursor = Cursor {
            value: 7,
            offset: 3,
            is_prev: false,
        };
        assert_eq!(
            address.link("next", Some(cursor)),
            "<http://hub/api/0/organizations/a/issues/?query=is%3Aresolved&limit=2&cursor=7:3:0>; \
             rel=\"next\"; results=\"true\"; cursor=\"7:3:0\""
        );
        assert_eq!(
            address.link("previous", None),
            "<http://hub/api/0/organizations/a/issues/?query=is%3Aresolved&limit=2&cursor=0:0:1>; \
             rel=\"previous\"; results=\"false\"; cursor=\"0:0:1\""
        );
    }
}
