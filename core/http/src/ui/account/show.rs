//! One's own account: name, password, and where one is signed in.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::{SessionId, Timestamp};
use errand_store::people::{self, Person};
use errand_store::{passwords, sessions, two_factor};

use super::ACCOUNT_PATH;
use super::identity::{self, Linked};
use crate::AppState;
use crate::auth::oidc::settings;
use crate::auth::password::SHORTEST;
use crate::error::PageError;
use crate::ui::forms::SignedForm;
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Characters of the longest name.
const LONGEST_NAME: usize = 100;

#[derive(Template)]
#[template(path = "account/account.html")]
struct AccountPage {
    page: Page,
    person: Person,
    has_password: bool,
    has_factor: bool,
    codes_left: i64,
    /// Whether passwords are taken.
    has_passwords: bool,
    linked: Option<Linked>,
    shortest: usize,
    sessions: Vec<SessionLine>,
    /// What is wrong with the password that was to be set.
    problem: Option<String>,
}

/// A session in the list.
struct SessionLine {
    id: SessionId,
    agent: String,
    address: String,
    created: Timestamp,
    seen: Timestamp,
    is_this: bool,
}

/// Shows it.
pub(super) async fn page(visit: Visit, State(state): State<AppState>) -> Result<Response, PageError> {
    shown(&visit, &state, None).await
}

/// Shows it, perhaps with what is wrong with a new password.
pub(super) async fn shown(
    visit: &Visit,
    state: &AppState,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let listed = sessions::of_person(&state.db, visit.now, visit.person.id).await?;
    let line = |session: sessions::Session| SessionLine {
        is_this: session.id == visit.session,
        id: session.id,
        agent: session.device.agent,
        address: session.device.address,
        created: session.created,
        seen: session.seen,
    };
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let client = settings::client(state).await?;
    let shown = AccountPage {
        has_passwords: client.as_ref().is_none_or(|client| client.settings.passwords),
        linked: identity::of(visit, state, client.as_ref()).await?,
        page: visit.page("Your account", "account"),
        has_factor: two_factor::is_on(&state.db, visit.person.id).await?,
        codes_left: two_factor::codes_left(&state.db, visit.person.id).await?,
        has_password: passwords::of(&state.db, visit.person.id).await?.is_some(),
        person: visit.person.clone(),
        shortest: SHORTEST,
        sessions: listed.into_iter().map(line).collect(),
        problem,
    };
    page::html_with(status, &shown)
}

/// Takes another name.
pub(super) async fn rename(
    visit: Visit,
    State(state): State<AppState>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let name = form.text("name");
    let is_good = name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if name.is_empty() || !is_good {
        let problem = format!("A name has 1 to {LONGEST_NAME} characters.");
        return Ok(redirect_with(ACCOUNT_PATH, &Flash::error(problem)));
    }
    let person = Person {
        name: name.to_owned(),
        ..visit.person.clone()
    };
    let mut tx = state.db.begin().await?;
    people::update(&mut tx, &person).await?;
    visit.note(format!("took the name {name}"));
    tx.commit().await?;
    Ok(redirect_with(ACCOUNT_PATH, &Flash::ok("Saved.")))
}
