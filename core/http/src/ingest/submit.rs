//! The last step at the door: asks whether an envelope may pass its limits, and hands it to the intake.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use errand_model::EventId;
use errand_model::outcome::{Category, Outcome};
use errand_pipeline::enclose::{Builder, ItemMeta};
use errand_pipeline::encoding::Encoding;
use errand_pipeline::envelope::{Envelope, Item};
use serde::Serialize;

use super::directory::Known;
use super::intake::{IntakeError, Receipt, Submission};
use super::limits::{self, Reached, Verdict};
use super::visit::{RETRY_SECONDS, Visit};
use crate::client_ip;
use crate::error::Error;

/// Client hints that tell browser, system and device.
const CLIENT_HINTS: [&str; 5] = [
    "sec-ch-ua",
    "sec-ch-ua-full-version-list",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
    "sec-ch-ua-model",
];

/// That an envelope was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// The id of its event.
    pub(super) event_id: Option<EventId>,
    /// The limit that it reached.
    pub(super) reached: Option<Reached>,
}

/// What limits say to an envelope.
enum Judgement {
    /// All of it passes.
    Pass(Option<Reached>),
    /// It waits, but for what limits spare, which is an envelope of its own.
    Hold(Reached, Option<Bytes>),
}

impl Visit {
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
        self.learn_volume(known).await;
        match self.judge(known, &body) {
            Judgement::Pass(reached) => {
                let receipt = self.hand_over(known, wire, encoding, body).await?;
                Ok(Taken {
                    event_id: receipt.event_id,
                    reached,
                })
            }
            Judgement::Hold(reached, spared) => {
                if let Some(spared) = spared {
                    // Who sends hears of the limit; that this failed too would tell them nothing more.
                    let encoding = Encoding::Identity;
                    if let Err(error) = self.hand_over(known, spared.clone(), encoding, spared).await {
                        tracing::debug!(error = %error.detail, "what a limit spares was not taken");
                    }
                }
                Err(held(reached))
            }
        }
    }

    async fn hand_over(
        &self,
        known: &Known,
        wire: Bytes,
        encoding: Encoding,
        body: Bytes,
    ) -> Result<Receipt, Error> {
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
        let taken = self.state.intake.submit(submission).await;
        taken.map_err(|error| self.refused(known, &body, error))
    }

    fn judge(&self, known: &Known, body: &[u8]) -> Judgement {
        if known.limits.is_empty() && known.volume.is_none() {
            return Judgement::Pass(None);
        }
        // What cannot be read counts too, or a limit would not hold back a broken SDK.
        let envelope = Envelope::parse(body).ok();
        let items = envelope.as_ref().map(|envelope| envelope.items.as_slice());
        if items.is_some_and(|items| !items.iter().any(is_limited)) {
            return Judgement::Pass(None);
        }
        match self.verdict(known) {
            Verdict::Pass(reached) => Judgement::Pass(reached),
            Verdict::Hold(reached) => {
                let held = items.map(|items| items.iter().filter(|item| is_limited(item)));
                match held {
                    Some(held) => self.count_items(known, held, reached.scope.reason()),
                    None => self.count(
                        known,
                        Category::Default,
                        Outcome::RateLimited,
                        reached.scope.reason(),
                        1,
                    ),
                }
                Judgement::Hold(reached, envelope.as_ref().and_then(spared))
            }
        }
    }

    /// Whether the limits let another envelope pass, and the volume after them.
    fn verdict(&self, known: &Known) -> Verdict {
        let verdict = self.state.limits.take(&known.limits, self.received);
        let Some(volume) = known.volume.filter(|_| matches!(verdict, Verdict::Pass(_))) else {
            return verdict;
        };
        let taken = self.state.volumes.take(known.project, volume, self.received);
        taken.map_or_else(Verdict::Hold, |()| verdict)
    }

    /// Reads how much the project sent, from time to time.
    async fn learn_volume(&self, known: &Known) {
        if known.volume.is_none() || !self.state.volumes.is_due(known.project, self.received) {
            return;
        }
        match errand_store::outcomes::accepted(&self.state.db, known.project, self.received).await {
            Ok(accepted) => self.state.volumes.learn(known.project, accepted, self.received),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the volume of a project cannot be read"
            ),
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
                if let Ok(envelope) = Envelope::parse(body) {
                    self.count_items(known, envelope.items.iter(), "queue_full");
                }
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

    /// Counts items that were turned away.
    fn count_items<'i, 'e: 'i>(
        &self,
        known: &Known,
        items: impl Iterator<Item = &'i Item<'e>>,
        reason: &str,
    ) {
        for item in items {
            let category = item.kind.category();
            let quantity = match category {
                Category::Attachment => i64::try_from(item.payload.len()).unwrap_or(i64::MAX),
                _ => 1,
            };
            self.count(known, category, Outcome::RateLimited, reason, quantity);
        }
    }
}

/// Whether limits hold back such an item.
fn is_limited(item: &Item<'_>) -> bool {
    !matches!(
        item.kind.category(),
        Category::Session | Category::Monitor | Category::Internal
    )
}

/// An envelope of the items that limits spare, if there are any.
fn spared(envelope: &Envelope<'_>) -> Option<Bytes> {
    let mut spared = envelope.items.iter().filter(|item| !is_limited(item)).peekable();
    spared.peek()?;
    let builder = Builder::new(envelope.header.event_id);
    let builder = spared.fold(builder, |builder, item| {
        let meta = ItemMeta {
            kind: item.header.kind.as_deref().unwrap_or_default(),
            ..ItemMeta::default()
        };
        builder.item(meta, item.payload)
    });
    Some(Bytes::from(builder.finish()))
}

/// The answer to what a limit holds back.
fn held(reached: Reached) -> Error {
    let (retry, retry_value) = limits::retry_after(reached.retry_after_seconds);
    let (rates, rates_value) = reached.header();
    Error::new(StatusCode::TOO_MANY_REQUESTS, reached.scope.in_words())
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
