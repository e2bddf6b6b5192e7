//! An answer as a file.

use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use errand_pipeline::report;

use super::answered::table;
use super::form::ask_of;
use crate::AppState;
use crate::error::{Error, PageError};
use crate::estimate;
use crate::ui::forms::Fields;
use crate::ui::visit::Visit;

/// As CSV.
pub(super) async fn csv(
    State(state): State<AppState>,
    visit: Visit,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let ask = ask_of(&Fields::of(pairs));
    let done = table(&state, &visit, &ask).await?;
    let (table, _) = done.map_err(Error::bad_request)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"report.csv\""),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let mut response = (headers, report::csv(&table)).into_response();
    estimate::say(&mut response, table.estimated().map(|(_, within)| within));
    Ok(response)
}

/// As JSON.
pub(super) async fn json(
    State(state): State<AppState>,
    visit: Visit,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let ask = ask_of(&Fields::of(pairs));
    let done = table(&state, &visit, &ask).await?;
    let (table, question) = done.map_err(Error::bad_request)?;
    let mut answer = table.json();
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("since".to_owned(), question.span.since.to_string().into());
        answer.insert("until".to_owned(), question.span.until.to_string().into());
    }
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, axum::Json(answer)).into_response())
}
