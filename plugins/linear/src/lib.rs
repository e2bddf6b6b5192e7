//! Opens issues for a team in Linear, and keeps state and comments the same on both sides.

mod api;
mod hook;
mod wire;

use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Plug, Rules, Work};
use errand_plugin_sdk::{Failure, Plugin, Problem, Secret, export, manifest};
use serde::Deserialize;

use api::Linear;

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    team: String,
    api_key: Secret,
    #[serde(default)]
    resolved_states: String,
    #[serde(default)]
    archived_states: String,
    #[serde(default)]
    open_states: String,
    #[serde(default)]
    url: String,
    #[serde(flatten)]
    rules: Rules,
}

struct Errands;

impl Plug for Errands {
    type Tracker<'a> = Linear<'a>;

    fn tracker(settings: &Settings) -> Linear<'_> {
        Linear::of(settings)
    }

    fn rules(settings: &Settings) -> &Rules {
        &settings.rules
    }

    fn hear(work: &Work<'_, Linear<'_>>, request: &Request) -> Result<Response, Failure> {
        hook::hear(work, request)
    }
}

impl Plugin for Errands {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let team = settings.team.trim();
        match !team.is_empty() && team.chars().all(|c| c.is_ascii_alphanumeric()) {
            true => Ok(Linear::of(settings).check()?.into_iter().collect()),
            false => Ok(vec![Problem::with(
                "team",
                "has to be the key that the team's issues begin with: letters and digits",
            )]),
        }
    }
}

export!(Errands: Events + Actions + Inbound);
