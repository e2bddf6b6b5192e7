//! The part of an address after the question mark. Names may repeat: `?project=1&project=2`.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::invalid;
use crate::AppState;
use crate::error::{ApiError, Error};

/// The pairs of the query, decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct QueryPairs(Vec<(String, String)>);

impl QueryPairs {
    /// The last value under `name`; an empty one counts as given.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The last value under `name` that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All values under `name` that are not empty.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = self.0.iter().filter(move |(key, _)| key == name);
        of_name
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The value under `name`, read.
    pub(super) fn parse<T: FromStr>(&self, name: &str, allowed: &str) -> Result<Option<T>, Error> {
        let value = self.text(name);
        value
            .map(|value| value.parse().map_err(|_| invalid(name, value, allowed)))
            .transpose()
    }

    /// All values under `name`, read.
    pub(super) fn parse_all<T: FromStr>(&self, name: &str, allowed: &str) -> Result<Vec<T>, Error> {
        let values = self.all(name);
        values
            .map(|value| value.parse().map_err(|_| invalid(name, value, allowed)))
            .collect()
    }

    /// The value under `name` as one of `choices`.
    pub(super) fn choose<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, Error> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        let found = choices.iter().find(|(choice, _)| *choice == value);
        found.map(|(_, choice)| Some(*choice)).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            invalid(name, value, &names.join(", "))
        })
    }
}

impl FromRequestParts<AppState> for QueryPairs {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let query = query.map_err(|rejection| Error::bad_request(rejection.body_text()))?;
        Ok(QueryPairs(query.0))
    }
}
