//! Which events of an issue match, by their rows, in order: block by block from one end on, until enough are found.
//!
//! A block says of which rows its events are, so whoever walks knows when nothing that comes first is left unread. What
//! is looked at in one go has a bound; what was found before the first block that was not looked at is whole.

use std::collections::HashSet;

use errand_model::digested::DigestedEvent;
use errand_model::question::Span;
use errand_model::{EventRow, IssueId, ProjectId};

use super::block::EVENT;
use super::bytes::broken;
use super::column::load_numbers;
use super::fold::on_a_thread;
use super::moved::{Move, Moved};
use super::part::Part;
use super::reading::{Piece, There, columns, there};
use super::rows::Rows;
use super::scan::{Asked, Test};
use crate::events::Order;
use crate::{Db, Error, Result};

/// Facts of blocks that one search looks at.
pub(crate) const MOST_FACTS: usize = 1_000_000;
/// Times that somebody may fold the facts away from under a search.
const ATTEMPTS: usize = 5;

/// Which events are looked for.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    pub(crate) project: ProjectId,
    pub(crate) issue: IssueId,
    pub(crate) tests: Vec<Test>,
    /// When they happened.
    pub(crate) span: Span,
    pub(crate) order: Order,
    /// Only what comes after this row.
    pub(crate) after: Option<i64>,
    /// No event has this row or a lower one any more.
    pub(crate) dropped_to: i64,
    pub(crate) limit: usize,
    /// How many facts of blocks are looked at, give or take a block.
    pub(crate) most: usize,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// Rows, in order.
    pub(crate) rows: Vec<i64>,
    /// Where the search broke off: what comes from this row on was not looked at.
    pub(crate) broke_off: Option<i64>,
}

