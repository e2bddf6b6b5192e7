//! The alert rules of a project: written as text, tried on history, then followed.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::InstallationId;
use errand_model::project::Project;

use crate::AppState;
use crate::error::{Error, PageError};
use crate::rules::{BackTest, Firing, RulesError, saved};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::projects::Heading;
use crate::ui::visit::Visit;

/// Days that rules are tried on.
const DAYS: i64 = 7;
/// Firings that are shown of each rule.
const SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "settings/rules.html")]
struct RulesPage {
    page: Page,
    project: Heading,
    text: String,
    is_enabled: bool,
    paused: Option<String>,
    problems: Vec<String>,
    trial: Option<Trial>,
}

/// What rules would have done.
struct Trial {
    changes: usize,
    is_capped: bool,
    rules: Vec<Tried>,
}

/// What one rule would have done.
struct Tried {
    name: String,
    fired: usize,
    latest: Vec<Firing>,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let installation = saved::of_project(&state, &project).await?;
    page::html(&RulesPage {
        page: visit.page(title(&project), "projects"),
        project: Heading::of(&project),
        text: installation.as_ref().map(saved::text_of).unwrap_or_default(),
        is_enabled: installation.as_ref().is_none_or(|one| one.is_enabled),
        paused: installation.and_then(|one| one.paused),
        problems: Vec::new(),
        trial: None,
    })
}

/// Tries or saves the rules, or says what is wrong with them.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path(slug): Path<String>,
    SignedForm(fields): SignedForm,
) -> Result<Response, PageError> {
    let project = visit.project(&state, &slug).await?;
    let (text, is_enabled) = (fields.lines("rules"), fields.is_ticked("enabled"));
    let mut problems = state.rules.check(&text).await.or_else(refused)?;
    let mut trial = None;
    if problems.is_empty() && fields.text("do") == "try" {
        visit.note(format!("tried the alert rules of {}", project.name));
        let installation = saved::on_trial(&state, &project, &text).await?;
        match try_on(&state, installation.id, &project, &text).await {
            Ok(tried) => trial = Some(tried),
            Err(error) => problems = refused(error)?,
        }
    } else if problems.is_empty() {
        visit.note(format!("changed the alert rules of {}", project.name));
        saved::save(&state, &project, &text, is_enabled).await?;
        let flash = Flash::ok("Saved. Whatever happens from now on follows these rules.");
        return Ok(redirect_with(&format!("/projects/{slug}/rules"), &flash));
    }
    let status = match problems.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shown = RulesPage {
        page: visit.page(title(&project), "projects"),
        project: Heading::of(&project),
        text,
        is_enabled,
        paused: None,
        problems,
        trial,
    };
    page::html_with(status, &shown)
}

fn title(project: &Project) -> String {
    format!("Alert rules of {}", project.name)
}

/// What people wrote is theirs to mend; what the hub cannot do is not.
fn refused(error: RulesError) -> Result<Vec<String>, Error> {
    match error {
        RulesError::Refused(message) => Ok(vec![message]),
        error @ RulesError::Failed(_) => Err(Error::internal(error)),
    }
}

async fn try_on(
    state: &AppState,
    installation: InstallationId,
    project: &Project,
    text: &str,
) -> Result<Trial, RulesError> {
    let since = state.now().plus_seconds(-DAYS * 86_400);
    let tried = state
        .rules
        .look_back(project.id, installation, text, since)
        .await?;
    Ok(Trial::of(tried))
}

impl Trial {
    fn of(tried: BackTest) -> Self {
        let mut rules: BTreeMap<String, Vec<Firing>> = BTreeMap::new();
        for firing in tried.firings {
            rules.entry(firing.rule.clone()).or_default().push(firing);
        }
        let one = |(name, firings): (String, Vec<Firing>)| Tried {
            name,
            fired: firings.len(),
            latest: firings.into_iter().rev().take(SHOWN).collect(),
        };
        Trial {
            changes: tried.changes,
            is_capped: tried.is_capped,
            rules: rules.into_iter().map(one).collect(),
        }
    }
}
