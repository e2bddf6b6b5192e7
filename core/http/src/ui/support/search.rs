//! One box for whatever a customer sent along, and the issues that it leads to.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::clue::Clue;
use errand_model::issue::{Issue, Status, short_id};
use errand_model::project::Project;
use errand_store::support::{self, Asked, Hit, Reason, Subjects};
use serde::Deserialize;

use crate::AppState;
use crate::error::PageError;
use crate::ui::issues::{Badge, Headline, Roster, fix};
use crate::ui::page::{self, Badge as PersonBadge, Page};
use crate::ui::parts::{ago, filters};
use crate::ui::visit::Visit;

/// Issues that are shown.
pub(super) const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "support/search.html")]
struct SupportPage {
    page: Page,
    typed: String,
    known: Vec<String>,
    rows: Vec<Row>,
    is_full: bool,
    is_by_text: bool,
}

/// An issue, as support needs it.
struct Row {
    url: String,
    short_id: String,
    headline: Headline,
    project: String,
    badge: Badge,
    fix: String,
    assignee: Option<PersonBadge>,
    reasons: Vec<String>,
    users: i64,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// The address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    pub(super) q: String,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Query(params): Query<Params>,
) -> Result<Response, PageError> {
    let projects = visit.projects(&state).await?;
    let clue = Clue::read(&params.q);
    let asked = Asked {
        organization: visit.organization.id,
        projects: &projects,
        clue: &clue,
    };
    let (hits, subjects) = support::search(&state.db, asked, SHOWN).await?;
    let roster = Roster::read(&state, visit.organization.id).await?;
    let rows = hits.iter().map(|hit| Row::of(hit, &projects, &roster, visit.now));
    page::html(&SupportPage {
        page: visit.page("Support", "support"),
        typed: params.q,
        known: known(&subjects),
        is_full: hits.len() == SHOWN,
        is_by_text: hits.iter().any(|hit| hit.reasons == [Reason::Text]),
        rows: rows.collect(),
    })
}

impl Row {
    fn of(hit: &Hit, projects: &[Project], roster: &Roster, now: Timestamp) -> Self {
        let issue = &hit.issue;
        let project = projects.iter().find(|project| project.id == issue.project);
        Row {
            url: format!("/issues/{}", issue.id),
            short_id: short_id(project.map_or("", |project| &project.slug), issue.number),
            headline: Headline::of(issue),
            project: project.map(|project| project.name.clone()).unwrap_or_default(),
            badge: Badge::of(issue),
            fix: fix_of(issue, now),
            assignee: issue.assignee.map(|assignee| roster.badge(assignee)),
            reasons: hit.reasons.iter().map(|reason| in_words(reason, now)).collect(),
            users: issue.users_seen,
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
        }
    }
}

/// Whether a fix is out, as support would tell a customer.
fn fix_of(issue: &Issue, now: Timestamp) -> String {
    match issue.status {
        Status::Unresolved => "no fix yet".to_owned(),
        Status::Ignored => "no fix: put aside".to_owned(),
        Status::Resolved => match fix(issue, now) {
            how if how.is_empty() => "fixed".to_owned(),
            how => format!("fixed {how}"),
        },
    }
}

fn in_words(reason: &Reason, now: Timestamp) -> String {
    match reason {
        Reason::Named => "named by you".to_owned(),
        Reason::Event(_) => "has this event".to_owned(),
        Reason::Ticket(name) => format!("linked with {name}"),
        Reason::User(by) => format!("happened to them ({by})"),
        Reason::Identifier {
            key,
            events,
            last_seen,
        } => {
            let times = if *events == 1 { "once" } else { "times" };
            let often = if *events == 1 {
                String::new()
            } else {
                format!("{events} ")
            };
            format!("{key}: {often}{times}, last {}", ago(*last_seen, now))
        }
        Reason::Text => "says so".to_owned(),
    }
}

/// Whom the clue was taken for.
pub(super) fn known(subjects: &Subjects) -> Vec<String> {
    let users = subjects.users.iter().map(|user| {
        let names = [&user.email, &user.username, &user.ident, &user.ip];
        let names: Vec<&str> = names.into_iter().filter_map(|name| name.as_deref()).collect();
        names.join(" · ")
    });
    let values = subjects
        .values
        .iter()
        .map(|value| format!("{}: {}", value.key, value.value));
    let mut known: Vec<String> = users.chain(values).collect();
    known.sort_unstable();
    known.dedup();
    known.truncate(6);
    known
}
