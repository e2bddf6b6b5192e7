//! `errand import`: brings over what is in a Sentry or a GlitchTip, by its API.
//!
//! What was brought is marked in the same transaction, and so is the page that comes next: a command that was broken off
//! goes on where it was, and one that is given again brings what is new.

mod bar;
mod past;
mod read;
mod sentry;
mod source;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::job::{self, Job, Progress};
use super::open::Place;
use super::print;

/// Bring over what is in another system.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    from: System,
}

#[derive(Subcommand)]
enum System {
    /// From a Sentry or a GlitchTip: organizations, people, teams, projects, keys, issues with what was said and done.
    ///
    /// The token needs org:read, member:read, team:read, project:read and event:read. All organizations that it reaches come into
    /// this hub's. People can sign in once an administrator made them a link. Projects keep their ids where nobody has them here, and
    /// keys stay as they are: then SDKs need another host in their DSN and nothing else. Issues come with their state and
    /// counts, not with their events; new events join them. Give the command again to go on after it was broken off.
    Sentry {
        /// Where it is: https://sentry.example.com.
        url: String,
        /// The token. Better in the environment, where nobody else on the machine sees it.
        #[arg(long, env = "SENTRY_AUTH_TOKEN", hide_env_values = true)]
        token: String,
        /// One organization alone, by its name in URLs, of those that the token reaches.
        #[arg(long, value_name = "SLUG")]
        organization: Option<String>,
        #[command(flatten)]
        place: Place,
        /// Print JSON: {"people", "teams", "projects", "keys", "issues", "hashes", "activities"}, each as many as were new.
        #[arg(long)]
        json: bool,
    },
}

/// What was brought that was not there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Brought {
    people: i64,
    teams: i64,
    projects: i64,
    keys: i64,
    issues: i64,
    hashes: i64,
    activities: i64,
}

impl Brought {
    fn in_words(self) -> String {
        format!(
            "brought {} people, {} teams, {} projects, {} keys and {} issues that were not here",
            self.people, self.teams, self.projects, self.keys, self.issues
        )
    }
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let System::Sentry {
        url,
        token,
        organization,
        place,
        json,
    } = &args.from;
    let opened = place.open().await?;
    let source = source::Source::new(url, token)?;
    let progress = Progress::default();
    let title = format!("Import from {url}");
    let job = Job {
        kind: "import",
        title: &title,
    };
    let work = sentry::bring(&opened, source, organization.as_deref(), &progress);
    let brought = job::shown(&opened, job, &progress, work, |brought| brought.in_words()).await?;
    if *json {
        return print::json(&json!({
            "people": brought.people,
            "teams": brought.teams,
            "projects": brought.projects,
            "keys": brought.keys,
            "issues": brought.issues,
            "hashes": brought.hashes,
            "activities": brought.activities,
        }));
    }
    print::text(&brought.in_words());
    Ok(())
}
