//! Forms that people send: only those of the hub's own pages are taken.
//!
//! Two locks: a request that a browser says comes from another site never gets here (`middleware/same_origin.rs`),
//! and a form of somebody signed in carries a token that only pages of their session hold.

use std::str::FromStr;

use axum::extract::{Form, FromRequest, Request};
use axum::response::{IntoResponse, Response};

use super::visit::is_of_session;
use crate::AppState;
use crate::error::{Error, PageError};

/// The fields of a form, in the order of the page.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// As if a form had sent them.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        Fields(pairs)
    }

    /// The field's text without blanks at its ends; empty where it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The field's text as it was sent, but with plain line ends.
    pub(crate) fn lines(&self, name: &str) -> String {
        self.raw(name).replace("\r\n", "\n")
    }

    fn raw(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// Every value under the name.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The field as a number or an id; none where it is empty or something else.
    pub(crate) fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }
}

/// A form of a page that needs no sign-in.
pub(crate) struct OpenForm(pub(crate) Fields);

/// A form of a page of somebody signed in.
pub(crate) struct SignedForm(pub(crate) Fields);

impl FromRequest<AppState> for OpenForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        read(request, state)
            .await
            .map(OpenForm)
            .map_err(|error| PageError(error).into_response())
    }
}

impl FromRequest<AppState> for SignedForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let checked = read(request, state).await.and_then(|fields| {
            match is_of_session(state, &headers, fields.text("csrf")) {
                true => Ok(fields),
                false => Err(Error::forbidden(
                    "The form is not of this session: load the page again, and send it once more.",
                )),
            }
        });
        checked
            .map(SignedForm)
            .map_err(|error| PageError(error).into_response())
    }
}

async fn read(request: Request, state: &AppState) -> Result<Fields, Error> {
    let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
    let Form(fields) = form.map_err(|rejection| Error::bad_request(rejection.body_text()))?;
    Ok(Fields(fields))
}
