//! Asks for a person's data to be erased, from a page or over the API.

use errand_model::OrganizationId;
use errand_model::erasure::Person;
use errand_model::lifecycle::Actor;
use errand_store::erasure::Found;
use errand_store::tasks::{self, NewTask};

use crate::AppState;
use crate::error::Error;

/// Writes down that a person's data is to be erased; the hub begins within seconds.
pub(crate) async fn ask(
    state: &AppState,
    organization: OrganizationId,
    person: &Person,
    found: Found,
    by: &Actor,
) -> Result<i64, Error> {
    let subject = serde_json::to_string(person).map_err(Error::internal)?;
    let asked_by = match by {
        Actor::User { name, .. } => name.as_str(),
        _ => "",
    };
    let new = NewTask {
        organization,
        kind: "erasure",
        subject: &subject,
        title: &format!("Erase the data of {}", person.masked()),
        asked_by,
        total: found.events,
    };
    let mut tx = state.db.begin().await?;
    let id = tasks::ask(&mut tx, state.context(), new).await?;
    tx.commit().await?;
    Ok(id)
}
