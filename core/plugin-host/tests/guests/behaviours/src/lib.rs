//! A plugin that does what its setting `behaviour` says, most of it bad.

mod compute;
mod reach;
mod talk;

use errand_plugin_sdk::{Call, Event, Failure, Outcome, Plugin, Problem, Secret, export, manifest};
use serde::Deserialize;

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    behaviour: String,
    url: Option<String>,
    target: Option<String>,
    token: Option<Secret>,
}

impl Settings {
    /// Where a request goes.
    fn target(&self) -> Result<&str, Failure> {
        let target = self.target.as_deref().or(self.url.as_deref());
        target.ok_or_else(|| Failure::config("url", "is not set"))
    }
}

struct Behaviours;

impl Plugin for Behaviours {
    type Settings = Settings;

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
            "remember" => reach::remember(),
            "remember too much" => reach::remember_too_much(),
            "retry" => Err(Failure::Retry {
                message: "later".to_owned(),
                after_ms: Some(u64::MAX),
            }),
            "auth" => Err(Failure::Auth("refused".to_owned())),
            "config" => Err(Failure::config("url", "is wrong\u{1b}[31m")),
            other => Err(Failure::permanent(format!("unknown behaviour {other}"))),
        }
    }

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        Ok(match settings.behaviour.as_str() {
            "spin" => compute::spin().map(|_| Vec::new())?,
            "bad" => vec![Problem::with("behaviour", "is bad")],
            _ => Vec::new(),
        })
    }
}

export!(Behaviours);
