//! Changes of issues. They take place when the call ends well, with its acknowledgement, or not at all.
//!
//! ```ignore
//! changes::of(&event.issue.id).assign(Some("team:checkout"))?;
//! changes::of(&issue).expecting(revision).on_behalf_of(Some("5b10"), "Mia").resolve(Resolution::InNextRelease)?;
//! ```

use crate::bindings::errand::plugin::issue_changes as wit;
use crate::{Failure, Priority, Ticket};

pub use wit::{ArchiveUntil, Growth, Resolution};

/// What is to change of one issue, and on what terms.
#[derive(Clone, Debug)]
pub struct Changes<'a> {
    issue: &'a str,
    terms: wit::Terms,
}

/// Changes of the issue with this id.
pub fn of(issue: &str) -> Changes<'_> {
    let terms = wit::Terms {
        on_behalf_of: None,
        expect: None,
    };
    Changes { issue, terms }
}

impl Changes<'_> {
    /// Only while the issue stands at this revision: a person may have been faster. Then the call is to be made again,
    /// and sees the issue as it stands.
    #[must_use]
    pub fn expecting(mut self, revision: u64) -> Self {
        self.terms.expect = Some(revision);
        self
    }

    /// For somebody in another system.
    #[must_use]
    pub fn on_behalf_of(mut self, id: Option<&str>, name: &str) -> Self {
        self.terms.on_behalf_of = Some(wit::Outsider {
            id: id.map(str::to_owned),
            name: name.to_owned(),
        });
        self
    }

    /// Resolves it.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be asked for; as for all that follow.
    pub fn resolve(&self, how: &Resolution) -> Result<(), Failure> {
        asked(wit::resolve(self.issue, how, &self.terms))
    }

    /// Takes it up again.
    ///
    /// # Errors
    /// As for [`Changes::resolve`].
    pub fn unresolve(&self) -> Result<(), Failure> {
        asked(wit::unresolve(self.issue, &self.terms))
    }

    /// Leaves it alone for a while, or for good.
    ///
    /// # Errors
    /// As for [`Changes::resolve`].
    pub fn archive(&self, until: ArchiveUntil) -> Result<(), Failure> {
        asked(wit::archive(self.issue, until, &self.terms))
    }

    /// Gives it to `user:12`, `team:3`, `team:backend` or a person's e-mail address; or to nobody.
    ///
    /// # Errors
    /// As for [`Changes::resolve`].
    pub fn assign(&self, to: Option<&str>) -> Result<(), Failure> {
        asked(wit::assign(self.issue, to, &self.terms))
    }

    /// Says how urgent it is.
    ///
    /// # Errors
    /// As for [`Changes::resolve`].
    pub fn prioritize(&self, to: Priority) -> Result<(), Failure> {
        asked(wit::set_priority(self.issue, to, &self.terms))
    }

    /// Says something about it, in Markdown; what was said under the same key before is replaced.
    ///
    /// # Errors
    /// As for [`Changes::resolve`].
    pub fn comment(&self, key: &str, text: &str) -> Result<(), Failure> {
        asked(wit::comment(self.issue, key, text, &self.terms))
    }

    /// Links it with a ticket, or says how a linked ticket stands now.
    ///
    /// # Errors
    /// As for [`Changes::resolve`].
    pub fn link(&self, ticket: &Ticket) -> Result<(), Failure> {
        asked(wit::link(self.issue, ticket, &self.terms))
    }

    /// Takes the link with a ticket away.
    ///
    /// # Errors
    /// As for [`Changes::resolve`].
    pub fn unlink(&self, system: &str, id: &str) -> Result<(), Failure> {
        asked(wit::unlink(self.issue, system, id, &self.terms))
    }
}

fn asked(result: Result<(), wit::Error>) -> Result<(), Failure> {
    result.map_err(|error| match error {
        wit::Error::NotFound => Failure::permanent("there is no such issue here"),
        wit::Error::Conflict(_) => Failure::retry("somebody changed the issue meanwhile"),
        wit::Error::Unavailable(message) => Failure::retry(message),
        wit::Error::Invalid(message) | wit::Error::BudgetExhausted(message) => Failure::permanent(message),
    })
}
