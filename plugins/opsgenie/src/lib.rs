//! Raises alerts in Opsgenie: one an issue and team, which is closed when the issue is done with.

use errand_plugin_sdk::http::{self, Request};
use errand_plugin_sdk::paging::{self, Deed, Page, Routes};
use errand_plugin_sdk::tickets::text::line;
use errand_plugin_sdk::{
    Action, Actions, Call, Event, Events, Failure, Issue, Level, Outcome, Plugin, Reply, Secret, export,
    manifest,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

manifest!("../plugin.json");

const SYSTEM: &str = "opsgenie";
/// Characters that Opsgenie takes.
const MAX_MESSAGE: usize = 130;
const MAX_ENTITY: usize = 512;
const MAX_TAG: usize = 50;

#[derive(Deserialize)]
struct Settings {
    api_key: Secret,
    #[serde(default)]
    team: String,
    #[serde(default)]
    routes: Routes<String>,
    #[serde(default)]
    triggers: Vec<String>,
    #[serde(default)]
    region: String,
    #[serde(default)]
    url: String,
}

impl Settings {
    fn triggers(&self) -> Vec<String> {
        match self.triggers.is_empty() {
            true => vec!["alert.raised".to_owned()],
            false => self.triggers.clone(),
        }
    }

    fn routes(&self) -> Routes<String> {
        self.routes.clone().or(Some(self.team.clone()))
    }

    fn post(&self, path: &str) -> Request {
        let base = match (self.url.trim_end_matches('/'), self.region.as_str()) {
            ("", "eu") => "https://api.eu.opsgenie.com",
            ("", _) => "https://api.opsgenie.com",
            (url, _) => url,
        };
        http::post(&format!("{base}/v2/alerts{path}")).secret_in_header(
            "Authorization",
            "GenieKey {secret}",
            &self.api_key,
        )
    }
}

struct Opsgenie;

impl Events for Opsgenie {
    fn on_event(_: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        match paging::deed(event, &settings.triggers()) {
            None => Ok(Outcome::Ignored),
            Some(Deed::Trigger) => raise(event, settings),
            Some(Deed::Acknowledge) => follow(event, settings, "acknowledge", "acknowledged"),
            Some(Deed::Resolve) => follow(event, settings, "close", "resolved"),
        }
    }
}

impl Actions for Opsgenie {
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
        raise(&event, settings)?;
        Ok(Reply::message("An alert is raised."))
    }
}

fn raise(event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
    let routes = settings.routes();
    let details = paging::details(event)?;
    for name in routes.of(event) {
        let page = alias(&event.issue, name);
        let team = routes.get(name).map(|team| team.trim()).unwrap_or_default();
        settings
            .post("")
            .json(&alert(event, &page, team, &details))
            .send()?
            .ok()?;
        page.record(event, SYSTEM, "triggered")?;
    }
    Ok(Outcome::Done)
}

/// One alert for each team: an alias stands for one of the whole account.
fn alias(issue: &Issue, route: &str) -> Page {
    let mut page = Page::new(issue, route);
    if route != "*" {
        page.key = line(&format!("{}-{route}", page.key), MAX_ENTITY);
    }
    page
}

fn alert(event: &Event, page: &Page, team: &str, details: &Map<String, Value>) -> Value {
    let issue = &event.issue;
    let priority = match issue.level {
        Level::Fatal => "P1",
        Level::Error => "P2",
        Level::Warning => "P3",
        Level::Info => "P4",
        Level::Debug => "P5",
    };
    let said = |name: &str| details.get(name).and_then(Value::as_str).unwrap_or_default();
    let tags = [issue.level.as_str(), said("environment"), &issue.project.slug];
    let tags = tags
        .iter()
        .filter(|tag| !tag.is_empty())
        .map(|tag| line(tag, MAX_TAG));
    let mut alert = json!({
        "message": paging::summary(issue, MAX_MESSAGE),
        "alias": page.key,
        "description": format!("{}\n{}\n\n{}", line(&issue.title, 1_000), issue.url, said("frames")),
        "details": details,
        "entity": line(&issue.culprit, MAX_ENTITY),
        "source": "Errand",
        "priority": priority,
        "tags": tags.collect::<Vec<_>>(),
    });
    if !team.is_empty() {
        alert["responders"] = json!([{ "type": "team", "name": team }]);
    }
    alert
}

/// Acknowledges or closes the alerts of an issue that are open.
fn follow(event: &Event, settings: &Settings, action: &str, state: &str) -> Result<Outcome, Failure> {
    let (issue, routes) = (&event.issue, settings.routes());
    let all = || {
        routes
            .of(event)
            .into_iter()
            .map(|name| alias(issue, name))
            .collect()
    };
    let pages = paging::concerned(event, SYSTEM, all)?;
    for page in &pages {
        let note = format!("{} in Errand: {}", state, issue.url);
        settings
            .post(&format!("/{}/{action}?identifierType=alias", escaped(&page.key)))
            .json(&json!({ "source": "Errand", "note": note }))
            .send()?
            .ok()?;
        page.record(event, SYSTEM, state)?;
    }
    Ok(match pages.is_empty() {
        true => Outcome::Ignored,
        false => Outcome::Done,
    })
}

/// As a part of a path.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => escaped.push(char::from(byte)),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

impl Plugin for Opsgenie {
    type Settings = Settings;
}

export!(Opsgenie: Events + Actions);
