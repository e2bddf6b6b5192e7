//! Work that takes long: how far it is; and erasing a person's data, which is such work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::erasure::{NamedBy, Person};
use errand_store::erasure::{self, Scope};
use errand_store::tasks::{self, Task};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::body::Body;
use crate::api::error::{invalid, missing};
use crate::api::shape::Time;
use crate::erasing::ask;
use crate::error::ApiError;

/// Tasks that are listed.
const LISTED: i64 = 100;

pub(super) fn organization_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(erase))
}

/// Work that somebody asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
#[serde(rename_all = "camelCase")]
struct TaskShape {
    id: String,
    kind: String,
    title: String,
    asked_by: String,
    /// `open`, `done` or `failed`.
    state: &'static str,
    /// Events that were dealt with.
    done: i64,
    /// About how many there are.
    total: i64,
    date_changed: Time,
}

impl TaskShape {
    fn of(task: Task) -> Self {
        TaskShape {
            id: task.id.to_string(),
            kind: task.kind,
            title: task.title,
            asked_by: task.asked_by,
            state: match task.state {
                tasks::State::Open => "open",
                tasks::State::Done => "done",
                tasks::State::Failed => "failed",
            },
            done: task.done,
            total: task.total,
            date_changed: Time(task.changed),
        }
    }
}

/// What was asked for, the newest first.
#[utoipa::path(
    get,
    path = "/tasks/",
    summary = "List what takes long, and how far it is",
    responses((status = OK, body = Vec<TaskShape>), (status = NOT_FOUND)),
)]
async fn list(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<Json<Vec<TaskShape>>, ApiError> {
    let tasks = tasks::list(&state.db, at.organization.id, LISTED).await?;
    Ok(Json(tasks.into_iter().map(TaskShape::of).collect()))
}

/// Whose data is to be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErasureBody {
    /// `id`, `email`, `username`, `ip`, or `identifier` for a licence, an order or another field of support.
    by: String,
    /// The value.
    value: Option<String>,
    /// Only says how much there is.
    #[serde(default)]
    dry_run: bool,
}

/// How much there is of a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
struct ErasureShape {
    /// Users of programs that they are known as.
    users: i64,
    /// Their events; of an identifier, events that were counted with it.
    events: i64,
    /// The task that erases them; none where it was only asked.
    task: Option<String>,
}

/// Erases the data of a person in all projects of an organization: their events with attachments and reports, the tags that
/// name them, and their rows among those who were affected. What was counted stays.
#[utoipa::path(
    post,
    path = "/erasures/",
    summary = "Erase a person's data",
    request_body = ErasureBody,
    responses((status = ACCEPTED, body = ErasureShape), (status = OK, body = ErasureShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
async fn erase(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    Body(body): Body<ErasureBody>,
) -> Result<(StatusCode, Json<ErasureShape>), ApiError> {
    let by = NamedBy::parse(&body.by).ok_or_else(|| {
        let names = NamedBy::ALL.map(NamedBy::as_str).join(", ");
        invalid("by", &body.by, &names)
    })?;
    let allowed = "1 to 300 bytes";
    let value = body.value.ok_or_else(|| missing("value", allowed))?;
    let person = Person::new(by, &value).ok_or_else(|| invalid("value", "", allowed))?;
    let scope = Scope::of(&state.db, at.organization.id, person.clone()).await?;
    let found = erasure::find(&state.db, &scope).await?;
    let mut shape = ErasureShape {
        users: found.users,
        events: found.events,
        task: None,
    };
    if body.dry_run {
        at.by.note(format!("looked for the data of {}", person.masked()));
        return Ok((StatusCode::OK, Json(shape)));
    }
    at.by.note(format!("had the data of {} erased", person.masked()));
    let task = ask(&state, at.organization.id, &person, found, &at.by.actor()).await?;
    shape.task = Some(task.to_string());
    Ok((StatusCode::ACCEPTED, Json(shape)))
}
