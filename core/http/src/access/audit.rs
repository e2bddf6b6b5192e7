//! Writes down what is done that is administrative: here, for all routes, so that none can forget it.
//!
//! A handler says in words what it does ([`Note`]) before it commits: the entry is written by that commit, and lasts as the
//! change does. What is no change of the database (a file that was brought, a look that is worth an entry) is written down
//! once it is done.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::Response;
use errand_model::access::{Action, Resource};
use errand_store::audit::{Audited, Deed};

use super::rules::Rule;
use crate::AppState;
use crate::auth::{Caller, Session};
use crate::client_ip;

/// What a handler says that it does; where nothing is written down, it goes nowhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note(Option<Audited>);

impl Note {
    /// Says it. What is said again before a commit takes the place of what was said before.
    pub(crate) fn say(&self, what: impl Into<String>) {
        if let Some(audited) = &self.0 {
            audited.say(what);
        }
    }
}

/// That a form was sent and nothing came of it: on the response, where its status does not say so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NothingDone;

/// Begins to watch a request, if what it asks for is administrative.
pub(super) fn watch(state: &AppState, parts: &mut Parts, rule: Rule, route: &str) -> Option<Audited> {
    let kind = kind(rule, route)?;
    let mut deed = doer(parts);
    deed.address =
        client_ip::of(&state.config, parts).map_or_else(String::new, |address| address.to_string());
    deed.kind = kind;
    deed.request = format!("{} {}", parts.method, parts.uri.path());
    let audited = Audited::new(Arc::clone(&state.clock), Arc::clone(&state.ids), deed);
    parts.extensions.insert(Note(Some(audited.clone())));
    Some(audited)
}

/// What the request is about; none for what is everyday work.
fn kind(rule: Rule, route: &str) -> Option<String> {
    use Resource::{Comments, Deliveries, Issues, Releases, Tickets};
    match rule {
        // One form for a plugin's deliveries and for the plugin itself.
        Rule::Right(Deliveries, _) if route == "/plugins/{id}" => {
            Some(format!("{} {}", Resource::Plugins, Action::Change))
        }
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
            actor: person.called().to_owned(),
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

/// Writes down what was done and is in no commit; a look only where it was said to be worth an entry. That it cannot be
/// written is the operator's to know: it was done already.
pub(super) async fn over(state: &AppState, audited: &Audited, route: &str, is_look: bool) {
    let Some(deed) = audited.left().filter(|deed| !is_look || !deed.what.is_empty()) else {
        return;
    };
    debug_assert!(
        is_look || !audited.is_silent(),
        "{route} changed something and did not say what before it committed"
    );
    if let Err(error) = write(state, &deed).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            what = deed.what,
            "the audit log is not written"
        );
    }
}

async fn write(state: &AppState, deed: &Deed) -> errand_store::Result<()> {
    let mut tx = state.db.begin().await?;
    errand_store::audit::write(&mut tx, state.context(), deed).await?;
    tx.commit().await
}
