//! What a rule wants plugins to do about an issue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::InstallationId;
use crate::issue::Assignee;

/// An alert: told to those who are named, and to nobody else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What raised it: the name of a rule.
    pub rule: String,
    /// Why, in a sentence.
    pub reason: String,
    /// What they are to do: `notify`, `ticket`.
    pub action: String,
    /// The installations that are to act.
    pub to: Vec<InstallationId>,
    /// Whom they are to tell; nobody where they know by themselves.
    pub people: Vec<Addressee>,
    /// More, for those who act: a JSON object.
    pub extra: Value,
}

/// Whom to tell: a person or a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// Who.
    #[serde(flatten)]
    pub who: Assignee,
    /// What to call them.
    pub name: String,
    /// Where they are reached: a person's address, or those of a team's members.
    pub emails: Vec<String>,
}
