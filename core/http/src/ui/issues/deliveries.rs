//! What plugins were told of an issue, and what came of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::delivery::DeliveryState;
use errand_store::deliveries::{self, DeliveryRow};
use errand_store::installations::{self, Installation};
use errand_store::lifecycle;

use super::found::Found;
use super::head::IssueHead;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::attempt::{TryView, tried};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Deliveries that are shown.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "issues/deliveries.html")]
struct DeliveriesPage {
    page: Page,
    issue: IssueHead,
    deliveries: Vec<View>,
}

/// One delivery.
struct View {
    plugin: String,
    change: &'static str,
    state: &'static str,
    attempts: i32,
    created: Timestamp,
    reason: Option<String>,
    next: Option<Timestamp>,
    tries: Vec<TryView>,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let installed = installations::list(&state.db, Some(visit.organization.id)).await?;
    let mut views = Vec::new();
    for row in deliveries::of_issue(&state.db, found.issue.id, SHOWN).await? {
        views.push(view(&state, row, &installed).await?);
    }
    page::html(&DeliveriesPage {
        page: visit.page(format!("Deliveries of {}", found.short_id()), "issues"),
        issue: found.head(&state, &visit).await?,
        deliveries: views,
    })
}

async fn view(state: &AppState, row: DeliveryRow, installed: &[Installation]) -> Result<View, Error> {
    let delivery = row.delivery;
    let change = lifecycle::by_id(&state.db, delivery.lifecycle).await?;
    let attempts = deliveries::attempts(&state.db, delivery.id).await?;
    let installation = installed
        .iter()
        .find(|installation| installation.id == delivery.installation);
    Ok(View {
        plugin: installation.map_or_else(|| "A plugin that was removed".to_owned(), |one| one.name.clone()),
        change: change.map_or("", |event| event.change.name()),
        state: delivery.state.as_str(),
        attempts: delivery.attempts,
        created: row.created,
        reason: row.reason,
        next: (delivery.state == DeliveryState::Waiting && delivery.attempts > 0).then_some(delivery.next_at),
        tries: attempts.iter().rev().map(tried).collect(),
    })
}
