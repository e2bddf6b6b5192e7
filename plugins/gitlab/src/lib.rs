//! Opens issues in a project of GitLab, and keeps state and comments the same on both sides.

mod api;
mod hook;

use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Rules, Work};
use errand_plugin_sdk::{
    Action, Actions, Call, Event, Events, Failure, Inbound, Outcome, Plugin, Problem, Reply, Secret, export,
    manifest,
};
use serde::Deserialize;

use api::GitLab;

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    project: String,
    token: Secret,
    #[serde(default)]
    create_on: Vec<String>,
    #[serde(default)]
    labels: String,
    #[serde(default)]
    confidential: bool,
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
        Work::new(&GitLab::of(settings), call, &settings.rules()).on_event(event)
    }
}

impl Actions for Plug {
    fn on_action(call: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        Work::new(&GitLab::of(settings), call, &settings.rules()).on_action(action)
    }
}

impl Inbound for Plug {
    fn on_request(call: &Call, request: &Request, settings: &Settings) -> Result<Response, Failure> {
        let (gitlab, rules) = (GitLab::of(settings), settings.rules());
        hook::hear(&Work::new(&gitlab, call, &rules), request)
    }
}

impl Plugin for Plug {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let project = settings.project.trim();
        let is_path = project.contains('/')
            && project.split('/').all(|part| !part.is_empty())
            && project.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
        match is_path {
            true => Ok(GitLab::of(settings).check()?.into_iter().collect()),
            false => Ok(vec![Problem::with("project", "has to be group/project")]),
        }
    }
}

export!(Plug: Events + Actions + Inbound);
