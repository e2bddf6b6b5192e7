//! Tickets of other systems that issues are linked with.

use errand_model::issue::Issue;
use errand_model::lifecycle::Change;
use errand_model::ticket::Ticket;
use errand_model::{IssueId, OrganizationId, ProjectId, Timestamp};

use super::change::{By, Held, hold_one};
use super::row::{IssueRow, issue_columns};
use crate::outbox::{record, text_of};
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_one, fetch_optional};

/// Tickets of one issue.
const MAX_LINKS: i64 = 100;

/// A link, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its id.
    pub id: i64,
    /// Of which issue.
    pub issue: IssueId,
    /// The ticket, as it was last heard of.
    pub ticket: Ticket,
    /// Since when they belong together.
    pub created: Timestamp,
    /// When it was last heard of the ticket.
    pub updated: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    issue_id: i64,
    system: String,
    external_id: String,
    name: String,
    url: String,
    title: String,
    state: String,
    is_open: bool,
    extra: String,
    created: i64,
    updated: i64,
}

impl Row {
    fn read(self) -> Result<Link> {
        Ok(Link {
            id: self.id,
            issue: IssueId(self.issue_id),
            ticket: Ticket {
                system: self.system,
                id: self.external_id,
                name: self.name,
                url: self.url,
                title: self.title,
                state: self.state,
                is_open: self.is_open,
                extra: serde_json::from_str(&self.extra)
                    .map_err(|why| Error::corrupt("issue_link.extra", why))?,
            },
            created: Timestamp::from_micros(self.created),
            updated: Timestamp::from_micros(self.updated),
        })
    }
}

/// Links an issue with a ticket, or writes down how a linked ticket stands now; answers the link's id. A new link is
/// told, and so is a ticket that moved to another state.
pub async fn link(tx: &mut Tx, cx: Context<'_>, by: &By, issue: IssueId, ticket: &Ticket) -> Result<i64> {
    ticket.check().map_err(Error::invalid)?;
    let held = hold_one(tx, issue).await?;
    if let Some(known) = find(tx, issue, &ticket.system, &ticket.id).await? {
        execute!(
            tx,
            "UPDATE issue_link SET name = $1, url = $2, title = $3, state = $4, is_open = $5, extra = $6, updated = $7
             WHERE id = $8",
            &ticket.name,
            &ticket.url,
            &ticket.title,
            &ticket.state,
            ticket.is_open,
            text_of(&ticket.extra)?,
            cx.now().micros(),
            known.id
        )?;
        let was = &known.ticket;
        // Whoever makes a ticket may not know its state yet: that one is told of then is no move.
        if !was.state.is_empty() && (was.state != ticket.state || was.is_open != ticket.is_open) {
            let change = Change::TicketMoved {
                ticket: ticket.clone(),
                was: was.state.clone(),
            };
            record(tx, cx, &[held.happening(by, change)]).await?;
        }
        return Ok(known.id);
    }
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "SELECT COUNT(*) FROM issue_link WHERE issue_id = $1",
        issue.0
    )?;
    if count >= MAX_LINKS {
        return Err(Error::invalid(format!(
            "an issue is linked with {MAX_LINKS} tickets at most"
        )));
    }
    insert(tx, cx, by, &held, ticket).await
}

async fn insert(tx: &mut Tx, cx: Context<'_>, by: &By, held: &Held, ticket: &Ticket) -> Result<i64> {
    let id = cx.id();
    execute!(
        tx,
        "INSERT INTO issue_link
            (id, issue_id, system, external_id, name, url, title, state, is_open, extra, created, updated)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        id,
        held.id.0,
        &ticket.system,
        &ticket.id,
        &ticket.name,
        &ticket.url,
        &ticket.title,
        &ticket.state,
        ticket.is_open,
        text_of(&ticket.extra)?,
        cx.now().micros()
    )?;
    let change = Change::Linked {
        ticket: ticket.clone(),
    };
    record(tx, cx, &[held.happening(by, change)]).await?;
    Ok(id)
}

/// Takes a link away; answers whether there was one.
pub async fn unlink(
    tx: &mut Tx,
    cx: Context<'_>,
    by: &By,
    issue: IssueId,
    (system, id): (&str, &str),
) -> Result<bool> {
    let held = hold_one(tx, issue).await?;
    let Some(known) = find(tx, issue, system, id).await? else {
        return Ok(false);
    };
    execute!(tx, "DELETE FROM issue_link WHERE id = $1", known.id)?;
    let change = Change::Unlinked { ticket: known.ticket };
    record(tx, cx, &[held.happening(by, change)]).await?;
    Ok(true)
}

async fn find(tx: &mut Tx, issue: IssueId, system: &str, id: &str) -> Result<Option<Link>> {
    let row = fetch_optional!(
        tx,
        Row,
        "SELECT id, issue_id, system, external_id, name, url, title, state, is_open, extra, created, updated
         FROM issue_link WHERE issue_id = $1 AND system = $2 AND external_id = $3",
        issue.0,
        system,
        id
    )?;
    row.map(Row::read).transpose()
}

/// The tickets of an issue, the oldest link first.
pub async fn links(mut on: impl Reads, issue: IssueId) -> Result<Vec<Link>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, issue_id, system, external_id, name, url, title, state, is_open, extra, created, updated
         FROM issue_link WHERE issue_id = $1 ORDER BY id LIMIT 1000",
        issue.0
    )?;
    rows.into_iter().map(Row::read).collect()
}

/// The issues of an organization, or of one of its projects, that are linked with a ticket, the newest first.
pub async fn linked_with(
    mut on: impl Reads,
    (organization, project): (OrganizationId, Option<ProjectId>),
    (system, id): (&str, &str),
    limit: i64,
) -> Result<Vec<Issue>> {
    let rows = fetch_all!(
        on,
        IssueRow,
        concat!(
            "SELECT ",
            issue_columns!(),
            " FROM issue WHERE id IN (SELECT issue_id FROM issue_link WHERE system = $1 AND external_id = $2)
                AND project_id IN (SELECT project.id FROM project WHERE project.organization_id = $3)
                AND (CAST($4 AS BIGINT) IS NULL OR project_id = $4)
              ORDER BY id DESC LIMIT $5"
        ),
        system,
        id,
        organization.0,
        project.map(|project| project.0),
        limit
    )?;
    rows.into_iter().map(Issue::try_from).collect()
}

/// Links of an organization's issues, or of one of its projects, with open tickets of a system: those with an id greater
/// than `after`, in order.
pub async fn open_links(
    mut on: impl Reads,
    (organization, project): (OrganizationId, Option<ProjectId>),
    system: &str,
    after: i64,
    limit: u32,
) -> Result<Vec<Link>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, issue_id, system, external_id, name, url, title, state, is_open, extra, created, updated
         FROM issue_link WHERE system = $1 AND is_open AND id > $2
            AND issue_id IN (SELECT issue.id FROM issue JOIN project ON project.id = issue.project_id
                WHERE project.organization_id = $3 AND (CAST($4 AS BIGINT) IS NULL OR project.id = $4))
         ORDER BY id LIMIT $5",
        system,
        after,
        organization.0,
        project.map(|project| project.0),
        i64::from(limit)
    )?;
    rows.into_iter().map(Row::read).collect()
}
