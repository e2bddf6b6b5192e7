//! Pages people by PagerDuty (Events API v2): one incident an issue and service, which is resolved when the issue is.

use errand_plugin_sdk::http;
use errand_plugin_sdk::paging::{self, Deed, Page, Pager, Routes};
use errand_plugin_sdk::tickets::describe;
use errand_plugin_sdk::{
    Action, Actions, Call, Event, Events, Failure, Level, Outcome, Plugin, Problem, Reply, Secret, export,
    log, manifest,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

manifest!("../plugin.json");

/// Characters that PagerDuty takes.
const MAX_SUMMARY: usize = 1_024;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    routing_key: Option<Secret>,
    #[serde(default)]
    routes: Routes<Secret>,
    #[serde(default)]
    triggers: Vec<String>,
    #[serde(default)]
    region: String,
    #[serde(default)]
    url: String,
}

impl Settings {
    fn routes(&self) -> Routes<Secret> {
        self.routes.clone().or(self.routing_key.clone())
    }

    fn url(&self) -> String {
        let base = match (self.url.trim_end_matches('/'), self.region.as_str()) {
            ("", "eu") => "https://events.eu.pagerduty.com",
            ("", _) => "https://events.pagerduty.com",
            (url, _) => url,
        };
        format!("{base}/v2/enqueue")
    }

    fn send(&self, page: &Page, mut body: Value) -> Result<(), Failure> {
        let routes = self.routes();
        let Some(key) = routes.get(&page.route).or_else(|| routes.get("*")) else {
            log::warn(&format!("the service of '{}' is not set any more", page.route));
            return Ok(());
        };
        body["dedup_key"] = json!(page.key);
        let response = http::post(&self.url())
            .json_with_secret(key, |place| {
                body["routing_key"] = json!(place);
                body
            })
            .send()?;
        match response.ok() {
            // The key is in the body, so that a wrong one is a wrong request to PagerDuty.
            Err(Failure::Permanent(why)) if why.contains("outing_key") || why.contains("outing key") => Err(
                Failure::config("routing_key", format!("PagerDuty refuses the key: {why}")),
            ),
            answer => answer.map(|_| ()),
        }
    }
}

impl Pager for Settings {
    fn system(&self) -> &'static str {
        "pagerduty"
    }

    fn triggers(&self) -> &[String] {
        &self.triggers
    }

    fn pages(&self, event: &Event) -> Vec<Page> {
        let routes = self.routes();
        let names = routes.of(event).into_iter();
        names.map(|name| Page::new(&event.issue, name)).collect()
    }

    fn trigger(&self, event: &Event, page: &Page, details: &Map<String, Value>) -> Result<(), Failure> {
        let issue = &event.issue;
        self.send(
            page,
            json!({
                "event_action": "trigger",
                "client": "Errand",
                "client_url": issue.url,
                "links": [{ "href": issue.url, "text": issue.short_id }],
                "payload": payload(event, details),
            }),
        )
    }

    fn follow(&self, _: &Event, page: &Page, deed: Deed) -> Result<(), Failure> {
        let action = match deed {
            Deed::Resolve => "resolve",
            Deed::Acknowledge | Deed::Trigger => "acknowledge",
        };
        self.send(page, json!({ "event_action": action }))
    }
}

struct PagerDuty;

impl Events for PagerDuty {
    fn on_event(_: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        paging::on_event(settings, event)
    }
}

impl Actions for PagerDuty {
    fn on_action(_: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        paging::on_action(settings, action)
    }
}

fn payload(event: &Event, details: &Map<String, Value>) -> Value {
    let issue = &event.issue;
    let severity = match issue.level {
        Level::Fatal => "critical",
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info | Level::Debug => "info",
    };
    json!({
        "summary": paging::summary(issue, MAX_SUMMARY),
        "severity": severity,
        "source": issue.project.slug,
        "component": details.get("where").cloned().unwrap_or_default(),
        "group": details.get("environment").cloned().unwrap_or_default(),
        "timestamp": describe::iso(event.at),
        "custom_details": details,
    })
}

impl Plugin for PagerDuty {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        Ok(match settings.routes().is_empty() {
            true => vec![Problem::with(
                "routing_key",
                "nobody would be paged: set an integration key, or one for a team or a project",
            )],
            false => Vec::new(),
        })
    }
}

export!(PagerDuty: Events + Actions);
