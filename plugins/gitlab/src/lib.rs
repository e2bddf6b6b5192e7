//! Opens issues in a project of GitLab, and keeps state and comments the same on both sides.

mod api;
mod hook;

use errand_plugin_sdk::inbound::{Request, Response};
use errand_plugin_sdk::tickets::tracker::{Plug, Rules, Work};
use errand_plugin_sdk::{Failure, Plugin, Problem, Secret, export, manifest};
use serde::Deserialize;

use api::GitLab;

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    project: String,
    token: Secret,
    #[serde(default)]
    labels: String,
    #[serde(default)]
    confidential: bool,
    #[serde(default)]
    url: String,
    #[serde(flatten)]
    rules: Rules,
}

struct Errands;

impl Plug for Errands {
    type Tracker<'a> = GitLab<'a>;

    fn tracker(settings: &Settings) -> GitLab<'_> {
        GitLab::of(settings)
    }

    fn rules(settings: &Settings) -> &Rules {
        &settings.rules
    }

    fn hear(work: &Work<'_, GitLab<'_>>, request: &Request) -> Result<Response, Failure> {
        hook::hear(work, request)
    }
}

impl Plugin for Errands {
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

export!(Errands: Events + Actions + Inbound);
