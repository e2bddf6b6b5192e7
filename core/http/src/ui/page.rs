//! What every page needs: its frame, and how it becomes a response.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use errand_model::Timestamp;
use errand_model::access::{Action, Resource, Role};

use super::assets;
use super::look::Look;
use crate::error::{Error, PageError};

/// The context of `templates/layout.html`.
pub(crate) struct Page {
    /// What the tab and the headline say.
    pub(crate) title: String,
    /// Which entry of the main menu is lit: `issues`, `reports`, `projects`, `teams`, `plugins`, `demo`.
    pub(crate) area: &'static str,
    /// Who is signed in.
    pub(crate) person: Option<Badge>,
    /// What they are.
    pub(crate) role: Option<Role>,
    /// What forms send along, so that the hub knows them as its own.
    pub(crate) csrf: String,
    /// Colours, and what the last form brought about.
    pub(crate) look: Look,
    /// The address of the page, to come back to.
    pub(crate) here: String,
    /// Against what `5 min ago` is counted.
    pub(crate) now: Timestamp,
    /// Where styles and script are found.
    pub(crate) assets: &'static assets::Urls,
    /// The hub's version.
    pub(crate) version: &'static str,
}

impl Page {
    /// The frame of a page for somebody whom we do not know.
    pub(crate) fn bare(title: impl Into<String>, now: Timestamp) -> Self {
        Page {
            title: title.into(),
            area: "",
            person: None,
            role: None,
            csrf: String::new(),
            look: Look::default(),
            here: "/".to_owned(),
            now,
            assets: assets::urls(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Whether to show who looks at it what needs this right: `may("plugins", "change")`.
    pub(crate) fn may(&self, resource: &str, action: &str) -> bool {
        let right = resource
            .parse::<Resource>()
            .ok()
            .zip(action.parse::<Action>().ok());
        self.role
            .zip(right)
            .is_some_and(|(role, (resource, action))| role.may(resource, action))
    }
}

/// A person, as small as they fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    /// Their name.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
    /// Two letters.
    pub(crate) initials: String,
}

impl Badge {
    /// Of a person or a team.
    pub(crate) fn of(name: &str, email: &str) -> Self {
        let shown = if name.is_empty() { email } else { name };
        Badge {
            name: shown.to_owned(),
            email: email.to_owned(),
            initials: initials(shown),
        }
    }
}

/// The first letters of the first two words.
pub(crate) fn initials(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let letters: String = words.filter_map(|word| word.chars().next()).take(2).collect();
    match letters.is_empty() {
        true => "?".to_owned(),
        false => letters.to_uppercase(),
    }
}

/// Renders a page.
pub(crate) fn html(template: &impl Template) -> Result<Response, PageError> {
    html_with(StatusCode::OK, template)
}

/// Renders a page with a status of its own.
pub(crate) fn html_with(status: StatusCode, template: &impl Template) -> Result<Response, PageError> {
    let text = template.render().map_err(Error::internal)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((status, headers, text).into_response())
}

/// Sends text that is no page: raw events and their copies. Browsers show it and run nothing of it.
pub(crate) fn text(kind: &'static str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_stand_for_a_person() {
        assert_eq!(initials("Kim van Berg"), "KV");
        assert_eq!(initials("ada@example.com"), "AE");
        assert_eq!(initials("…"), "?");
    }
}
