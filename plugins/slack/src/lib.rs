//! Tells Slack what happens to issues, and lets people act there.

mod api;
mod blocks;
mod board;
mod command;
mod digest;
mod direct;
mod interact;
mod people;
#[cfg(test)]
mod tests;
mod unfurl;
mod webhook;

use std::collections::BTreeMap;

use errand_plugin_sdk::chat::{self, Rooms, Template};
use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::{
    Call, Choice, ChoicePage, Choices, Digests, Event, Events, Failure, Inbound, Outcome, Plugin, Problem,
    Schedule, Secret, alerts, export, log, manifest,
};
use serde::Deserialize;
use serde_json::Value;

use api::Slack;
use blocks::Buttons;
use board::Workspace;
use webhook::Webhook;

manifest!("../plugin.json");

/// What makes a message where the settings do not say.
const OPENING: [&str; 4] = [
    "issue.created",
    "issue.regressed",
    "issue.escalating",
    "alert.raised",
];

#[derive(Deserialize)]
struct Settings {
    bot_token: Option<Secret>,
    signing_secret: Option<Secret>,
    channel: Option<String>,
    #[serde(default)]
    rooms: BTreeMap<String, String>,
    #[serde(default)]
    to_people: bool,
    #[serde(default)]
    changes: Vec<String>,
    ticket_with: Option<String>,
    template: Option<String>,
    webhook_url: Option<Secret>,
    api_url: Option<String>,
}

impl Settings {
    /// Whether a change makes a message.
    fn opens(&self, event: &Event) -> bool {
        let is_named = |change: &String| *change == event.change;
        match self.changes.is_empty() {
            true => OPENING.contains(&event.change.as_str()),
            false => self.changes.iter().any(is_named),
        }
    }

    /// The rooms, and `default` where no channel is set.
    fn rooms_or_default(&self, default: &str) -> Result<Rooms, Failure> {
        let is_free = self.rooms.is_empty();
        let default = self.channel.as_deref().or(is_free.then_some(default));
        self.read_rooms(default)
            .map_err(|mut problems| match problems.pop() {
                Some(problem) => Failure::Config(problem),
                None => Failure::config("rooms", "cannot be read"),
            })
    }

    fn read_rooms(&self, default: Option<&str>) -> Result<Rooms, Vec<Problem>> {
        Rooms::parse("rooms", &self.rooms, default)
    }

    /// What messages say instead, if the admin wants something else.
    fn template(&self) -> Result<Option<Template>, Problem> {
        let text = self
            .template
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let read = text.map(|text| Template::parse(&text.replace("\\n", "\n")));
        read.transpose().map_err(|why| Problem::with("template", why))
    }

    fn workspace<'a>(&'a self, slack: Slack<'a>, since: u64) -> Result<Workspace<'a>, Failure> {
        Ok(Workspace {
            slack,
            rooms: self.rooms_or_default("")?,
            template: self.template().map_err(Failure::Config)?,
            buttons: Buttons::of(self)?,
            since,
        })
    }
}

struct Messages;

impl Events for Messages {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        if let Some(url) = settings
            .webhook_url
            .as_ref()
            .filter(|_| settings.bot_token.is_none())
        {
            if !settings.opens(event) {
                return Ok(Outcome::Ignored);
            }
            let template = settings.template().map_err(Failure::Config)?;
            let webhook = Webhook {
                settings,
                url,
                template,
            };
            return chat::tell(&webhook, event);
        }
        let slack = Slack::patient(settings, call.is_dry_run);
        chat::tell(&settings.workspace(slack, event.at)?, event)
    }
}

/// Rooms are told of each change by itself; what comes together is for one person.
impl Digests for Messages {
    fn on_digest(
        call: &Call,
        group: &str,
        events: &[Event],
        settings: &Settings,
    ) -> Result<Outcome, Failure> {
        if group.starts_with("user:") && !events.is_empty() {
            return direct::tell(call, group, events, settings);
        }
        log::explain("it is for no person, and rooms are told of each change by itself");
        Ok(Outcome::Ignored)
    }
}

