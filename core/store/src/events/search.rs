//! The events of an issue that match a query.
//!
//! ```text
//! few events, or nothing but words ──▶ the events themselves, one after the other from one end on
//! tags, users, times               ──▶ rows from the facts (`facts/finding.rs`), then the events of those rows
//! ```
//!
//! Both test the same in the same order. What one search reads has a bound: it says how far it came, and goes on from
//! there when it is asked to.

use std::collections::HashSet;

use errand_model::issue::Issue;
use errand_model::page::{Cursor, Page};
use errand_model::project::Project;
use errand_model::question::Span;
use errand_model::search::{Filter, Query, Term};
use errand_model::{IssueId, OrganizationId, Timestamp, UserId};

use super::{Order, StoredEvent, along, by_rows};
use crate::facts::asking::{Parted, part};
use crate::facts::finding::{self, MOST_FACTS, Sought};
use crate::facts::times;
use crate::persist::EventFacts;
use crate::{Db, Result, fetch_one, fetch_optional, issues};

/// Events that one search reads at most, to look into them.
const MOST_READ: usize = 500;
/// Events that are read at a time, to look into them.
const AT_ONCE: usize = 125;

/// What an event says, as far as searches ask.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What it is counted by.
    pub facts: EventFacts,
    /// Where words are looked for: what was thrown, what was logged, where.
    pub texts: Vec<String>,
}

/// Reads the JSON of a stored event. The store keeps it and does not know what it says.
pub type SaidBy<'a> = &'a (dyn Fn(&[u8]) -> Said + Send + Sync);

/// Which events of an issue are looked for, and for whom.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// Whose people and teams `assigned:` names.
    pub organization: OrganizationId,
    /// The issue's project.
    pub project: &'a Project,
    /// The issue.
    pub issue: &'a Issue,
    /// What must hold.
    pub query: &'a Query,
    /// Who `me` is; nobody for a token that acts for nobody.
    pub viewer: Option<UserId>,
    /// Reads events.
    pub said: SaidBy<'a>,
}

impl std::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (issue, query) = (self.issue.id, self.query);
        f.debug_struct("Search")
            .field("issue", &issue)
            .field("query", query)
            .finish_non_exhaustive()
    }
}

/// A page of what was found.
#[derive(Debug)]
pub struct Found {
    /// The events. The cursor to go on with is there too where the search broke off.
    pub page: Page<StoredEvent>,
    /// Whether it broke off before the page was full: what lies beyond was not looked at.
    pub broke_off: bool,
}

