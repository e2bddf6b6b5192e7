//! Comments on an issue, under both of Sentry's names: `comments` and `notes`.

mod create;
mod delete;
mod list;
mod update;

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::shape::activity::ActivityShape;
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    let routes = || {
        OpenApiRouter::new()
            .routes(routes!(list::list, create::create))
            .routes(routes!(update::update, delete::delete))
    };
    OpenApiRouter::new()
        .nest("/comments/", routes())
        .nest("/notes/", routes())
}

/// What somebody says.
#[derive(Debug, Deserialize, ToSchema)]
struct CommentBody {
    /// Markdown.
    #[serde(default)]
    text: String,
}

/// The comment that the path names.
fn id(at: &InIssue) -> Result<i64, Error> {
    at.by.path.parse("note", "the id of a comment")
}

/// A comment as it is stored now.
async fn shape(state: &AppState, at: &InIssue, id: i64) -> Result<ActivityShape, Error> {
    let stored = errand_store::activity::get(&state.db, at.issue.id, id).await?;
    let stored = stored.ok_or_else(|| Error::not_found("there is no such comment"))?;
    Ok(super::get::shape(stored))
}
