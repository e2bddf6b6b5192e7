//! Who may sign in.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::{Timestamp, UserId};
use errand_store::people;

use crate::AppState;
use crate::error::PageError;
use crate::ui::page::{self, Badge, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "people/list.html")]
struct PeoplePage {
    page: Page,
    is_admin: bool,
    people: Vec<Line>,
    outcome: Outcome,
}

struct Line {
    id: UserId,
    badge: Badge,
    is_admin: bool,
    is_oneself: bool,
    created: Timestamp,
}

/// What a form brought about, shown on the page: a link is too secret for a cookie.
#[derive(Default)]
pub(super) struct Outcome {
    /// A link, and whose it is.
    pub(super) link: Option<(String, String)>,
    /// What is wrong.
    pub(super) problem: Option<String>,
    /// What was typed.
    pub(super) email: String,
    pub(super) name: String,
}

/// Shows them.
pub(super) async fn page(visit: Visit, State(state): State<AppState>) -> Result<Response, PageError> {
    shown(&visit, &state, Outcome::default()).await
}

/// Shows them, and what a form brought about.
pub(super) async fn shown(visit: &Visit, state: &AppState, outcome: Outcome) -> Result<Response, PageError> {
    let status = match outcome.problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let line = |person: people::Person| Line {
        badge: Badge::of(&person.name, &person.email),
        id: person.id,
        is_admin: person.is_admin,
        is_oneself: person.id == visit.person.id,
        created: person.created,
    };
    let shown = PeoplePage {
        page: visit.page("People", "people"),
        is_admin: visit.person.is_admin,
        people: people::list(&state.db).await?.into_iter().map(line).collect(),
        outcome,
    };
    page::html_with(status, &shown)
}
