//! Keys that let SDKs in.

mod create;
mod delete;
mod get;
mod list;
mod update;

use errand_model::project::ProjectKey;
use errand_store::keys;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, update::update, delete::delete))
}

/// The key that the path names, of the project that it names.
async fn named(state: &AppState, at: &InProject<Projects>) -> Result<ProjectKey, Error> {
    let key = keys::by_public_key(&state.db, at.by.path.text("key_id")).await?;
    let key = key.filter(|key| key.project == at.project.id);
    key.ok_or_else(|| Error::not_found("there is no such key"))
}
