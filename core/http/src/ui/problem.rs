//! The face of an error that people see: with the menu and the colours of who looks, so that they find on from there.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use errand_model::{Clock, SystemClock};

use super::look::Look;
use super::page::{self, Page};
use super::parts::filters;
use super::visit;
use crate::AppState;
use crate::error::PageError;

/// What went wrong; `id` is what the log knows it by.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: Page,
    detail: &'a str,
    id: Option<&'a str>,
    /// Where they came from.
    back: Option<&'a str>,
}

/// What went wrong, for [`framed`] to show it anew once it is known who looks.
#[derive(Clone)]
struct Problem {
    status: StatusCode,
    detail: String,
    id: Option<String>,
}

impl Problem {
    fn show(&self, page: Page, back: Option<&str>) -> Response {
        let (detail, id) = (self.detail.as_str(), self.id.as_deref());
        let shown = ErrorPage {
            page,
            detail,
            id,
            back,
        };
        page::html_with(self.status, &shown)
            .unwrap_or_else(|_| (self.status, self.detail.clone()).into_response())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let problem = Problem {
            status: self.0.status,
            detail: self.0.detail.to_string(),
            id: self.0.log(),
        };
        let page = Page::bare(title(problem.status), SystemClock.now());
        let mut response = self.0.respond(problem.show(page, None));
        response.extensions_mut().insert(problem);
        response
    }
}

/// Shows an error in the frame of who looks at it. Where the hub itself failed, nothing more is asked of it.
pub(crate) async fn framed(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let page = frame(&state, &asked, problem.status).await;
    let shown = problem.show(page, way_back(&asked).as_deref());
    *response.body_mut() = shown.into_body();
    response
}

async fn frame(state: &AppState, asked: &Parts, status: StatusCode) -> Page {
    let title = title(status);
    let visit = match status.is_server_error() {
        true => None,
        false => visit::visit(asked, state).await.ok().flatten(),
    };
    let mut page = visit.map_or_else(|| Page::bare(title, state.now()), |visit| visit.page(title, ""));
    page.look = Look {
        flash: None,
        ..Look::of(&asked.headers)
    };
    page.here = match asked.method == Method::GET {
        true => visit::here(asked),
        false => "/".to_owned(),
    };
    page
}

/// The page of this hub that led here, where there is one and it is another.
fn way_back(asked: &Parts) -> Option<String> {
    let header = |name| asked.headers.get(name).and_then(|value| value.to_str().ok());
    let from: Uri = header(header::REFERER)?.parse().ok()?;
    let host = from.authority().map(Authority::as_str);
    let is_own = host.is_some() && host == header(header::HOST);
    let path = from.path_and_query()?.as_str();
    (is_own && visit::local(path) == path && path != visit::here(asked)).then(|| path.to_owned())
}

const fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 => "Not found",
        403 => "Not allowed",
        400 => "That cannot be done",
        409 => "Somebody was quicker",
        500.. => "The hub failed",
        _ => "That did not work",
    }
}
