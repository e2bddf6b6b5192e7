//! One's tokens of the API: making one, with scopes and an end, and revoking it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::access::Scope;
use errand_model::{Timestamp, TokenId};
use errand_store::tokens::{self, NewToken, Token};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::choice::{Choice, choices};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::look::{Flash, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Where they are.
const TOKENS_PATH: &str = "/account/tokens";

/// How long a token may live, in days; empty for ever.
const LIVES: [(&str, &str); 4] = [
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "a year"),
    ("", "for ever"),
];

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct TokensPage {
    page: Page,
    tokens: Vec<Line>,
    scopes: Vec<Choice>,
    lives: Vec<Choice>,
    /// The secret of one that was just made.
    made: Option<String>,
    problem: Option<String>,
}

struct Line {
    token: Token,
    scopes: String,
    is_over: bool,
}

/// The page.
pub(super) async fn page(visit: Visit, State(state): State<AppState>) -> Result<Response, PageError> {
    shown(&visit, &state, None, None).await
}

async fn shown(
    visit: &Visit,
    state: &AppState,
    made: Option<String>,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let line = |token: Token| Line {
        scopes: token
            .scopes
            .iter()
            .map(|scope| scope.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        is_over: token.expires.is_some_and(|expires| expires <= visit.now),
        token,
    };
    let scopes = Scope::ALL.iter().filter(|scope| may_give(visit, **scope));
    page::html_with(
        status,
        &TokensPage {
            page: visit.page("API tokens", "account"),
            tokens: mine(visit, state).await?.into_iter().map(line).collect(),
            scopes: choices(scopes.map(|scope| (scope.as_str(), scope.as_str())), "event:read"),
            lives: choices(LIVES, "90"),
            made,
            problem,
        },
    )
}

async fn mine(visit: &Visit, state: &AppState) -> Result<Vec<Token>, Error> {
    let mut all = tokens::list(&state.db, visit.organization.id).await?;
    all.retain(|token| token.person == Some(visit.person.id));
    Ok(all)
}

/// No token may do more than who makes it.
fn may_give(visit: &Visit, scope: Scope) -> bool {
    let (resource, action) = scope.right();
    visit.person.role.may(resource, action)
}

/// Makes one, and shows its secret once.
pub(super) async fn create(
    visit: Visit,
    State(state): State<AppState>,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let name = form.text("name");
    let scopes: Vec<Scope> = form.all("scope").filter_map(|scope| scope.parse().ok()).collect();
    let problem = match (name.chars().count(), scopes.is_empty()) {
        (1..=64, false) => None,
        (1..=64, true) => Some("Choose what the token may do.".to_owned()),
        _ => Some("A token needs a name of at most 64 characters.".to_owned()),
    };
    if problem.is_some() {
        return shown(&visit, &state, None, problem).await;
    }
    if !scopes.iter().all(|scope| may_give(&visit, *scope)) {
        return Err(Error::forbidden("No token may do more than who makes it.").into());
    }
    let new = NewToken {
        name,
        organization: visit.organization.id,
        person: Some(visit.person.id),
        scopes: &scopes,
        expires: expires(&form, visit.now),
    };
    let mut tx = state.db.begin().await?;
    let (_, secret) = tokens::create(&mut tx, state.context(), new).await?;
    visit.note(format!("made the API token {name}"));
    tx.commit().await?;
    shown(&visit, &state, Some(secret.reveal().clone()), None).await
}

fn expires(form: &Fields, now: Timestamp) -> Option<Timestamp> {
    let days: Option<i64> = form.parse("days");
    days.map(|days| now.plus_seconds(days.clamp(1, 3_650) * 86_400))
}

/// Revokes one of one's own.
pub(super) async fn revoke(
    visit: Visit,
    State(state): State<AppState>,
    axum::extract::Path(id): axum::extract::Path<i64>,
    SignedForm(_): SignedForm,
) -> Result<Response, PageError> {
    let found = mine(&visit, &state)
        .await?
        .into_iter()
        .find(|token| token.id == TokenId(id));
    let token = found.ok_or_else(|| Error::not_found("You have no such token."))?;
    let mut tx = state.db.begin().await?;
    tokens::delete(&mut tx, token.id).await?;
    visit.note(format!("revoked the API token {}", token.name));
    tx.commit().await?;
    Ok(redirect_with(
        TOKENS_PATH,
        &Flash::ok(format!("{} is revoked.", token.name)),
    ))
}
