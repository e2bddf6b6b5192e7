//! What the links in mail open: registering, and setting another password. Opening one uses nothing up.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use errand_model::Secret;
use errand_store::audit::Deed;
use errand_store::mail_links::{self, Purpose};
use errand_store::people::Person;
use errand_store::{audit, passwords, people, sessions};

use super::entry;
use super::stranger::{admission, open_page, taken_apart};
use crate::AppState;
use crate::auth::oidc::settings;
use crate::auth::password::{self, SHORTEST};
use crate::client_ip;
use crate::error::{Error, PageError};
use crate::ui::forms::{Fields, OpenForm};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;

#[derive(Template)]
#[template(path = "account/choose.html")]
struct ChoosePage {
    page: Page,
    is_reset: bool,
    email: String,
    link: String,
    name: String,
    shortest: usize,
    problem: Option<String>,
}

/// What the link to register opens.
pub(super) async fn open_register(
    State(state): State<AppState>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    open(&state, &headers, Purpose::Register, link).await
}

/// What the link to set another password opens.
pub(super) async fn open_reset(
    State(state): State<AppState>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    open(&state, &headers, Purpose::Reset, link).await
}

async fn open(
    state: &AppState,
    headers: &HeaderMap,
    purpose: Purpose,
    link: String,
) -> Result<Response, PageError> {
    refuse_without_passwords(state).await?;
    let email = mail_links::look(&state.db, state.now(), purpose, &link).await?;
    page::html(&choose_page(
        state,
        headers,
        purpose,
        link,
        email.ok_or_else(gone)?,
    ))
}

/// A link that was sent before passwords were switched off sets none.
async fn refuse_without_passwords(state: &AppState) -> Result<(), Error> {
    match settings::no_passwords(state).await? {
        Some(why) => Err(Error::forbidden(why)),
        None => Ok(()),
    }
}

fn gone() -> Error {
    Error::not_found(
        "This link works no more: it was used, it has expired, or a newer one was sent. Ask for another.",
    )
}

fn choose_page(
    state: &AppState,
    headers: &HeaderMap,
    purpose: Purpose,
    link: String,
    email: String,
) -> ChoosePage {
    let is_reset = purpose == Purpose::Reset;
    let title = if is_reset { "Another password" } else { "Register" };
    ChoosePage {
        page: open_page(title, state, headers),
        is_reset,
        email,
        link,
        name: String::new(),
        shortest: SHORTEST,
        problem: None,
    }
}

/// Uses the link to register up.
pub(super) async fn use_register(
    State(state): State<AppState>,
    Path(link): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, form) = taken_apart(&state, request).await?;
    Ok(redeem(&state, &parts, &form, Purpose::Register, link)
        .await
        .into_response())
}

/// Uses the link to set another password up.
pub(super) async fn use_reset(
    State(state): State<AppState>,
    Path(link): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, form) = taken_apart(&state, request).await?;
    Ok(redeem(&state, &parts, &form, Purpose::Reset, link)
        .await
        .into_response())
}

async fn redeem(
    state: &AppState,
    parts: &Parts,
    OpenForm(form): &OpenForm,
    purpose: Purpose,
    link: String,
) -> Result<Response, PageError> {
    refuse_without_passwords(state).await?;
    let email = mail_links::look(&state.db, state.now(), purpose, &link).await?;
    let email = email.ok_or_else(gone)?;
    let problem = password::problem(&form.lines("new"), &email).or_else(|| {
        let differs = form.lines("new") != form.lines("again");
        differs.then(|| "The password was not typed the same twice.".to_owned())
    });
    if problem.is_some() {
        let shown = ChoosePage {
            name: form.text("name").to_owned(),
            problem,
            ..choose_page(state, &parts.headers, purpose, link, email)
        };
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    let hash = state.passwords.hash(Secret::new(form.lines("new"))).await?;
    let mut tx = state.db.begin().await?;
    let email = mail_links::redeem(&mut tx, state.now(), purpose, &link).await?;
    let email = email.ok_or_else(gone)?;
    let person = match purpose {
        Purpose::Reset => people::by_email(&mut tx, &email).await?.ok_or_else(gone)?,
        Purpose::Register => made(state, &mut tx, &email, form).await?,
    };
    passwords::set(&mut tx, state.context(), person.id, &hash).await?;
    // Whoever else is signed in as them is no more.
    sessions::end_all(&mut tx, person.id).await?;
    audit::write(&mut tx, state.context(), &deed(state, parts, &person, purpose)).await?;
    let next = match purpose {
        Purpose::Register => "/teams",
        Purpose::Reset => "/",
    };
    Ok(entry::let_in(state, tx, parts, &person, next).await?)
}

fn deed(state: &AppState, parts: &Parts, person: &Person, purpose: Purpose) -> Deed {
    let (kind, what) = match purpose {
        Purpose::Register => (
            "people create",
            format!("registered as {} ({})", person.email, person.role),
        ),
        Purpose::Reset => (
            "account change",
            "set another password by a link from their mail".to_owned(),
        ),
    };
    Deed {
        person: Some(person.id),
        actor: person.called().to_owned(),
        address: client_ip::of(&state.config, parts).map_or_else(String::new, |address| address.to_string()),
        kind: kind.to_owned(),
        what,
        // Without the link, which is a secret.
        request: parts.method.to_string(),
        ..Deed::default()
    }
}

/// Who registers, if they still may.
async fn made(
    state: &AppState,
    tx: &mut errand_store::Tx,
    email: &str,
    form: &Fields,
) -> Result<Person, Error> {
    let admission = admission(state).await?;
    if !admission.takes(email) || people::by_email(&mut *tx, email).await?.is_some() {
        return Err(gone());
    }
    let name: String = form
        .text("name")
        .chars()
        .filter(|c| !c.is_control())
        .take(100)
        .collect();
    Ok(people::create(tx, state.context(), email, &name, admission.role).await?)
}
