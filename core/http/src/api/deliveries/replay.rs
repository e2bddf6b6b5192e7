//! Trying again what is over.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::Timestamp;
use errand_model::delivery::DeliveryState;
use errand_store::deliveries::{self, Replay};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::body::Body;
use crate::api::error::invalid;
use crate::error::{ApiError, Error};

/// Deliveries that one request has tried again at most.
const MOST: i64 = 10_000;

/// Deliveries that one transaction changes: events wait for it.
const AT_ONCE: i64 = 500;

/// Tries a delivery that is over once more, with all its attempts. Receivers see the same key, and can tell.
#[utoipa::path(
    post,
    path = "/deliveries/{delivery}/replay/",
    summary = "Try a delivery again",
    responses((status = ACCEPTED), (status = NOT_FOUND), (status = CONFLICT, description = "It is not over: it is tried anyway.")),
)]
pub(super) async fn one(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<StatusCode, ApiError> {
    let (row, _) = super::named(&state, &at).await?;
    let mut tx = state.db.begin().await?;
    deliveries::replay(&mut tx, state.context(), row.delivery.id)
        .await
        .map_err(|error| match error {
            errand_store::Error::Missing { .. } => {
                Error::conflict("the delivery is not over: it is tried again by itself")
            }
            error => error.into(),
        })?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

/// Which deliveries are to be tried again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ReplayBody {
    /// `dead`, which it is where it is missing, `done` or `ignored`.
    state: Option<String>,
    /// Owed since then: RFC 3339.
    since: Option<String>,
    /// Owed before then: RFC 3339.
    until: Option<String>,
    /// Given up with a reason that holds this text.
    reason: Option<String>,
}

/// How many deliveries are tried again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replayed {
    replayed: u64,
    /// Whether there are more: ask again.
    more: bool,
}

/// Tries deliveries of a plugin that are over once more, the oldest first; at most ten thousand at a time.
#[utoipa::path(
    post,
    path = "/plugins/{installation}/deliveries/replay/",
    summary = "Try many deliveries of a plugin again",
    request_body = ReplayBody,
    responses((status = ACCEPTED, body = Replayed), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn many(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    Body(body): Body<ReplayBody>,
) -> Result<(StatusCode, Json<Replayed>), ApiError> {
    let installation = crate::api::plugins::named(&state, &at).await?;
    let which = Replay {
        installation: installation.id,
        state: match body.state.as_deref() {
            None | Some("dead") => DeliveryState::Dead,
            Some("done") => DeliveryState::Done,
            Some("ignored") => DeliveryState::Ignored,
            Some(other) => return Err(ApiError(invalid("state", other, "dead, done or ignored"))),
        },
        over_before: state.now().plus_millis(1),
        since: time("since", body.since.as_deref())?,
        until: time("until", body.until.as_deref())?,
        reason: body.reason.filter(|reason| !reason.is_empty()),
    };
    let (mut replayed, mut more) = (0, true);
    for _ in 0..MOST / AT_ONCE {
        let mut tx = state.db.begin().await?;
        let count = deliveries::replay_all(&mut tx, state.context(), &which, AT_ONCE).await?;
        tx.commit().await?;
        replayed += count;
        more = i64::try_from(count).is_ok_and(|count| count >= AT_ONCE);
        if !more {
            break;
        }
    }
    Ok((StatusCode::ACCEPTED, Json(Replayed { replayed, more })))
}

fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let read = |text: &str| {
        let allowed = "a time (2026-01-31T12:00:00Z)";
        Timestamp::parse_rfc3339(text).ok_or_else(|| invalid(field, text, allowed))
    };
    text.map(read).transpose()
}
