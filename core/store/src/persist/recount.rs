//! Counting an issue anew from its events, when some were taken out of it.

use errand_model::digested::{DigestedEvent, EventUser};
use errand_model::issue::EventKind;
use errand_model::{EventId, GroupHash, IssueId, Level, OrganizationId, ProjectId, Timestamp};

use super::counters::count;
use super::gather::{Gathered, Incoming};
use super::issues::{Standings, fresh};
use super::known::Known;
use crate::{Error, Result, Tx, codec, execute, fetch_all};

/// What an event is counted by, as its payload tells it.
#[derive(Clone, Debug, Default)]
pub struct EventFacts {
    /// What it is about.
    pub kind: EventKind,
    /// How bad it is.
    pub level: Level,
    /// The SDK's platform.
    pub platform: String,
    /// Its logger, or empty.
    pub logger: String,
    /// What to call it.
    pub title: String,
    /// Where it happened.
    pub culprit: String,
    /// The parts of the title, as JSON text.
    pub metadata: String,
    /// Its release.
    pub release: Option<String>,
    /// Whom it happened to.
    pub user: Option<EventUser>,
    /// Every tag, those that were derived included.
    pub tags: Vec<(String, String)>,
}

/// Reads the JSON of a stored event. The store keeps it and does not know what it says.
pub type FactsOf<'a> = &'a (dyn Fn(&[u8]) -> EventFacts + Send + Sync);

/// Events that are read at a time.
const PAGE: i64 = 500;
/// The largest stored event, in bytes: what the pipeline lets through is below.
const EVENT_BYTES: usize = 16 << 20;

type Row = (i64, i64, Vec<u8>, i64, Vec<u8>);

/// Counts `issue` anew: hours, users, tags, first and last seen; what it is called becomes what its first event says.
pub(crate) async fn recount(tx: &mut Tx, issue: IssueId, facts: FactsOf<'_>) -> Result<()> {
    for sql in [
        "DELETE FROM issue_hour WHERE issue_id = $1",
        "DELETE FROM issue_user WHERE issue_id = $1",
        "DELETE FROM issue_tag WHERE issue_id = $1",
    ] {
        execute!(tx, sql, issue.0)?;
    }
    let (mut after, mut sum) = (0, Sum::default());
    loop {
        let rows = fetch_all!(
            tx,
            Row,
            "SELECT id, project_id, event_id, timestamp, payload FROM event
             WHERE issue_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            issue.0,
            after,
            PAGE
        )?;
        let Some(last) = rows.last() else { break };
        after = last.0;
        let events = rows
            .into_iter()
            .map(|row| read(row, facts))
            .collect::<Result<Vec<_>>>()?;
        sum.users += count_page(tx, issue, &events).await?;
        events.into_iter().for_each(|event| sum.add(event));
    }
    sum.write(tx, issue).await
}

fn read((_, project, event_id, timestamp, payload): Row, facts: FactsOf<'_>) -> Result<DigestedEvent> {
    let facts = facts(&codec::decompress(&payload, EVENT_BYTES)?);
    let event_id = event_id
        .try_into()
        .map_err(|_| Error::corrupt("event.event_id", "it has not 16 bytes"))?;
    Ok(facts.digested(
        ProjectId(project),
        EventId(event_id),
        Timestamp::from_micros(timestamp),
    ))
}

impl EventFacts {
    /// The event as it was counted, without what only its grouping had to know.
    pub(crate) fn digested(
        self,
        project: ProjectId,
        event_id: EventId,
        timestamp: Timestamp,
    ) -> DigestedEvent {
        let facts = self;
        DigestedEvent {
            project,
            event_id,
            timestamp,
            received: timestamp,
            kind: facts.kind,
            level: facts.level,
            platform: facts.platform,
            logger: facts.logger,
            title: facts.title,
            culprit: facts.culprit,
            metadata: facts.metadata,
            hashes: Vec::<GroupHash>::new(),
            grouping: 0,
            release: facts.release,
            environment: None,
            user: facts.user,
            tags: facts.tags,
            payload: Vec::new(),
        }
    }
}

/// Adds a page to the counters; answers how many users were new.
async fn count_page(tx: &mut Tx, issue: IssueId, events: &[DigestedEvent]) -> Result<i64> {
    let incoming = |event| Incoming {
        event,
        organization: OrganizationId(0),
        at: 0,
        issue,
        decisive: 0,
    };
    let gathered = Gathered {
        events: events.iter().map(incoming).collect(),
        ..Gathered::default()
    };
    let mut standings = Standings::from([(issue, fresh())]);
    // What was known of this issue does not hold any more.
    count(tx, &Known::default(), &gathered, &mut standings).await?;
    Ok(standings.values().map(|standing| standing.new_users).sum())
}

#[derive(Default)]
struct Sum {
    events: i64,
    users: i64,
    oldest: Option<DigestedEvent>,
    newest: Option<DigestedEvent>,
}

impl Sum {
    fn add(&mut self, event: DigestedEvent) {
        self.events += 1;
        if self
            .newest
            .as_ref()
            .is_none_or(|newest| event.timestamp >= newest.timestamp)
        {
            self.newest = Some(event.clone());
        }
        if self
            .oldest
            .as_ref()
            .is_none_or(|oldest| event.timestamp < oldest.timestamp)
        {
            self.oldest = Some(event);
        }
    }

    async fn write(&self, tx: &mut Tx, issue: IssueId) -> Result<()> {
        execute!(
            tx,
            "UPDATE issue SET times_seen = $1, users_seen = $2 WHERE id = $3",
            self.events,
            self.users,
            issue.0
        )?;
        let (Some(oldest), Some(newest)) = (&self.oldest, &self.newest) else {
            return Ok(());
        };
        execute!(
            tx,
            "UPDATE issue SET title = $1, culprit = $2, kind = $3, metadata = $4, platform = $5, logger = $6,
                first_seen = $7, first_release = $8, level = $9, last_seen = $10, last_release = $11
             WHERE id = $12",
            &oldest.title,
            &oldest.culprit,
            oldest.kind.code(),
            &oldest.metadata,
            &oldest.platform,
            &oldest.logger,
            oldest.timestamp.micros(),
            oldest.release.as_deref(),
            newest.level.code(),
            newest.timestamp.micros(),
            newest.release.as_deref(),
            issue.0
        )
        .map(|_| ())
    }
}
