//! Raises alerts in Opsgenie: one an issue and team, which is closed when the issue is done with.

use errand_plugin_sdk::http;
use errand_plugin_sdk::paging::{self, Deed, Page, Pager, Routes};
use errand_plugin_sdk::tickets::text::line;
use errand_plugin_sdk::{
    Action, Actions, Call, Event, Events, Failure, Issue, Level, Outcome, Plugin, Reply, Secret, export,
    manifest,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

manifest!("../plugin.json");

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
    fn routes(&self) -> Routes<String> {
        self.routes.clone().or(Some(self.team.clone()))
    }

    fn post(&self, path: &str, body: &Value) -> Result<(), Failure> {
        let base = match (self.url.trim_end_matches('/'), self.region.as_str()) {
            ("", "eu") => "https://api.eu.opsgenie.com",
            ("", _) => "https://api.opsgenie.com",
            (url, _) => url,
        };
        http::post(&format!("{base}/v2/alerts{path}"))
            .secret_in_header("Authorization", "GenieKey {secret}", &self.api_key)
            .json(body)
            .send()?
            .ok()
            .map(|_| ())
    }
}

impl Pager for Settings {
    fn system(&self) -> &'static str {
        "opsgenie"
    }

    fn triggers(&self) -> &[String] {
        &self.triggers
    }

    fn pages(&self, event: &Event) -> Vec<Page> {
        let routes = self.routes();
        let names = routes.of(event).into_iter();
        names.map(|name| alias(&event.issue, name)).collect()
    }

    fn trigger(&self, event: &Event, page: &Page, details: &Map<String, Value>) -> Result<(), Failure> {
        let routes = self.routes();
        let team = routes
            .get(&page.route)
            .map(|team| team.trim())
            .unwrap_or_default();
        self.post("", &alert(event, page, team, details))
    }

    fn follow(&self, event: &Event, page: &Page, deed: Deed) -> Result<(), Failure> {
        let (action, state) = match deed {
            Deed::Resolve => ("close", "resolved"),
            Deed::Acknowledge | Deed::Trigger => ("acknowledge", "acknowledged"),
        };
        let note = format!("{state} in Errand: {}", event.issue.url);
        let path = format!("/{}/{action}?identifierType=alias", http::escaped(&page.key));
        self.post(&path, &json!({ "source": "Errand", "note": note }))
    }
}

struct Opsgenie;

impl Events for Opsgenie {
    fn on_event(_: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        paging::on_event(settings, event)
    }
}

impl Actions for Opsgenie {
    fn on_action(_: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        paging::on_action(settings, action)
    }
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

impl Plugin for Opsgenie {
    type Settings = Settings;
}

export!(Opsgenie: Events + Actions);
