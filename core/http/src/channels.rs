//! The plugins that write to people.

use errand_model::notice::TO_PEOPLE;
use errand_model::{InstallationId, OrganizationId};
use errand_store::installations::{self, Installation};

use crate::AppState;
use crate::error::Error;

/// Those of an organization, with what they are called.
pub(crate) async fn of(
    state: &AppState,
    organization: OrganizationId,
) -> Result<Vec<(InstallationId, String)>, Error> {
    let all = installations::list(&state.db, Some(organization)).await?;
    let writes = |one: &Installation| one.is_enabled && one.settings()[TO_PEOPLE] == true;
    Ok(all
        .into_iter()
        .filter(writes)
        .map(|one| (one.id, one.name))
        .collect())
}
