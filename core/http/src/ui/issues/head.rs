//! The head that all pages of an issue share.

use errand_model::issue::Status;
use errand_model::ticket::{self, Ticket};
use errand_model::{Level, Timestamp};
use errand_store::releases::Wanted;
use errand_store::{issues, releases};

use super::found::Found;
use super::headline::{self, Badge, Headline};
use super::live;
use super::people::{AssigneeChoice, Roster};
use crate::AppState;
use crate::buttons::{self, Button};
use crate::error::Error;
use crate::ui::page::Badge as PersonBadge;
use crate::ui::visit::Visit;

/// Releases that are offered when resolving.
const OFFERED_RELEASES: u32 = 20;

/// An issue, its project, and what its pages say at the top.
pub(crate) struct IssueHead {
    /// Where its pages are.
    pub(crate) url: String,
    /// `SHOP-1A`.
    pub(crate) short_id: String,
    /// Its name.
    pub(crate) headline: Headline,
    /// Where it happened.
    pub(crate) culprit: String,
    /// How bad it is.
    pub(crate) level: Level,
    /// How it stands, in a word.
    pub(crate) badge: Badge,
    /// How it stands, in more words.
    pub(crate) state: String,
    /// Whether somebody should look.
    pub(crate) is_unresolved: bool,
    /// Whether it was put aside.
    pub(crate) is_archived: bool,
    /// Its project's slug.
    pub(crate) project_slug: String,
    /// Its project's name.
    pub(crate) project_name: String,
    /// Events.
    pub(crate) events: i64,
    /// Users.
    pub(crate) users: i64,
    /// When it first happened.
    pub(crate) first_seen: Timestamp,
    /// When it last happened.
    pub(crate) last_seen: Timestamp,
    /// The release of the first event.
    pub(crate) first_release: Option<String>,
    /// The release of the newest event.
    pub(crate) last_release: Option<String>,
    /// Its priority.
    pub(crate) priority: &'static str,
    /// Its platform.
    pub(crate) platform: String,
    /// Whose it is.
    pub(crate) assignee: Option<PersonBadge>,
    /// The ownership rule by which it is theirs.
    pub(crate) owned_by: Option<String>,
    /// To whom it may be given.
    pub(crate) choices: Vec<AssigneeChoice>,
    /// Releases to resolve it in.
    pub(crate) releases: Vec<String>,
    /// Tickets of other systems.
    pub(crate) tickets: Vec<Ticket>,
    /// How many customers wait by these, and since when the first.
    pub(crate) waiting: Option<(usize, Timestamp)>,
    /// Plugins' buttons: the address below the issue's, what stands on it, whose it is.
    pub(crate) buttons: Vec<(String, String, String)>,
    comments: i64,
    /// Where its pages are told of what is new about it.
    pub(crate) told_by: String,
}

impl Found {
    /// What its pages say at the top.
    pub(crate) async fn head(&self, state: &AppState, visit: &Visit) -> Result<IssueHead, Error> {
        let roster = Roster::read(state, visit.organization.id).await?;
        let releases = releases::list(
            &state.db,
            &[self.project.id],
            Wanted::default(),
            None,
            OFFERED_RELEASES,
        )
        .await?;
        let buttons = buttons::on_issues_of(state, &self.project).await?;
        let issue = &self.issue;
        let links = issues::links(&state.db, issue.id).await?;
        let tickets: Vec<Ticket> = links.into_iter().map(|link| link.ticket).collect();
        Ok(IssueHead {
            url: self.url(),
            short_id: self.short_id(),
            headline: Headline::of(issue),
            culprit: issue.culprit.clone(),
            level: issue.level,
            badge: Badge::of(issue),
            state: headline::state(issue, visit.now),
            is_unresolved: issue.status == Status::Unresolved,
            is_archived: issue.status == Status::Ignored,
            project_slug: self.project.slug.clone(),
            project_name: self.project.name.clone(),
            events: issue.times_seen,
            users: issue.users_seen,
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            first_release: issue.first_release.clone(),
            last_release: issue.last_release.clone(),
            priority: issue.priority.as_str(),
            platform: issue.platform.clone(),
            assignee: issue.assignee.map(|assignee| roster.badge(assignee)),
            owned_by: issues::ownership(&state.db, issue.id).await?,
            choices: roster.choices(visit.person.id),
            releases: releases
                .rows
                .iter()
                .filter_map(|parts| parts.first())
                .map(|release| release.version.clone())
                .collect(),
            waiting: ticket::waiting(&tickets),
            tickets,
            buttons: buttons.into_iter().map(button).collect(),
            comments: issue.comments,
            told_by: live::of_issue(issue),
        })
    }
}

fn button(button: Button) -> (String, String, String) {
    let Button { installation, action } = button;
    let path = format!("/plugin-actions/{}/{}", installation.id, action.id);
    (path, action.label, installation.name)
}

impl IssueHead {
    /// The pages of an issue: name, path below it, and what people read.
    pub(crate) fn tabs(&self) -> [(&'static str, &'static str, String); 7] {
        let activity = match self.comments {
            0 => "Activity".to_owned(),
            comments => format!("Activity ({comments})"),
        };
        [
            ("event", "", "Details".to_owned()),
            ("events", "/events", "Events".to_owned()),
            ("tags", "/tags", "Tags".to_owned()),
            ("activity", "/activity", activity),
            ("deliveries", "/deliveries", "Deliveries".to_owned()),
            ("grouping", "/grouping", "Grouping".to_owned()),
            ("similar", "/similar", "Similar".to_owned()),
        ]
    }
}