/// A page of the events that match.
///
/// # Errors
/// [`crate::Error::Invalid`] where a pattern matches more values than can be looked at, or a term makes no sense.
pub async fn search(
    db: &Db,
    search: &Search<'_>,
    order: Order,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Found> {
    let is_backwards = cursor.is_some_and(|cursor| cursor.is_prev);
    let way = if is_backwards { order.reversed() } else { order };
    let after = cursor.map(|cursor| cursor.value);
    let limit = limit as usize;
    let mut walked = match Asked::read(db, search, way).await? {
        Some(asked) => asked.walk(db, search.said, after, limit + 1).await?,
        None => Walked::default(),
    };
    let has_more = walked.events.len() > limit || walked.broke_off.is_some();
    walked.events.truncate(limit);
    let last = match walked.broke_off {
        Some(row) => Some(row),
        None => walked.events.last().map(|event| event.row.0),
    };
    let at = |row: Option<i64>, is_prev| {
        row.map(|value| Cursor {
            value,
            offset: 0,
            is_prev,
        })
    };
    let first = walked.events.first().map(|event| event.row.0).or(last).or(after);
    // Whoever came from one side can go back to it.
    let (prev, next) = if is_backwards {
        walked.events.reverse();
        (at(last.filter(|_| has_more), true), at(first, false))
    } else {
        let back = first.filter(|_| cursor.is_some());
        (at(back, true), at(last.filter(|_| has_more), false))
    };
    Ok(Found {
        broke_off: walked.broke_off.is_some(),
        page: Page {
            rows: walked.events,
            prev,
            next,
        },
    })
}

/// A search without names.
struct Asked {
    sought: Sought,
    words: Vec<Words>,
    /// Whether facts say where to look; else all of the issue's events are read.
    is_by_facts: bool,
    /// Whether events are tested one by one for what facts are tested for.
    tests_events: bool,
}

/// Words that an event has to have in it, or must not have.
struct Words {
    is_negated: bool,
    lower: String,
}

/// What a walk met.
#[derive(Debug, Default)]
struct Walked {
    events: Vec<StoredEvent>,
    /// Where it broke off: nothing from behind this row on was looked at.
    broke_off: Option<i64>,
}

impl Asked {
    /// Looks up all names; none if nothing can match.
    async fn read(db: &Db, search: &Search<'_>, order: Order) -> Result<Option<Self>> {
        let issue = search.issue;
        let whole = Span {
            since: Timestamp::from_micros(i64::MIN),
            until: Timestamp::from_micros(i64::MAX),
        };
        let (query, span) = times::split(search.query, whole)?;
        let (of_text, rest): (Vec<Term>, Vec<Term>) = query
            .terms
            .into_iter()
            .partition(|term| matches!(term.filter, Filter::Text(_)));
        let projects = std::slice::from_ref(search.project);
        let Parted {
            tests,
            of_issues,
            is_empty,
        } = part(db, projects, &rest).await?;
        let Some(span) = span.filter(|_| !is_empty) else {
            return Ok(None);
        };
        if !of_issues.is_empty() && !is_one_of(db, search, of_issues).await? {
            return Ok(None);
        }
        let is_tested = span != whole || !tests.is_empty();
        let is_by_facts = is_tested && !is_small(db, issue.id).await?;
        Ok(Some(Asked {
            sought: Sought {
                project: issue.project,
                issue: issue.id,
                tests,
                // No event of the issue happened before the first or after the last.
                span: Span {
                    since: span.since.max(issue.first_seen),
                    until: span.until.min(issue.last_seen.plus_millis(1)),
                },
                order,
                after: None,
                dropped_to: dropped_to(db, search.project).await?,
                limit: 0,
                most: MOST_FACTS,
            },
            words: of_text.into_iter().filter_map(Words::of).collect(),
            is_by_facts,
            // What facts were tested for needs no second test.
            tests_events: is_tested && !is_by_facts,
        }))
    }

    /// Walks until so many events were found, there are no more, or enough was read.
    async fn walk(
        mut self,
        db: &Db,
        said: SaidBy<'_>,
        mut after: Option<i64>,
        wanted: usize,
    ) -> Result<Walked> {
        let mut walked = Walked::default();
        let mut read = 0;
        // What has to be looked into is read some at a time, the rest at once.
        let looks_into = !self.words.is_empty() || self.tests_events;
        loop {
            let missing = wanted - walked.events.len();
            let limit = if looks_into { AT_ONCE } else { missing };
            let step = self.step(db, after, limit).await?;
            // Also those that are gone, as long as facts still name them.
            read += step.seen;
            let is_over = step.seen < limit && step.broke_off.is_none();
            after = step.last.or(after);
            walked.events.extend(self.matching(step.events, said));
            if walked.events.len() >= wanted {
                walked.events.truncate(wanted);
                return Ok(walked);
            }
            if is_over {
                return Ok(walked);
            }
            if step.broke_off.is_some() || read >= MOST_READ {
                walked.broke_off = step.broke_off.or(after);
                return Ok(walked);
            }
        }
    }

    async fn step(&mut self, db: &Db, after: Option<i64>, limit: usize) -> Result<Step> {
        let (issue, order) = (self.sought.issue, self.sought.order);
        if !self.is_by_facts {
            let events = along(db, issue, order, after, limit).await?;
            return Ok(Step {
                seen: events.len(),
                last: events.last().map(|event| event.row.0),
                broke_off: None,
                events,
            });
        }
        self.sought.after = after;
        self.sought.limit = limit;
        let found = finding::find(db, &self.sought).await?;
        Ok(Step {
            seen: found.rows.len(),
            last: found.rows.last().copied(),
            // The row at which it broke off was not looked at: the next search begins before it.
            broke_off: found.broke_off.map(|row| order.before(row)),
            events: by_rows(db, issue, &found.rows).await?,
        })
    }

    /// Leaves the events that match.
    fn matching(&self, mut events: Vec<StoredEvent>, said: SaidBy<'_>) -> Vec<StoredEvent> {
        if self.words.is_empty() && !self.tests_events {
            return events;
        }
        let mut tested = Vec::new();
        events.retain(|event| {
            let said = said(&event.payload);
            let says = self.words.iter().all(|words| words.fit(&said.texts));
            if self.tests_events && says {
                let digested = said
                    .facts
                    .digested(event.project, event.event_id, event.timestamp);
                tested.push((event.row, digested));
            }
            says
        });
        if self.tests_events {
            let left: HashSet<i64> = finding::test(&self.sought, &tested);
            events.retain(|event| left.contains(&event.row.0));
        }
        events
    }
}

/// What one look brought.
struct Step {
    events: Vec<StoredEvent>,
    /// How many rows it found, of which some events may be gone.
    seen: usize,
    last: Option<i64>,
    broke_off: Option<i64>,
}

impl Words {
    fn of(term: Term) -> Option<Self> {
        match term.filter {
            Filter::Text(text) => Some(Words {
                is_negated: term.negated,
                lower: text.to_lowercase(),
            }),
            _ => None,
        }
    }

    fn fit(&self, texts: &[String]) -> bool {
        let has = texts.iter().any(|text| text.to_lowercase().contains(&self.lower));
        has != self.is_negated
    }
}

/// Whether the conditions on issues hold of this one.
async fn is_one_of(db: &Db, search: &Search<'_>, mut terms: Vec<Term>) -> Result<bool> {
    terms.push(Term {
        negated: false,
        filter: Filter::ShortId(search.issue.id.0.to_string()),
    });
    let of_issues = issues::Search {
        organization: search.organization,
        projects: std::slice::from_ref(search.project),
        query: &Query { terms },
        viewer: search.viewer,
    };
    Ok(!issues::ids(db, &of_issues, 1).await?.is_empty())
}

/// Whether all that is there of an issue can be read in one go.
async fn is_small(db: &Db, issue: IssueId) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM (SELECT id FROM event WHERE issue_id = $1 ORDER BY id DESC LIMIT $2) AS looked_at";
    let (count,) = fetch_one!(db, (i64,), sql, issue.0, MOST_READ as i64 + 1)?;
    Ok(count <= MOST_READ as i64)
}

/// Up to which row retention has dropped the project's events.
async fn dropped_to(db: &Db, project: &Project) -> Result<i64> {
    let sql = "SELECT dropped_to FROM project_storage WHERE project_id = $1";
    let row = fetch_optional!(db, (i64,), sql, project.id.0)?;
    Ok(row.map_or(0, |(row,)| row))
}
