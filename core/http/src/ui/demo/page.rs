//! The page of the demo, and its buttons that need no script.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use errand_model::issue::short_id;
use errand_model::project::Project;
use errand_model::search::{Query, Sort};
use errand_model::{EventId, Level, Timestamp};
use errand_pipeline::encoding::Encoding;
use errand_store::issues::{self, Search};
use errand_store::keys;

use super::PROJECT;
use super::sample::{self, SAMPLES};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ingest::intake::{IntakeError, Submission};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Issues that are shown.
const SHOWN: u32 = 5;

#[derive(Template)]
#[template(path = "demo/demo.html")]
struct DemoPage {
    page: Page,
    slug: &'static str,
    dsn: Option<String>,
    samples: [(&'static str, &'static str); 4],
    issues: Vec<Row>,
    told_by: String,
}

/// What came of it.
struct Row {
    url: String,
    title: String,
    short_id: String,
    level: Level,
    events: i64,
    last_seen: Timestamp,
}

async fn demo_project(state: &AppState, visit: &Visit) -> Result<Project, Error> {
    let found = visit.project(state, PROJECT).await;
    found.map_err(|_| {
        Error::not_found(
            "This hub has no project 'demo': it was deleted, or never made. Create one of that name.",
        )
    })
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    let project = demo_project(&state, &visit).await?;
    let keys = keys::list(&state.db, project.id).await?;
    let everything = Query::default();
    let search = Search {
        organization: visit.organization.id,
        projects: std::slice::from_ref(&project),
        query: &everything,
        viewer: Some(visit.person.id),
    };
    let newest = issues::list(&state.db, &search, Sort::LastSeen, None, SHOWN).await?;
    let told_by = crate::ui::projects::told_by(&project.slug, newest.rows.first());
    let rows = newest.rows.into_iter().map(|issue| Row {
        url: format!("/issues/{}", issue.id),
        short_id: short_id(&project.slug, issue.number),
        level: issue.level,
        events: issue.times_seen,
        last_seen: issue.last_seen,
        title: issue.title,
    });
    page::html(&DemoPage {
        page: visit.page("Demo", "demo"),
        slug: PROJECT,
        dsn: keys
            .iter()
            .find(|key| key.is_active)
            .map(|key| key.dsn(&state.config.public_url)),
        samples: SAMPLES,
        issues: rows.collect(),
        told_by,
    })
}

/// Lets the hub send itself an event, by the way that all events take.
pub(super) async fn send(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let project = demo_project(&state, &visit).await?;
    let event_id = EventId::random();
    let envelope = sample::envelope(form.text("sample"), event_id, visit.now);
    let envelope = envelope.ok_or_else(|| Error::bad_request("There is no such sample."))?;
    let body = Bytes::from(envelope);
    let submission = Submission {
        project: project.id,
        received: visit.now,
        client_ip: None,
        user_agent: Some("errand-demo/1.0".to_owned()),
        client_hints: Vec::new(),
        wire: body.clone(),
        encoding: Encoding::Identity,
        body,
    };
    let flash = match state.intake.submit(submission).await {
        Ok(_) => Flash::ok("The hub has it: its issue appears below within a moment."),
        Err(error @ IntakeError::Malformed { .. }) => return Err(Error::internal(error).into()),
        Err(error) => Flash::error(format!("It was not taken: {error}.")),
    };
    Ok(redirect_with("/demo", &flash))
}
