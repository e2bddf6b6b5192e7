//! Linear's GraphQL over HTTP: one address for all, and errors within answers.

use errand_plugin_sdk::http::{self, Response};
use errand_plugin_sdk::{Failure, Secret, now};
use serde_json::{Value, json};

/// What becomes of who asks too often, where Linear does not say how long to wait, in milliseconds.
const PAUSE_MS: u64 = 60_000;

/// Where Linear is, and by what it lets us in.
pub(crate) struct Wire<'a> {
    pub(crate) base: &'a str,
    pub(crate) key: &'a Secret,
}

impl Wire<'_> {
    /// Asks, and gives the `data` of the answer; none where Linear knows nothing of that id.
    pub(crate) fn ask(&self, query: &str, variables: Value) -> Result<Option<Value>, Failure> {
        let request = http::post(&format!("{}/graphql", self.base))
            .secret_header("Authorization", self.key)
            .json(&json!({ "query": query, "variables": variables }));
        // What is no mutation changes nothing.
        let is_question = query.trim_start().starts_with("query");
        let answer = if is_question { request.asking() } else { request }.send()?;
        let Ok(body) = answer.json::<Value>() else {
            // A proxy's page, or half an answer.
            answer.ok()?;
            return Err(Failure::retry("Linear's answer is no JSON"));
        };
        let error = body["errors"].as_array().and_then(|errors| errors.first());
        match error {
            Some(error) => refused(&answer, error),
            None => {
                answer.ok()?;
                Ok(Some(body["data"].clone()))
            }
        }
    }
}

/// What an error means: Linear says 400 or 200 to most of them, and the kind in a code.
fn refused(answer: &Response, error: &Value) -> Result<Option<Value>, Failure> {
    let code = error["extensions"]["code"].as_str().unwrap_or_default();
    let said = error["extensions"]["userPresentableMessage"].as_str();
    let said = said
        .or(error["message"].as_str())
        .unwrap_or("an error without words");
    let said: String = said.chars().take(200).collect();
    match (answer.status(), code) {
        (429, _) | (_, "RATELIMITED") => Err(Failure::RateLimited {
            after_ms: pause(answer).unwrap_or(PAUSE_MS),
        }),
        (401, _) | (_, "AUTHENTICATION_ERROR") => Err(Failure::Auth(said)),
        (403, _) | (_, "FORBIDDEN") => Err(Failure::Auth(said)),
        _ if said.contains("not found")
            || error["message"]
                .as_str()
                .is_some_and(|text| text.contains("not found")) =>
        {
            Ok(None)
        }
        (status, _) if status >= 500 => Err(Failure::retry(said)),
        (_, "INTERNAL_SERVER_ERROR" | "LOCK_TIMEOUT") => Err(Failure::retry(said)),
        _ => Err(Failure::permanent(format!("Linear refuses: {said}"))),
    }
}

/// `Retry-After`, or when Linear counts anew, in milliseconds since 1970.
fn pause(answer: &Response) -> Option<u64> {
    let number = |name: &str| answer.header(name).and_then(|text| text.parse::<u64>().ok());
    let after = number("retry-after").map(|seconds| seconds * 1_000);
    let reset = || number("x-ratelimit-requests-reset").map(|at| at.saturating_sub(now()));
    after.or_else(reset).map(|ms| ms.max(1_000))
}
