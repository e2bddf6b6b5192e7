//! Opens issues in a GitHub repository, and keeps state and comments the same on both sides.

mod api;
mod hook;

use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Rules, Work};
use errand_plugin_sdk::{
    Action, Actions, Call, Event, Events, Failure, Inbound, Outcome, Plugin, Problem, Reply, Secret, export,
    manifest,
};
use serde::Deserialize;

use api::GitHub;

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    repository: String,
    token: Secret,
    #[serde(default)]
    create_on: Vec<String>,
    #[serde(default)]
    labels: String,
    reopen_days: Option<f64>,
    #[serde(default)]
    no_comments: bool,
    #[serde(default)]
    url: String,
}

impl Settings {
    fn rules(&self) -> Rules {
        Rules {
            create_on: self.create_on.clone(),
            reopen_days: self.reopen_days.map_or(14, |days| days as u32),
            comments: !self.no_comments,
        }
    }
}

struct Plug;

impl Events for Plug {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        Work::new(&GitHub::of(settings), call, &settings.rules()).on_event(event)
    }
}

impl Actions for Plug {
    fn on_action(call: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        Work::new(&GitHub::of(settings), call, &settings.rules()).on_action(action)
    }
}

impl Inbound for Plug {
    fn on_request(call: &Call, request: &Request, settings: &Settings) -> Result<Response, Failure> {
        let (github, rules) = (GitHub::of(settings), settings.rules());
        hook::hear(&Work::new(&github, call, &rules), request)
    }
}

impl Plugin for Plug {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let parts: Vec<&str> = settings.repository.trim().split('/').collect();
        let is_name = |part: &&str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        match parts.len() == 2 && parts.iter().all(is_name) {
            true => Ok(GitHub::of(settings).check()?.into_iter().collect()),
            false => Ok(vec![Problem::with("repository", "has to be owner/repository")]),
        }
    }
}

export!(Plug: Events + Actions + Inbound);
