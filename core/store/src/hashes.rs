//! Grouping hashes of an issue.

use std::collections::BTreeMap;

use errand_model::page::{Cursor, Page};
use errand_model::{EventId, GroupHash, IssueId};

use crate::events::bytes16;
use crate::{Db, Result, fetch_all, page};

/// A hash that belongs to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueHash {
    /// The hash.
    pub hash: GroupHash,
    /// The newest event that it decided, if it is among the issue's newest.
    pub latest_event: Option<EventId>,
}

/// Events that are looked at for the newest of each hash.
const LOOKED_AT: i64 = 1_000;

/// A page of the hashes of an issue.
pub async fn of_issue(
    db: &Db,
    issue: IssueId,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<IssueHash>> {
    let sql = "SELECT hash FROM grouping WHERE issue_id = $1 ORDER BY hash LIMIT $2 OFFSET $3";
    let offset = cursor.map_or(0, |cursor| cursor.offset);
    let rows = fetch_all!(db, (Vec<u8>,), sql, issue.0, i64::from(limit) + 1, offset)?;
    let latest = latest_events(db, issue).await?;
    let hashes = rows.into_iter().map(|(bytes,)| {
        let hash = GroupHash(bytes16("grouping.hash", &bytes)?);
        Ok(IssueHash {
            hash,
            latest_event: latest.get(&hash).copied(),
        })
    });
    Ok(page::by_offset(
        hashes.collect::<Result<Vec<_>>>()?,
        cursor,
        limit,
    ))
}

/// The newest event of each hash, among the newest of the issue.
async fn latest_events(db: &Db, issue: IssueId) -> Result<BTreeMap<GroupHash, EventId>> {
    let sql = "SELECT hash, event_id FROM event WHERE issue_id = $1 ORDER BY id DESC LIMIT $2";
    let mut latest = BTreeMap::new();
    for (hash, event) in fetch_all!(db, (Vec<u8>, Vec<u8>), sql, issue.0, LOOKED_AT)? {
        let hash = GroupHash(bytes16("event.hash", &hash)?);
        let event = EventId(bytes16("event.event_id", &event)?);
        latest.entry(hash).or_insert(event);
    }
    Ok(latest)
}