/// Looks for events.
pub(crate) async fn find(db: &Db, sought: &Sought) -> Result<Found> {
    let mut attempt = 1;
    loop {
        match find_once(db, sought).await {
            Err(Error::Conflict { .. }) if attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

async fn find_once(db: &Db, sought: &Sought) -> Result<Found> {
    let There {
        batches,
        mut blocks,
        moves,
    } = there(db, &[sought.project], sought.span).await?;
    let order = sought.order;
    blocks.retain(|block| sought.is_in_reach(block));
    blocks.sort_by_key(|block| order.rank(order.first(block.events)));
    let looking = Looking {
        asked: sought.asked(),
        moves,
    };
    let (mut looking, mut rows) = on_a_thread(move || {
        let rows = looking.batches(batches)?;
        Ok((looking, rows))
    })
    .await?;
    let mut looked_at = 0;
    let mut broke_off = None;
    for block in blocks {
        sought.settle(&mut rows);
        let edge = order.first(block.events);
        let is_next = |row: &i64| order.rank(*row) < order.rank(edge);
        if rows.get(sought.limit - 1).is_some_and(is_next) {
            break;
        }
        if looked_at >= sought.most {
            rows.retain(is_next);
            broke_off = Some(edge);
            break;
        }
        looked_at += block.facts;
        let found;
        (looking, found) = looking.block(db, block).await?;
        rows.extend(found);
    }
    sought.settle(&mut rows);
    Ok(Found { rows, broke_off })
}

/// How many facts a project has of about that time: what a question over it costs.
///
/// # Errors
/// What the database says.
pub async fn facts_of(db: &Db, project: ProjectId, span: Span) -> Result<usize> {
    let There { batches, blocks, .. } = there(db, &[project], span).await?;
    Ok(batches.iter().chain(&blocks).map(|piece| piece.facts).sum())
}

impl Sought {
    fn asked(&self) -> Asked {
        Asked {
            tests: self.tests.clone(),
            issues: Some([self.issue.0].into()),
            measures: Vec::new(),
            keys: Vec::new(),
            span: self.span,
            step: None,
        }
    }

    fn is_in_reach(&self, block: &Piece) -> bool {
        let end = match self.order {
            Order::Newest => block.events.0,
            Order::Oldest => block.events.1,
        };
        block.events.1 > self.dropped_to && self.is_after(end)
    }

    fn is_after(&self, row: i64) -> bool {
        let rank = |row| self.order.rank(row);
        self.after.is_none_or(|after| rank(row) > rank(after))
    }

    /// Puts rows in order, and leaves as many as are wanted.
    fn settle(&self, rows: &mut Vec<i64>) {
        rows.retain(|row| *row > self.dropped_to && self.is_after(*row));
        rows.sort_unstable_by_key(|row| self.order.rank(*row));
        rows.truncate(self.limit);
    }
}

/// What is asked of each piece, and what became of issues.
struct Looking {
    asked: Asked,
    moves: Vec<Move>,
}

impl Looking {
    /// The rows among facts that are in no block yet.
    fn batches(&self, batches: Vec<Piece>) -> Result<Vec<i64>> {
        let Some(project) = batches.first().map(|batch| batch.project) else {
            return Ok(Vec::new());
        };
        let mut rows = Rows::default();
        for batch in batches {
            let moved = Moved::new(&self.moves, project, batch.moved);
            rows.append(&Rows::load(&batch.content)?, &moved);
        }
        Ok(picked(&self.asked, project, rows))
    }

    /// The rows of a block. Where its events are is read only if there are some to be found.
    async fn block(self, db: &Db, block: Piece) -> Result<(Self, Vec<i64>)> {
        let has_moved = !Moved::new(&self.moves, block.project, block.moved).is_empty();
        let needs = self.asked.needs(block.span, has_moved);
        let gone = || Error::Conflict {
            what: "what is looked for".to_owned(),
        };
        let mut stored = columns(db, &[block.id], Some(&needs.names())).await?;
        let stored = stored.remove(&block.id).ok_or_else(gone)?;
        let id = block.id;
        let (looking, chosen) = on_a_thread(move || {
            let part = Part::of_block((block.project, block.facts), block.span, &stored, &needs)?;
            let moved = Moved::new(&self.moves, block.project, block.moved);
            let chosen = self.asked.picked(&part, moved).unwrap_or_default();
            Ok((self, chosen))
        })
        .await?;
        if !chosen.contains(&true) {
            return Ok((looking, Vec::new()));
        }
        let mut stored = columns(db, &[id], Some(&[EVENT.to_owned()])).await?;
        let stored = stored.remove(&id).ok_or_else(gone)?;
        let (_, events) = stored.first().ok_or_else(broken)?;
        Ok((looking, of_chosen(&load_numbers(events)?, &chosen)))
    }
}

/// The rows of those facts that are meant.
fn picked(asked: &Asked, project: i64, rows: Rows) -> Vec<i64> {
    let needs = asked.needs(rows.span(), true);
    let events = rows.events.clone();
    let part = Part::of_rows(project, rows, &needs);
    let chosen = asked.picked(&part, Moved::new(&[], project, 0));
    of_chosen(&events, &chosen.unwrap_or_default())
}

fn of_chosen(events: &[i64], chosen: &[bool]) -> Vec<i64> {
    let chosen = events.iter().zip(chosen).filter(|(_, is_meant)| **is_meant);
    chosen.map(|(event, _)| *event).collect()
}

/// Which of some events are meant, by what they say themselves.
pub(crate) fn test(sought: &Sought, events: &[(EventRow, DigestedEvent)]) -> HashSet<i64> {
    let mut rows = Rows::default();
    for (row, event) in events {
        rows.add(*row, event, sought.issue, 0);
    }
    picked(&sought.asked(), sought.project.0, rows)
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use errand_model::digested::DigestedEvent;
    use errand_model::issue::EventKind;
    use errand_model::{EventId, Ids, Level, ManualClock, Timestamp};

    use super::*;
    use crate::Context;
    use crate::facts::{due, keep};
    use crate::testing::{on_sqlite, write_facts};

    const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn event(nth: i64) -> DigestedEvent {
        DigestedEvent {
            project: ProjectId(1),
            event_id: EventId::random(),
            timestamp: START.plus_millis(nth),
            received: START,
            kind: EventKind::Error,
            level: Level::Error,
            platform: String::new(),
            logger: String::new(),
            title: String::new(),
            culprit: String::new(),
            metadata: String::new(),
            hashes: Vec::new(),
            grouping: 1,
            release: None,
            environment: None,
            user: None,
            tags: Vec::new(),
            payload: Vec::new(),
        }
    }

    fn sought(order: Order, after: Option<i64>, limit: usize, most: usize) -> Sought {
        Sought {
            project: ProjectId(1),
            issue: IssueId(7),
            tests: Vec::new(),
            span: Span {
                since: START,
                until: START.plus_seconds(86_400),
            },
            order,
            after,
            dropped_to: 0,
            limit,
            most,
        }
    }

    /// All rows, found with that bound of what is looked at, and how often a search broke off.
    async fn all(db: &Db, order: Order, most: usize) -> (Vec<i64>, usize) {
        let (mut rows, mut breaks, mut after) = (Vec::new(), 0, None);
        loop {
            let found = find(db, &sought(order, after, 30, most)).await.expect("find");
            let is_over = found.rows.len() < 30 && found.broke_off.is_none();
            after = found.rows.last().copied().or(after);
            if let Some(edge) = found.broke_off {
                breaks += 1;
                after = Some(order.before(edge));
            }
            rows.extend(found.rows);
            if is_over {
                return (rows, breaks);
            }
        }
    }

    #[test]
    fn a_search_that_breaks_off_leaves_nothing_out() {
        on_sqlite(async |test| {
            let clock = ManualClock::at(START);
            let ids = Ids::new(0);
            let cx = Context {
                clock: &clock,
                ids: &ids,
            };
            // Blocks that are too different in size to become one; the issue's events are in the first and the last alone.
            for (block, size) in [40_i64, 160, 640, 16].into_iter().enumerate() {
                let issue = IssueId(if block % 3 == 0 { 7 } else { 8 });
                for batch in 0..16 {
                    let events: Vec<_> = (0..size / 8)
                        .map(|nth| (event(batch * 100 + nth), issue))
                        .collect();
                    write_facts(&test.db, cx, &events).await;
                }
                clock.advance_millis(700_000);
                while let Some(due) = due(&test.db, cx.now()).await.expect("due") {
                    keep(&test.db, cx, due).await.expect("keep");
                }
            }
            for order in [Order::Newest, Order::Oldest] {
                let (whole, never) = all(&test.db, order, usize::MAX).await;
                assert_eq!((whole.len(), never), (112, 0));
                assert!(whole.is_sorted_by_key(|row| order.rank(*row)));
                let (parts, breaks) = all(&test.db, order, 1).await;
                assert_eq!(parts, whole);
                assert!(breaks > 0, "one block at a time, and several are without any");
            }
        });
    }
}
