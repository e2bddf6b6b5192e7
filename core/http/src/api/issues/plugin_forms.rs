//! Forms of buttons that plugins draw, each time, with what is filled in so far. The paths and fields are our own.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::plugin_actions::{ChoiceShape, FieldShape, field};
use crate::AppState;
use crate::api::at::InIssue;
use crate::api::body::Body;
use crate::api::query::QueryPairs;
use crate::buttons;
use crate::error::{ApiError, Error};
use crate::plugins::{FindChoices, Press};

/// A form, in the plugin's words: foreign text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginForm)]
pub(super) struct FormShape {
    /// What it asks for, in order.
    form: Vec<FieldShape>,
    /// What stands in it, by key: what was filled in, as the plugin takes it, and what it suggests.
    values: Map<String, Value>,
    /// A sentence above it.
    note: Option<String>,
}

/// A page of what may be chosen for a field: foreign text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginFieldChoices)]
pub(super) struct FoundShape {
    /// At most a hundred.
    choices: Vec<ChoiceShape>,
    /// The `page` to ask for next, if there is one.
    next: Option<String>,
}

/// The form of a button whose list entry says `isDrawn`. The body is what is filled in so far, an object; fields with
/// `redraws` change what else is asked for. The plugin is asked, and changes nothing.
#[utoipa::path(
    post,
    path = "/plugin-actions/{installation}/{action}/form/",
    summary = "Have a plugin draw the form of a button",
    request_body = Object,
    responses(
        (status = OK, body = FormShape),
        (status = NOT_FOUND),
        (status = BAD_GATEWAY, description = "The plugin draws none; `detail` says why."),
    ),
)]
pub(super) async fn draw(
    State(state): State<AppState>,
    at: InIssue,
    Body(input): Body<Map<String, Value>>,
) -> Result<Json<FormShape>, ApiError> {
    let form = asked(&state, at, input).await?;
    let drawn = state.plugins.draw(form).await;
    let drawn = drawn.map_err(|why| Error::new(StatusCode::BAD_GATEWAY, why))?;
    Ok(Json(FormShape {
        form: drawn.fields.into_iter().map(field).collect(),
        values: drawn.values,
        note: drawn.note,
    }))
}

/// What may be chosen for a field of such a form, as another system has it. The body is what is filled in so far.
#[utoipa::path(
    post,
    path = "/plugin-actions/{installation}/{action}/form/{field}/",
    summary = "Look up what a field of a plugin's form may be",
    params(
        ("query" = Option<String>, Query, description = "Text that the choices have to fit."),
        ("page" = Option<String>, Query, description = "What the page before gave as `next`."),
    ),
    request_body = Object,
    responses(
        (status = OK, body = FoundShape),
        (status = NOT_FOUND),
        (status = BAD_GATEWAY, description = "The plugin could not say; `detail` says why."),
    ),
)]
pub(super) async fn find(
    State(state): State<AppState>,
    at: InIssue,
    query: QueryPairs,
    Body(input): Body<Map<String, Value>>,
) -> Result<Json<FoundShape>, ApiError> {
    let field = at.by.path.text("field").to_owned();
    let asked = FindChoices {
        form: asked(&state, at, input).await?,
        field,
        query: query.text("query").unwrap_or_default().to_owned(),
        page: query.text("page").map(str::to_owned),
    };
    let found = state.plugins.find(asked).await;
    let found = found.map_err(|why| Error::new(StatusCode::BAD_GATEWAY, why))?;
    let choice = |(value, label)| ChoiceShape { value, label };
    Ok(Json(FoundShape {
        choices: found.choices.into_iter().map(choice).collect(),
        next: found.next,
    }))
}

async fn asked(state: &AppState, at: InIssue, input: Map<String, Value>) -> Result<Press, Error> {
    let (installation, action) = (at.by.path.text("installation"), at.by.path.text("action"));
    let button = buttons::find(state, &at.project, installation, action).await?;
    let button = button.filter(|button| button.action.is_drawn);
    let button = button.ok_or_else(|| Error::not_found("no plugin draws a form for such a button here"))?;
    Ok(Press {
        installation: button.installation,
        action: button.action.id,
        by: at.by.actor(),
        issue: at.issue,
        input: Value::Object(input),
    })
}
