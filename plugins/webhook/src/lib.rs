//! Posts what happens to issues as JSON to a URL.

mod payload;

use std::collections::BTreeMap;

use errand_plugin_sdk::{
    Call, Event, Events, Failure, Outcome, Plugin, Problem, Secret, export, http, log, manifest,
};
use serde::Deserialize;

manifest!("../plugin.json");

/// Receivers that need longer should take it in and work later.
const TIMEOUT_MS: u32 = 10_000;

/// Headers that the webhook sets itself.
const RESERVED: [&str; 9] = [
    "content-type",
    "errand-attempt",
    "errand-delivery",
    "errand-event",
    "errand-timestamp",
    "host",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

#[derive(Deserialize)]
struct Settings {
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, Secret>,
    signing_secret: Option<Secret>,
}

struct Webhook;

impl Events for Webhook {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        let mut request = http::post(&settings.url)
            .header("Errand-Event", &event.change)
            .header("Errand-Delivery", &call.idempotency_key)
            .header("Errand-Attempt", call.attempt.to_string())
            .header("Errand-Timestamp", (errand_plugin_sdk::now() / 1000).to_string())
            .timeout_ms(TIMEOUT_MS)
            .json(&payload::of(event));
        for (name, secret) in &settings.headers {
            request = request.secret_header(name, secret);
        }
        if let Some(secret) = &settings.signing_secret {
            request = request.sign_standard_webhook(&call.idempotency_key, secret);
        }
        let status = request.send()?.ok()?.status();
        log::info(&format!(
            "posted {} of {}: {status}",
            event.change, event.issue.short_id
        ));
        Ok(Outcome::Done)
    }
}

impl Plugin for Webhook {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let is_token = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        let problem = |name: &String| {
            if !is_token(name) {
                Some(Problem::with(
                    "headers",
                    format!("'{name}' cannot be a header's name"),
                ))
            } else if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                Some(Problem::with(
                    "headers",
                    format!("'{name}' is set by the webhook itself"),
                ))
            } else {
                None
            }
        };
        Ok(settings.headers.keys().filter_map(problem).collect())
    }
}

export!(Webhook: Events);
