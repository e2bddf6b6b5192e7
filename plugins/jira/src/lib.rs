//! Jira: tickets of issues, made by hand or by rules, and kept in line both ways.
//!
//! | module | |
//! | --- | --- |
//! | `client` | requests and answers, Cloud and Data Center |
//! | `fields`, `make` | a new ticket, one for each issue |
//! | `form` | a ticket by hand: what the project and type chosen ask for |
//! | `sync`, `transition`, `people` | status, assignee and priority in line, whoever moved |
//! | `comments`, `inbound` | what people say and do over there, by webhook or by asking |
//! | `link` | buttons: tickets that there are already |
//! | `watch` | counts kept fresh over there |
//! | `changes` | what follows from what happens to an issue |

mod changes;
mod client;
mod comments;
mod fields;
mod form;
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
    Action, Actions, Call, ChoicePage, Choices, Event, Events, Failure, Form, Forms, Outcome, Plugin,
    Problem, Reply, Schedule, export, manifest,
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
                // What the hub itself has against the request is not about a setting: access is granted later.
                Err(Failure::Config(problem)) if problem.field.is_some() => vec![problem],
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
        match action.id.as_str() {
            "create" => form::create(&form::client(action, settings), call, action),
            _ => link::press(&Client::new(settings), action),
        }
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
            "project" => fields::projects(&client, query)?,
            _ => fields::types(&client)?,
        };
        Ok(form::fitting(all, query))
    }
}

impl Forms for Jira {
    fn draw(action: &Action, settings: &Settings) -> Result<Form, Failure> {
        form::draw(action, settings)
    }

    fn find(
        action: &Action,
        (field, query): (&str, &str),
        _: Option<&str>,
        settings: &Settings,
    ) -> Result<ChoicePage, Failure> {
        form::find(&form::client(action, settings), field, query)
    }
}

export!(Jira: Events + Actions + Forms + Inbound + Schedule + Choices);
