//! What is scrubbed from a project's events, and what that would make of a recent one, before it is saved.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::EventId;
use errand_model::project::{Project, ProjectSettings};
use errand_pipeline::scrub::{self, Preview, RuleProblem};
use errand_store::events;
use errand_store::events::StoredEvent;

use super::form::lines;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::project_settings;
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::projects::Heading;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "settings/scrubbing.html")]
struct ScrubbingPage {
    page: Page,
    project: Heading,
    scrub_defaults: bool,
    scrub_ip_addresses: bool,
    sensitive_fields: String,
    safe_fields: String,
    rules: String,
    event: String,
    problems: Vec<RuleProblem>,
    problem: Option<String>,
    tried: Option<Tried>,
}

/// What became of an event on trial.
struct Tried {
    event: EventId,
    issue: i64,
    preview: Preview,
}

impl ScrubbingPage {
    fn new(visit: &Visit, project: &Project, settings: &ProjectSettings) -> Self {
        ScrubbingPage {
            page: visit.page(format!("Privacy of {}", project.name), "projects"),
            project: Heading::of(project),
            scrub_defaults: settings.scrub_defaults,
            scrub_ip_addresses: settings.scrub_ip_addresses,
            sensitive_fields: settings.sensitive_fields.join("\n"),
            safe_fields: settings.safe_fields.join("\n"),
            rules: settings.scrub_rules.clone(),
            event: String::new(),
            problems: Vec::new(),
            problem: None,
            tried: None,
        }
    }
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    page::html(&ScrubbingPage::new(&visit, &project, &project.settings))
}

/// Saves it, or shows what it would make of an event.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let mut project = visit.project(&state, &slug).await?;
    let (settings, problem) = read(&form, &project.settings);
    let mut shown = ScrubbingPage::new(&visit, &project, &settings);
    shown.event = form.text("event").to_owned();
    shown.problems = scrub::problems(&settings.scrub_rules);
    shown.problem = problem;
    let is_right = shown.problems.is_empty() && shown.problem.is_none();
    if is_right && form.text("action") == "preview" {
        return preview(&state, &project, &settings, shown).await;
    }
    if !is_right {
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    project.settings = settings;
    visit.note(format!("changed the data scrubbing of {}", project.name));
    project_settings::save(&state, &project).await?;
    Ok(redirect_with(
        &format!("/projects/{slug}/scrubbing"),
        &Flash::ok("Saved. New events follow it within seconds; those that are stored stay as they are."),
    ))
}

/// Shows what the settings would make of an event. Nothing is saved.
async fn preview(
    state: &AppState,
    project: &Project,
    settings: &ProjectSettings,
    mut shown: ScrubbingPage,
) -> Result<Response, PageError> {
    match find(state, project, &shown.event).await? {
        Some(event) => {
            let preview = scrub::preview(settings, &event.payload).unwrap_or_default();
            shown.event = event.event_id.to_string();
            shown.tried = Some(Tried {
                event: event.event_id,
                issue: event.issue.0,
                preview,
            });
        }
        None => shown.problem = Some("There is no such event in this project.".to_owned()),
    }
    page::html(&shown)
}

/// The event of that id, or the latest of the project.
async fn find(state: &AppState, project: &Project, id: &str) -> Result<Option<StoredEvent>, Error> {
    match id.parse::<EventId>() {
        Ok(id) => Ok(events::get(&state.db, project.id, id).await?),
        Err(_) if id.is_empty() => Ok(events::latest_of_project(&state.db, project.id).await?),
        Err(_) => Ok(None),
    }
}

fn read(form: &Fields, before: &ProjectSettings) -> (ProjectSettings, Option<String>) {
    let mut problem = None;
    let mut list = |field: &str| {
        lines(&form.lines(field)).unwrap_or_else(|text| {
            problem = Some(text);
            Vec::new()
        })
    };
    let (sensitive_fields, safe_fields) = (list("sensitive_fields"), list("safe_fields"));
    let mut settings = ProjectSettings {
        scrub_defaults: form.is_ticked("scrub_defaults"),
        scrub_ip_addresses: form.is_ticked("scrub_ip_addresses"),
        sensitive_fields,
        safe_fields,
        scrub_rules: form.lines("rules"),
        ..before.clone()
    };
    settings.salt();
    (settings, problem)
}
