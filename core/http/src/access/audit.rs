//! Writes down what is done that is administrative: here, for all routes, so that none can forget it.
//!
//! A handler says in words what it did ([`Note`]); what it says nothing of is written down as the request.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::request::Parts;
use axum::response::Response;
use errand_model::access::{Action, Resource};
use errand_store::audit::Deed;

use super::rules::Rule;
use crate::AppState;
use crate::auth::{Caller, Session};
use crate::middleware::client_ip;
use crate::ui::page::Badge;

/// What a handler says that it did; empty until it does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note(Arc<Mutex<String>>);

impl Note {
    /// Says it. What is said later takes the place of what was said before.
    pub(crate) fn say(&self, what: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = what.into();
    }

    fn said(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// That a form was sent and nothing came of it: on the response, where its status does not say so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NothingDone;

/// A request that will have to be written down.
pub(super) struct Watched {
    deed: Deed,
    note: Note,
}

/// Begins to watch a request, if what it asks for is administrative.
pub(super) fn watch(state: &AppState, parts: &mut Parts, rule: Rule, route: &str) -> Option<Watched> {
    let is_change = !parts.method.is_safe() || route == crate::ui::GRANTED;
    let kind = kind(rule, route).filter(|_| is_change)?;
    let note = Note::default();
    parts.extensions.insert(note.clone());
    let mut deed = doer(parts);
    deed.address =
        client_ip::of(&state.config, parts).map_or_else(String::new, |address| address.to_string());
    deed.kind = kind;
    deed.request = format!("{} {}", parts.method, parts.uri.path());
    Some(Watched { deed, note })
}

/// What the request is about; none for what is everyday work.
fn kind(rule: Rule, route: &str) -> Option<String> {
    use Resource::{Comments, Deliveries, Issues, Releases, Tickets};
    match rule {
        Rule::Right(Issues | Comments | Tickets | Deliveries | Releases, _) => None,
        // The demo sends events; it makes nothing.
        Rule::Right(..) if route == "/demo" => None,
        Rule::Right(resource, action) => Some(format!("{resource} {action}")),
        Rule::SignedIn if route.starts_with("/account/") => Some(format!("account {}", Action::Change)),
        Rule::SignedIn | Rule::Open => None,
    }
}

fn doer(parts: &Parts) -> Deed {
    let session = parts.extensions.get::<Session>();
    let person = session.map(|session| (&session.person, None));
    let caller = parts.extensions.get::<Caller>().and_then(|caller| match caller {
        Caller::Person(person) => Some((person, None)),
        Caller::Token {
            person: Some(person),
            token,
        } => Some((person, Some(token.name.clone()))),
        Caller::Token { .. } => None,
    });
    if let Some((person, token)) = person.or(caller) {
        return Deed {
            person: Some(person.id),
            actor: Badge::of(&person.name, &person.email).name,
            token,
            ..Deed::default()
        };
    }
    match parts.extensions.get::<Caller>() {
        Some(Caller::Token { token, .. }) => Deed {
            actor: "Nobody in particular".to_owned(),
            token: Some(token.name.clone()),
            ..Deed::default()
        },
        _ => Deed::default(),
    }
}

/// Whether an answer says that something was done.
pub(super) fn is_done(response: &Response) -> bool {
    let status = response.status();
    let is_well = status.is_success() || status.is_redirection();
    is_well && response.extensions().get::<NothingDone>().is_none()
}

impl Watched {
    /// Writes it down. That it cannot be is the operator's to know: it was done already.
    pub(super) async fn over(self, state: &AppState) {
        let mut deed = self.deed;
        deed.what = self.note.said();
        if let Err(error) = write(state, &deed).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                what = deed.what,
                "the audit log is not written"
            );
        }
    }
}

/// Writes down what no route does by itself: that somebody signed in.
pub(crate) async fn write(state: &AppState, deed: &Deed) -> errand_store::Result<()> {
    let mut tx = state.db.begin().await?;
    errand_store::audit::write(&mut tx, state.context(), deed).await?;
    tx.commit().await
}
