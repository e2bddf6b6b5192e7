//! The table: what each role may do to each kind of thing. What does not stand here, nobody may.

use std::fmt;
use std::str::FromStr;

use super::Role;

macro_rules! words {
    ($(#[$about:meta])* $name:ident, $what:literal: $($(#[$meta:meta])* $variant:ident = $word:literal,)*) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$meta])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok($name::$variant),)*
                    _ => Err(UnknownWord($what, text.chars().take(64).collect())),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// A word that stands for nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no {0} '{1}'")]
pub struct UnknownWord(&'static str, String);

words! {
    /// A kind of thing.
    Resource, "resource":
    /// Issues, their events, tags and users.
    Issues = "issues",
    /// What people say to an issue.
    Comments = "comments",
    /// Links to tickets, and the buttons of plugins that make them.
    Tickets = "tickets",
    /// What plugins were told of issues.
    Deliveries = "deliveries",
    /// Projects as such.
    Projects = "projects",
    /// How a project's programs report: keys, settings, rules.
    Settings = "settings",
    /// Releases and deploys.
    Releases = "releases",
    /// Teams.
    Teams = "teams",
    /// Who may sign in, as what.
    People = "people",
    /// Who the owners are.
    Owners = "owners",
    /// Tokens of the API that one makes for oneself.
    Tokens = "tokens",
    /// Plugins and their settings.
    Plugins = "plugins",
    /// Whom mail goes to no more.
    Mail = "mail",
    /// The organization, and how people get in.
    Organization = "organization",
    /// What was done by whom.
    Audit = "audit",
}

words! {
    /// What is done to it.
    Action, "action":
    /// Look at it.
    See = "see",
    /// Make one.
    Create = "create",
    /// Be part of it, or leave it.
    Join = "join",
    /// Change it.
    Change = "change",
    /// Do away with it.
    Delete = "delete",
}

const Y: bool = true;
const N: bool = false;

/// For each right: owner, admin, member, support, read-only.
const TABLE: &[(Resource, Action, [bool; Role::ALL.len()])] = {
    use Action::{Change, Create, Delete, Join, See};
    use Resource::{
        Audit, Comments, Deliveries, Issues, Mail, Organization, Owners, People, Plugins, Projects, Releases,
        Settings, Teams, Tickets, Tokens,
    };
    &[
        (Issues, See, [Y, Y, Y, Y, Y]),
        (Issues, Change, [Y, Y, Y, N, N]),
        (Issues, Delete, [Y, Y, Y, N, N]),
        (Comments, Change, [Y, Y, Y, Y, N]),
        (Tickets, Change, [Y, Y, Y, Y, N]),
        (Deliveries, See, [Y, Y, Y, Y, Y]),
        (Deliveries, Change, [Y, Y, Y, N, N]),
        (Projects, See, [Y, Y, Y, Y, Y]),
        (Projects, Create, [Y, Y, Y, N, N]),
        (Projects, Delete, [Y, Y, N, N, N]),
        (Settings, See, [Y, Y, Y, N, N]),
        (Settings, Change, [Y, Y, Y, N, N]),
        (Releases, See, [Y, Y, Y, Y, Y]),
        (Releases, Change, [Y, Y, Y, N, N]),
        (Teams, See, [Y, Y, Y, Y, Y]),
        (Teams, Join, [Y, Y, Y, Y, Y]),
        (Teams, Create, [Y, Y, Y, N, N]),
        (Teams, Change, [Y, Y, N, N, N]),
        (People, See, [Y, Y, Y, Y, Y]),
        (People, Change, [Y, Y, N, N, N]),
        (Owners, Change, [Y, N, N, N, N]),
        (Tokens, See, [Y, Y, Y, Y, Y]),
        (Tokens, Create, [Y, Y, Y, Y, Y]),
        (Plugins, See, [Y, Y, Y, Y, Y]),
        (Plugins, Change, [Y, Y, N, N, N]),
        (Mail, See, [Y, Y, N, N, N]),
        (Mail, Change, [Y, Y, N, N, N]),
        (Organization, See, [Y, Y, Y, Y, Y]),
        (Organization, Change, [Y, Y, N, N, N]),
        (Audit, See, [Y, Y, N, N, N]),
    ]
};

impl Role {
    /// Whether who has the role may do that.
    pub fn may(self, resource: Resource, action: Action) -> bool {
        let row = TABLE
            .iter()
            .find(|(of, does, _)| (*of, *does) == (resource, action));
        row.is_some_and(|(_, _, allowed)| {
            let columns = Role::ALL.iter().zip(allowed);
            columns
                .into_iter()
                .any(|(role, is_allowed)| *role == self && *is_allowed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_what_every_lower_one_may() {
        for (resource, action, allowed) in TABLE {
            let sorted = allowed.is_sorted_by(|higher, lower| higher >= lower);
            assert!(sorted, "{action} {resource}: {allowed:?}");
        }
    }

    #[test]
    fn each_right_stands_once_and_the_owner_has_it() {
        for (at, (resource, action, allowed)) in TABLE.iter().enumerate() {
            let twice = TABLE[..at]
                .iter()
                .any(|row| (row.0, row.1) == (*resource, *action));
            assert!(!twice && allowed[0], "{action} {resource}");
        }
        assert!(!Role::Owner.may(Resource::Audit, Action::Delete), "nobody may");
    }

    #[test]
    fn support_links_tickets_and_changes_no_settings() {
        let support = Role::Support;
        assert!(support.may(Resource::Issues, Action::See) && support.may(Resource::Tickets, Action::Change));
        for resource in [
            Resource::Issues,
            Resource::Settings,
            Resource::Releases,
            Resource::Plugins,
        ] {
            assert!(!support.may(resource, Action::Change), "{resource}");
        }
    }
}
