//! Registering, and setting another password, by a link that is sent to one's address.
//!
//! What the hub answers does not tell who has an account: that stands in the mail alone. It is sent beside the answer,
//! which takes as long for those who get none; who gets none asks again.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use errand_model::Secret;
use errand_model::patience::Patience;
use errand_store::admission::Registration::{Closed, Domains, Open};
use errand_store::mail_links::{self, Purpose};
use errand_store::{people, sign_in_failures};

use super::stranger::{admission, open_page, taken_apart};
use crate::AppState;
use crate::auth::oidc::settings;
use crate::client_ip;
use crate::error::{Error, PageError};
use crate::post::AccountMail;
use crate::ui::forms::OpenForm;
use crate::ui::page::{self, Page};
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

async fn ask_page(state: &AppState, headers: &HeaderMap, purpose: Purpose) -> Result<AskPage, Error> {
    let is_reset = purpose == Purpose::Reset;
    let admission = admission(state).await?;
    let closed = match admission.registration {
        _ if !state.post.is_there() => {
            Some("This hub has no mail server set: whoever runs it makes a link for you.")
        }
        Closed if !is_reset => Some("Nobody registers by themselves here: an administrator invites you."),
        _ => None,
    };
    let closed = match settings::no_passwords(state).await? {
        Some(why) => Some(why),
        None => closed.map(str::to_owned),
    };
    let title = if is_reset { "Another password" } else { "Register" };
    Ok(AskPage {
        page: open_page(title, state, headers),
        is_reset,
        closed,
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
