//! Signing in, by address and password or with a link or code that works once, and signing out.
//!
//! Opening a link asks before it is used up: mail filters and previews open links too.

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use errand_model::Secret;
use errand_model::single_sign_on::Client;
use errand_store::admission::Registration;
use errand_store::sessions;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::entry;
use super::stranger::{admission, open_page, seconds_until, taken_apart};
use crate::AppState;
use crate::auth::oidc::settings;
use crate::auth::sign_in::{self, Tried};
use crate::auth::{SIGN_IN_PATH, cookie};
use crate::client_ip;
use crate::error::{Error, PageError};
use crate::ui::forms::{OpenForm, SignedForm};
use crate::ui::look::add_cookie;
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::{self, local};

/// The page that takes an address and a password, or a code.
#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    email: String,
    /// What is wrong with address and password.
    problem: Option<String>,
    /// What is wrong with the code.
    code_problem: Option<&'static str>,
    /// Whether mail can be sent, and whether people register.
    has_post: bool,
    may_register: bool,
    /// Whether passwords are taken.
    has_passwords: bool,
    /// What the provider of single sign-on is called, and the way there.
    provider: Option<(String, String)>,
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
    pub(super) next: String,
}

impl SignInPage {
    async fn new(state: &AppState, headers: &HeaderMap, next: &str) -> Result<Self, Error> {
        let has_post = state.post.is_there();
        let admission = admission(state).await?;
        let client = settings::client(state).await?;
        let has_passwords = client.as_ref().is_none_or(|client| client.settings.passwords);
        let way = |client: Client| {
            let onward = utf8_percent_encode(local(next), NON_ALPHANUMERIC);
            (
                client.settings.title().to_owned(),
                format!("/sign-in/sso?next={onward}"),
            )
        };
        Ok(SignInPage {
            has_post,
            may_register: has_post && has_passwords && admission.registration != Registration::Closed,
            has_passwords,
            provider: client.map(way),
            page: open_page("Sign in", state, headers),
            next: next.to_owned(),
            email: String::new(),
            problem: None,
            code_problem: None,
        })
    }
}

/// Shows how to sign in; who is signed in already goes on.
pub(super) async fn page(
    State(state): State<AppState>,
    Query(onward): Query<Onward>,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, _) = request.into_parts();
    if visit::visit(&parts, &state).await?.is_some() {
        return Ok(Redirect::to(local(&onward.next)).into_response());
    }
    page::html(&SignInPage::new(&state, &parts.headers, &onward.next).await?)
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
pub(super) async fn redeem(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (parts, form) = taken_apart(&state, request).await?;
    Ok(redeem_code(&state, &parts, form).await.into_response())
}

async fn redeem_code(
    state: &AppState,
    parts: &Parts,
    OpenForm(form): OpenForm,
) -> Result<Response, PageError> {
    // A whole link is as good as the code in it.
    let code = form.text("code").rsplit('/').next().unwrap_or_default();
    let mut tx = state.db.begin().await?;
    let Some(person) = sessions::redeem_link(&mut tx, state.context(), code).await? else {
        tx.commit().await?;
        let problem = "This link is not known: it was used already, or it has expired. A new one is made as shown below.";
        let shown = SignInPage {
            code_problem: Some(problem),
            ..SignInPage::new(state, &parts.headers, form.text("next")).await?
        };
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    };
    Ok(entry::let_in(state, tx, parts, &person, form.text("next")).await?)
}

/// Begins a session for who knows the password.
pub(super) async fn with_password(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, form) = taken_apart(&state, request).await?;
    Ok(check_password(&state, &parts, form).await.into_response())
}

async fn check_password(
    state: &AppState,
    parts: &Parts,
    OpenForm(form): OpenForm,
) -> Result<Response, PageError> {
    let (email, next) = (form.text("email"), form.text("next"));
    let password = Secret::new(form.lines("password"));
    if let Some(why) = settings::no_passwords(state).await? {
        return Err(Error::forbidden(why).into());
    }
    let from = client_ip::of(&state.config, parts);
    let blank = SignInPage::new(state, &parts.headers, next).await?;
    let refused = |status, problem| {
        let shown = SignInPage {
            email: email.to_owned(),
            problem: Some(problem),
            ..blank
        };
        page::html_with(status, &shown)
    };
    match sign_in::with_password(state, email, password, from).await? {
        Tried::In(person) => {
            let tx = state.db.begin().await?;
            Ok(entry::let_in(state, tx, parts, &person, next).await?)
        }
        // One answer for both reasons: it tells nobody who has an account.
        Tried::Wrong => refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The address or the password is wrong. Who has no password yet signs in with a link.".to_owned(),
        ),
        Tried::Wait(until) => {
            let seconds = seconds_until(until, state.now());
            let problem =
                format!("That was wrong too often: try again in {seconds} s, or sign in with a link.");
            let mut response = refused(StatusCode::TOO_MANY_REQUESTS, problem)?;
            let value = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
            Ok(response)
        }
    }
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
