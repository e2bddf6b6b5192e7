//! Teams, as Sentry shows them.

use errand_store::teams::{Membership, Team};
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// People who look after issues together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamShape {
    id: String,
    slug: String,
    name: String,
    date_created: Time,
    /// Whether anybody may join, and everybody sees its projects.
    is_open: bool,
    is_member: bool,
    /// Whether the caller asked to be let in.
    is_pending: bool,
    has_access: bool,
}

impl TeamShape {
    /// Of a team, for a caller who has that to do with it.
    pub(crate) fn of(team: &Team, membership: Membership) -> Self {
        TeamShape {
            id: team.id.to_string(),
            slug: team.slug.clone(),
            name: team.name.clone(),
            date_created: Time(team.created),
            is_open: team.is_open,
            is_member: membership == Membership::Inside,
            is_pending: membership == Membership::Asked,
            has_access: team.is_open || membership == Membership::Inside,
        }
    }
}
