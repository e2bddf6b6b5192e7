//! Signing in by the provider of single sign-on: going there, and coming back.

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use errand_model::UserId;
use errand_model::patience::Patience;
use errand_model::single_sign_on::Client;
use errand_store::single_sign_on::{self, Pending};
use errand_store::{audit, sign_in_failures};
use serde::Deserialize;

use super::sign_in::Onward;
use super::stranger::open_page;
use super::{ACCOUNT_PATH, entry};
use crate::AppState;
use crate::auth::Session;
use crate::auth::oidc::admit::{self, Admitted, Refusal};
use crate::auth::oidc::attempt::{self, Attempt};
use crate::auth::oidc::{self, Arrival, Failure, Problem, settings};
use crate::auth::sign_in::network;
use crate::client_ip;
use crate::error::{Error, PageError};
use crate::ui::look::{Flash, add_cookie, redirect_with};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::{self, local};

/// Sign-ins that are begun from one address and come to nothing. An office may share one; who gets in is forgiven.
const BEGUN: Patience = Patience {
    free: 100,
    first_seconds: 5,
    most_seconds: 60,
};

/// Characters of the longest path that somebody is sent on to.
const LONGEST_NEXT: usize = 2_000;

#[derive(Template)]
#[template(path = "account/sso_failed.html")]
struct FailedPage {
    page: Page,
    provider: String,
    why: String,
}

/// Sends somebody to the provider.
pub(super) async fn go(
    State(state): State<AppState>,
    Query(onward): Query<Onward>,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, _) = request.into_parts();
    let client = settings::client(&state).await?.ok_or_else(not_set)?;
    if visit::visit(&parts, &state).await?.is_some() {
        return Ok(Redirect::to(local(&onward.next)).into_response());
    }
    if !may_begin(&state, &parts).await? {
        let words = "Too many sign-ins were begun from your address: try again in a minute.";
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, words).into());
    }
    let next = local(&onward.next);
    let pending = Pending {
        next: if next.len() > LONGEST_NEXT { "/" } else { next }.to_owned(),
        link: None,
    };
    match oidc::begin(&state, &client, &pending).await {
        Ok((url, attempt)) => {
            let mut response = Redirect::to(&url).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            add_cookie(&mut response, attempt.cookie(&state.config));
            Ok(response)
        }
        Err(failure) => failed(&state, &parts.headers, &client, failure),
    }
}

fn not_set() -> Error {
    Error::not_found("Single sign-on is not set up here.")
}

fn subject(state: &AppState, parts: &Parts) -> String {
    let from = client_ip::of(&state.config, parts).map_or_else(|| "nowhere".to_owned(), network);
    format!("single sign-on begun from {from}")
}

/// Counts a sign-in that is begun; false where too many were.
async fn may_begin(state: &AppState, parts: &Parts) -> Result<bool, Error> {
    let subject = subject(state, parts);
    let mut tx = state.db.begin().await?;
    let begun = sign_in_failures::of(&mut tx, state.now(), &subject).await?;
    let until = begun.and_then(|(times, last)| BEGUN.until(times, last));
    if until.is_some_and(|until| until > state.now()) {
        return Ok(false);
    }
    sign_in_failures::add(&mut tx, state.context(), &subject).await?;
    tx.commit().await?;
    Ok(true)
}

/// Says what went wrong, and how else to get in.
fn failed(
    state: &AppState,
    headers: &HeaderMap,
    client: &Client,
    failure: Failure,
) -> Result<Response, PageError> {
    let problem = match failure {
        Failure::Hub(error) => return Err(error.into()),
        Failure::Told(problem) => problem,
    };
    tracing::warn!(%problem, "a sign-in by the provider failed");
    let status = match problem {
        Problem::Refused(_) => StatusCode::FORBIDDEN,
        Problem::Provider(_) | Problem::Token(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shown = FailedPage {
        page: open_page("Sign in", state, headers),
        provider: client.settings.title().to_owned(),
        why: problem.to_string(),
    };
    page::html_with(status, &shown)
}

/// What the provider sends people back with.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Answer {
    state: String,
    code: String,
    iss: Option<String>,
    error: String,
    error_description: String,
}

/// Somebody comes back.
pub(super) async fn back(
    State(state): State<AppState>,
    Query(answer): Query<Answer>,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, _) = request.into_parts();
    let client = settings::client(&state).await?.ok_or_else(not_set)?;
    let mut response = match take(&state, &parts, &client, &answer).await {
        Ok(response) => response,
        Err(failure) => failed(&state, &parts.headers, &client, failure)?,
    };
    add_cookie(&mut response, attempt::clear(&state.config));
    Ok(response)
}

