//! Who may sign in.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::access::Role;
use errand_model::{Timestamp, UserId};
use errand_store::{people, single_sign_on, two_factor};

use crate::AppState;
use crate::auth::oidc::settings;
use crate::error::PageError;
use crate::ui::choice::{Choice, choices};
use crate::ui::page::{self, Badge, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "people/list.html")]
struct PeoplePage {
    page: Page,
    people: Vec<Line>,
    /// What somebody new may be made.
    roles: Vec<Choice>,
    /// Whether the hub sends mail.
    sends_mail: bool,
    outcome: Outcome,
}

struct Line {
    id: UserId,
    badge: Badge,
    role: Role,
    /// What they may be made; empty for who looks at it may not change them.
    roles: Vec<Choice>,
    is_oneself: bool,
    has_factor: bool,
    /// Whether they are known by the provider of single sign-on.
    is_linked: bool,
    created: Timestamp,
}

/// What a form brought about, shown on the page: a link is too secret for a cookie.
#[derive(Default)]
pub(super) struct Outcome {
    /// A link, and whose it is.
    pub(super) link: Option<(String, String)>,
    /// Whom it was sent to by mail.
    pub(super) sent_to: Option<String>,
    /// Why it was not.
    pub(super) unsent: Option<String>,
    /// What is wrong.
    pub(super) problem: Option<String>,
    /// What was typed.
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: Option<Role>,
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
    let factors = two_factor::all_on(&state.db).await?;
    let linked = match settings::client(state).await? {
        Some(client) => single_sign_on::known_by(&state.db, &client.settings.issuer).await?,
        None => Vec::new(),
    };
    let me = visit.person.role;
    let roles = |chosen: Role| {
        let given = Role::ALL.into_iter().filter(|role| super::may_make(me, *role));
        choices(given.map(|role| (role.as_str(), role.title())), chosen.as_str())
    };
    let line = |person: people::Person| Line {
        roles: match super::may_make(me, person.role) && person.id != visit.person.id {
            true => roles(person.role),
            false => Vec::new(),
        },
        badge: Badge::of(&person.name, &person.email),
        id: person.id,
        role: person.role,
        is_oneself: person.id == visit.person.id,
        has_factor: factors.contains(&person.id),
        is_linked: linked.contains(&person.id),
        created: person.created,
    };
    let shown = PeoplePage {
        page: visit.page("People", "people"),
        people: people::list(&state.db).await?.into_iter().map(line).collect(),
        roles: roles(outcome.role.unwrap_or(Role::Member)),
        sends_mail: state.post.is_there(),
        outcome,
    };
    page::html_with(status, &shown)
}
