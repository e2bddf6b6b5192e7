//! A plugin that does what its setting `behaviour` says, most of it bad.

mod changing;
mod compute;
mod journal;
mod reach;
mod talk;

use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::{
    Action, Actions, Call, Choice, ChoicePage, Choices, Digests, Event, Events, Failure, Inbound, Migration,
    Outcome, Plugin, Problem, Reply, Schedule, Secret, export, log, manifest,
};
use serde::Deserialize;
use serde_json::{Map, Value};

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    behaviour: String,
    url: Option<String>,
    target: Option<String>,
    token: Option<Secret>,
    signing: Option<Secret>,
    hook: Option<Secret>,
    account: Option<Secret>,
    robot: Option<Secret>,
}

impl Settings {
    /// Where a request goes.
    fn target(&self) -> Result<&str, Failure> {
        let target = self.target.as_deref().or(self.url.as_deref());
        target.ok_or_else(|| Failure::config("url", "is not set"))
    }
}

struct Behaviours;

impl Events for Behaviours {
    fn on_event(call: &Call, _: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        match settings.behaviour.as_str() {
            "nothing" => Ok(Outcome::Ignored),
            "spin" => compute::spin(),
            "spin in host calls" => compute::spin_in_host_calls(),
            "hog" => compute::hog(),
            "panic" => panic!("on purpose"),
            "overflow" => compute::overflow(),
            "count" => compute::count(),
            "flood" => talk::flood(),
            "huge message" => talk::huge_message(),
            "print" => talk::print(),
            "fetch" => reach::fetch(settings),
            "fetch in clear" => reach::fetch_with_secret(settings),
            "fetch slowly" => reach::fetch_slowly(call, settings),
            "fetch often" => reach::fetch_often(settings),
            "post" => reach::post(settings),
            "ask" => reach::ask(settings),
            "remember" => reach::remember(),
            "remember too much" => reach::remember_too_much(),
            "sign" => reach::sign(settings),
            "use account" => reach::use_account(settings),
            "fetch bound" => reach::fetch_bound(settings),
            "post to a secret address" => reach::post_to_secret(settings),
            "act as ada" => changing::as_ada(),
            "create ticket" => journal::create_ticket(settings),
            "take and vanish" => journal::take_and_vanish(),
            "change issues" => changing::in_every_way(),
            "change what is not there" => changing::in_vain(),
            "change and panic" => changing::and_panic(),
            "look around" => journal::look_around(),
            "look at all keys" => journal::look_at_all_keys(),
            "write for ever" => reach::write_for_ever(),
            "retry" => Err(Failure::Retry {
                message: "later".to_owned(),
                after_ms: Some(u64::MAX),
            }),
            "auth" => Err(Failure::Auth("refused".to_owned())),
            "config" => Err(Failure::config("url", "is wrong\u{1b}[31m")),
            other => Err(Failure::permanent(format!("unknown behaviour {other}"))),
        }
    }
}

impl Plugin for Behaviours {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        Ok(match settings.behaviour.as_str() {
            "spin" => compute::spin().map(|_| Vec::new())?,
            "bad" => vec![Problem::with("behaviour", "is bad")],
            "ask" => reach::ask(settings).map(|_| Vec::new())?,
            "post" => reach::post(settings).map(|_| Vec::new())?,
            _ => Vec::new(),
        })
    }
}

impl Digests for Behaviours {
    fn on_digest(_: &Call, group: &str, events: &[Event], _: &Settings) -> Result<Outcome, Failure> {
        let ids: Vec<_> = events.iter().map(|event| event.issue.short_id.as_str()).collect();
        log::info(&format!("{group}: {}", ids.join(" ")));
        Ok(Outcome::Done)
    }
}

impl Actions for Behaviours {
    fn on_action(_: &Call, action: &Action, settings: &Settings) -> Result<Reply, Failure> {
        match settings.behaviour.as_str() {
            "refuse" => Err(Failure::permanent("no\u{1b}[0m")),
            "spin" => compute::spin().map(|_| Reply::default()),
            "send to a script" => Ok(Reply {
                message: None,
                open_url: Some("javascript:alert(1)".to_owned()),
            }),
            _ => Ok(Reply {
                message: Some(format!(
                    "{} {} {}",
                    action.id, action.issue.short_id, action.by.name
                )),
                open_url: action
                    .input
                    .get("url")
                    .and_then(|url| Some(url.as_str()?.to_owned())),
            }),
        }
    }
}

impl Inbound for Behaviours {
    fn on_request(_: &Call, request: &Request, _: &Settings) -> Result<Response, Failure> {
        log::info(&format!("woken by {:?}", request.verified_by()));
        Ok(Response::json(&request.route()))
    }
}

impl Schedule for Behaviours {
    fn on_schedule(_: &Call, job: &str, due: u64, _: &Settings) -> Result<Outcome, Failure> {
        log::info(&format!("{job} due at {due}"));
        Ok(Outcome::Done)
    }
}

/// Names with a number, three a page, of those that hold the query.
impl Choices for Behaviours {
    fn look_up(
        setting: &str,
        query: &str,
        page: Option<&str>,
        settings: &Settings,
    ) -> Result<ChoicePage, Failure> {
        if settings.behaviour == "refuse" {
            return Err(Failure::permanent("no such account\u{1b}[0m"));
        }
        assert_ne!(settings.behaviour, "panic", "at a question");
        let from: usize = page.and_then(|page| page.parse().ok()).unwrap_or(0);
        let names = (0..8)
            .map(|number| format!("{setting} {number}"))
            .filter(|name| name.contains(query));
        let rest: Vec<_> = names.skip(from).collect();
        let choice = |name: &String| Choice {
            value: name.replace(' ', "-"),
            label: name.clone(),
        };
        Ok(ChoicePage {
            choices: rest.iter().take(3).map(choice).collect(),
            next: (rest.len() > 3).then(|| (from + 3).to_string()),
        })
    }
}

impl Migration for Behaviours {
    fn migrate(was: &str, mut settings: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        if was == "0.0.1" {
            return Err(Failure::config("behaviour", "nobody knows what it did then"));
        }
        // What was `password` is `token` since; where it says so, the secret goes where it does not belong.
        let secret = settings.remove("password");
        let place = match settings.get("behaviour").and_then(Value::as_str) {
            Some("leak") => "target",
            _ => "token",
        };
        settings.extend(secret.map(|secret| (place.to_owned(), secret)));
        Ok(settings)
    }
}

export!(Behaviours: Events + Digests + Actions + Inbound + Schedule + Choices + Migration);
