//! `GET|POST /api/{project}/cron/{monitor_slug}[/{key}]/`: a check-in by URL, for jobs without an SDK.
//!
//! Answers 202 and never 429: curl in a crontab knows no rate limits.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use errand_pipeline::enclose;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::visit::Visit;
use crate::error::Error;

/// An id of nothing: the latest check-in that is in progress.
const LATEST: &str = "00000000000000000000000000000000";

pub(super) async fn report(visit: Visit, body: Body) -> Result<Response, Error> {
    let known = visit.admit_with(visit.segment(4)).await?;
    let payload = visit.read(body, visit.event_cap(), Some(&known)).await?;
    let slug = visit.segment(3).unwrap_or_default();
    let slug = percent_decode_str(slug)
        .decode_utf8()
        .map_err(|_| Error::bad_request("the monitor's name is not UTF-8"))?;
    let mut check_in = if visit.media_type() == "application/json" && !payload.body.is_empty() {
        serde_json::from_slice::<Map<String, Value>>(&payload.body).map_err(|error| {
            Error::bad_request("the check-in is not a JSON object").with_causes(vec![error.to_string()])
        })?
    } else {
        Map::new()
    };
    add_parameters(&visit, &mut check_in)?;
    check_in.insert("monitor_slug".to_owned(), Value::from(slug.as_ref()));
    check_in
        .entry("check_in_id")
        .or_insert_with(|| Value::from(LATEST));
    check_status(&check_in)?;
    match visit
        .submit_made(&known, enclose::for_check_in(&Value::Object(check_in)))
        .await
    {
        Ok(taken) => Ok(taken.answer(StatusCode::ACCEPTED)),
        Err(mut error) => {
            if error.status == StatusCode::TOO_MANY_REQUESTS {
                error.status = StatusCode::SERVICE_UNAVAILABLE;
            }
            Err(error)
        }
    }
}

/// What the query string says wins over the body.
fn add_parameters(visit: &Visit, check_in: &mut Map<String, Value>) -> Result<(), Error> {
    for name in ["status", "check_in_id", "environment"] {
        if let Some(value) = visit.parameter(name) {
            check_in.insert(name.to_owned(), Value::from(value));
        }
    }
    if let Some(duration) = visit.parameter("duration") {
        let seconds: f64 = duration
            .parse()
            .map_err(|_| Error::bad_request("the parameter duration is not a number of seconds"))?;
        check_in.insert("duration".to_owned(), Value::from(seconds));
    }
    Ok(())
}

fn check_status(check_in: &Map<String, Value>) -> Result<(), Error> {
    let status = check_in.get("status").and_then(Value::as_str);
    match status {
        Some("in_progress" | "ok" | "error" | "missed" | "timeout") => Ok(()),
        _ => Err(Error::bad_request(
            "the parameter status has to be in_progress, ok or error",
        )),
    }
}
