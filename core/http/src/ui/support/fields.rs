//! By which tags and fields customers are found: of all projects, and of one.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::ProjectId;
use errand_model::project::Project;
use errand_store::support::fields::{self, DEFAULT};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "support/fields.html")]
struct FieldsPage {
    page: Page,
    lists: Vec<List>,
    default: String,
    problem: Option<String>,
}

/// One list as a form.
struct List {
    /// The project's slug; empty for all of them.
    slug: String,
    name: String,
    text: String,
    is_made: bool,
    /// The problem is with this one.
    is_refused: bool,
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Response, PageError> {
    page::html(&show(&state, &visit, None).await?)
}

async fn show(state: &AppState, visit: &Visit, problem: Option<String>) -> Result<FieldsPage, Error> {
    let organization = visit.organization.id;
    let mut lists = Vec::new();
    let made = fields::listed(&state.db, organization, None).await?;
    lists.push(List::of(
        "",
        "All projects",
        made.or_else(|| Some(DEFAULT.map(str::to_owned).to_vec())),
    ));
    for project in visit.projects(state).await? {
        let made = fields::listed(&state.db, organization, Some(project.id)).await?;
        lists.push(List::of(&project.slug, &project.name, made));
    }
    Ok(FieldsPage {
        page: visit.page("What identifies customers", "support"),
        lists,
        default: DEFAULT.join(", "),
        problem,
    })
}

impl FieldsPage {
    /// What was typed stays, so that it can be mended.
    fn refuse(&mut self, slug: &str, typed: &str) {
        for list in self.lists.iter_mut().filter(|list| list.slug == slug) {
            typed.clone_into(&mut list.text);
            list.is_refused = true;
        }
    }
}

impl List {
    fn of(slug: &str, name: &str, made: Option<Vec<String>>) -> Self {
        List {
            slug: slug.to_owned(),
            name: name.to_owned(),
            is_made: made.is_some(),
            is_refused: false,
            text: made.unwrap_or_default().join("\n"),
        }
    }
}

/// Saves one list.
pub(super) async fn save(
    State(state): State<AppState>,
    visit: Visit,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let project = named(&state, &visit, form.text("project")).await?;
    let lines = form.lines("fields");
    let named: Vec<String> = lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    let organization = visit.organization.id;
    let mut tx = state.db.begin().await?;
    let saved = match (project, named.is_empty()) {
        (Some(project), true) => fields::forget(&mut tx, organization, project).await,
        (project, _) => fields::set(&mut tx, organization, project, &named).await,
    };
    match saved {
        Ok(()) => {
            visit.note(match form.text("project") {
                "" => "changed the identifiers of support".to_owned(),
                project => format!("changed the identifiers of support in {project}"),
            });
            tx.commit().await?;
            let flash =
                Flash::ok("Saved. Tags are found at once; other fields in events that come from now on.");
            Ok(redirect_with("/support/fields", &flash))
        }
        Err(errand_store::Error::Invalid { reason }) => {
            drop(tx);
            let mut shown = show(&state, &visit, Some(reason)).await?;
            shown.refuse(form.text("project"), &lines);
            page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// The project of that slug; none where it is empty.
async fn named(state: &AppState, visit: &Visit, slug: &str) -> Result<Option<ProjectId>, Error> {
    match slug {
        "" => Ok(None),
        slug => {
            let project: Project = visit.project(state, slug).await?;
            Ok(Some(project.id))
        }
    }
}
