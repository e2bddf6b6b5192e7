//! Pages people by PagerDuty (Events API v2): one incident an issue and service, which is resolved when the issue is.

use errand_plugin_sdk::http;
use errand_plugin_sdk::paging::{self, Deed, Page, Routes};
use errand_plugin_sdk::tickets::describe;
use errand_plugin_sdk::{
    Action, Actions, Call, Event, Events, Failure, Level, Outcome, Plugin, Problem, Reply, Secret, export,
    log, manifest,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

manifest!("../plugin.json");

const SYSTEM: &str = "pagerduty";
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

    fn triggers(&self) -> Vec<String> {
        match self.triggers.is_empty() {
            true => vec!["alert.raised".to_owned()],
            false => self.triggers.clone(),
        }
    }

    fn url(&self) -> String {
        let base = match (self.url.trim_end_matches('/'), self.region.as_str()) {
            ("", "eu") => "https://events.eu.pagerduty.com",
            ("", _) => "https://events.pagerduty.com",
            (url, _) => url,
        };
        format!("{base}/v2/enqueue")
    }
}

struct PagerDuty;

impl Events for PagerDuty {
    fn on_event(_: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        match paging::deed(event, &settings.triggers()) {
            None => Ok(Outcome::Ignored),
            Some(Deed::Trigger) => trigger(event, settings),
            Some(Deed::Acknowledge) => follow(event, settings, "acknowledge", "acknowledged"),
            Some(Deed::Resolve) => follow(event, settings, "resolve", "resolved"),
        }
    }
}

impl Actions for PagerDuty {
    fn on_action(_: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        let event = Event {
            id: String::new(),
            change: "asked for".to_owned(),
            details: Map::new(),
            at: errand_plugin_sdk::now(),
            actor: action.by.clone(),
            issue: action.issue.clone(),
            extra: Map::new(),
        };
        match trigger(&event, settings)? {
            Outcome::Done => Ok(Reply::message("Somebody is paged.")),
            Outcome::Ignored => Ok(Reply::message("No service is set for this issue.")),
        }
    }
}

fn trigger(event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
    let routes = settings.routes();
    let names = routes.of(event);
    if names.is_empty() {
        log::explain("no service is set for this issue");
        return Ok(Outcome::Ignored);
    }
    let details = paging::details(event)?;
    for name in names {
        let page = Page::new(&event.issue, name);
        let body = json!({
            "event_action": "trigger",
            "dedup_key": page.key,
            "client": "Errand",
            "client_url": event.issue.url,
            "links": [{ "href": event.issue.url, "text": event.issue.short_id }],
            "payload": payload(event, &details),
        });
        send(settings, &routes, &page, body)?;
        page.record(event, SYSTEM, "triggered")?;
    }
    Ok(Outcome::Done)
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

/// Acknowledges or resolves the pages of an issue that are open. What nobody was paged for is none of PagerDuty's business.
fn follow(event: &Event, settings: &Settings, action: &str, state: &str) -> Result<Outcome, Failure> {
    let routes = settings.routes();
    let all = || {
        routes
            .of(event)
            .into_iter()
            .map(|name| Page::new(&event.issue, name))
            .collect()
    };
    let pages = paging::concerned(event, SYSTEM, all)?;
    for page in &pages {
        let body = json!({ "event_action": action, "dedup_key": page.key });
        send(settings, &routes, page, body)?;
        page.record(event, SYSTEM, state)?;
    }
    Ok(match pages.is_empty() {
        true => Outcome::Ignored,
        false => Outcome::Done,
    })
}

fn send(settings: &Settings, routes: &Routes<Secret>, page: &Page, mut body: Value) -> Result<(), Failure> {
    let Some(key) = routes.get(&page.route).or_else(|| routes.get("*")) else {
        log::warn(&format!("the service of '{}' is not set any more", page.route));
        return Ok(());
    };
    let response = http::post(&settings.url())
        .json_with_secret(key, |place| {
            body["routing_key"] = json!(place);
            body
        })
        .send()?;
    match response.ok() {
        // The key is in the body, so that a wrong one is a wrong request to PagerDuty.
        Err(Failure::Permanent(why)) if why.contains("routing_key") || why.contains("outing key") => Err(
            Failure::config("routing_key", format!("PagerDuty refuses the key: {why}")),
        ),
        answer => answer.map(|_| ()),
    }
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
