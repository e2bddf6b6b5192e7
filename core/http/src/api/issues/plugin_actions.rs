//! Buttons that plugins offer on an issue. The paths and fields are our own.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::body::Body;
use crate::buttons::{self, Button};
use crate::error::{ApiError, Error};
use crate::plugins::{Field, FieldKind, FieldProblem, Press, PressError, Pressed};

/// A button that an installed plugin offers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginAction)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActionShape {
    installation_id: String,
    /// What the installation is called.
    plugin: String,
    /// The button's name in its path.
    id: String,
    /// What stands on it.
    label: String,
    /// What it asks for: the body of the request that presses it. Nothing where the plugin draws the form.
    form: Vec<FieldShape>,
    /// Whether the plugin draws the form: ask for it under `form/`.
    is_drawn: bool,
}

/// A field of a form that a plugin asks for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginField)]
pub(super) struct FieldShape {
    key: String,
    /// `text`, `url`, `number`, `boolean`, `choice`, `choices` or `map`.
    #[serde(rename = "type")]
    kind: &'static str,
    label: String,
    help: String,
    required: bool,
    choices: Vec<ChoiceShape>,
    /// Whether the plugin says what may be chosen.
    lookup: bool,
    /// Of a form that is drawn: whether others depend on it.
    redraws: bool,
}

/// What may be chosen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginChoice)]
pub(super) struct ChoiceShape {
    pub(super) value: String,
    pub(super) label: String,
}

/// What came of a button. What the plugin says is foreign text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginReply)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReplyShape {
    message: Option<String>,
    /// Where to go next: http or https.
    open_url: Option<String>,
}

/// What is wrong with what a form was filled in with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginFormProblems)]
struct ProblemsShape {
    detail: String,
    /// By field, where a field of the form is wrong.
    #[schema(required = false)]
    fields: BTreeMap<String, Vec<String>>,
}

/// The buttons that plugins offer on an issue, with the forms that they ask for.
#[utoipa::path(
    get,
    path = "/plugin-actions/",
    summary = "List the buttons of plugins on an issue",
    responses((status = OK, body = Vec<ActionShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
) -> Result<Json<Vec<ActionShape>>, ApiError> {
    let buttons = buttons::on_issues_of(&state, &at.project).await?;
    Ok(Json(buttons.into_iter().map(shape).collect()))
}

/// Presses a button of a plugin on an issue, with what its form asks for as the body. The plugin is asked once, and
/// has ten seconds; what it answers is foreign text.
#[utoipa::path(
    post,
    path = "/plugin-actions/{installation}/{action}/",
    summary = "Press a button of a plugin on an issue",
    request_body = Object,
    responses(
        (status = OK, body = ReplyShape),
        (status = BAD_REQUEST, body = ProblemsShape),
        (status = NOT_FOUND),
        (status = BAD_GATEWAY, description = "The plugin did not do it; `detail` says why."),
    ),
)]
pub(super) async fn press(
    State(state): State<AppState>,
    at: InIssue,
    Body(input): Body<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let (installation, action) = (at.by.path.text("installation"), at.by.path.text("action"));
    let missing = || Error::not_found("no plugin offers such a button on this issue");
    let button = buttons::find(&state, &at.project, installation, action)
        .await?
        .ok_or_else(missing)?;
    let press = Press {
        installation: button.installation,
        action: button.action.id,
        by: at.by.actor(),
        issue: at.issue,
        input: Value::Object(input),
    };
    match state.plugins.press(press).await {
        Ok(Pressed::Done { message, open_url }) => Ok(Json(ReplyShape { message, open_url }).into_response()),
        Ok(Pressed::Failed(why)) => Err(ApiError(Error::new(StatusCode::BAD_GATEWAY, why))),
        Err(PressError::NoAction) => Err(ApiError(missing())),
        Err(PressError::Input(problems)) => Ok(refuse(problems)),
        Err(error @ PressError::Failed(_)) => Err(ApiError(Error::internal(error))),
    }
}

fn refuse(problems: Vec<FieldProblem>) -> Response {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for problem in problems {
        fields
            .entry(problem.field.unwrap_or_default())
            .or_default()
            .push(problem.message);
    }
    let told = fields
        .iter()
        .map(|(field, problems)| format!("{field}: {}", problems.join(", ")));
    let detail = told.collect::<Vec<_>>().join("; ");
    (StatusCode::BAD_REQUEST, Json(ProblemsShape { detail, fields })).into_response()
}

fn shape(button: Button) -> ActionShape {
    let Button { installation, action } = button;
    ActionShape {
        installation_id: installation.id.to_string(),
        plugin: installation.name,
        id: action.id,
        label: action.label,
        is_drawn: action.is_drawn,
        form: action.form.into_iter().map(field).collect(),
    }
}

pub(super) fn field(field: Field) -> FieldShape {
    let choice = |(value, label)| ChoiceShape { value, label };
    FieldShape {
        key: field.key,
        kind: match field.kind {
            FieldKind::Text => "text",
            FieldKind::Url => "url",
            FieldKind::Number => "number",
            FieldKind::Boolean => "boolean",
            FieldKind::Choice => "choice",
            FieldKind::Choices => "choices",
            FieldKind::Map => "map",
        },
        label: field.label,
        help: field.help,
        required: field.required,
        lookup: field.is_looked_up,
        redraws: field.redraws,
        choices: field.choices.into_iter().map(choice).collect(),
    }
}
