//! One ticket for each issue, however often a call is cut, repeated or replayed.
//!
//! What is made is marked with [`Making::mark`], by which it is found again: a label, an external id, a word of the
//! description. Where a call was cut while it made a ticket, the next one looks for the mark first.

use crate::once::{self, Fate};
use crate::{Failure, Ticket, issues};

/// The ticket of an issue, to be had.
#[derive(Clone, Debug)]
pub struct Making<'a> {
    system: &'a str,
    issue: &'a str,
    installation: &'a str,
    after: &'a str,
}

/// A ticket as it is kept in the journal: no more than what finds it again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Made {
    /// What the system knows it by.
    pub id: String,
    /// What people call it.
    pub name: String,
}

impl<'a> Making<'a> {
    /// Of this system, for this issue. `after` is the id of the ticket that the issue had before and is done with, empty
    /// for the first: each may have a successor, and no more than one. It has to be the same in every attempt.
    pub fn new(system: &'a str, issue: &'a str, installation: &'a str, after: &'a str) -> Self {
        Making {
            system,
            issue,
            installation,
            after,
        }
    }

    /// What marks the ticket over there: letters, digits and hyphens.
    pub fn mark(&self) -> String {
        let mark = format!("errand-{}-{}", self.installation, self.issue);
        match self.after {
            "" => mark,
            after => format!("{mark}-after-{after}"),
        }
    }

    /// Gets it: from the journal, by its mark where a call was cut, or by making it. `make` fails with
    /// [`Unmade::Certainly`] where it is certain that nothing was made; then the next call need not look.
    ///
    /// # Errors
    /// [`Failure`], and then it is not known whether there is one, unless `make` knew.
    pub fn get(
        &self,
        find: impl FnOnce(&str) -> Result<Option<Made>, Failure>,
        make: impl FnOnce(&str) -> Result<Made, Unmade>,
    ) -> Result<Made, Failure> {
        let (key, mark) = (
            format!("ticket/{}/{}/{}", self.system, self.issue, self.after),
            self.mark(),
        );
        let mine = match once::begin::<Made>(&key)? {
            Fate::Done(made) => return Ok(made),
            Fate::Fresh(mine) => mine,
            Fate::Unknown(mine) => match find(&mark)? {
                Some(made) => return mine.finish(made),
                None => mine,
            },
        };
        match make(&mark) {
            Ok(made) => mine.finish(made),
            Err(Unmade::Perhaps(failure)) => Err(failure),
            Err(Unmade::Certainly(failure)) => {
                mine.forget()?;
                Err(failure)
            }
        }
    }
}

/// Why there is no ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmade {
    /// It may have been made all the same.
    Perhaps(Failure),
    /// It was not.
    Certainly(Failure),
}

impl From<Failure> for Unmade {
    /// By what a failure says: credentials, settings, limits and refusals are answers; all else leaves it open.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Retry { .. } => Unmade::Perhaps(failure),
            Failure::RateLimited { .. } | Failure::Config(_) | Failure::Auth(_) | Failure::Permanent(_) => {
                Unmade::Certainly(failure)
            }
        }
    }
}

/// The issue's tickets of a system, the oldest link first.
///
/// # Errors
/// [`Failure`] if the hub cannot say.
pub fn tickets_of(issue: &str, system: &str) -> Result<Vec<Ticket>, Failure> {
    let all = issues::links(issue)?.into_iter();
    Ok(all.filter(|ticket| ticket.system == system).collect())
}
