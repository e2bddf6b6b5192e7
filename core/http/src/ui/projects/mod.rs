//! Projects: their list, how to set one up, and its keys.

mod create;
mod keys;
mod list;
mod live;
mod show;
mod snippets;

pub(crate) use live::of_project as told_by;

use axum::Router;
use axum::routing::{get, post};
use errand_model::project::Project;

use crate::AppState;
use crate::ui::page;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/projects", get(list::page))
        .route("/projects/new", get(create::page).post(create::create))
        .route("/projects/{slug}", get(show::page))
        .route("/projects/{slug}/live", get(live::page))
        .route("/projects/{slug}/keys", get(keys::page).post(keys::create))
        .route("/projects/{slug}/keys/{key}", post(keys::change))
}

/// A project, as `templates/projects/header.html` shows it.
pub(crate) struct Heading {
    /// Its name in addresses.
    pub(crate) slug: String,
    /// What to call it.
    pub(crate) name: String,
    /// Two letters.
    pub(crate) initials: String,
}

impl Heading {
    /// Of a project.
    pub(crate) fn of(project: &Project) -> Self {
        Heading {
            slug: project.slug.clone(),
            name: project.name.clone(),
            initials: page::initials(&project.name),
        }
    }
}
