//! The JSON of the API: Sentry's field names and types, so that what speaks to Sentry speaks to us.
//!
//! Ids are text, times are RFC 3339 in UTC, an issue's `count` is text and its `userCount` a number. A field
//! of Sentry's that stands for something this hub does not have is there with its empty value, because clients
//! read it without asking.

pub(crate) mod activity;
pub(crate) mod attachment;
pub(crate) mod attempt;
pub(crate) mod call;
pub(crate) mod delivery;
pub(crate) mod discover;
pub(crate) mod event;
pub(crate) mod external_issue;
pub(crate) mod grant;
pub(crate) mod issue;
pub(crate) mod member;
pub(crate) mod organization;
pub(crate) mod project;
pub(crate) mod release;
pub(crate) mod stats;
pub(crate) mod tags;
pub(crate) mod team;
pub(crate) mod user;

use errand_model::Timestamp;
use utoipa::PartialSchema;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};

/// A time as the API writes it: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl utoipa::ToSchema for Time {}

/// One of Sentry's fields that is always empty here: written as `null`.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub(crate) struct Nothing;

impl PartialSchema for Nothing {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Null).into()
    }
}

impl utoipa::ToSchema for Nothing {}
