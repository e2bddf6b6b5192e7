//! Teams.

mod create;
mod list;

use errand_store::teams::Team;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::shape::Time;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list::list, create::create))
}

/// People who look after issues together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
#[serde(rename_all = "camelCase")]
struct TeamShape {
    id: String,
    slug: String,
    name: String,
    date_created: Time,
    is_member: bool,
    has_access: bool,
}

impl TeamShape {
    fn of(team: &Team) -> Self {
        TeamShape {
            id: team.id.to_string(),
            slug: team.slug.clone(),
            name: team.name.clone(),
            date_created: Time(team.created),
            is_member: true,
            has_access: true,
        }
    }
}
