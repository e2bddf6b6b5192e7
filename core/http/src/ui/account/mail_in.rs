//! Registering, and setting another password, by a link that is sent to one's address.
//!
//! What the hub answers does not tell who has an account: that stands in the mail alone. It is sent beside the answer,
//! which takes as long for those who get none; who gets none asks again.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use errand_model::Secret;
use errand_model::patience::Patience;
use errand_store::admission::{self, Admission};
use errand_store::audit::Deed;
use errand_store::mail_links::{self, Purpose};
use errand_store::people::Person;
use errand_store::{audit, organizations, passwords, people, sessions, sign_in_failures};

use super::entry;
use super::sign_in::{open_page, taken_apart};
use crate::AppState;
use crate::auth::password::{self, SHORTEST};
use crate::error::{Error, PageError};
use crate::middleware::client_ip;
use crate::post::AccountMail;
use crate::ui::forms::{Fields, OpenForm};
use crate::ui::page::{self, Badge, Page};
use crate::ui::parts::filters;

/// Mails to one address.
const TO_ONE: Patience = Patience {
    free: 3,
    first_seconds: 120,
    most_seconds: 1_800,
};
/// Mails that one client has sent, to whomever. An office may share an address.
const BY_ONE: Patience = Patience {
    free: 30,
    first_seconds: 60,
    most_seconds: 1_800,
};

#[derive(Template)]
#[template(path = "account/ask.html")]
struct AskPage {
    page: Page,
    is_reset: bool,
    /// Why it cannot be done here.
    closed: Option<String>,
    /// Whose addresses are taken, in words.
    whose: String,
    email: String,
    problem: Option<String>,
    is_sent: bool,
}

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

/// The form that asks for the address to register with.
pub(super) async fn register(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    page::html(&ask_page(&state, &headers, Purpose::Register).await?)
}

/// The form that asks for the address of who forgot their password.
pub(super) async fn forgot(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, PageError> {
    page::html(&ask_page(&state, &headers, Purpose::Reset).await?)
}

/// Who may register, in the hub's first organization.
pub(super) async fn admission(state: &AppState) -> Result<Admission, Error> {
    match organizations::list(&state.db).await?.first() {
        Some(organization) => Ok(admission::of(&state.db, organization.id).await?),
        None => Ok(Admission::default()),
    }
}

async fn ask_page(state: &AppState, headers: &HeaderMap, purpose: Purpose) -> Result<AskPage, Error> {
    use admission::Registration::{Closed, Domains, Open};
    let is_reset = purpose == Purpose::Reset;
    let admission = admission(state).await?;
    let closed = match admission.registration {
        _ if !state.post.is_there() => {
            Some("This hub has no mail server set: whoever runs it makes a link for you.")
        }
        Closed if !is_reset => Some("Nobody registers by themselves here: an administrator invites you."),
        _ => None,
    };
    let title = if is_reset { "Another password" } else { "Register" };
    Ok(AskPage {
        page: open_page(title, state, headers),
        is_reset,
        closed: closed.map(str::to_owned),
        whose: match admission.registration {
            Domains => format!("For addresses of {}.", admission.domains.join(", ")),
            Closed | Open => String::new(),
        },
        email: String::new(),
        problem: None,
        is_sent: false,
    })
}

/// Sends the link to register with.
pub(super) async fn send_register(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, form) = taken_apart(&state, request).await?;
    Ok(send(&state, &parts, &form, Purpose::Register)
        .await
        .into_response())
}

/// Sends the link to set another password with.
pub(super) async fn send_reset(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, form) = taken_apart(&state, request).await?;
    Ok(send(&state, &parts, &form, Purpose::Reset).await.into_response())
}

