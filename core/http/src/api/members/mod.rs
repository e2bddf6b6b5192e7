//! People of the organization, and letting them into teams.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::UserId;
use errand_store::people::{self, Person};
use errand_store::teams::{self, Membership};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InOrganization, Members};
use crate::api::error::invalid;
use crate::api::paging::{Paged, Paging};
use crate::api::shape::member::MemberShape;
use crate::api::shape::team::TeamShape;
use crate::api::teams::{named, runs};
use crate::error::{ApiError, Error};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(join, leave))
}

/// Who may sign in, by name.
#[utoipa::path(
    get,
    path = "/members/",
    summary = "List members",
    responses((status = OK, body = Vec<MemberShape>), (status = NOT_FOUND)),
)]
async fn list(
    State(state): State<AppState>,
    _: InOrganization<Members>,
    paging: Paging,
) -> Result<Paged<MemberShape>, ApiError> {
    let all = people::list(&state.db).await?;
    Ok(paging.whole(all, |person| MemberShape::of(&person)))
}

/// Puts somebody into a team. Oneself (`me`) into an open team; who asks to be in a closed one waits for an answer
/// (202). Others are let in by members of the team, and who runs the hub.
#[utoipa::path(
    post,
    path = "/members/{member}/teams/{team}/",
    summary = "Join a team",
    responses((status = CREATED, body = TeamShape), (status = ACCEPTED, body = TeamShape, description = "The team was asked."), (status = BAD_REQUEST), (status = FORBIDDEN), (status = NOT_FOUND)),
)]
async fn join(
    State(state): State<AppState>,
    at: InOrganization<Members>,
) -> Result<(StatusCode, Json<TeamShape>), ApiError> {
    let (team, mine) = named(&state, &at).await?;
    let person = person(&state, &at).await?;
    let is_oneself = at.by.caller.person() == Some(person.id);
    let has_to_ask = is_oneself && !team.is_open && runs(&at.by, mine).is_err();
    if !is_oneself {
        runs(&at.by, mine)?;
    }
    let mut tx = state.db.begin().await?;
    let membership = if has_to_ask {
        teams::ask(&mut tx, state.context(), team.id, person.id).await?;
        Membership::Asked
    } else {
        teams::add_member(&mut tx, team.id, person.id).await?;
        Membership::Inside
    };
    at.by.note(format!(
        "put {} into #{}: {membership:?}",
        person.email, team.slug
    ));
    tx.commit().await?;
    let status = match membership {
        Membership::Asked => StatusCode::ACCEPTED,
        _ => StatusCode::CREATED,
    };
    Ok((status, Json(TeamShape::of(&team, membership))))
}

/// Takes somebody out of a team, or back that they asked: oneself (`me`), or others for who runs the team.
#[utoipa::path(
    delete,
    path = "/members/{member}/teams/{team}/",
    summary = "Leave a team",
    responses((status = OK, body = TeamShape), (status = BAD_REQUEST), (status = FORBIDDEN), (status = NOT_FOUND)),
)]
async fn leave(
    State(state): State<AppState>,
    at: InOrganization<Members>,
) -> Result<Json<TeamShape>, ApiError> {
    let (team, mine) = named(&state, &at).await?;
    let person = person(&state, &at).await?;
    if at.by.caller.person() != Some(person.id) {
        runs(&at.by, mine)?;
    }
    let mut tx = state.db.begin().await?;
    teams::remove_member(&mut tx, team.id, person.id).await?;
    teams::decline(&mut tx, team.id, person.id).await?;
    at.by.note(format!("took {} out of #{}", person.email, team.slug));
    tx.commit().await?;
    Ok(Json(TeamShape::of(&team, Membership::Outside)))
}

/// Whom the path names: an id, or `me`.
async fn person<F>(state: &AppState, at: &InOrganization<F>) -> Result<Person, Error> {
    let text = at.by.path.text("member");
    let id = match text {
        "me" => at.by.caller.person(),
        id => id.parse::<UserId>().ok(),
    };
    let id = id.ok_or_else(|| {
        invalid(
            "member",
            text,
            "the id of a member, or `me` for a token that acts for somebody",
        )
    })?;
    let found = people::by_id(&state.db, id).await?;
    found.ok_or_else(|| Error::not_found("there is no such member"))
}
