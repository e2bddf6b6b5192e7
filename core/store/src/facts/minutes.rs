//! How much there was, for who watches: in a stretch of time, or minute by minute of what is past. From facts, as reports are, so
//! that both say the same.

use std::collections::{HashMap, HashSet};

use errand_model::question::{Key, Label, MOST_STEPS, Measure, Question, Span, step_start};
use errand_model::search::Query;
use errand_model::{IssueId, Timestamp};

use super::answering::{on_a_thread, tally};
use super::asking::{Asker, Resolved, resolve};
use super::tally::Tally;
use crate::{Db, Error, Result};

/// A minute in seconds.
const MINUTE: i64 = 60;

/// What is counted: events that match, of one issue where one is named.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// Who asks.
    pub asker: Asker<'a>,
    /// Which events.
    pub filter: &'a Query,
    /// Of which issue.
    pub issue: Option<IssueId>,
}

/// How much there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Events.
    pub events: i64,
    /// Different users.
    pub users: i64,
}

/// What happened of an issue within a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub at: Timestamp,
    /// The issue.
    pub issue: IssueId,
    /// Events.
    pub events: u32,
    /// Whose they were: numbers that tell users apart within one answer, where they are asked for.
    pub users: Vec<u32>,
}

/// How much there was in a stretch of time.
///
/// # Errors
/// As for [`super::answer`].
pub async fn count(db: &Db, watched: Watched<'_>, span: Span) -> Result<Counted> {
    let question = question(
        watched,
        span,
        (vec![Measure::Events, Measure::Users], Vec::new()),
        None,
    );
    let resolved = resolved(db, watched, &question).await?;
    let _turn = db.facts.turn().await?;
    let tally = tally(db, &resolved).await?;
    let total = on_a_thread(move || tally.answer(&question)).await?.total;
    let value = |at: usize| total.values.get(at).copied().unwrap_or_default();
    Ok(Counted {
        events: value(0),
        users: value(1),
    })
}

/// What there was minute by minute, the oldest first. Minutes and users are told up to `most`: of more the newest, and whether
/// there were more.
///
/// # Errors
/// As for [`super::answer`].
pub async fn minutes(
    db: &Db,
    watched: Watched<'_>,
    span: Span,
    with_users: bool,
    most: usize,
) -> Result<(Vec<Minute>, bool)> {
    let mut told = Told::new(most);
    let measures = match with_users {
        true => vec![Measure::Events, Measure::Users],
        false => vec![Measure::Events],
    };
    let mut until = span.until;
    while until > span.since {
        // From the newest on, as many steps at a time as a question has.
        let back = until.seconds() - (MOST_STEPS - 1) * MINUTE;
        let since = span
            .since
            .max(Timestamp::from_seconds(back - back.rem_euclid(MINUTE)));
        let stretch = Span { since, until };
        let keys = (measures.clone(), vec![Key::Issue]);
        let question = question(watched, stretch, keys, Some(MINUTE));
        let resolved = resolved(db, watched, &question).await?;
        let turn = db.facts.turn().await?;
        let found = match tally(db, &resolved).await {
            // Of one stretch there is more than is ever told, or than is told apart.
            Err(Error::Invalid { .. }) => None,
            found => Some(found?).filter(|found| found.within().is_none()),
        };
        drop(turn);
        let is_room = match found {
            Some(found) => {
                let (back, is_room) = on_a_thread(move || {
                    let is_room = told.take(found);
                    Ok((told, is_room))
                })
                .await?;
                told = back;
                is_room
            }
            None => false,
        };
        if !is_room {
            return Ok((told.in_order(), true));
        }
        until = since;
    }
    Ok((told.in_order(), false))
}

fn question(
    watched: Watched<'_>,
    span: Span,
    (measures, keys): (Vec<Measure>, Vec<Key>),
    step: Option<i64>,
) -> Question {
    Question {
        filter: watched.filter.clone(),
        measures,
        keys,
        span,
        step,
        sort: 0,
        is_ascending: false,
        top: 0,
    }
}

async fn resolved(db: &Db, watched: Watched<'_>, question: &Question) -> Result<Resolved> {
    let mut resolved = resolve(db, watched.asker, question).await?;
    if let Some(issue) = watched.issue {
        let others = resolved.asked.issues.take();
        let is_meant = others.is_none_or(|others| others.contains(&issue.0));
        resolved.is_empty |= !is_meant;
        resolved.asked.issues = Some(HashSet::from([issue.0]));
    }
    Ok(resolved)
}

/// What is told, the newest first.
struct Told {
    minutes: Vec<Minute>,
    users: HashMap<i64, u32>,
    left: usize,
}

impl Told {
    fn new(most: usize) -> Self {
        Told {
            minutes: Vec::new(),
            users: HashMap::new(),
            left: most,
        }
    }

    /// Adds what is older than all before; whether there was room for all of it.
    fn take(&mut self, found: Tally) -> bool {
        let mut cells: Vec<_> = found.cells().collect();
        cells.sort_by_key(|(step, ..)| std::cmp::Reverse(*step));
        let mut cells = cells.into_iter().peekable();
        while let Some(step) = cells.peek().map(|(step, ..)| *step) {
            let mut minute = Vec::new();
            while let Some((_, group, cell)) = cells.next_if(|(at, ..)| *at == step) {
                if let [Label::Id(issue)] = group.as_slice() {
                    minute.push((*issue, cell.events, cell.users.numbers()));
                }
            }
            let weight = minute.iter().map(|(_, _, users)| 1 + users.len()).sum();
            let Some(left) = self.left.checked_sub(weight) else {
                // A minute is told whole, or not at all.
                return false;
            };
            self.left = left;
            for (issue, events, users) in minute {
                let minute = self.minute(step, issue, events, users);
                self.minutes.push(minute);
            }
        }
        true
    }

    fn minute(&mut self, step: i64, issue: i64, events: i64, users: Vec<i64>) -> Minute {
        let mut number = |user| {
            let next = u32::try_from(self.users.len()).unwrap_or(u32::MAX);
            *self.users.entry(user).or_insert(next)
        };
        Minute {
            at: step_start(step, MINUTE),
            issue: IssueId(issue),
            events: u32::try_from(events).unwrap_or(u32::MAX),
            users: users.into_iter().map(&mut number).collect(),
        }
    }

    fn in_order(mut self) -> Vec<Minute> {
        self.minutes.reverse();
        self.minutes
    }
}
