//! What a plugin was called for besides deliveries, and how that went.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::occasion::Occasion;
use errand_store::plugin_calls::{self, StoredCall};

use crate::AppState;
use crate::error::PageError;
use crate::ui::attempt::{TryView, tried};
use crate::ui::json;
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Calls that are shown; the API has the others.
const SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "plugins/calls.html")]
struct CallsPage {
    page: Page,
    name: String,
    calls: Vec<View>,
}

/// One call.
struct View {
    what: &'static str,
    name: String,
    started: Timestamp,
    details: String,
    explanation: Option<String>,
    how: TryView,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let installation = super::find(&state, &visit, &id).await?;
    let calls = plugin_calls::of_installation(&state.db, installation.id, None, None, SHOWN).await?;
    page::html(&CallsPage {
        page: visit.page(format!("Calls of {}", installation.name), "plugins"),
        name: installation.name,
        calls: calls.rows.into_iter().map(view).collect(),
    })
}

fn view(call: StoredCall) -> View {
    View {
        what: match call.occasion {
            Occasion::Job => "job",
            Occasion::Inbound => "request",
            Occasion::Action => "button",
            Occasion::Trial => "trial",
            Occasion::Notice => "told a person",
        },
        name: call.name,
        started: call.attempt.started,
        details: json::indented(call.details.as_bytes()),
        explanation: call.explanation,
        how: tried(&call.attempt),
    }
}
