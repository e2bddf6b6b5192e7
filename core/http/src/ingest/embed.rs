//! `GET|POST /api/embed/error-page/`: the dialog in which users say what they did when it crashed.
//!
//! SDKs load the `GET` as a script into the page; the script shows a form and posts it back here.

use axum::Json;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use errand_model::EventId;
use errand_pipeline::enclose::{self, Report};
use serde_json::json;

use super::auth::Dsn;
use super::body::Cap;
use super::directory::Known;
use super::visit::Visit;
use crate::error::Error;

const SCRIPT: &str = include_str!("embed.js");

/// What a person can reasonably write.
const MAX_FORM_BYTES: usize = 64 * 1024;

pub(super) async fn get(visit: Visit, _body: Body) -> Result<Response, Error> {
    admit(&visit).await?;
    event_id(&visit)?;
    let texts = [
        "title",
        "subtitle",
        "name",
        "email",
        "labelSubmit",
        "successMessage",
    ];
    let texts: serde_json::Map<_, _> = texts
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), visit.parameter(name)?.into())))
        .collect();
    // As a string in a string, nothing in it can end the script.
    let texts = json!(json!(texts).to_string())
        .to_string()
        .replace('<', "\\u003c");
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, SCRIPT.replace("\"{{TEXTS}}\"", &texts)).into_response())
}

pub(super) async fn post(visit: Visit, body: Body) -> Result<Response, Error> {
    let known = admit(&visit).await?;
    let event_id = event_id(&visit)?;
    let cap = Cap {
        wire: MAX_FORM_BYTES,
        decoded: MAX_FORM_BYTES,
    };
    let payload = visit.read(body, cap, Some(&known)).await?;
    let form: Vec<_> = url::form_urlencoded::parse(&payload.body).collect();
    let field = |name: &str| {
        let value = form.iter().find(|(field, _)| field == name);
        value.map_or("", |(_, value)| value.trim())
    };
    let (name, email, comments) = (field("name"), field("email"), field("comments"));
    let required = [("name", name), ("email", email), ("comments", comments)];
    let missing: Vec<_> = required.iter().filter(|(_, value)| value.is_empty()).collect();
    if !missing.is_empty() {
        let errors: serde_json::Map<_, _> = missing
            .iter()
            .map(|(name, _)| ((*name).to_owned(), json!(["This field is required."])))
            .collect();
        return Ok((StatusCode::BAD_REQUEST, Json(json!({ "errors": errors }))).into_response());
    }
    let report = Report {
        event_id,
        name,
        email,
        comments,
    };
    let taken = visit
        .submit_made(&known, enclose::for_user_report(&report))
        .await?;
    Ok(taken.answer(StatusCode::OK))
}

async fn admit(visit: &Visit) -> Result<std::sync::Arc<Known>, Error> {
    let dsn = visit
        .parameter("dsn")
        .ok_or_else(|| Error::bad_request("the parameter dsn is missing"))?;
    let dsn = Dsn::parse(&dsn)?;
    visit.admit_key(dsn.key, Some(dsn.project)).await
}

fn event_id(visit: &Visit) -> Result<EventId, Error> {
    let text = visit
        .parameter("eventId")
        .ok_or_else(|| Error::bad_request("the parameter eventId is missing"))?;
    text.parse()
        .map_err(|error: errand_model::ParseIdError| Error::bad_request(format!("eventId: {error}")))
}
