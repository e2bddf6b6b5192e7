//! From a clue to the issues that it leads to.

use std::collections::BTreeMap;

use errand_model::clue::{Clue, TicketClue};
use errand_model::issue::{Issue, Status, parse_short_id};
use errand_model::project::Project;
use errand_model::search::{Filter, Query, Sort, Term};
use errand_model::{EventId, IssueId, OrganizationId, ProjectId, Timestamp};

use super::events::{sightings, visits};
use super::subjects::{KnownUser, Subjects, subjects};
use crate::issues::{self, Search};
use crate::{Db, Result, fetch_all};

/// Issues that one way to look finds at most, before the best are picked.
const LOOKED_AT: i64 = 500;
/// Shorter texts stand in every title.
const SHORTEST_TEXT: usize = 3;

/// What is asked, and where.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose fields count.
    pub organization: OrganizationId,
    /// The projects that who asks may see.
    pub projects: &'a [Project],
    /// What they have in hand.
    pub clue: &'a Clue,
}

/// Why an issue was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is named.
    Named,
    /// This event is one of its events.
    Event(EventId),
    /// It is linked with the ticket.
    Ticket(String),
    /// It happened to the user who is known by this: `e-mail`, `id`, `username`, `IP`.
    User(&'static str),
    /// One of its events has the identifier.
    Identifier {
        /// Which.
        key: String,
        /// In how many events.
        events: i64,
        /// In the last of them.
        last_seen: Timestamp,
    },
    /// Its title or culprit has the text in it.
    Text,
}

/// An issue that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The issue.
    pub issue: Issue,
    /// Why, the surest first.
    pub reasons: Vec<Reason>,
}

/// The issues that a clue leads to, at most `limit`: those that still wait for a fix first, of these the latest seen.
///
/// # Errors
/// What the database says.
pub async fn search(db: &Db, asked: Asked<'_>, limit: usize) -> Result<(Vec<Hit>, Subjects)> {
    let Asked { projects, clue, .. } = asked;
    if clue.is_empty() || projects.is_empty() {
        return Ok((Vec::new(), Subjects::default()));
    }
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let mut reasons = named(db, asked).await?;
    reasons.extend(of_event(db, clue).await?);
    reasons.extend(of_ticket(db, clue).await?);
    let known = subjects(db, asked.organization, &ids, clue).await?;
    for visit in visits(db, &known, LOOKED_AT).await? {
        let user = known.users.iter().find(|user| user.id == visit.user);
        reasons.push((
            visit.issue,
            Reason::User(user.map_or("user", |user| known_by(user, clue))),
        ));
    }
    for sighting in sightings(db, &known, LOOKED_AT).await? {
        let reason = Reason::Identifier {
            key: sighting.key,
            events: sighting.events,
            last_seen: sighting.last_seen,
        };
        reasons.push((sighting.issue, reason));
    }
    let hits = hits(db, &ids, reasons, limit).await?;
    if !hits.is_empty() || clue.text.len() < SHORTEST_TEXT {
        return Ok((hits, known));
    }
    Ok((by_text(db, asked, limit).await?, known))
}

type Found = Vec<(IssueId, Reason)>;

async fn named(db: &Db, asked: Asked<'_>) -> Result<Found> {
    let mut found: Found = asked
        .clue
        .issue
        .map(|issue| (issue, Reason::Named))
        .into_iter()
        .collect();
    if let Some((slug, number)) = parse_short_id(&asked.clue.text)
        && let Some(issue) = issues::by_short_id(db, asked.organization, &slug, number).await?
    {
        found.push((issue.id, Reason::Named));
    }
    Ok(found)
}

async fn of_event(db: &Db, clue: &Clue) -> Result<Found> {
    let Some(event) = clue.event else {
        return Ok(Vec::new());
    };
    let sql = "SELECT issue_id FROM event WHERE event_id = $1 LIMIT 20";
    let rows = fetch_all!(db, (i64,), sql, event.0.as_slice())?;
    Ok(rows
        .into_iter()
        .map(|(issue,)| (IssueId(issue), Reason::Event(event)))
        .collect())
}

async fn of_ticket(db: &Db, clue: &Clue) -> Result<Found> {
    let Some(TicketClue { host, name }) = &clue.ticket else {
        return Ok(Vec::new());
    };
    // What systems call a ticket, and what they know it by, has an index each.
    let sql = "SELECT issue_id, name, url FROM issue_link WHERE external_id = $1
               UNION SELECT issue_id, name, url FROM issue_link WHERE name IN ($1, $2, $3) LIMIT 500";
    let (numbered, capitals) = (format!("#{name}"), name.to_uppercase());
    let rows = fetch_all!(db, (i64, String, String), sql, name, numbered, capitals)?;
    let is_meant = |url: &str| {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let of = rest.split(['/', '?', '#']).next().unwrap_or_default();
        host.as_deref().is_none_or(|host| of.eq_ignore_ascii_case(host))
    };
    let meant = rows.into_iter().filter(|(.., url)| is_meant(url));
    Ok(meant
        .map(|(issue, name, _)| (IssueId(issue), Reason::Ticket(name)))
        .collect())
}

fn known_by(user: &KnownUser, clue: &Clue) -> &'static str {
    let is = |field: &Option<String>| {
        field
            .as_ref()
            .is_some_and(|field| field.to_lowercase() == clue.text.to_lowercase())
    };
    match () {
        () if is(&user.email) => "e-mail",
        () if is(&user.ident) => "id",
        () if is(&user.username) => "username",
        () => "IP",
    }
}

/// The issues of those projects, with all that led to each.
async fn hits(db: &Db, projects: &[ProjectId], found: Found, limit: usize) -> Result<Vec<Hit>> {
    let mut reasons: BTreeMap<IssueId, Vec<Reason>> = BTreeMap::new();
    for (issue, reason) in found {
        let known = reasons.entry(issue).or_default();
        if !known.contains(&reason) {
            known.push(reason);
        }
    }
    let ids: Vec<IssueId> = reasons.keys().copied().collect();
    let mut issues = issues::by_ids(db, &ids).await?;
    issues.retain(|issue| projects.contains(&issue.project));
    issues.sort_by_key(|issue| (rank(issue.status), std::cmp::Reverse(issue.last_seen)));
    issues.truncate(limit);
    let hit = |issue: Issue| Hit {
        reasons: reasons.remove(&issue.id).unwrap_or_default(),
        issue,
    };
    Ok(issues.into_iter().map(hit).collect())
}

const fn rank(status: Status) -> u8 {
    match status {
        Status::Unresolved => 0,
        Status::Resolved => 1,
        Status::Ignored => 2,
    }
}

async fn by_text(db: &Db, asked: Asked<'_>, limit: usize) -> Result<Vec<Hit>> {
    let query = Query {
        terms: vec![Term {
            negated: false,
            filter: Filter::Text(asked.clue.text.clone()),
        }],
    };
    let search = Search {
        organization: asked.organization,
        projects: asked.projects,
        query: &query,
        viewer: None,
    };
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let page = issues::list(db, &search, Sort::LastSeen, None, limit).await?;
    let hit = |issue| Hit {
        issue,
        reasons: vec![Reason::Text],
    };
    Ok(page.rows.into_iter().map(hit).collect())
}
