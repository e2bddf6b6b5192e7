//! The face of an error that people see.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use errand_model::{Clock, SystemClock};

use super::page::{self, Page};
use super::parts::filters;
use crate::error::PageError;

/// What went wrong; `id` is what the log knows it by.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: Page,
    detail: &'a str,
    id: Option<&'a str>,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let id = self.0.log();
        let (status, detail) = (self.0.status, &self.0.detail);
        let page = Page::bare(title(status), SystemClock.now());
        let id = id.as_deref();
        let shown = page::html_with(status, &ErrorPage { page, detail, id })
            .unwrap_or_else(|_| (status, detail.to_string()).into_response());
        self.0.respond(shown)
    }
}

const fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 => "Not found",
        403 => "Not allowed",
        400 => "That makes no sense",
        409 => "Somebody was quicker",
        500.. => "The hub failed",
        _ => "That did not work",
    }
}
