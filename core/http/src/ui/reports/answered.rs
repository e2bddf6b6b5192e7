//! A question that was answered, as pages show it.

use errand_model::Timestamp;
use errand_model::question::{Key, Label, Question};
use errand_pipeline::report::{Ask, Line, Table};
use errand_store::facts::{self, Asker};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::AppState;
use crate::error::Error;
use crate::ui::parts::lines::{self, Lines};
use crate::ui::visit::Visit;

/// The answer to what somebody asked, or why there is none.
pub(in crate::ui) struct Answered {
    /// What was asked.
    pub(in crate::ui) ask: Ask,
    /// The answer.
    pub(in crate::ui) shown: Option<Shown>,
    /// Why there is none.
    pub(in crate::ui) problem: Option<String>,
}

/// An answer as a picture and a table.
pub(in crate::ui) struct Shown {
    pub(in crate::ui) table: Table,
    /// Where there are steps of time.
    pub(in crate::ui) chart: Option<Lines>,
    /// The rows, and what is beyond them.
    pub(in crate::ui) rows: Vec<Shared>,
    /// The highest value, to which bars are drawn.
    pub(in crate::ui) most: i64,
    pub(in crate::ui) step_names: Vec<String>,
    pub(in crate::ui) since: Timestamp,
    pub(in crate::ui) until: Timestamp,
}

/// A row, with where its groups lead.
pub(in crate::ui) struct Shared {
    pub(in crate::ui) cells: Vec<(String, Option<String>)>,
    pub(in crate::ui) value: i64,
    pub(in crate::ui) series: Vec<i64>,
    /// Which curve of the picture it is.
    pub(in crate::ui) curve: Option<usize>,
}

impl Answered {
    /// Asks, as far as who looks may see.
    pub(in crate::ui) async fn of(state: &AppState, visit: &Visit, ask: Ask) -> Result<Self, Error> {
        let done = table(state, visit, &ask).await?;
        let (shown, problem) = match done {
            Ok((table, question)) => (Some(Shown::of(table, &question)), None),
            Err(problem) => (None, Some(problem)),
        };
        Ok(Answered { ask, shown, problem })
    }
}

/// The answer as a table; or what makes no sense.
pub(super) async fn table(
    state: &AppState,
    visit: &Visit,
    ask: &Ask,
) -> Result<Result<(Table, Question), String>, Error> {
    let question = match ask.question(visit.now) {
        Ok(question) => question,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut projects = visit.projects(state).await?;
    if let Some(slug) = ask
        .projects
        .iter()
        .find(|slug| !projects.iter().any(|one| one.slug == **slug))
    {
        return Ok(Err(format!("There is no project '{slug}'.")));
    }
    projects.retain(|project| ask.projects.is_empty() || ask.projects.contains(&project.slug));
    let asker = Asker {
        organization: visit.organization.id,
        projects: &projects,
        viewer: Some(visit.person.id),
    };
    let answer = match facts::answer(&state.db, asker, &question).await {
        Ok(answer) => answer,
        Err(errand_store::Error::Invalid { reason }) => return Ok(Err(sentence(&reason))),
        Err(error) => return Err(error.into()),
    };
    let names = facts::names(&state.db, &projects, &question.keys, &answer).await?;
    let table = Table::new(&question, answer, |key, label| names.text(key, label));
    Ok(Ok((table, question)))
}

fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

impl Shown {
    fn of(table: Table, question: &Question) -> Self {
        let step_names = table.step_names();
        let chart = (!table.steps.is_empty()).then(|| {
            let curve = |line: &Line| (line.name(), first(line));
            let curves = match question.keys.is_empty() {
                true => vec![curve(&table.total)],
                false => table.all().map(curve).collect(),
            };
            Lines::new(
                table.measures.first().copied().unwrap_or_default(),
                step_names.clone(),
                curves,
            )
        });
        let has_chart = chart.is_some();
        let lines = match question.keys.is_empty() {
            true => Vec::new(),
            false => table.all().collect(),
        };
        let rows = lines.into_iter().enumerate().map(|(nth, line)| Shared {
            cells: cells(line, question),
            value: line.value(),
            series: first(line),
            curve: (has_chart && nth < lines::MOST).then_some(nth),
        });
        Shown {
            rows: rows.collect(),
            most: table.all().map(Line::value).max().unwrap_or(0),
            chart,
            step_names,
            since: question.span.since,
            until: question.span.until,
            table,
        }
    }

    /// What the total is counted over, in the head of the table.
    pub(in crate::ui) fn measure(&self) -> &'static str {
        self.table.measures.first().copied().unwrap_or_default()
    }
}

fn first(line: &Line) -> Vec<i64> {
    line.series.first().cloned().unwrap_or_default()
}

/// The names of a row; issues and what they can be searched by lead on.
fn cells(line: &Line, question: &Question) -> Vec<(String, Option<String>)> {
    let mut cells: Vec<(String, Option<String>)> =
        line.names.iter().map(|name| (name.clone(), None)).collect();
    for ((cell, key), label) in cells.iter_mut().zip(&question.keys).zip(&line.labels) {
        cell.1 = match (key, label) {
            (Key::Issue, Label::Id(id)) => Some(format!("/issues/{id}")),
            (Key::Tag(tag), Label::Text(text)) => {
                let search = format!("{tag}:\"{}\"", text.replace('"', "\\\""));
                Some(format!(
                    "/issues?query={}",
                    utf8_percent_encode(&search, NON_ALPHANUMERIC)
                ))
            }
            _ => None,
        };
    }
    cells.resize(question.keys.len().max(1), (String::new(), None));
    cells
}