async fn send(
    state: &AppState,
    parts: &Parts,
    OpenForm(form): &OpenForm,
    purpose: Purpose,
) -> Result<Response, PageError> {
    let mut shown = ask_page(state, &parts.headers, purpose).await?;
    form.text("email").clone_into(&mut shown.email);
    if shown.closed.is_some() {
        return page::html_with(StatusCode::FORBIDDEN, &shown);
    }
    let email = form.text("email");
    shown.problem = problem_of(state, email, purpose).await?;
    if shown.problem.is_some() {
        return page::html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    if count(state, parts, email).await? {
        let mail = mail_for(state, email, purpose).await?;
        deliver(state, mail);
    }
    shown.is_sent = true;
    page::html(&shown)
}

/// What is wrong with an address, whoever has it.
async fn problem_of(state: &AppState, email: &str, purpose: Purpose) -> Result<Option<String>, Error> {
    let is_address = email.len() <= 254
        && email
            .split_once('@')
            .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if !is_address {
        return Ok(Some(
            "An e-mail address has the form somebody@example.com.".to_owned(),
        ));
    }
    if purpose == Purpose::Register && !admission(state).await?.takes(email) {
        return Ok(Some(
            "With an address of that domain nobody registers here.".to_owned(),
        ));
    }
    Ok(None)
}

/// Counts a mail; false where too many were asked for.
async fn count(state: &AppState, parts: &Parts, email: &str) -> Result<bool, Error> {
    let from = client_ip::of(&state.config, parts);
    let from = from.map_or_else(|| "nowhere".to_owned(), |address| address.to_string());
    let subjects = [
        (format!("mail to {}", email.to_lowercase()), TO_ONE),
        (format!("mail asked for from {from}"), BY_ONE),
    ];
    let mut tx = state.db.begin().await?;
    for (subject, patience) in &subjects {
        let asked = sign_in_failures::of(&mut tx, state.now(), subject).await?;
        let until = asked.and_then(|(times, last)| patience.until(times, last));
        if until.is_some_and(|until| until > state.now()) {
            return Ok(false);
        }
        sign_in_failures::add(&mut tx, state.context(), subject).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What is to be said to who has the address; none where that is nothing.
async fn mail_for(state: &AppState, email: &str, purpose: Purpose) -> Result<Option<AccountMail>, Error> {
    let mut tx = state.db.begin().await?;
    let known = people::by_email(&mut tx, email).await?;
    let base = state.config.public_url.trim_end_matches('/');
    let (subject, text) = match (purpose, known) {
        (Purpose::Reset, None) => return Ok(None),
        (Purpose::Register, Some(_)) => (
            "You have an account already",
            format!(
                "Somebody, probably you, wanted to register at Errand with this address, which has an account.\n\n\
                 Sign in: {base}/sign-in\nForgotten the password? {base}/password/forgot\n"
            ),
        ),
        (Purpose::Register, None) => {
            let secret = mail_links::create(&mut tx, state.context(), purpose, email).await?;
            let text = format!(
                "Open this to register at Errand. It works once, for a day.\n\n{base}/register/{}\n\n\
                 If you did not ask for it, nothing has to be done.\n",
                secret.reveal()
            );
            ("Register at Errand", text)
        }
        (Purpose::Reset, Some(_)) => {
            let secret = mail_links::create(&mut tx, state.context(), purpose, email).await?;
            let text = format!(
                "Open this to set another password for Errand. It works once, for an hour.\n\n{base}/password/reset/{}\n\n\
                 If you did not ask for it, nothing has to be done: your password stays.\n",
                secret.reveal()
            );
            ("Another password for Errand", text)
        }
    };
    tx.commit().await?;
    Ok(Some(AccountMail {
        to: email.to_owned(),
        subject,
        text: Secret::new(text),
    }))
}

/// Sends it while the answer is under way already: see the top.
fn deliver(state: &AppState, mail: Option<AccountMail>) {
    let Some(mail) = mail else {
        return;
    };
    let post = state.post.clone();
    tokio::spawn(async move {
        if let Err(why) = post.send(mail).await {
            tracing::warn!(why, "a mail about an account cannot be sent");
        }
    });
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
    let email = mail_links::look(&state.db, state.now(), purpose, &link).await?;
    page::html(&choose_page(
        state,
        headers,
        purpose,
        link,
        email.ok_or_else(gone)?,
    ))
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
        actor: Badge::of(&person.name, &person.email).name,
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
