//! One request at the door: what it asks for, who sends it, and its body.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use errand_model::outcome::{Category, Outcome, OutcomeCount};
use errand_model::{ProjectId, Timestamp};
use errand_pipeline::Malformed;

use super::auth::{self, AuthError, PublicKey};
use super::body::{self, Cap, Payload};
use super::directory::Known;
use super::{cors, limits};
use crate::AppState;
use crate::error::Error;

/// When to come back if the hub cannot take anything.
pub(super) const RETRY_SECONDS: u32 = 10;

/// A request, without its body.
pub(super) struct Visit {
    pub(super) state: AppState,
    pub(super) parts: Parts,
    pub(super) received: Timestamp,
}

impl Visit {
    pub(super) fn new(state: AppState, parts: Parts) -> Self {
        let received = state.now();
        Visit {
            state,
            parts,
            received,
        }
    }

    /// The nth part of the path, from 0.
    pub(super) fn segment(&self, nth: usize) -> Option<&str> {
        let mut segments = self.parts.uri.path().split('/').skip(1);
        segments.nth(nth).filter(|segment| !segment.is_empty())
    }

    /// The project in `/api/{project}/…`.
    pub(super) fn project(&self) -> Result<ProjectId, Error> {
        let text = self.segment(1).unwrap_or_default();
        let id = text
            .parse()
            .map_err(|_| Error::bad_request("the project in the path is not a number"))?;
        Ok(ProjectId(id))
    }

    /// The value of a parameter of the query string, decoded.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.parts.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The media type of the body, without its parameters, in lower case.
    pub(super) fn media_type(&self) -> String {
        let value = self.parts.headers.get(header::CONTENT_TYPE);
        let text = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
        text.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    }

    /// Lets in who names a key of the project in the path.
    pub(super) async fn admit(&self) -> Result<Arc<Known>, Error> {
        self.admit_with(None).await
    }

    /// The same, where the path may hold the key.
    pub(super) async fn admit_with(&self, path_key: Option<&str>) -> Result<Arc<Known>, Error> {
        let project = self.project()?;
        let key = auth::key_of_request(&self.parts, path_key)?.ok_or(AuthError::Missing)?;
        self.admit_key(key, Some(project)).await
    }

    /// Lets in who holds `key`, if it is the project's and the page's origin is welcome.
    pub(super) async fn admit_key(
        &self,
        key: PublicKey,
        project: Option<ProjectId>,
    ) -> Result<Arc<Known>, Error> {
        let found = self.state.directory.find(key).await.map_err(|error| {
            let (name, value) = limits::retry_after(RETRY_SECONDS);
            Error::new(StatusCode::SERVICE_UNAVAILABLE, "keys cannot be looked up now")
                .with_header(name, value)
                .with_source(error)
        })?;
        // One answer for every reason: it tells nobody which keys exist.
        let known = found.filter(|known| project.is_none_or(|project| project == known.project));
        let known = known.ok_or_else(|| {
            Error::forbidden("event submission rejected: no active key of this project has this name")
        })?;
        match cors::origin(&self.parts.headers) {
            Some(origin) if !known.origins.allow(origin) => {
                self.count(&known, Category::Error, Outcome::Filtered, "origin", 1);
                Err(Error::forbidden(
                    "event submission rejected: this origin is not allowed",
                ))
            }
            _ => Ok(known),
        }
    }

    /// What an endpoint that carries events takes.
    pub(super) fn event_cap(&self) -> Cap {
        Cap {
            wire: self.state.config.ingest.wire_bytes,
            decoded: self.state.config.ingest.body_bytes,
        }
    }

    /// What an endpoint that carries files takes.
    pub(super) fn file_cap(&self) -> Cap {
        let bytes = self.state.config.ingest.file_bytes;
        Cap {
            wire: bytes,
            decoded: bytes,
        }
    }

    /// Reads the body; who it is from, if known, has it counted when it cannot be.
    pub(super) async fn read(&self, body: Body, cap: Cap, known: Option<&Known>) -> Result<Payload, Error> {
        let read = body::read(&self.state, &self.parts.headers, body, cap).await;
        if let (Err(error), Some(known)) = (&read, known) {
            let (outcome, reason) = match error.status {
                StatusCode::PAYLOAD_TOO_LARGE => (Outcome::Invalid, "too_large"),
                StatusCode::TOO_MANY_REQUESTS => (Outcome::RateLimited, "memory"),
                _ => (Outcome::Invalid, "body"),
            };
            self.count(known, Category::Default, outcome, reason, 1);
        }
        read
    }

    /// What is wrong with a body that should have become an envelope.
    pub(super) fn malformed(&self, known: &Known, malformed: &Malformed) -> Error {
        self.count(known, Category::Default, Outcome::Invalid, "body", 1);
        let status = if malformed.is_too_large() {
            StatusCode::PAYLOAD_TOO_LARGE
        } else {
            StatusCode::BAD_REQUEST
        };
        Error::new(status, malformed.to_string())
    }

    /// Counts what ends at the door.
    pub(super) fn count(
        &self,
        known: &Known,
        category: Category,
        outcome: Outcome,
        reason: &str,
        quantity: i64,
    ) {
        self.state.intake.count(OutcomeCount {
            project: known.project,
            category,
            outcome,
            reason: reason.to_owned(),
            quantity,
        });
    }
}
