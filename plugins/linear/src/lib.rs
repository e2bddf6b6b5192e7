//! Opens issues for a team in Linear, and keeps state and comments the same on both sides.

mod api;
mod hook;
mod wire;

use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Rules, Work};
use errand_plugin_sdk::{
    Action, Actions, Call, Event, Events, Failure, Inbound, Outcome, Plugin, Problem, Reply, Secret, export,
    manifest,
};
use serde::Deserialize;

use api::Linear;

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    team: String,
    api_key: Secret,
    #[serde(default)]
    create_on: Vec<String>,
    #[serde(default)]
    resolved_states: String,
    #[serde(default)]
    archived_states: String,
    #[serde(default)]
    open_states: String,
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
        Work::new(&Linear::of(settings), call, &settings.rules()).on_event(event)
    }
}

impl Actions for Plug {
    fn on_action(call: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        Work::new(&Linear::of(settings), call, &settings.rules()).on_action(action)
    }
}

impl Inbound for Plug {
    fn on_request(call: &Call, request: &Request, settings: &Settings) -> Result<Response, Failure> {
        let (linear, rules) = (Linear::of(settings), settings.rules());
        hook::hear(&Work::new(&linear, call, &rules), request)
    }
}

impl Plugin for Plug {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let team = settings.team.trim();
        match !team.is_empty() && team.chars().all(|c| c.is_ascii_alphanumeric()) {
            // Every question to Linear is a POST, which nothing sends while settings are only checked.
            true => Ok(Vec::new()),
            false => Ok(vec![Problem::with(
                "team",
                "has to be the key that the team's issues begin with: letters and digits",
            )]),
        }
    }
}

export!(Plug: Events + Actions + Inbound);
