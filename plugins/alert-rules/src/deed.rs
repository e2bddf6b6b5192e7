//! `then`: what a rule does.

use errand_plugin_sdk::alerts::Alert;
use errand_plugin_sdk::{Failure, Issue, Priority, changes};

use crate::rule::Rule;

const ALLOWED: &str = "notify [owner or whom] by <plugin>, ticket by <plugin>, assign <whom or nobody>, \
                       priority low|medium|high";

/// Whom to tell.
#[derive(Debug, PartialEq, Eq)]
pub enum Whom {
    /// Whoever the plugin tells by itself.
    Anybody,
    /// Whose the issue is.
    Owner,
    /// `ada@example.com`, `team:backend`, `user:12`.
    Named(String),
}

/// What is done.
#[derive(Debug, PartialEq, Eq)]
pub enum Deed {
    /// Another plugin tells somebody.
    Notify {
        /// Whom.
        whom: Whom,
        /// Which, by the name it is installed under.
        by: String,
    },
    /// Another plugin makes a ticket.
    Ticket {
        /// Which.
        by: String,
    },
    /// The issue is given to somebody, or to nobody.
    Assign(Option<String>),
    /// The issue is that urgent.
    Prioritize(Priority),
}

impl Deed {
    /// `notify owner by Team chat`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is nothing that a rule can do; allowed: {ALLOWED}");
        let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let by = |rest: &str| rest.strip_prefix("by ").map(|by| by.trim().to_owned());
        match verb {
            "notify" => {
                if let Some(by) = by(rest) {
                    return Ok(Deed::Notify {
                        whom: Whom::Anybody,
                        by,
                    });
                }
                let (whom, rest) = rest.split_once(char::is_whitespace).ok_or_else(wrong)?;
                let by = by(rest.trim()).ok_or_else(wrong)?;
                let whom = match whom {
                    "owner" => Whom::Owner,
                    whom => Whom::Named(whom.to_owned()),
                };
                Ok(Deed::Notify { whom, by })
            }
            "ticket" => Ok(Deed::Ticket {
                by: by(rest).ok_or_else(wrong)?,
            }),
            "assign" if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
                Ok(Deed::Assign((rest != "nobody").then(|| rest.to_owned())))
            }
            "priority" => Ok(Deed::Prioritize(match rest {
                "low" => Priority::Low,
                "medium" => Priority::Medium,
                "high" => Priority::High,
                _ => return Err(wrong()),
            })),
            _ => Err(wrong()),
        }
    }

    /// Whether it only tells somebody.
    pub const fn is_telling(&self) -> bool {
        matches!(self, Deed::Notify { .. })
    }

    /// Does it, once the call has ended well.
    pub fn perform(&self, rule: &Rule, of: &Issue, why: &str) -> Result<(), Failure> {
        let issue = of.id.as_str();
        // Who acts may be late: then it matters how the issue stood.
        let alert = || Alert::new(&rule.name, why).extra("status", of.status.as_str());
        match self {
            Deed::Notify { whom, by } => {
                let alert = alert().to(by);
                let alert = match (whom, &of.assignee) {
                    (Whom::Named(whom), _) => alert.tell(whom),
                    (Whom::Owner, Some(owner)) => alert.tell(owner),
                    (Whom::Owner, None) | (Whom::Anybody, _) => alert,
                };
                alert.raise(issue)
            }
            Deed::Ticket { by } => alert().action("ticket").to(by).raise(issue),
            Deed::Assign(whom) => changes::of(issue).assign(whom.as_deref()),
            Deed::Prioritize(priority) => changes::of(issue).prioritize(*priority),
        }
    }
}
