//! Letting somebody in: the session that every way of signing in ends with, once they brought their second factor.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use errand_store::audit::Deed;
use errand_store::people::{self, Person};
use errand_store::sessions::{self, Device};
use errand_store::{Tx, audit, two_factor};

use super::stranger::{open_page, seconds_until, taken_apart};
use crate::AppState;
use crate::auth::second::{self, Checked};
use crate::auth::{SIGN_IN_PATH, cookie};
use crate::client_ip;
use crate::error::{Error, PageError};
use crate::ui::forms::OpenForm;
use crate::ui::look::add_cookie;
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::local;

/// What is written down of who signs in by the hub's own means.
const SIGNED_IN: &str = "signed in";

#[derive(Template)]
#[template(path = "account/second.html")]
struct SecondPage {
    page: Page,
    step: String,
    next: String,
    problem: Option<String>,
}

/// Lets in who proved who they are, and goes on to `next`: at once, or once they brought their second factor.
/// Commits `tx`.
pub(super) async fn let_in(
    state: &AppState,
    mut tx: Tx,
    parts: &Parts,
    person: &Person,
    next: &str,
) -> Result<Response, Error> {
    if !two_factor::is_on(&mut tx, person.id).await? {
        return begin(state, tx, parts, person, next, SIGNED_IN.to_owned()).await;
    }
    let step = two_factor::begin_step(&mut tx, state.context(), person.id).await?;
    tx.commit().await?;
    let shown = SecondPage {
        page: open_page("Sign in", state, &parts.headers),
        step: step.reveal().clone(),
        next: next.to_owned(),
        problem: None,
    };
    page::html(&shown).map_err(|PageError(error)| error)
}

/// Takes the second factor of who is half signed in.
pub(super) async fn second(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (parts, form) = taken_apart(&state, request).await?;
    Ok(check(&state, &parts, form).await.into_response())
}

async fn check(state: &AppState, parts: &Parts, OpenForm(form): OpenForm) -> Result<Response, PageError> {
    let (step, next) = (form.text("step"), form.text("next"));
    let person = match two_factor::by_step(&state.db, state.now(), step).await? {
        Some(id) => people::by_id(&state.db, id).await?,
        None => None,
    };
    let Some(person) = person else {
        return Ok(Redirect::to(SIGN_IN_PATH).into_response());
    };
    let refused = |status, problem: String| {
        let shown = SecondPage {
            page: open_page("Sign in", state, &parts.headers),
            step: step.to_owned(),
            next: next.to_owned(),
            problem: Some(problem),
        };
        page::html_with(status, &shown)
    };
    match second::check(state, person.id, form.text("code")).await? {
        Checked::Right => {
            let mut tx = state.db.begin().await?;
            match two_factor::end_step(&mut tx, step).await? {
                true => Ok(begin(state, tx, parts, &person, next, SIGNED_IN.to_owned()).await?),
                false => Ok(Redirect::to(SIGN_IN_PATH).into_response()),
            }
        }
        Checked::Wrong => refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "That is not the code, or it was used already: wait for the next one.".to_owned(),
        ),
        Checked::Wait(until) => {
            let seconds = seconds_until(until, state.now());
            let problem = format!("That was wrong too often: try again in {seconds} s.");
            let mut response = refused(StatusCode::TOO_MANY_REQUESTS, problem)?;
            let value = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
            Ok(response)
        }
    }
}

/// Begins a session in `tx`, with a secret of its own whatever the browser had before, and commits it.
pub(super) async fn begin(
    state: &AppState,
    mut tx: Tx,
    parts: &Parts,
    person: &Person,
    next: &str,
    how: String,
) -> Result<Response, Error> {
    let lifetime = i64::try_from(state.config.sign_in.session_lifetime.as_secs()).unwrap_or(i64::MAX);
    let device = device(state, parts);
    let session = sessions::create(&mut tx, state.context(), person.id, lifetime, &device).await?;
    let deed = deed(state, parts, person, "sign-in", how);
    audit::write(&mut tx, state.context(), &deed).await?;
    tx.commit().await?;
    tracing::info!(person.id = %person.id, "somebody signed in");
    let mut response = Redirect::to(local(next)).into_response();
    add_cookie(&mut response, cookie::set(&state.config, &session));
    Ok(response)
}

/// What somebody did who is not signed in yet, for the audit log.
pub(super) fn deed(state: &AppState, parts: &Parts, person: &Person, kind: &str, what: String) -> Deed {
    Deed {
        person: Some(person.id),
        actor: person.called().to_owned(),
        address: device(state, parts).address,
        kind: kind.to_owned(),
        what,
        // Without what stands behind it in the address, which is a secret.
        request: format!("{} {}", parts.method, SIGN_IN_PATH),
        ..Deed::default()
    }
}

fn device(state: &AppState, parts: &Parts) -> Device {
    let agent = parts.headers.get(USER_AGENT);
    let address = client_ip::of(&state.config, parts);
    Device {
        agent: agent
            .and_then(|agent| agent.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        address: address.map_or_else(String::new, |address| address.to_string()),
    }
}
