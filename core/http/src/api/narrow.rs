//! What narrows an answer, as many endpoints take it: projects, a query, environments, a time.

use errand_model::Timestamp;
use errand_model::project::Project;
use errand_model::search::{Filter, Pattern, Query, Term};
use errand_pipeline::search;
use errand_store::facts::DAYS;

use super::at::{Events, InOrganization};
use super::error::invalid;
use super::query::QueryPairs;
use crate::AppState;
use crate::error::Error;

/// The projects of an organization that `?project=` names by id or slug; all, where it names none or `-1`.
pub(super) async fn projects_of(
    state: &AppState,
    at: &InOrganization<Events>,
    query: &QueryPairs,
) -> Result<Vec<Project>, Error> {
    let mut all = at.projects(&state.db).await?;
    let named: Vec<&str> = query.all("project").filter(|name| *name != "-1").collect();
    for name in &named {
        if !all.iter().any(|project| is_named(project, name)) {
            return Err(invalid(
                "project",
                name,
                "the id or the slug of a project of this organization",
            ));
        }
    }
    all.retain(|project| named.is_empty() || named.iter().any(|name| is_named(project, name)));
    Ok(all)
}

fn is_named(project: &Project, name: &str) -> bool {
    project.slug == name || project.id.to_string() == name
}

/// Reads a query.
pub(super) fn read_query(text: &str, now: Timestamp) -> Result<Query, Error> {
    search::parse(text, now).map_err(|error| Error::bad_request(format!("query: {error}")))
}

/// That an event or an issue has one of the environments that are asked for.
pub(super) fn environments(query: &QueryPairs) -> Option<Term> {
    let environments: Vec<Pattern> = query.all("environment").map(exactly).collect();
    (!environments.is_empty()).then(|| {
        must(Filter::Tag {
            key: "environment".to_owned(),
            values: environments,
        })
    })
}

fn exactly(text: &str) -> Pattern {
    Pattern {
        parts: vec![text.to_owned()],
    }
}

/// What has to hold.
pub(super) fn must(filter: Filter) -> Term {
    Term {
        negated: false,
        filter,
    }
}

/// The time under a name: `start`, `end`.
pub(super) fn time(query: &QueryPairs, name: &str) -> Result<Option<Timestamp>, Error> {
    let allowed = "a time (2026-01-31T12:00:00Z)";
    let read = |text| Timestamp::parse_rfc3339(text).ok_or_else(|| invalid(name, text, allowed));
    query.text(name).map(read).transpose()
}

/// `statsPeriod` in seconds, where it is given.
pub(super) fn period(query: &QueryPairs) -> Result<Option<i64>, Error> {
    let Some(period) = query.text("statsPeriod") else {
        return Ok(None);
    };
    let allowed = "a number and m, h, d or w, as 24h, up to 400d";
    let seconds = seconds(period).ok_or_else(|| invalid("statsPeriod", period, allowed))?;
    Ok(Some(seconds))
}

/// `30m`, `24h`, `14d`, `2w` in seconds.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    let seconds = number.parse::<i64>().ok()?.checked_mul(unit)?;
    (60..=DAYS * 86_400).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn periods_have_a_unit_and_a_bound() {
        assert_eq!(seconds("30m"), Some(1_800));
        assert_eq!(seconds("2w"), Some(1_209_600));
        for wrong in ["", "d", "0h", "-1h", "401d", "1y", "99999999999999999999h"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
