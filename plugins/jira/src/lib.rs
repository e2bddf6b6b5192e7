//! Jira: tickets of issues, made by hand or by rules, and kept in line both ways.
//!
//! | module | |
//! | --- | --- |
//! | `client` | requests and answers, Cloud and Data Center |
//! | `fields`, `make` | a new ticket, one for each issue |
//! | `sync`, `transition`, `people` | status, assignee and priority in line, whoever moved |
//! | `comments`, `inbound` | what people say and do over there, by webhook or by asking |
//! | `link` | buttons: tickets that there are already |
//! | `watch` | counts kept fresh over there |
//! | `changes` | what follows from what happens to an issue |

mod changes;
mod client;
mod comments;
mod fields;
mod hub;
mod inbound;
mod link;
mod make;
mod people;
mod remote;
mod settings;
mod sync;
mod transition;
mod watch;

use errand_plugin_sdk::inbound::{Inbound, Request, Response};
use errand_plugin_sdk::{
    Action, Actions, Call, Choice, ChoicePage, Choices, Event, Events, Failure, Outcome, Plugin, Problem,
    Reply, Schedule, export, manifest,
};

use crate::client::Client;
use crate::settings::Settings;

manifest!("../plugin.json");

struct Jira;

impl Plugin for Jira {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let problems = settings.problems();
        if !problems.is_empty() {
            return Ok(problems);
        }
        // Whether address, token, project and type are right is one question.
        Ok(
            match fields::type_id(&Client::new(settings), &settings.issue_type) {
                Err(Failure::Auth(why)) => vec![Problem::with("token", format!("Jira refuses it: {why}"))],
                Err(Failure::Config(problem)) => vec![problem],
                // That Jira is out of reach is no fault of the settings.
                Ok(_) | Err(_) => Vec::new(),
            },
        )
    }
}

impl Events for Jira {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        changes::hear(&Client::new(settings), call, event)
    }
}

impl Actions for Jira {
    fn on_action(call: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        link::press(&Client::new(settings), call, action)
    }
}

impl Inbound for Jira {
    fn on_request(call: &Call, request: &Request, settings: &Settings) -> Result<Response, Failure> {
        inbound::webhook(&Client::new(settings), call, request)
    }
}

impl Schedule for Jira {
    fn on_schedule(call: &Call, job: &str, _: u64, settings: &Settings) -> Result<Outcome, Failure> {
        let client = Client::new(settings);
        match job {
            "counts" => Ok(match watch::refresh(&client)? {
                0 => Outcome::Ignored,
                _ => Outcome::Done,
            }),
            _ => inbound::poll(&client, call),
        }
    }
}

impl Choices for Jira {
    fn look_up(
        setting: &str,
        query: &str,
        _: Option<&str>,
        settings: &Settings,
    ) -> Result<ChoicePage, Failure> {
        let client = Client::new(settings);
        let all = match setting {
            "project" => projects(&client, query)?,
            _ => fields::types(&client)?,
        };
        let fits = |text: &str| text.to_lowercase().contains(&query.to_lowercase());
        let choices = all
            .into_iter()
            .filter(|(value, label)| fits(value) || fits(label));
        Ok(ChoicePage {
            choices: choices.map(|(value, label)| Choice { value, label }).collect(),
            next: None,
        })
    }
}

/// The projects that fit: key and name.
fn projects(client: &Client<'_>, query: &str) -> Result<Vec<(String, String)>, Failure> {
    let path = match client.settings.edition {
        settings::Edition::Cloud => format!("project/search?maxResults=100&query={}", client::part(query)),
        settings::Edition::DataCenter => "project".to_owned(),
    };
    let found = client.get(&path)?.unwrap_or_default();
    let projects = found
        .as_array()
        .or(found["values"].as_array())
        .into_iter()
        .flatten();
    let read = |project: &serde_json::Value| {
        let (key, name) = (project["key"].as_str()?, project["name"].as_str()?);
        Some((key.to_owned(), format!("{key}: {name}")))
    };
    Ok(projects.filter_map(read).collect())
}

export!(Jira: Events + Actions + Inbound + Schedule + Choices);
