//! What people do with issues: read from a form, done to one or to many.

use errand_model::IssueId;
use errand_model::issue::Assignee;
use errand_store::issues::{self, Archive, By, More, Resolve};
use errand_store::{Context, Result as Stored, Tx};

use super::people::Roster;
use crate::error::Error;
use crate::ui::forms::Fields;
use crate::ui::visit::Visit;

/// Longer names of releases are none.
const MAX_RELEASE: usize = 250;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// It is done.
    Resolve(Resolve),
    /// It is not.
    Unresolve,
    /// Put it aside.
    Archive(Archive),
    /// Give it to somebody.
    Assign(Option<Assignee>),
    /// Be rid of it; and of its future events.
    Delete { discard: bool },
}

impl Deed {
    /// Reads the form's `action` and what belongs to it.
    pub(super) fn read(
        form: &Fields,
        visit: &Visit,
        roster: &Roster,
        release: Option<&str>,
    ) -> Result<Self, Error> {
        let archive = |until: Archive| Ok(Deed::Archive(until));
        match form.text("action") {
            "resolve" => Ok(Deed::Resolve(Resolve::Now)),
            "resolve-next" => Ok(Deed::Resolve(Resolve::InNextRelease)),
            "resolve-current" => resolve_in(release.unwrap_or_default()),
            "resolve-release" => resolve_in(form.text("release")),
            "unresolve" => Ok(Deed::Unresolve),
            "archive" => archive(Archive::default()),
            "archive-escalating" => archive(Archive {
                escalating: true,
                ..Archive::default()
            }),
            "archive-for" => {
                let hours = number(form, "hours")?.min(24 * 366 * 10);
                archive(Archive {
                    date: Some(visit.now.plus_seconds(hours * 3_600)),
                    ..Archive::default()
                })
            }
            "archive-events" => archive(Archive {
                events: Some(more(form)?),
                ..Archive::default()
            }),
            "archive-users" => archive(Archive {
                users: Some(more(form)?),
                ..Archive::default()
            }),
            "assign" => Ok(Deed::Assign(roster.read_choice(form.text("assignee"))?)),
            "assign-me" => Ok(Deed::Assign(Some(Assignee::User(visit.person.id)))),
            "delete" => Ok(Deed::Delete { discard: false }),
            "discard" => Ok(Deed::Delete { discard: true }),
            _ => Err(Error::bad_request("There is no such action.")),
        }
    }

    /// Does it; answers what changed.
    pub(super) async fn apply(
        &self,
        tx: &mut Tx,
        cx: Context<'_>,
        by: &By,
        ids: &[IssueId],
    ) -> Stored<Vec<IssueId>> {
        match self {
            Deed::Resolve(how) => issues::resolve(tx, cx, by, ids, how).await,
            Deed::Unresolve => issues::unresolve(tx, cx, by, ids).await,
            Deed::Archive(until) => issues::archive(tx, cx, by, ids, *until).await,
            Deed::Assign(assignee) => issues::assign(tx, cx, by, ids, *assignee).await,
            Deed::Delete { discard } => issues::delete(tx, cx, by, ids, *discard).await,
        }
    }

    /// What was done to `what`, as a sentence.
    pub(super) fn done(&self, what: &str) -> String {
        match self {
            Deed::Resolve(Resolve::Now | Resolve::InCommit(_)) => format!("{what} resolved."),
            Deed::Resolve(Resolve::InRelease(version)) => format!("{what} resolved in {version}."),
            Deed::Resolve(Resolve::InNextRelease) => format!("{what} resolved in the next release."),
            Deed::Unresolve => format!("{what} unresolved again."),
            Deed::Archive(_) => format!("{what} archived."),
            Deed::Assign(Some(_)) => format!("{what} assigned."),
            Deed::Assign(None) => format!("{what} assigned to nobody."),
            Deed::Delete { .. } => format!("{what} deleted."),
        }
    }
}

fn resolve_in(release: &str) -> Result<Deed, Error> {
    match release.len() {
        0 => Err(Error::bad_request("Which release? Its name is missing.")),
        length if length > MAX_RELEASE => {
            Err(Error::bad_request("The name of a release has at most 250 bytes."))
        }
        _ => Ok(Deed::Resolve(Resolve::InRelease(release.to_owned()))),
    }
}

fn more(form: &Fields) -> Result<More, Error> {
    Ok(More {
        count: number(form, "count")?,
        window_minutes: form.parse("window"),
    })
}

fn number(form: &Fields, name: &str) -> Result<i64, Error> {
    let number = form
        .parse::<i64>(name)
        .filter(|number| (1..=1_000_000_000).contains(number));
    number.ok_or_else(|| Error::bad_request("A whole number from 1 to 1000000000 is needed."))
}
