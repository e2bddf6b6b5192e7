//! Making a team.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::teams::{self, Membership};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Teams};
use crate::api::body::Body;
use crate::api::error::missing;
use crate::api::shape::team::TeamShape;
use crate::error::ApiError;

/// A team to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewTeamBody {
    /// What to call it; the slug, where it is missing.
    name: Option<String>,
    /// Its name in URLs and mentions; made from the name where none is given.
    slug: Option<String>,
    /// Whether anybody may join, and everybody sees its projects; they may if nothing is said.
    is_open: Option<bool>,
}

/// Makes a team. Who makes it is in it.
#[utoipa::path(
    post,
    path = "/teams/",
    summary = "Make a team",
    request_body = NewTeamBody,
    responses((status = CREATED, body = TeamShape), (status = BAD_REQUEST), (status = CONFLICT)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    at: InOrganization<Teams>,
    Body(body): Body<NewTeamBody>,
) -> Result<(StatusCode, Json<TeamShape>), ApiError> {
    let name = body.name.as_deref().or(body.slug.as_deref()).map(str::trim);
    let name = name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| missing("name", "any text that is not blank"))?;
    let mut tx = state.db.begin().await?;
    let team = teams::create(
        &mut tx,
        state.context(),
        at.organization.id,
        name,
        body.slug.as_deref(),
        body.is_open.unwrap_or(true),
    )
    .await?;
    let membership = match at.by.caller.person() {
        Some(person) => {
            teams::add_member(&mut tx, team.id, person).await?;
            Membership::Inside
        }
        None => Membership::Outside,
    };
    at.by.note(format!("made the team #{}", team.slug));
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(TeamShape::of(&team, membership))))
}
