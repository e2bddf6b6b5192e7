//! Who looks at a page, and for which organization.
//!
//! A handler that takes [`Visit`] is for people who are signed in: others are sent to sign in, and come back.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use errand_model::access::{Action, Resource};
use errand_model::lifecycle::Actor;
use errand_model::project::{Organization, Project};
use errand_model::{ProjectId, SessionId, Timestamp, UserId};
use errand_store::people::Person;
use errand_store::{organizations, projects};
use sha2::{Digest, Sha256};

use super::look::Look;
use super::page::{Badge, Page};
use crate::AppState;
use crate::access;
use crate::access::audit::Note;
use crate::auth::{self, Session};
use crate::error::{Error, PageError};

/// Somebody signed in, on a page.
pub(crate) struct Visit {
    /// Who.
    pub(crate) person: Person,
    /// By which session.
    pub(crate) session: SessionId,
    /// Whose projects are shown: the hub's first organization.
    pub(crate) organization: Organization,
    /// Colours and messages.
    pub(crate) look: Look,
    /// What forms must send along.
    pub(crate) csrf: String,
    /// Path and query of the page.
    pub(crate) here: String,
    /// When.
    pub(crate) now: Timestamp,
    note: Note,
}

impl Visit {
    /// The frame of a page for them.
    pub(crate) fn page(&self, title: impl Into<String>, area: &'static str) -> Page {
        Page {
            area,
            person: Some(Badge::of(&self.person.name, &self.person.email)),
            role: Some(self.person.role),
            csrf: self.csrf.clone(),
            look: self.look.clone(),
            here: self.here.clone(),
            ..Page::bare(title, self.now)
        }
    }

    /// 403 unless they have the right: for pages that do several things.
    pub(crate) fn require(&self, resource: Resource, action: Action) -> Result<(), Error> {
        access::require(self.person.role, resource, action)
    }

    /// Says what was done, for the audit log.
    pub(crate) fn note(&self, what: impl Into<String>) {
        self.note.say(what);
    }

    /// As whom the activity log names them.
    pub(crate) fn actor(&self) -> Actor {
        Actor::User {
            id: Some(self.person.id),
            name: self.person.called().to_owned(),
        }
    }

    /// All projects they see.
    pub(crate) async fn projects(&self, state: &AppState) -> Result<Vec<Project>, Error> {
        Ok(projects::seen(&state.db, Some(self.organization.id), self.viewer()).await?)
    }

    /// Whose teams decide which projects they see; none if they see all of them.
    pub(crate) fn viewer(&self) -> Option<UserId> {
        self.person.viewer()
    }

    /// Whether they see a project.
    pub(crate) async fn sees(&self, state: &AppState, project: ProjectId) -> Result<bool, Error> {
        Ok(projects::is_seen(&state.db, project, self.viewer()).await?)
    }

    /// The project of that slug, where they see it.
    pub(crate) async fn project(&self, state: &AppState, slug: &str) -> Result<Project, Error> {
        let missing = || Error::not_found("There is no such project.");
        let found = projects::by_slug(&state.db, self.organization.id, slug).await?;
        let found = found.ok_or_else(missing)?;
        match self.sees(state, found.id).await? {
            true => Ok(found),
            false => Err(missing()),
        }
    }
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let visit = visit(parts, state)
            .await
            .map_err(|error| PageError(error).into_response())?;
        visit.ok_or_else(|| access::sign_in_first(parts))
    }
}

/// Who asks, if they are signed in.
pub(crate) async fn visit(parts: &Parts, state: &AppState) -> Result<Option<Visit>, Error> {
    let Some(Session { person, id }) = Session::find(state, parts).await? else {
        return Ok(None);
    };
    let organization = organizations::list(&state.db).await?.into_iter().next();
    Ok(Some(Visit {
        organization: organization.ok_or_else(|| Error::not_found("The hub has no organization yet."))?,
        person,
        session: id,
        look: Look::of(&parts.headers),
        csrf: csrf(state, &parts.headers).unwrap_or_default(),
        here: here(parts),
        now: state.now(),
        note: parts.extensions.get::<Note>().cloned().unwrap_or_default(),
    }))
}

/// Path and query of what was asked for.
pub(crate) fn here(parts: &Parts) -> String {
    parts
        .uri
        .path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// `to`, where it is a path of this hub; its start page otherwise. No form leads elsewhere.
pub(crate) fn local(to: &str) -> &str {
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\");
    match is_path && !to.chars().any(char::is_control) {
        true => to,
        false => "/",
    }
}

/// Characters of the part of a token that is made up anew for each page.
const MADE_UP: usize = 16;

/// What forms of a session must send along: nobody can make it who does not hold the session's cookie. Each page has another
/// one: nothing can be learned of it from how small a page becomes when it is packed.
pub(crate) fn csrf(state: &AppState, headers: &HeaderMap) -> Option<String> {
    let mut made_up = [0; MADE_UP / 2];
    getrandom::fill(&mut made_up).ok()?;
    let made_up = hex(&made_up);
    Some(format!("{made_up}{}", proof(state, headers, &made_up)?))
}

/// Whether a form was sent by a page of the session.
pub(crate) fn is_of_session(state: &AppState, headers: &HeaderMap, sent: &str) -> bool {
    let parts = sent.split_at_checked(MADE_UP);
    parts.is_some_and(|(made_up, sent)| proof(state, headers, made_up).is_some_and(|wanted| wanted == sent))
}

fn proof(state: &AppState, headers: &HeaderMap, made_up: &str) -> Option<String> {
    let secret = auth::cookie::secret(&state.config, headers)?;
    let hash = Sha256::new()
        .chain_update("form of session ")
        .chain_update(made_up)
        .chain_update(secret.reveal())
        .finalize();
    Some(hex(&hash[..16]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn forms_lead_nowhere_else() {
        assert_eq!(local("/issues?query=a"), "/issues?query=a");
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "/a\nb",
        ] {
            assert_eq!(local(elsewhere), "/");
        }
    }
}
