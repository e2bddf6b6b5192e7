//! A ticket as Jira shows it, and as the hub keeps it.

use errand_plugin_sdk::tickets::standing::Standing;
use errand_plugin_sdk::tickets::sync::Agreed;
use errand_plugin_sdk::tickets::text::line;
use errand_plugin_sdk::{Failure, Ticket};
use serde_json::Value;

use crate::client::{Client, part};
use crate::settings::Settings;

/// The fields that are read.
pub const FIELDS: [&str; 4] = ["summary", "status", "assignee", "priority"];

/// A ticket over there.
#[derive(Clone, Debug)]
pub struct Remote {
    pub id: String,
    pub key: String,
    pub summary: String,
    pub state: String,
    /// What Jira's own kind of state says.
    pub usual: Standing,
    pub assignee: Value,
    pub priority: String,
}

impl Remote {
    /// The ticket with this id or key; none if there is none.
    pub fn get(client: &Client<'_>, id: &str) -> Result<Option<Self>, Failure> {
        let path = format!("issue/{}?fields={}", part(id), FIELDS.join(","));
        Ok(client.get(&path)?.as_ref().and_then(Remote::read))
    }

    /// None if it says no id: it is no ticket then.
    pub fn read(issue: &Value) -> Option<Self> {
        let fields = &issue["fields"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let status = &fields["status"];
        Some(Remote {
            id: issue["id"].as_str()?.to_owned(),
            key: issue["key"].as_str()?.to_owned(),
            summary: text(&fields["summary"]),
            state: text(&status["name"]),
            usual: match status["statusCategory"]["key"].as_str() {
                Some("done") => Standing::Resolved,
                _ => Standing::Open,
            },
            assignee: fields["assignee"].clone(),
            priority: text(&fields["priority"]["name"]),
        })
    }

    /// As the hub keeps it.
    pub fn ticket(&self, settings: &Settings, is_open: bool, agreed: &Agreed) -> Ticket {
        Ticket {
            system: settings.system(),
            id: self.id.clone(),
            name: self.key.clone(),
            url: settings.page(&self.key),
            title: line(&self.summary, 240),
            state: shown_state(&self.state),
            is_open,
            extra: agreed.write(),
        }
    }
}

/// A state's name as the hub keeps it: a hundred bytes at most.
fn shown_state(state: &str) -> String {
    let mut shown = line(state, 100);
    while shown.len() > 100 {
        shown.pop();
    }
    shown
}
