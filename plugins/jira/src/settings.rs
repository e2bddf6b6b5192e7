//! What an admin sets.

use std::collections::BTreeMap;

use errand_plugin_sdk::tickets::standing::{Standing, States};
use errand_plugin_sdk::{Failure, Priority, Problem, Secret};
use serde::Deserialize;

/// Days within which a done ticket is taken up again, where nobody said otherwise.
const REOPEN_DAYS: u32 = 14;

#[derive(Deserialize)]
pub struct Settings {
    pub url: String,
    #[serde(default)]
    site: String,
    pub edition: Edition,
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub token: Option<Secret>,
    #[serde(default)]
    client_id: String,
    /// The account that access was granted to, used with a client id alone.
    #[serde(default)]
    account: Option<Secret>,
    pub project: String,
    pub issue_type: String,
    #[serde(default)]
    create_on: Vec<String>,
    #[serde(default)]
    pub labels: String,
    #[serde(default)]
    pub components: String,
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    #[serde(default)]
    states: BTreeMap<String, String>,
    #[serde(default)]
    on_open: String,
    #[serde(default)]
    on_resolve: String,
    #[serde(default)]
    on_archive: String,
    #[serde(default)]
    pub transition_fields: BTreeMap<String, String>,
    reopen_days: Option<u32>,
    #[serde(default)]
    sync: Option<Vec<String>>,
    #[serde(default)]
    pub people: BTreeMap<String, String>,
    #[serde(default)]
    priorities: BTreeMap<String, String>,
    #[serde(default)]
    pub events_field: String,
    #[serde(default)]
    pub users_field: String,
    #[serde(default)]
    pub last_seen_field: String,
    /// Only the hub reads these.
    #[serde(default, rename = "webhook_secret")]
    _webhook_secret: Option<Secret>,
    #[serde(default, rename = "client_secret")]
    _client_secret: Option<Secret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edition {
    Cloud,
    DataCenter,
}

impl Settings {
    /// The account by which Jira is asked in place of a token, where OAuth is used.
    pub fn account(&self) -> Option<&Secret> {
        self.account.as_ref().filter(|_| !self.client_id.is_empty())
    }

    /// Whether a change makes a ticket by itself.
    pub fn creates_on(&self, change: &str) -> bool {
        self.create_on.iter().any(|chosen| chosen == change)
    }

    /// Whether this is kept in line: `status`, `assignee`, `priority`, `comments`. All but the priority if nothing is chosen.
    pub fn syncs(&self, what: &str) -> bool {
        match &self.sync {
            None => what != "priority",
            Some(chosen) => chosen.iter().any(|one| one == what),
        }
    }

    pub fn reopen_days(&self) -> u32 {
        self.reopen_days.unwrap_or(REOPEN_DAYS)
    }

    /// Which of the workflow's states mean what.
    pub fn states(&self) -> Result<States, Failure> {
        let states = States::read(&self.states).map_err(|message| Failure::config("states", message))?;
        Ok(states
            .prefer(Standing::Open, &self.on_open)
            .prefer(Standing::Resolved, &self.on_resolve)
            .prefer(Standing::Archived, &self.on_archive))
    }

    /// What a priority of Jira's means; none where nobody said.
    pub fn priority(&self, name: &str) -> Option<Priority> {
        let of = |word: &str| match word {
            "high" => Some(Priority::High),
            "medium" => Some(Priority::Medium),
            "low" => Some(Priority::Low),
            _ => None,
        };
        let said = self
            .priorities
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        match said {
            Some((_, meaning)) => of(&meaning.trim().to_ascii_lowercase()),
            None => of(match name.to_ascii_lowercase().as_str() {
                "highest" | "high" | "critical" | "blocker" | "urgent" => "high",
                "medium" | "major" | "normal" => "medium",
                "low" | "lowest" | "minor" | "trivial" => "low",
                _ => "",
            }),
        }
    }

    /// What Jira calls a priority.
    pub fn priority_name(&self, priority: Priority) -> String {
        let word = priority.as_str();
        let mut said = self
            .priorities
            .iter()
            .filter(|(_, meaning)| meaning.trim().eq_ignore_ascii_case(word));
        let usual = match priority {
            Priority::High => "High",
            Priority::Medium => "Medium",
            Priority::Low => "Low",
        };
        said.next()
            .map_or_else(|| usual.to_owned(), |(name, _)| name.clone())
    }

    /// The name under which links are kept: one for each Jira.
    pub fn system(&self) -> String {
        let site = self.site();
        let host = site.split("://").nth(1).unwrap_or(site);
        let host = host.split(['/', '?']).next().unwrap_or(host).to_ascii_lowercase();
        format!("jira/{host}").chars().take(100).collect()
    }

    /// Where people read a ticket.
    pub fn page(&self, key: &str) -> String {
        format!("{}/browse/{key}", self.site())
    }

    fn site(&self) -> &str {
        let site = if self.site.is_empty() {
            &self.url
        } else {
            &self.site
        };
        site.trim_end_matches('/')
    }

    /// What can be found wrong without asking Jira.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Err(message) = States::read(&self.states) {
            problems.push(Problem::with("states", message));
        }
        match (self.account(), self.edition) {
            (Some(_), Edition::DataCenter) => problems.push(Problem::with(
                "client_id",
                "OAuth is for Jira Cloud: Data Center takes a personal access token",
            )),
            (None, _) if self.token.is_none() => {
                problems.push(Problem::with("token", "a token is needed, or an OAuth client"));
            }
            _ => {}
        }
        if self.edition == Edition::Cloud && self.user.is_empty() && self.account().is_none() {
            problems.push(Problem::with(
                "user",
                "Jira Cloud takes an API token together with its owner's e-mail address",
            ));
        }
        let is_priority =
            |word: &str| ["high", "medium", "low"].contains(&word.trim().to_ascii_lowercase().as_str());
        if let Some((name, meaning)) = self.priorities.iter().find(|(_, meaning)| !is_priority(meaning)) {
            let message = format!("'{meaning}' (of '{name}') is no priority: high, medium or low is");
            problems.push(Problem::with("priorities", message));
        }
        if self.labels.split(',').any(|label| label.trim().contains(' ')) {
            problems.push(Problem::with(
                "labels",
                "labels in Jira have no blanks; commas separate them",
            ));
        }
        problems
    }
}