/// Takes what they bring, if it is what this browser went for.
async fn take(
    state: &AppState,
    parts: &Parts,
    client: &Client,
    answer: &Answer,
) -> Result<Response, Failure> {
    let begun_elsewhere = || {
        Problem::Provider(
            "This sign-in was not begun in this browser, was used already, or took longer than ten minutes: begin again."
                .to_owned(),
        )
    };
    let attempt = Attempt::of(&state.config, &parts.headers);
    let attempt = attempt.filter(|attempt| attempt.state() == answer.state);
    let attempt = attempt.ok_or_else(begun_elsewhere)?;
    let mut tx = state.db.begin().await?;
    let pending = single_sign_on::end(&mut tx, state.now(), &answer.state).await?;
    tx.commit().await?;
    let pending = pending.ok_or_else(begun_elsewhere)?;
    if answer.code.is_empty() {
        return Err(refused(answer).into());
    }
    let code = (answer.code.as_str(), answer.iss.as_deref());
    let arrival = oidc::finish(state, client, &attempt, code).await?;
    match pending.link {
        None => let_in(state, parts, client, &arrival, &pending.next).await,
        Some(person) => link(state, parts, client, &arrival, person).await,
    }
}

fn refused(answer: &Answer) -> Problem {
    let shown = |text: &str| {
        text.chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect::<String>()
    };
    let why = [&answer.error, &answer.error_description].map(|text| shown(text));
    Problem::Provider(match answer.error.is_empty() {
        true => "The provider sent you back with neither a code nor a reason.".to_owned(),
        false => format!("The provider did not let you in: {}", why.join(" ").trim()),
    })
}

/// Begins a session for whom the provider knows, if they are let in. Their second factor is the provider's business.
async fn let_in(
    state: &AppState,
    parts: &Parts,
    client: &Client,
    arrival: &Arrival,
    next: &str,
) -> Result<Response, Failure> {
    let mut tx = state.db.begin().await?;
    let settings = &client.settings;
    let admitted = admit::admit(&mut tx, state.context(), settings, arrival).await?;
    let admitted = admitted.map_err(Problem::Refused)?;
    let provider = settings.title();
    let (person, written, next) = match admitted {
        Admitted::Known(person) => (person, None, next),
        Admitted::Joined(person) => {
            let what = format!("linked {provider} with their account, by the address");
            (person, Some(("account change", what)), next)
        }
        Admitted::New(person) => {
            let what = format!("came in by {provider} as {} ({})", person.email, person.role);
            let next = if next == "/" { "/teams" } else { next };
            (person, Some(("people create", what)), next)
        }
    };
    if let Some((kind, what)) = written {
        let deed = entry::deed(state, parts, &person, kind, what);
        audit::write(&mut tx, state.context(), &deed).await?;
    }
    sign_in_failures::clear(&mut tx, &subject(state, parts)).await?;
    let how = format!("signed in by {provider}");
    Ok(entry::begin(state, tx, parts, &person, next, how).await?)
}

/// Links who somebody is at the provider with the account from which they went there.
async fn link(
    state: &AppState,
    parts: &Parts,
    client: &Client,
    arrival: &Arrival,
    person: UserId,
) -> Result<Response, Failure> {
    let session = Session::find(state, parts).await?;
    let session = session.filter(|session| session.person.id == person);
    let session = session
        .ok_or_else(|| Problem::Provider("You are no longer signed in to the account to link.".to_owned()))?;
    // Whose domain is not taken gets in by no other way either.
    let address = admit::address(&client.settings, arrival);
    if !client.settings.domains.is_empty() {
        address.map_err(Problem::Refused)?;
    }
    let identity = (arrival.issuer.as_str(), arrival.subject.as_str());
    let email = arrival.email.as_deref().unwrap_or_default();
    let provider = client.settings.title();
    let mut tx = state.db.begin().await?;
    let whose = single_sign_on::by_identity(&mut tx, identity.0, identity.1).await?;
    match whose {
        Some(whose) if whose.id == person => {}
        Some(_) => return Err(Problem::Refused(Refusal::Another).into()),
        None => {
            if !single_sign_on::link(&mut tx, state.context(), person, identity, email).await? {
                return Err(Problem::Refused(Refusal::Taken).into());
            }
            let what = format!("linked {provider} with their account");
            let deed = entry::deed(state, parts, &session.person, "account change", what);
            audit::write(&mut tx, state.context(), &deed).await?;
        }
    }
    tx.commit().await?;
    let said = format!("From now on you sign in with {provider}.");
    Ok(redirect_with(ACCOUNT_PATH, &Flash::ok(said)))
}
