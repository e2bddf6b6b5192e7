//! Posts what happens to issues to a URL: as JSON of its own shape, or as a template makes it.

mod payload;
mod route;
mod template;

use std::collections::BTreeMap;

use errand_plugin_sdk::{
    Call, Event, Events, Failure, Outcome, Plugin, Problem, Secret, export, http, issues, log, manifest,
};
use serde::Deserialize;
use serde_json::Value;

use template::Format;

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
    environments: BTreeMap<String, String>,
    #[serde(default)]
    only_environments: bool,
    #[serde(default)]
    body: String,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    header_templates: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, Secret>,
    signing_secret: Option<Secret>,
}

impl Settings {
    /// Whether it matters what the event itself says.
    fn asks_for_the_event(&self) -> bool {
        self.only_environments
            || !self.environments.is_empty()
            || !self.body.is_empty()
            || !self.header_templates.is_empty()
    }

    /// The body, and what it is.
    fn body(&self, context: &Value) -> Result<(String, &'static str), Failure> {
        if self.body.is_empty() {
            return Ok((payload::told(context).to_string(), Format::Json.content_type()));
        }
        let body = template::render(&self.body, self.format, context);
        let body = body.map_err(|why| Failure::config("body", why))?;
        Ok((body, self.format.content_type()))
    }
}

struct Webhook;

impl Events for Webhook {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        let occurrence = match settings.asks_for_the_event() {
            true => issues::event_at(&event.issue.id, event.at, &[])?.unwrap_or_default(),
            false => serde_json::Map::new(),
        };
        let environment = occurrence.get("environment").and_then(Value::as_str);
        let others_too = !settings.only_environments;
        let Some(url) = route::to(environment, &settings.url, &settings.environments, others_too) else {
            let environment = environment.unwrap_or("no environment");
            log::explain(&format!("nobody is told of events of {environment}"));
            return Ok(Outcome::Ignored);
        };
        let context = payload::of(event, occurrence.clone());
        let (body, content_type) = settings.body(&context)?;
        let mut request = http::post(url)
            .header("Content-Type", content_type)
            .header("Errand-Event", &event.change)
            .header("Errand-Delivery", &call.idempotency_key)
            .header("Errand-Attempt", call.attempt.to_string())
            .header("Errand-Timestamp", (errand_plugin_sdk::now() / 1000).to_string())
            .timeout_ms(TIMEOUT_MS)
            .body(body);
        for (name, template) in &settings.header_templates {
            let value = template::header(template, &context);
            request = request.header(
                name,
                value.map_err(|why| Failure::config("header_templates", why))?,
            );
        }
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
        let mut problems = Vec::new();
        let names = settings.headers.keys().map(|name| ("headers", name));
        let templated = settings
            .header_templates
            .keys()
            .map(|name| ("header_templates", name));
        problems.extend(
            names
                .chain(templated)
                .filter_map(|(field, name)| wrong_name(field, name)),
        );
        for (environment, place) in &settings.environments {
            let problem = route::problem(environment, place);
            problems.extend(problem.map(|message| Problem::with("environments", message)));
        }
        let context = payload::sample();
        if !settings.body.is_empty()
            && let Err(why) = template::render(&settings.body, settings.format, &context)
        {
            problems.push(Problem::with("body", why));
        }
        for (name, source) in &settings.header_templates {
            if let Err(why) = template::header(source, &context) {
                problems.push(Problem::with("header_templates", format!("'{name}': {why}")));
            }
        }
        Ok(problems)
    }
}

fn wrong_name(field: &str, name: &str) -> Option<Problem> {
    let is_token = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !is_token {
        Some(Problem::with(
            field,
            format!("'{name}' cannot be a header's name"),
        ))
    } else if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        Some(Problem::with(
            field,
            format!("'{name}' is set by the webhook itself"),
        ))
    } else {
        None
    }
}

export!(Webhook: Events);
