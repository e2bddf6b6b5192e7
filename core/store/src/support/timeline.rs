//! What a customer ran into: their events, the issues in which a clue was seen, and those issues.

use errand_model::issue::Issue;
use errand_model::{EventRow, IssueId, ProjectId};

use super::{Sighting, Subjects, sightings};
use crate::events::StoredEvent;
use crate::{Db, Result, issues};

/// The issues in which a clue was seen as an identifier, at most.
const SIGHTINGS: i64 = 100;

/// A page of it.
#[derive(Debug)]
pub struct Timeline {
    /// Their events, the latest first.
    pub events: Vec<StoredEvent>,
    /// Where the clue was seen; the further pages are of events alone.
    pub sightings: Vec<Sighting>,
    /// The issues of both.
    pub issues: Vec<Issue>,
}

/// What those whom a clue means ran into: up to `limit` events, of those before a row where one is given.
pub async fn timeline(
    db: &Db,
    subjects: &Subjects,
    projects: &[ProjectId],
    before: Option<EventRow>,
    limit: u32,
) -> Result<Timeline> {
    let events = subjects.events(db, projects, before, limit).await?;
    let sightings = match before {
        None => sightings(db, subjects, SIGHTINGS).await?,
        Some(_) => Vec::new(),
    };
    let named = events.iter().map(|event| event.issue);
    let mut wanted: Vec<IssueId> = named.chain(sightings.iter().map(|one| one.issue)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    Ok(Timeline {
        issues: issues::by_ids(db, &wanted).await?,
        events,
        sightings,
    })
}
