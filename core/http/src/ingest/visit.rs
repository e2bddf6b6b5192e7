//! One request at the door: who sends, what it holds, whether it may, and then it is handed to the intake.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use errand_model::outcome::{Category, Outcome, OutcomeCount};
use errand_model::{EventId, ProjectId, Timestamp};
use errand_pipeline::Malformed;
use errand_pipeline::encoding::Encoding;
use errand_pipeline::envelope::{Envelope, Item};
use serde::Serialize;

use super::auth::{self, AuthError, PublicKey};
use super::body::{self, Cap, Payload};
use super::directory::Known;
use super::intake::{IntakeError, Submission};
use super::limits::{self, Reached, Verdict};
use super::{cors, limits::Scope};
use crate::AppState;
use crate::error::Error;
use crate::middleware::client_ip;

/// When to come back if the hub cannot take anything.
const RETRY_SECONDS: u32 = 10;

/// Client hints that tell browser, system and device.
const CLIENT_HINTS: [&str; 5] = [
    "sec-ch-ua",
    "sec-ch-ua-full-version-list",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
    "sec-ch-ua-model",
];

/// A request, without its body.
pub(super) struct Visit {
    pub(super) state: AppState,
    pub(super) parts: Parts,
    received: Timestamp,
}

/// That an envelope was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// The id of its event.
    pub(super) event_id: Option<EventId>,
    /// The limit that it reached.
    pub(super) reached: Option<Reached>,
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

    /// Hands over an envelope that an endpoint made.
    pub(super) async fn submit_made(&self, known: &Known, envelope: Vec<u8>) -> Result<Taken, Error> {
        let envelope = Bytes::from(envelope);
        self.submit(known, envelope.clone(), Encoding::Identity, envelope)
            .await
    }

    /// Hands over an envelope: `wire` as it came, `body` decoded.
    pub(super) async fn submit(
        &self,
        known: &Known,
        wire: Bytes,
        encoding: Encoding,
        body: Bytes,
    ) -> Result<Taken, Error> {
        let reached = self.check_limits(known, &body)?;
        let submission = Submission {
            project: known.project,
            received: self.received,
            client_ip: client_ip::of(&self.state.config, &self.parts),
            user_agent: text(&self.parts.headers, header::USER_AGENT.as_str()),
            client_hints: client_hints(&self.parts.headers),
            wire,
            encoding,
            body: body.clone(),
        };
        match self.state.intake.submit(submission).await {
            Ok(receipt) => Ok(Taken {
                event_id: receipt.event_id,
                reached,
            }),
            Err(error) => Err(self.refused(known, &body, error)),
        }
    }

    fn check_limits(&self, known: &Known, body: &[u8]) -> Result<Option<Reached>, Error> {
        if known.limits.is_empty() {
            return Ok(None);
        }
        // What cannot be read counts too, or a limit would not hold back a broken SDK.
        let envelope = Envelope::parse(body).ok();
        let is_limited = envelope
            .as_ref()
            .is_none_or(|envelope| envelope.items.iter().any(is_limited));
        if !is_limited {
            return Ok(None);
        }
        match self.state.limits.take(&known.limits, self.received) {
            Verdict::Pass(reached) => Ok(reached),
            Verdict::Hold(reached) => {
                self.count_items(known, envelope.as_ref(), reached.scope.reason());
                Err(held(reached))
            }
        }
    }

    fn refused(&self, known: &Known, body: &[u8], error: IntakeError) -> Error {
        match error {
            IntakeError::Malformed {
                status,
                detail,
                causes,
            } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
                Error::new(status, detail).with_causes(causes)
            }
            IntakeError::Full { retry_after_seconds } => {
                self.count_items(known, Envelope::parse(body).ok().as_ref(), "queue_full");
                let (retry, retry_value) = limits::retry_after(retry_after_seconds);
                let (rates, rates_value) = limits::everything_waits(retry_after_seconds, "queue_full");
                Error::new(StatusCode::TOO_MANY_REQUESTS, "the hub's queue is full")
                    .with_header(retry, retry_value)
                    .with_header(rates, rates_value)
            }
            IntakeError::Unavailable => {
                let (retry, value) = limits::retry_after(RETRY_SECONDS);
                Error::new(StatusCode::SERVICE_UNAVAILABLE, "the hub takes nothing now")
                    .with_header(retry, value)
            }
        }
    }

    /// Counts every item of an envelope that was turned away.
    fn count_items(&self, known: &Known, envelope: Option<&Envelope<'_>>, reason: &str) {
        let Some(envelope) = envelope else {
            return self.count(known, Category::Default, Outcome::RateLimited, reason, 1);
        };
        for item in &envelope.items {
            let category = item.kind.category();
            let quantity = match category {
                Category::Attachment => i64::try_from(item.payload.len()).unwrap_or(i64::MAX),
                _ => 1,
            };
            self.count(known, category, Outcome::RateLimited, reason, quantity);
        }
    }

    fn count(&self, known: &Known, category: Category, outcome: Outcome, reason: &str, quantity: i64) {
        self.state.intake.count(OutcomeCount {
            project: known.project,
            category,
            outcome,
            reason: reason.to_owned(),
            quantity,
        });
    }
}

/// Whether limits hold back such an item.
fn is_limited(item: &Item<'_>) -> bool {
    !matches!(
        item.kind.category(),
        Category::Session | Category::Monitor | Category::Internal
    )
}

/// The answer to what a limit holds back.
fn held(reached: Reached) -> Error {
    let (retry, retry_value) = limits::retry_after(reached.retry_after_seconds);
    let (rates, rates_value) = reached.header();
    let whose = match reached.scope {
        Scope::Key(_) => "the rate limit of this key is reached",
        Scope::Project(_) => "the rate limit of this project is reached",
    };
    Error::new(StatusCode::TOO_MANY_REQUESTS, whose)
        .with_header(retry, retry_value)
        .with_header(rates, rates_value)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn client_hints(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    // Browsers send either the first or none of them.
    if !headers.contains_key(CLIENT_HINTS[0]) {
        return Vec::new();
    }
    let hints = CLIENT_HINTS.into_iter();
    hints
        .filter_map(|name| Some((name, text(headers, name)?)))
        .collect()
}

impl Taken {
    /// 200 `{"id": "…"}`, without the id where there is no event.
    pub(super) fn into_json(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<EventId>,
        }
        self.answer(Json(Body { id: self.event_id }))
    }

    /// `response`, with the limit that was reached.
    pub(super) fn answer(self, response: impl IntoResponse) -> Response {
        let mut response = response.into_response();
        if let Some(reached) = self.reached {
            let (name, value) = reached.header();
            response.headers_mut().insert(name, value);
        }
        response
    }
}
