//! The alert rules of a project. They are one text, not a list of forms, so the fields are our own.

mod back_test;
mod get;
mod update;

use errand_store::installations::Installation;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::Error;
use crate::rules::{RulesError, saved};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new()
        .routes(routes!(get::get, update::update))
        .routes(routes!(back_test::back_test));
    OpenApiRouter::new().nest("/rules/", routes)
}

/// The alert rules of a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertRules)]
#[serde(rename_all = "camelCase")]
struct RulesShape {
    /// Their text: see `docs/plugins/alert-rules.md`.
    text: String,
    /// Whether they are followed.
    enabled: bool,
    /// Why they are held, while they are.
    paused: Option<String>,
    /// The installed plugin that follows them; none where there were never any.
    installation_id: Option<String>,
}

impl RulesShape {
    fn new(installation: Option<&Installation>) -> Self {
        RulesShape {
            text: installation.map(saved::text_of).unwrap_or_default(),
            enabled: installation.is_some_and(|one| one.is_enabled),
            paused: installation.and_then(|one| one.paused.clone()),
            installation_id: installation.map(|one| one.id.to_string()),
        }
    }
}

/// Fails unless the rules can be read; names all that is wrong with them.
async fn check(state: &AppState, text: &str) -> Result<(), Error> {
    let problems = state.rules.check(text).await.map_err(failed)?;
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error::bad_request(problems.join("\n"))),
    }
}

fn failed(error: RulesError) -> Error {
    match error {
        RulesError::Refused(message) => Error::bad_request(message),
        error @ RulesError::Failed(_) => Error::internal(error),
    }
}