impl Inbound for Messages {
    fn on_request(_: &Call, request: &Request, settings: &Settings) -> Result<Response, Failure> {
        let slack = Slack::hasty(settings);
        let is_json = request
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/json"));
        if is_json {
            return unfurl::handle(&slack, &request.json()?);
        }
        let form = request.form();
        let field = |name: &str| form.iter().find(|(key, _)| key == name);
        if let Some((_, payload)) = field("payload") {
            let payload: Value = serde_json::from_str(payload)
                .map_err(|error| Failure::permanent(format!("the payload is no JSON: {error}")))?;
            return Ok(interact::handle(&slack, &payload));
        }
        match field("command") {
            Some(_) => command::handle(&slack, &form),
            // Slack asks now and then whether the certificate is good.
            None => Ok(Response::status(200)),
        }
    }
}

impl Schedule for Messages {
    fn on_schedule(call: &Call, _: &str, due: u64, settings: &Settings) -> Result<Outcome, Failure> {
        if settings.bot_token.is_none() {
            return Ok(Outcome::Ignored);
        }
        let slack = Slack::patient(settings, call.is_dry_run);
        chat::refresh(&settings.workspace(slack, due)?)
    }
}

impl Choices for Messages {
    fn look_up(
        setting: &str,
        query: &str,
        page: Option<&str>,
        settings: &Settings,
    ) -> Result<ChoicePage, Failure> {
        let query = query.trim_start_matches('#').to_lowercase();
        if setting == "ticket_with" {
            let names = alerts::targets()?.into_iter().map(|target| target.name);
            let choices = names.filter(|name| name.to_lowercase().contains(&query));
            return Ok(ChoicePage {
                choices: choices
                    .map(|name| Choice {
                        value: name.clone(),
                        label: name,
                    })
                    .collect(),
                next: None,
            });
        }
        let asked = [
            ("types", "public_channel,private_channel"),
            ("exclude_archived", "true"),
            ("limit", "1000"),
            ("cursor", page.unwrap_or_default()),
        ];
        let said = Slack::patient(settings, false).ask("conversations.list", &asked)?;
        let channels = said["channels"].as_array().into_iter().flatten();
        let names = channels.filter_map(|channel| channel["name"].as_str());
        let choice = |name: &str| Choice {
            value: format!("#{name}"),
            label: format!("#{name}"),
        };
        let next = said["response_metadata"]["next_cursor"].as_str();
        Ok(ChoicePage {
            choices: names
                .filter(|name| name.contains(&query))
                .map(choice)
                .take(100)
                .collect(),
            next: next.filter(|next| !next.is_empty()).map(str::to_owned),
        })
    }
}

impl Plugin for Messages {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let mut problems = Vec::new();
        if settings.bot_token.is_none() && settings.webhook_url.is_none() {
            problems.push(Problem::with(
                "bot_token",
                "a bot token, or else an incoming webhook, must be set",
            ));
        }
        if settings.to_people && settings.bot_token.is_none() && settings.webhook_url.is_some() {
            problems.push(Problem::with("to_people", direct::NEEDS_TOKEN));
        }
        let has_room = settings
            .channel
            .as_deref()
            .is_some_and(|channel| !channel.trim().is_empty());
        let tells_somebody = has_room || !settings.rooms.is_empty() || settings.to_people;
        if settings.bot_token.is_some() && !tells_somebody {
            problems.push(Problem::with(
                "channel",
                "name a channel, or rooms by what they hear of, or tick the people",
            ));
        }
        problems.extend(settings.read_rooms(None).err().unwrap_or_default());
        problems.extend(settings.template().err());
        if problems.is_empty() && settings.bot_token.is_some() {
            problems.extend(refused(settings));
        }
        Ok(problems)
    }
}

/// What Slack says of the token, if it says that it will not do. That Slack is out of reach is no fault of the settings.
fn refused(settings: &Settings) -> Option<Problem> {
    let said = Slack::patient(settings, false).ask("auth.test", &[]);
    match said.map_err(Failure::from) {
        Err(Failure::Auth(why)) => Some(Problem::with("bot_token", why)),
        _ => None,
    }
}

export!(Messages: Events + Digests + Inbound + Schedule + Choices);
