//! Why plugins were told of an issue, or not.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use errand_model::delivery::{DeliveryState, Unowed};
use errand_model::{InstallationId, LifecycleId};
use errand_store::deliveries::{self, DeliveryRow};
use errand_store::installations::{self, Installation};
use errand_store::lifecycle::{self, Told};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::shape::Time;
use crate::error::ApiError;

/// Happenings that are explained.
const HAPPENINGS: i64 = 50;

/// Deliveries that are looked at for them.
const DELIVERIES: i64 = 5_000;

/// Something that happened to an issue, and who heard of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Happening {
    id: String,
    /// What happened: `issue.created`.
    event: &'static str,
    date_created: Time,
    /// How many plugin-made changes led to it.
    chain_depth: i16,
    plugins: Vec<Hearing>,
}

/// Whether one installed plugin heard of it, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hearing {
    installation_id: String,
    plugin: String,
    name: String,
    /// `done`, `ignored`, `waiting`, `leased`, `paused`, `parked`, `dead` or `superseded` where it is owed; `pending` where it
    /// is not decided; else `unsubscribed`, `disabled`, `too_early`, `own_change`, `chain_too_long`, `not_named`,
    /// `other_project` or
    /// `forgotten`.
    verdict: &'static str,
    /// The same in a sentence.
    reason: String,
    /// Where it is owed.
    delivery_id: Option<String>,
}

/// Why plugins were told of what happened to an issue, or not: each of its last fifty happenings, the newest first, with
/// each installed plugin.
#[utoipa::path(
    get,
    path = "/plugin-decisions/",
    summary = "Explain why plugins were told, or not",
    responses((status = OK, body = Vec<Happening>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
) -> Result<Json<Vec<Happening>>, ApiError> {
    let happened = lifecycle::told_of_issue(&state.db, at.issue.id, HAPPENINGS).await?;
    let ids: Vec<LifecycleId> = happened.iter().map(|told| told.event.id).collect();
    let rows = deliveries::of_lifecycle(&state.db, at.issue.id, &ids, DELIVERIES).await?;
    let owed: HashMap<(LifecycleId, InstallationId), DeliveryRow> = rows
        .into_iter()
        .map(|row| ((row.delivery.lifecycle, row.delivery.installation), row))
        .collect();
    let installed = installations::list(&state.db, Some(at.organization.id)).await?;
    let happening = |told: Told| Happening {
        id: told.event.id.to_string(),
        event: told.event.change.name(),
        date_created: Time(told.event.at),
        chain_depth: told.event.chain_depth,
        plugins: installed
            .iter()
            .map(|installation| hearing(&told, installation, owed.get(&(told.event.id, installation.id))))
            .collect(),
    };
    Ok(Json(happened.into_iter().map(happening).collect()))
}

fn hearing(told: &Told, installation: &Installation, owed: Option<&DeliveryRow>) -> Hearing {
    let (verdict, reason) = match owed {
        Some(row) => of_delivery(row, installation),
        None => of_none(told, installation),
    };
    Hearing {
        installation_id: installation.id.to_string(),
        plugin: installation.plugin.clone(),
        name: installation.name.clone(),
        verdict,
        reason,
        delivery_id: owed.map(|row| row.delivery.id.to_string()),
    }
}

fn of_delivery(row: &DeliveryRow, installation: &Installation) -> (&'static str, String) {
    let state = row.delivery.state;
    let is_over = !matches!(
        state,
        DeliveryState::Waiting | DeliveryState::Leased | DeliveryState::Parked
    );
    if let Some(paused) = installation.paused.as_deref().filter(|_| !is_over) {
        return ("paused", format!("it is held until an admin acts: {paused}"));
    }
    if !installation.is_enabled && !is_over {
        return ("disabled", "it is held: the plugin is disabled".to_owned());
    }
    let reason = row.reason.as_deref().unwrap_or_default();
    let text = match state {
        DeliveryState::Done if reason.is_empty() => "it was told".to_owned(),
        DeliveryState::Done => format!("it was told: {reason}"),
        DeliveryState::Ignored if reason.is_empty() => "it was told, and had nothing to do".to_owned(),
        DeliveryState::Ignored => format!("it was told, and had nothing to do: {reason}"),
        DeliveryState::Leased => "it is being told".to_owned(),
        DeliveryState::Waiting if reason.is_empty() => "it is to be told".to_owned(),
        DeliveryState::Waiting => format!("it is tried again at {}: {reason}", row.delivery.next_at),
        DeliveryState::Parked => format!("it is held until an admin acts: {reason}"),
        DeliveryState::Dead => format!("it was given up: {reason}"),
        DeliveryState::Superseded => "a later one was told in its place".to_owned(),
    };
    (state.as_str(), text)
}

fn of_none(told: &Told, installation: &Installation) -> (&'static str, String) {
    let noted = told.passed_over.iter().find(|(id, _)| *id == installation.id);
    if let Some((_, why)) = noted {
        return (why.as_str(), in_words(*why).to_owned());
    }
    let text = |text: &str| text.to_owned();
    if installation
        .project
        .is_some_and(|project| project != told.event.project)
    {
        ("other_project", text("it hears of another project only"))
    } else if !told.is_fanned_out {
        ("pending", text("it is not decided yet"))
    } else if told.event.at < installation.created {
        (Unowed::TooEarly.as_str(), text(in_words(Unowed::TooEarly)))
    } else {
        (
            "forgotten",
            text("it was told so long ago that nothing is kept of it, or heard of other projects then"),
        )
    }
}

const fn in_words(why: Unowed) -> &'static str {
    match why {
        Unowed::Unsubscribed => "its settings do not ask for such changes",
        Unowed::Disabled => "it was disabled",
        Unowed::TooEarly => "it happened before the plugin was installed",
        Unowed::OwnChange => "the plugin did it itself",
        Unowed::ChainTooLong => "plugins have answered each other too often",
        Unowed::NotNamed => "the alert does not name it",
    }
}
