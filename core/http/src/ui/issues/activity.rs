//! What happened to an issue, and what people say of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::issue::Assignee;
use errand_model::lifecycle::{Actor, Change};
use errand_model::mention::mentions;
use errand_store::activity::{self, Activity};

use super::found::Found;
use super::head::IssueHead;
use super::headline::{archive_words, resolution_words};
use super::people::Roster;
use super::side::{self, Chart, TagView};
use crate::AppState;
use crate::error::PageError;
use crate::ui::page::{self, Page, initials};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Entries that are shown.
const SHOWN: u32 = 200;

#[derive(Template)]
#[template(path = "issues/activity.html")]
struct ActivityPage {
    page: Page,
    issue: IssueHead,
    charts: Vec<Chart>,
    tags: Vec<TagView>,
    entries: Vec<Entry>,
}

/// One thing that happened.
struct Entry {
    who: String,
    initials: String,
    what: String,
    said: Option<Vec<Said>>,
    at: Timestamp,
}

/// A part of a comment.
struct Said {
    text: String,
    is_call: bool,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let roster = Roster::read(&state, visit.organization.id).await?;
    let log = activity::of_issue(&state.db, found.issue.id, None, SHOWN).await?;
    page::html(&ActivityPage {
        page: visit.page(format!("Activity of {}", found.short_id()), "issues"),
        issue: found.head(&state, &visit).await?,
        charts: side::charts(&state, found.issue.id, visit.now).await?,
        tags: side::telling_tags(&state, &found.issue).await?,
        entries: log
            .rows
            .into_iter()
            .map(|entry| told(&entry, &roster, visit.now))
            .collect(),
    })
}

fn told(entry: &Activity, roster: &Roster, now: Timestamp) -> Entry {
    let who = match &entry.actor {
        Actor::System => "The hub".to_owned(),
        Actor::User { id: Some(id), .. } => roster.badge(Assignee::User(*id)).name,
        Actor::User { id: None, name } => name.clone(),
        Actor::External { name, .. } => name.clone(),
        Actor::Plugin { .. } => "A plugin".to_owned(),
    };
    let said = match &entry.change {
        Change::Commented { text, .. } => Some(parts_of(text)),
        _ => None,
    };
    Entry {
        initials: initials(&who),
        what: words(&entry.change, roster, now),
        who,
        said,
        at: entry.at,
    }
}

/// A comment, with whom it calls told apart.
fn parts_of(text: &str) -> Vec<Said> {
    let part = |text: &str, is_call| Said {
        text: text.to_owned(),
        is_call,
    };
    let (mut parts, mut from) = (Vec::new(), 0);
    for mention in mentions(text) {
        parts.push(part(&text[from..mention.at.start], false));
        parts.push(part(&text[mention.at.clone()], true));
        from = mention.at.end;
    }
    parts.push(part(&text[from..], false));
    parts.retain(|part| !part.text.is_empty());
    parts
}

/// What happened, as the end of a sentence.
fn words(change: &Change, roster: &Roster, now: Timestamp) -> String {
    match change {
        Change::Created => "saw it for the first time".to_owned(),
        Change::Regressed {
            release: Some(release),
            ..
        } => format!("saw it again in {release}, after it was resolved"),
        Change::Regressed { .. } => "saw it again after it was resolved".to_owned(),
        Change::Escalating { reason } => format!("took it out of the archive: {reason}"),
        Change::Resolved { resolution } => format!("resolved it {}", resolution_words(resolution))
            .trim_end()
            .to_owned(),
        Change::Unresolved => "took it up again".to_owned(),
        Change::Archived { until } => format!("archived it {}", archive_words(until, now)),
        Change::Assigned {
            assignee: Some(assignee),
        } => format!("gave it to {}", roster.badge(*assignee).name),
        Change::Assigned { assignee: None } => "took it from whoever had it".to_owned(),
        Change::Commented { .. } => "said".to_owned(),
        Change::Merged { losers } if losers.len() == 1 => "merged another issue into it".to_owned(),
        Change::Merged { losers } => format!("merged {} issues into it", losers.len()),
        Change::Unmerged { into } => format!("took events out of it, into issue {into}"),
        Change::Deleted { .. } => "deleted it".to_owned(),
        Change::Prioritized { priority } => format!("set its priority to {priority}"),
        Change::Linked { ticket } => format!("linked it with {} in {}", ticket.name, ticket.system),
        Change::TicketMoved { ticket, .. } => format!("heard that {} is {} now", ticket.name, ticket.state),
        Change::Unlinked { ticket } => {
            format!("took its link with {} in {} away", ticket.name, ticket.system)
        }
        Change::FixDeployed {
            release, environment, ..
        } => format!("deployed the fix to {environment} with {release}"),
        Change::AlertRaised(alert) => format!("raised an alert by the rule {}: {}", alert.rule, alert.reason),
    }
}
