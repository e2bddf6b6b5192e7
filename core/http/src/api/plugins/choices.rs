//! What may be chosen for a setting of a plugin.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::access::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::query::QueryPairs;
use crate::error::{ApiError, Error};
use crate::plugins::LookUp;

/// A page of what may be chosen: foreign text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginChoices)]
pub(super) struct ChoicesShape {
    /// At most a hundred.
    choices: Vec<OneShape>,
    /// The `page` to ask for next, if there is one.
    next: Option<String>,
}

/// Something that may be chosen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginSettingChoice)]
struct OneShape {
    /// What the setting is set to.
    value: String,
    label: String,
}

/// What may be chosen for a setting, as another system has it. The plugin is asked, with the settings as they are saved;
/// it changes nothing.
#[utoipa::path(
    get,
    path = "/plugins/{installation}/choices/{setting}/",
    summary = "Look up what a setting of a plugin may be",
    params(
        ("query" = Option<String>, Query, description = "Text that the choices have to fit."),
        ("page" = Option<String>, Query, description = "What the page before gave as `next`."),
    ),
    responses(
        (status = OK, body = ChoicesShape),
        (status = FORBIDDEN),
        (status = NOT_FOUND),
        (status = BAD_GATEWAY, description = "The plugin could not say; `detail` says why."),
    ),
)]
pub(super) async fn look_up(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    query: QueryPairs,
) -> Result<Json<ChoicesShape>, ApiError> {
    // It acts with the credentials of whoever configured the plugin.
    at.by.caller.require(Scope::OrgWrite)?;
    let asked = LookUp {
        installation: super::named(&state, &at).await?,
        setting: at.by.path.text("setting").to_owned(),
        query: query.text("query").unwrap_or_default().to_owned(),
        page: query.text("page").map(str::to_owned),
    };
    let found = state.plugins.look_up(asked).await;
    let found = found.map_err(|why| Error::new(StatusCode::BAD_GATEWAY, why))?;
    let choices = found
        .choices
        .into_iter()
        .map(|(value, label)| OneShape { value, label });
    Ok(Json(ChoicesShape {
        choices: choices.collect(),
        next: found.next,
    }))
}
