//! What the link below a mail opens: a button by which its recipient gets no more of them.
//!
//! Opening it does nothing: mail filters and previews open links too. Readers with a button of their own send its
//! request without opening it (RFC 8058). The link is signed, and whoever has it needs no account.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use errand_store::installations;
use errand_store::mail::{self, Reason, Refusal, Stop};

use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::forms::OpenForm;
use crate::ui::look::Look;
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;

#[derive(Template)]
#[template(path = "mail/stop.html")]
struct StopPage {
    page: Page,
    link: String,
    address: String,
    /// Whose mail it is.
    name: String,
    /// What was done; none, if nothing was asked for yet.
    done: Option<Done>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Stopped,
    Again,
}

/// The page with the button.
pub(super) async fn page(
    State(state): State<AppState>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let stop = find(&state, &link).await?;
    show(&state, &headers, link, &stop, None).await
}

/// Stops it, or begins it again.
pub(super) async fn act(
    State(state): State<AppState>,
    Path(link): Path<String>,
    headers: HeaderMap,
    OpenForm(form): OpenForm,
) -> Result<Response, PageError> {
    let stop = find(&state, &link).await?;
    let mut tx = state.db.begin().await?;
    let done = match form.text("action") {
        "again" => {
            mail::allow(&mut tx, &stop.address, Some(stop.installation)).await?;
            Done::Again
        }
        _ => {
            let refusal = Refusal {
                address: stop.address.clone(),
                installation: Some(stop.installation),
                reason: Reason::Unsubscribed,
                details: String::new(),
                at: state.now(),
            };
            mail::refuse(&mut tx, &refusal).await?;
            Done::Stopped
        }
    };
    tx.commit().await?;
    show(&state, &headers, link, &stop, Some(done)).await
}

async fn find(state: &AppState, link: &str) -> Result<Stop, Error> {
    let found = mail::read_stop(&state.db, link).await?;
    found.ok_or_else(|| {
        Error::not_found(
            "This link is not known: it was cut short, or is long out of use. The newest mail has one that works.",
        )
    })
}

async fn show(
    state: &AppState,
    headers: &HeaderMap,
    link: String,
    stop: &Stop,
    done: Option<Done>,
) -> Result<Response, PageError> {
    let installation = installations::by_id(&state.db, stop.installation).await?;
    let title = match done {
        None => "Stop these mails?",
        Some(Done::Stopped) => "No more of these mails",
        Some(Done::Again) => "These mails come again",
    };
    let page = Page {
        look: Look::of(headers),
        here: format!("/mail/stop/{link}"),
        ..Page::bare(title, state.now())
    };
    page::html(&StopPage {
        page,
        link,
        address: stop.address.clone(),
        name: installation.map_or_else(|| "a plugin that is gone".to_owned(), |found| found.name),
        done,
    })
}
