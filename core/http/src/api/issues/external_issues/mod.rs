//! Tickets of other systems that an issue is linked with.

mod create;
mod delete;
mod list;

use errand_store::issues::{self, Link};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::InIssue;
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(delete::delete));
    OpenApiRouter::new().nest("/external-issues/", routes)
}

/// The link with this id, of the issue that the path names.
async fn named(state: &AppState, at: &InIssue, id: i64) -> Result<Link, Error> {
    let mut links = issues::links(&state.db, at.issue.id).await?.into_iter();
    let found = links.find(|link| link.id == id);
    found.ok_or_else(|| Error::not_found("the issue has no such link"))
}
