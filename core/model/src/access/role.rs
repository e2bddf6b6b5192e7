//! What somebody is in the organization.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What somebody is, from who may do everything to who only looks on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May do everything, and says who else may.
    Owner,
    /// Runs the hub: people, teams, plugins, settings.
    Admin,
    /// Writes programs: works on issues, sets up projects.
    Member,
    /// Talks with customers: sees and searches, comments, links tickets, and changes nothing of how programs report.
    Support,
    /// Looks on.
    ReadOnly,
}

/// A role that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no role '{0}'; the roles are owner, admin, member, support, read-only")]
pub struct UnknownRole(String);

impl Role {
    /// All of them, from who may most to who may least.
    pub const ALL: [Role; 5] = [
        Role::Owner,
        Role::Admin,
        Role::Member,
        Role::Support,
        Role::ReadOnly,
    ];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Member => "member",
            Role::Support => "support",
            Role::ReadOnly => "read-only",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Role::Owner => "Owner",
            Role::Admin => "Administrator",
            Role::Member => "Member",
            Role::Support => "Support",
            Role::ReadOnly => "Read only",
        }
    }

    /// What it may, in a line.
    pub const fn about(self) -> &'static str {
        match self {
            Role::Owner => "Everything, and says who else may.",
            Role::Admin => "People, teams, plugins and all projects.",
            Role::Member => "Works on issues and sets up projects.",
            Role::Support => "Sees, searches, comments and links tickets.",
            Role::ReadOnly => "Looks on.",
        }
    }

    /// Whether they see the projects of closed teams that they are not in.
    pub const fn sees_every_project(self) -> bool {
        matches!(self, Role::Owner | Role::Admin)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let found = Role::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| UnknownRole(text.chars().take(64).collect()))
    }
}
