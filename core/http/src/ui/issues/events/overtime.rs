//! When the events of a search happened, as a picture with its numbers.

use std::time::Duration;

use errand_model::Timestamp;
use errand_model::question::{Measure, Question, Span};
use errand_model::search::{Filter, Query, Term};
use errand_store::facts::{self, Asker};
use errand_store::issues;

use crate::AppState;
use crate::error::Error;
use crate::ui::issues::found::Found;
use crate::ui::parts::Bars;
use crate::ui::visit::Visit;

/// Facts that are counted without being asked to: more take longer than a page should.
const COUNTED: usize = 1_000_000;
/// How long the page waits for the picture.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bars of a picture at least.
const LEAST_STEPS: i64 = 23;
/// Hours are the finest that is counted of issues.
const HOUR: i64 = 3_600;

/// What is known of when they happened.
pub(super) enum OverTime {
    /// Bars, the first and the last day, and the numbers.
    Counted(Chart),
    /// There are so many events to look through that one has to ask for it.
    Many,
    /// Words are looked for in the events themselves, which nobody counts.
    Words,
    /// There is nothing to be drawn.
    Nothing,
}

/// Events over time.
pub(super) struct Chart {
    pub(super) bars: Bars,
    pub(super) table: Vec<(Timestamp, i64)>,
    pub(super) from: String,
    pub(super) to: String,
    /// `hour`, `day`, `week`.
    pub(super) step: &'static str,
}

impl OverTime {
    /// Of the events of an issue that match.
    pub(super) async fn of(
        state: &AppState,
        visit: &Visit,
        found: &Found,
        terms: &Query,
        counts_all: bool,
    ) -> Result<Self, Error> {
        let issue = &found.issue;
        let span = Span {
            since: issue.first_seen,
            until: issue.last_seen.plus_millis(1),
        };
        if span.since >= span.until {
            return Ok(OverTime::Nothing);
        }
        let step = span.fitting_step().max(HOUR);
        // One bar alone is no picture.
        let span = Span {
            since: span.since.min(span.until.plus_seconds(-LEAST_STEPS * step)),
            ..span
        };
        if terms.terms.is_empty() {
            let table = issues::in_steps(&state.db, issue.id, span, step).await?;
            return Ok(OverTime::Counted(Chart::of(table, step)));
        }
        if terms
            .terms
            .iter()
            .any(|term| matches!(term.filter, Filter::Text(_)))
        {
            return Ok(OverTime::Words);
        }
        if !counts_all && facts::facts_of(&state.db, issue.project, span).await? > COUNTED {
            return Ok(OverTime::Many);
        }
        let counted = counted(state, visit, found, terms, (span, step));
        let table = match counts_all {
            true => counted.await?,
            // Others' questions may be under way, and the events are what the page is for.
            false => match tokio::time::timeout(PATIENCE, counted).await {
                Ok(table) => table?,
                Err(_) => return Ok(OverTime::Many),
            },
        };
        Ok(match table.iter().any(|(_, events)| *events > 0) {
            true => OverTime::Counted(Chart::of(table, step)),
            false => OverTime::Nothing,
        })
    }
}

/// How many events of the issue match, step by step.
async fn counted(
    state: &AppState,
    visit: &Visit,
    found: &Found,
    terms: &Query,
    (span, step): (Span, i64),
) -> Result<Vec<(Timestamp, i64)>, Error> {
    let mut filter = terms.clone();
    filter.terms.push(Term {
        negated: false,
        filter: Filter::ShortId(found.issue.id.to_string()),
    });
    let question = Question {
        filter,
        measures: vec![Measure::Events],
        keys: Vec::new(),
        span,
        step: Some(step),
        sort: 0,
        is_ascending: false,
        top: 1,
    };
    let projects = [found.project.clone()];
    let asker = Asker {
        organization: visit.organization.id,
        projects: &projects,
        viewer: Some(visit.person.id),
    };
    let answer = facts::answer(&state.db, asker, &question).await?;
    let series = answer.total.series.into_iter().next().unwrap_or_default();
    Ok(answer.steps.into_iter().zip(series).collect())
}

impl Chart {
    fn of(table: Vec<(Timestamp, i64)>, step: i64) -> Self {
        let name = |at: Option<&(Timestamp, i64)>| {
            let text = at.map(|(time, _)| time.to_string()).unwrap_or_default();
            let characters = if step < 24 * HOUR { 16 } else { 10 };
            text.chars()
                .take(characters)
                .collect::<String>()
                .replace('T', " ")
        };
        Chart {
            from: name(table.first()),
            to: name(table.last()),
            bars: Bars::tall(
                table.iter().map(|(_, events)| *events).collect(),
                "the time that is shown",
            ),
            step: match step {
                HOUR => "hour",
                step if step > 24 * HOUR => "week",
                _ => "day",
            },
            table,
        }
    }
}
