//! Opens issues in a GitHub repository, and keeps state and comments the same on both sides.

mod api;
mod hook;

use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Plug, Rules, Work};
use errand_plugin_sdk::{Failure, Plugin, Problem, Secret, export, manifest};
use serde::Deserialize;

use api::GitHub;

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    repository: String,
    token: Secret,
    #[serde(default)]
    labels: String,
    #[serde(default)]
    url: String,
    #[serde(flatten)]
    rules: Rules,
}

struct Errands;

impl Plug for Errands {
    type Tracker<'a> = GitHub<'a>;

    fn tracker(settings: &Settings) -> GitHub<'_> {
        GitHub::of(settings)
    }

    fn rules(settings: &Settings) -> &Rules {
        &settings.rules
    }

    fn hear(work: &Work<'_, GitHub<'_>>, request: &Request) -> Result<Response, Failure> {
        hook::hear(work, request)
    }
}

impl Plugin for Errands {
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

export!(Errands: Events + Actions + Inbound);
