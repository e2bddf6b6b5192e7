//! From issues to their JSON, with what has to be looked up for a whole page at once.

use std::collections::BTreeMap;

use errand_model::issue::{Assignee, Issue};
use errand_model::project::Project;
use errand_model::{IssueId, TeamId, UserId};
use errand_store::issues::{self, Intervals};
use errand_store::{people, teams};

use crate::AppState;
use crate::api::error::invalid;
use crate::api::query::QueryPairs;
use crate::api::shape::issue::{Assigned, IssueShape, Point, Surroundings};
use crate::error::Error;

/// A series that can be asked for, and what it is called.
pub(super) type Period = (&'static str, Intervals);

/// The last day, by hour.
pub(super) const DAY: Period = ("24h", Intervals::DAY);
/// The last two weeks, by day.
pub(super) const FORTNIGHT: Period = ("14d", Intervals::FORTNIGHT);
/// The last thirty days, by day.
pub(super) const MONTH: Period = ("30d", Intervals::MONTH);

/// Which series a list shall have; none where `groupStatsPeriod` or `statsPeriod` is there and empty.
pub(super) fn period(query: &QueryPairs) -> Result<Option<Period>, Error> {
    match query.get("groupStatsPeriod").or(query.get("statsPeriod")) {
        None | Some("24h" | "auto") => Ok(Some(DAY)),
        Some("14d") => Ok(Some(FORTNIGHT)),
        Some("30d") => Ok(Some(MONTH)),
        Some("") => Ok(None),
        Some(other) => Err(invalid(
            "statsPeriod",
            other,
            "24h, 14d, 30d, or nothing for no series",
        )),
    }
}

/// Renders issues; `projects` has the project of each.
pub(in crate::api) async fn shapes(
    state: &AppState,
    projects: &[Project],
    found: Vec<Issue>,
    periods: &[Period],
) -> Result<Vec<IssueShape>, Error> {
    let ids: Vec<IssueId> = found.iter().map(|issue| issue.id).collect();
    let keys: Vec<_> = found.iter().map(|issue| (issue.project, issue.id)).collect();
    let mut series = Vec::with_capacity(periods.len());
    for (name, intervals) in periods {
        series.push((
            *name,
            issues::series(&state.db, &ids, *intervals, state.now()).await?,
        ));
    }
    let unhandled = issues::unhandled(&state.db, &keys).await?;
    let owners = owners(state, found.iter().filter_map(|issue| issue.assignee)).await?;
    let mut shapes = Vec::with_capacity(found.len());
    for issue in found {
        let project = projects.iter().find(|project| project.id == issue.project);
        let Some(project) = project else { continue };
        let of_issue = |(name, all): &(&'static str, BTreeMap<IssueId, Vec<_>>)| {
            let points = all
                .get(&issue.id)
                .map(|series| points(series))
                .unwrap_or_default();
            (*name, points)
        };
        let stats: BTreeMap<_, _> = series.iter().map(of_issue).collect();
        let around = Surroundings {
            public_url: state.config.public_url.trim_end_matches('/'),
            project,
            assigned: issue
                .assignee
                .and_then(|assignee| owners.get(&Owner::from(assignee)).cloned()),
            is_unhandled: unhandled.contains(&issue.id),
            stats: (!stats.is_empty()).then_some(stats),
        };
        shapes.push(IssueShape::new(issue, around));
    }
    Ok(shapes)
}

fn points(series: &[(errand_model::Timestamp, i64)]) -> Vec<Point> {
    series
        .iter()
        .map(|(from, events)| (from.seconds(), *events))
        .collect()
}

/// Whom an issue can be assigned to, as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    User(UserId),
    Team(TeamId),
}

impl From<Assignee> for Owner {
    fn from(assignee: Assignee) -> Self {
        match assignee {
            Assignee::User(id) => Owner::User(id),
            Assignee::Team(id) => Owner::Team(id),
        }
    }
}

/// Names of all assignees. A page has few different ones.
async fn owners(
    state: &AppState,
    assignees: impl Iterator<Item = Assignee>,
) -> Result<BTreeMap<Owner, Assigned>, Error> {
    let mut owners: Vec<Owner> = assignees.map(Owner::from).collect();
    owners.sort_unstable();
    owners.dedup();
    let mut named = BTreeMap::new();
    for owner in owners {
        let assigned = match owner {
            Owner::User(id) => people::by_id(&state.db, id).await?.map(|person| Assigned {
                kind: "user",
                id: id.to_string(),
                name: person.name,
                email: Some(person.email),
            }),
            Owner::Team(id) => teams::by_id(&state.db, id).await?.map(|team| Assigned {
                kind: "team",
                id: id.to_string(),
                name: team.slug,
                email: None,
            }),
        };
        named.extend(assigned.map(|assigned| (owner, assigned)));
    }
    Ok(named)
}
