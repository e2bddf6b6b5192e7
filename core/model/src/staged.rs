//! Changes of issues that are asked for, before it is known how the issue will stand when they take place: what a
//! plugin stages while it runs.

use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::issue::{Assignee, Priority};
use crate::ticket::Ticket;
use crate::{IssueId, Timestamp, UserId};

/// The longest comment, in bytes.
pub const COMMENT_BYTES: usize = 64 * 1024;

/// A change that a plugin asks for. It takes place with the acknowledgement of the call that asked, or never.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StagedChange {
    /// Of which issue.
    pub issue: IssueId,
    /// Only while the issue stands at this revision: where somebody was faster, it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<i64>,
    /// For whom the plugin speaks, if for somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Outsider>,
    /// Who of the hub's people acts through the plugin, if somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_as: Option<Person>,
    /// What is to change.
    pub edit: Edit,
}

/// Somebody in another system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outsider {
    /// What that system knows him by.
    pub id: Option<String>,
    /// What to call him.
    pub name: String,
}

/// Somebody of the hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// What to call him.
    pub name: String,
}

/// What is to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Edit {
    /// It is done.
    Resolve {
        /// How.
        how: Resolve,
    },
    /// It is to be taken up again.
    Unresolve,
    /// It is to be left alone for a while.
    Archive {
        /// Until when.
        until: Archive,
    },
    /// It is somebody's, or nobody's.
    Assign {
        /// Whose.
        assignee: Option<Assignee>,
    },
    /// It is that urgent.
    Prioritize {
        /// How urgent.
        priority: Priority,
    },
    /// Something is to be said about it.
    Comment {
        /// The installation's own name for what is said: said again under the same name, it replaces what was said.
        key: String,
        /// What, as Markdown.
        text: String,
    },
    /// It belongs together with a ticket, which stands so.
    Link {
        /// Which.
        ticket: Ticket,
    },
    /// It does not belong together with a ticket any more.
    Unlink {
        /// Which system's.
        system: String,
        /// Which.
        id: String,
    },
    /// Plugins are to act.
    Raise {
        /// Which, and what they are to do.
        alert: Alert,
    },
}

/// How somebody resolves issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolve {
    /// At once.
    Now,
    /// In a release.
    InRelease(String),
    /// In whatever release comes after the newest of the project.
    InNextRelease,
    /// In a commit.
    InCommit(String),
}

/// Until when somebody archives issues; nothing for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// Until they grow unusually.
    pub escalating: bool,
    /// Until this moment.
    pub date: Option<Timestamp>,
    /// Until they were seen that many times more.
    pub events: Option<More>,
    /// Until that many more users are affected.
    pub users: Option<More>,
}

/// How many more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct More {
    /// How many.
    pub count: i64,
    /// Within that many minutes; none for whenever.
    pub window_minutes: Option<i64>,
}

impl Archive {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        let is_sound = |more: More| more.count > 0 && more.window_minutes.is_none_or(|minutes| minutes > 0);
        let mut more = [self.events, self.users].into_iter().flatten();
        match more.all(is_sound) {
            true => Ok(()),
            false => Err("counts and windows of an archive are greater than 0".to_owned()),
        }
    }
}

/// Whether a text can be a comment.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn check_comment(text: &str) -> Result<(), String> {
    match text.trim().is_empty() || text.len() > COMMENT_BYTES || text.contains('\0') {
        true => Err("a comment has some text, at most 64 KiB of it, and no NUL".to_owned()),
        false => Ok(()),
    }
}
