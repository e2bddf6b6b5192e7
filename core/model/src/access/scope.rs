//! What an API token may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Action, Resource};

macro_rules! scopes {
    ($($(#[$meta:meta])* $variant:ident = $name:literal,)*) => {
        /// One thing a token may do; Sentry's names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Scope {
            $($(#[$meta])* #[serde(rename = $name)] $variant,)*
        }

        impl Scope {
            /// All of them.
            pub const ALL: &'static [Scope] = &[$(Scope::$variant),*];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Scope::$variant => $name),* }
            }
        }

        impl FromStr for Scope {
            type Err = UnknownScope;
            fn from_str(text: &str) -> Result<Self, UnknownScope> {
                match text {
                    $($name => Ok(Scope::$variant),)*
                    _ => Err(UnknownScope(text.chars().take(64).collect())),
                }
            }
        }
    };
}

scopes! {
    /// See organizations.
    OrgRead = "org:read",
    /// Change organizations.
    OrgWrite = "org:write",
    /// Administer organizations.
    OrgAdmin = "org:admin",
    /// See projects.
    ProjectRead = "project:read",
    /// Change projects.
    ProjectWrite = "project:write",
    /// Delete projects.
    ProjectAdmin = "project:admin",
    /// Send releases and artifacts.
    ProjectReleases = "project:releases",
    /// See teams.
    TeamRead = "team:read",
    /// Change teams.
    TeamWrite = "team:write",
    /// Delete teams.
    TeamAdmin = "team:admin",
    /// See members.
    MemberRead = "member:read",
    /// Change members.
    MemberWrite = "member:write",
    /// Remove members.
    MemberAdmin = "member:admin",
    /// See issues and events.
    EventRead = "event:read",
    /// Change issues.
    EventWrite = "event:write",
    /// Delete issues.
    EventAdmin = "event:admin",
}

/// A scope that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no scope '{0}'; the scopes are {list}", list = Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "))]
pub struct UnknownScope(String);

impl Scope {
    /// Whether a token with this scope may do what `wanted` asks: admin includes write, write includes read.
    pub fn grants(self, wanted: Scope) -> bool {
        let (mine, wants) = (self.as_str(), wanted.as_str());
        let rank = |scope: &str| match scope.rsplit_once(':').map(|(_, verb)| verb) {
            Some("read") => 0,
            Some("write") => 1,
            Some("admin") => 2,
            _ => 3,
        };
        let same_kind = mine.split(':').next() == wants.split(':').next();
        self == wanted || (same_kind && rank(mine) < 3 && rank(wants) < 3 && rank(mine) >= rank(wants))
    }

    /// What a person has to be allowed, for a token with this scope to act for them.
    pub const fn right(self) -> (Resource, Action) {
        match self {
            Scope::OrgRead => (Resource::Organization, Action::See),
            Scope::OrgWrite | Scope::OrgAdmin => (Resource::Organization, Action::Change),
            Scope::ProjectRead => (Resource::Projects, Action::See),
            Scope::ProjectWrite => (Resource::Settings, Action::Change),
            Scope::ProjectAdmin => (Resource::Projects, Action::Delete),
            Scope::ProjectReleases => (Resource::Releases, Action::Change),
            Scope::TeamRead => (Resource::Teams, Action::See),
            Scope::TeamWrite => (Resource::Teams, Action::Create),
            Scope::TeamAdmin => (Resource::Teams, Action::Change),
            Scope::MemberRead => (Resource::People, Action::See),
            Scope::MemberWrite | Scope::MemberAdmin => (Resource::People, Action::Change),
            Scope::EventRead => (Resource::Issues, Action::See),
            Scope::EventWrite => (Resource::Issues, Action::Change),
            Scope::EventAdmin => (Resource::Issues, Action::Delete),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_includes_less_of_the_same_kind() {
        assert!(Scope::EventAdmin.grants(Scope::EventRead));
        assert!(!Scope::EventRead.grants(Scope::EventWrite));
        assert!(!Scope::OrgAdmin.grants(Scope::EventRead));
        assert!(!Scope::ProjectAdmin.grants(Scope::ProjectReleases));
        assert!(Scope::ProjectReleases.grants(Scope::ProjectReleases));
    }
}
