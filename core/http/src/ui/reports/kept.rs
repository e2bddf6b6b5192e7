//! Reports that are kept: who sees one, what it asks, and who may change it.

use errand_model::access::{Action, Resource};
use errand_pipeline::report::Ask;
use errand_store::reports::{self, Report};

use crate::AppState;
use crate::error::Error;
use crate::ui::visit::Visit;

/// A report that who looks sees.
pub(super) async fn find(state: &AppState, visit: &Visit, id: i64) -> Result<Report, Error> {
    let found = reports::get(&state.db, visit.organization.id, visit.person.id, id).await?;
    found.ok_or_else(|| Error::not_found("There is no such report."))
}

/// What a kept report asks.
pub(in crate::ui) fn ask_in(report: &Report) -> Ask {
    // It is what the hub wrote; fields that it does not know any more are left out.
    serde_json::from_str(&report.ask).unwrap_or_default()
}

/// Its maker's, and who runs the hub.
pub(super) fn may_change(visit: &Visit, report: &Report) -> bool {
    report.person == visit.person.id || visit.require(Resource::Organization, Action::Change).is_ok()
}
