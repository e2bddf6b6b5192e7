//! Signing in with a link or code that works once, and signing out.
//!
//! Opening a link asks before it is used up: mail filters and previews open links too.

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use errand_store::sessions;
use serde::Deserialize;

use crate::AppState;
use crate::auth::{SIGN_IN_PATH, cookie};
use crate::error::PageError;
use crate::ui::forms::{OpenForm, SignedForm};
use crate::ui::look::{Look, add_cookie};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::{self, local};

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "account/confirm.html")]
struct ConfirmPage {
    page: Page,
    code: String,
}

/// Where to go on to.
#[derive(Debug, Deserialize)]
pub(super) struct Onward {
    #[serde(default)]
    next: String,
}

/// The page that takes a code.
pub(super) async fn page(
    State(state): State<AppState>,
    Query(onward): Query<Onward>,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, _) = request.into_parts();
    if visit::visit(&parts, &state).await?.is_some() {
        return Ok(Redirect::to(local(&onward.next)).into_response());
    }
    sign_in_page(&state, &parts.headers, onward.next, None)
}

fn sign_in_page(
    state: &AppState,
    headers: &HeaderMap,
    next: String,
    problem: Option<&'static str>,
) -> Result<Response, PageError> {
    let page = open_page("Sign in", state, headers);
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    page::html_with(status, &SignInPage { page, next, problem })
}

/// The frame of a page for who is not signed in.
fn open_page(title: &str, state: &AppState, headers: &HeaderMap) -> Page {
    let look = Look::of(headers);
    Page {
        look,
        here: SIGN_IN_PATH.to_owned(),
        ..Page::bare(title, state.now())
    }
}

/// What a link opens: a button that uses it.
pub(super) async fn confirm(
    State(state): State<AppState>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let page = open_page("Sign in", &state, &headers);
    page::html(&ConfirmPage { page, code })
}

/// Uses the link up and begins a session.
pub(super) async fn redeem(
    State(state): State<AppState>,
    headers: HeaderMap,
    OpenForm(form): OpenForm,
) -> Result<Response, PageError> {
    // A whole link is as good as the code in it.
    let code = form.text("code").rsplit('/').next().unwrap_or_default();
    let lifetime = i64::try_from(state.config.sign_in.session_lifetime.as_secs()).unwrap_or(i64::MAX);
    let mut tx = state.db.begin().await?;
    let cx = state.context();
    let Some(person) = sessions::redeem_link(&mut tx, cx, code).await? else {
        tx.commit().await?;
        let problem = "This link is not known: it was used already, or it has expired. A new one is made as shown below.";
        return sign_in_page(&state, &headers, form.text("next").to_owned(), Some(problem));
    };
    let session = sessions::create(&mut tx, cx, person.id, lifetime).await?;
    tx.commit().await?;
    tracing::info!(person.id = %person.id, "somebody signed in");
    let mut response = Redirect::to(local(form.text("next"))).into_response();
    add_cookie(&mut response, cookie::set(&state.config, &session));
    Ok(response)
}

/// Ends the session.
pub(super) async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
    SignedForm(_): SignedForm,
) -> Result<Response, PageError> {
    if let Some(secret) = cookie::secret(&state.config, &headers) {
        let mut tx = state.db.begin().await?;
        sessions::end(&mut tx, secret.reveal()).await?;
        tx.commit().await?;
    }
    let mut response = Redirect::to(SIGN_IN_PATH).into_response();
    add_cookie(&mut response, cookie::clear(&state.config));
    Ok(response)
}
