//! What is new in the stream of issues, and of an issue, for pages that are open.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use errand_model::IssueId;
use errand_model::issue::{Assignee, Issue};
use errand_model::search::Sort;
use errand_pipeline::search;
use errand_store::issues;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::found::Found;
use super::headline::Badge;
use super::query::{self, search_of};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::live::{self, Look, Looker, Told};
use crate::ui::visit::Visit;

/// New issues are counted to here.
const MOST: u32 = 99;
/// The figures of the issues that are shown are looked at every so many looks.
const FIGURES: u32 = 8;

/// Which stream of issues, and the newest issue of all when the page was made.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    project: String,
    query: Option<String>,
    after: Option<IssueId>,
}

/// Where a page of issues is told of what is new.
pub(super) fn of_list(project: &str, query: &str, newest: IssueId) -> String {
    let [project, query] = [project, query].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC));
    format!("/issues/live?project={project}&query={query}&after={newest}")
}

/// Tells of issues that match and came after the page, and that those that are shown have other figures.
pub(super) async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let text = shown.query.as_deref().unwrap_or(query::DEFAULT).trim().to_owned();
    search::parse(&text, visit.now).map_err(|error| Error::bad_request(error.problem.to_string()))?;
    if !shown.project.is_empty() {
        visit.project(&state, &shown.project).await?;
    }
    let after = match shown.after {
        Some(after) => after,
        None => issues::newest(&state.db).await?,
    };
    let look = OfList {
        looker: Looker::new(&state, &headers),
        project: shown.project,
        text,
        after,
        looks: 0,
    };
    Ok(live::answer(&state, &visit, None, look))
}

struct OfList {
    looker: Looker,
    project: String,
    text: String,
    after: IssueId,
    looks: u32,
}

impl Look for OfList {
    async fn look(&mut self) -> Result<Told, Error> {
        let db = &self.looker.state.db;
        let asks_for_figures = self.looks.is_multiple_of(FIGURES);
        self.looks = self.looks.wrapping_add(1);
        let has_newer = issues::newest(db).await? > self.after;
        if !has_newer && !asks_for_figures {
            return Ok(Told::default());
        }
        let visit = self.looker.visit().await?;
        let mut projects = visit.projects(&self.looker.state).await?;
        projects.retain(|project| self.project.is_empty() || project.slug == self.project);
        let terms = search::parse(&self.text, visit.now);
        let terms = terms.map_err(|error| Error::bad_request(error.problem.to_string()))?;
        let search = search_of(&visit, &projects, &terms);
        let mut told = Told::default();
        if has_newer {
            let hits = issues::newer(db, &search, self.after, MOST).await?;
            told.news = words(hits.count, hits.is_capped);
        }
        if asks_for_figures {
            let last = issues::list(db, &search, Sort::LastSeen, None, 1).await?;
            let last = last.rows.first();
            told.state =
                Some(last.map_or_else(String::new, |issue| format!("{} {}", issue.id, issue.times_seen)));
        }
        Ok(told)
    }
}

fn words(count: i64, is_capped: bool) -> Option<String> {
    match (count, is_capped) {
        (0, _) => None,
        (1, false) => Some("1 new issue".to_owned()),
        (count, false) => Some(format!("{count} new issues")),
        (count, true) => Some(format!("{count}+ new issues")),
    }
}

/// An issue as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Seen {
    events: i64,
    comments: i64,
    /// How it stands, as numbers.
    stands: String,
    /// Whose it is: `u5`, `t3`, or nobody's.
    #[serde(default)]
    whose: String,
}

impl Seen {
    fn of(issue: &Issue) -> Self {
        Seen {
            events: issue.times_seen,
            comments: issue.comments,
            stands: format!("{}-{}", issue.status.code(), issue.substatus.code()),
            whose: match issue.assignee {
                None => String::new(),
                Some(Assignee::User(user)) => format!("u{user}"),
                Some(Assignee::Team(team)) => format!("t{team}"),
            },
        }
    }

    /// What is other about it now, in words.
    fn differences(&self, issue: &Issue) -> Option<String> {
        let now = Seen::of(issue);
        let more = |count: i64, what: &str| match count {
            ..=0 => None,
            1 => Some(format!("1 more {what}")),
            count => Some(format!("{count} more {what}s")),
        };
        let stands = format!("now it is {}", Badge::of(issue).text.to_lowercase());
        let whose = match issue.assignee {
            None => "it is nobody's now",
            Some(_) => "it is given to somebody else",
        };
        let parts = [
            more(now.events - self.events, "event"),
            more(now.comments - self.comments, "comment"),
            (now.stands != self.stands).then_some(stands),
            (now.whose != self.whose).then(|| whose.to_owned()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Where the pages of an issue are told of what is new.
pub(super) fn of_issue(issue: &Issue) -> String {
    let Seen {
        events,
        comments,
        stands,
        whose,
    } = Seen::of(issue);
    format!(
        "/issues/{}/live?events={events}&comments={comments}&stands={stands}&whose={whose}",
        issue.id
    )
}

/// Tells that an issue has more events, or stands otherwise.
pub(super) async fn one(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    seen: Result<Query<Seen>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let look = OfIssue {
        looker: Looker::new(&state, &headers),
        seen: seen.map_or_else(|_| Seen::of(&found.issue), |Query(seen)| seen),
        id: found.issue.id,
    };
    Ok(live::answer(&state, &visit, None, look))
}

struct OfIssue {
    looker: Looker,
    seen: Seen,
    id: IssueId,
}

impl Look for OfIssue {
    async fn look(&mut self) -> Result<Told, Error> {
        let state = &self.looker.state;
        let issue = issues::get(&state.db, self.id).await?;
        let Some(issue) = issue else {
            return Ok(Told {
                news: Some("this issue was deleted, or merged into another".to_owned()),
                state: None,
            });
        };
        let news = self.seen.differences(&issue);
        if news.is_some() && !self.looker.visit().await?.sees(state, issue.project).await? {
            return Err(Error::not_found("There is no such issue."));
        }
        Ok(Told { news, state: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_counted_in_words() {
        assert_eq!(words(0, false), None);
        assert_eq!(words(1, false).as_deref(), Some("1 new issue"));
        assert_eq!(words(3, false).as_deref(), Some("3 new issues"));
        assert_eq!(words(99, true).as_deref(), Some("99+ new issues"));
    }

    #[test]
    fn an_address_says_which_issues_are_shown() {
        assert_eq!(
            of_list("shop", "is:unresolved a&b", IssueId(7)),
            "/issues/live?project=shop&query=is%3Aunresolved%20a%26b&after=7"
        );
    }
}
