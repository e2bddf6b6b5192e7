//! An answer as a table, with names that people know.

use errand_model::Timestamp;
use errand_model::question::{Answer, Key, Label, Question, Row};
use serde_json::{Map, Value, json};

use super::step::name_of_step;

/// An answer, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it is grouped by.
    pub keys: Vec<String>,
    /// What is counted.
    pub measures: Vec<&'static str>,
    /// When each step begins.
    pub steps: Vec<Timestamp>,
    /// Seconds of a step; none where there are no steps.
    pub step: Option<i64>,
    /// The rows.
    pub lines: Vec<Line>,
    /// What is beyond them, in one.
    pub others: Option<Line>,
    /// How many groups there are in all.
    pub groups: usize,
    /// All together. Who is in several groups counts once.
    pub total: Line,
    /// Within how many per cent users and issues are, where they are estimated.
    pub within: Option<f64>,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What its groups are called.
    pub names: Vec<String>,
    /// What they are.
    pub labels: Vec<Label>,
    /// By measure.
    pub values: Vec<i64>,
    /// By measure and step.
    pub series: Vec<Vec<i64>>,
}

impl Line {
    fn of(row: Row, names: Vec<String>) -> Self {
        Line {
            names,
            labels: row.labels,
            values: row.values,
            series: row.series,
        }
    }

    /// What it is called in one.
    pub fn name(&self) -> String {
        self.names.join(" · ")
    }

    /// The first measure.
    pub fn value(&self) -> i64 {
        self.values.first().copied().unwrap_or_default()
    }
}

impl Table {
    /// `name` says what a group is called.
    pub fn new(question: &Question, answer: Answer, name: impl Fn(&Key, &Label) -> String) -> Self {
        let (groups, within) = (answer.groups, answer.within);
        let line = |row: Row| {
            let pairs = question.keys.iter().zip(&row.labels);
            let names = pairs.map(|(key, label)| name(key, label)).collect();
            Line::of(row, names)
        };
        let lines: Vec<Line> = answer.rows.into_iter().map(line).collect();
        let rest = groups.saturating_sub(lines.len());
        Table {
            keys: question.keys.iter().map(|key| key.as_str().to_owned()).collect(),
            measures: question.measures.iter().map(|measure| measure.as_str()).collect(),
            steps: answer.steps,
            step: question.step,
            others: answer.others.map(|row| Line::of(row, vec![rest_named(rest)])),
            groups,
            within,
            total: Line::of(answer.total, vec!["all together".to_owned()]),
            lines,
        }
    }

    /// Which of the measures are estimated, and within how many per cent; none where all of it is counted.
    pub fn estimated(&self) -> Option<(String, f64)> {
        let within = self.within?;
        let estimated = self.measures.iter().filter(|measure| **measure != "events");
        let estimated: Vec<&str> = estimated.copied().collect();
        (!estimated.is_empty()).then(|| (estimated.join(" and "), within))
    }

    /// What whoever reads it has to know of the numbers; nothing where they are exact.
    pub fn caveat(&self) -> Option<String> {
        let (estimated, within) = self.estimated()?;
        Some(format!(
            "There are very many {estimated}: where there are more than a thousand, the number is within about {within:.1} %."
        ))
    }

    /// What the steps are called.
    pub fn step_names(&self) -> Vec<String> {
        let seconds = self.step.unwrap_or_default();
        self.steps.iter().map(|at| name_of_step(*at, seconds)).collect()
    }

    /// All lines, with the others, without the total.
    pub fn all(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().chain(&self.others)
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let line = |line: &Line| {
            let mut map = Map::new();
            let named = self.keys.iter().zip(&line.names);
            let by: Map<String, Value> = named
                .zip(&line.labels)
                .map(|((key, name), label)| {
                    let value = match label {
                        Label::Missing => Value::Null,
                        _ => Value::from(name.as_str()),
                    };
                    (key.clone(), value)
                })
                .collect();
            map.insert("by".to_owned(), Value::Object(by));
            for (at, measure) in self.measures.iter().enumerate() {
                map.insert((*measure).to_owned(), json!(line.values.get(at)));
            }
            if self.step.is_some() {
                let series = self.measures.iter().zip(&line.series);
                let series: Map<String, Value> = series
                    .map(|(measure, series)| ((*measure).to_owned(), json!(series)))
                    .collect();
                map.insert("series".to_owned(), Value::Object(series));
            }
            Value::Object(map)
        };
        let steps: Vec<String> = self.steps.iter().map(ToString::to_string).collect();
        json!({
            "keys": self.keys,
            "measures": self.measures,
            "steps": steps,
            "rows": self.lines.iter().map(line).collect::<Vec<_>>(),
            "others": self.others.as_ref().map(line),
            "groups": self.groups,
            "within": self.within,
            "total": line(&self.total),
        })
    }
}

/// What those are called that have no row of their own.
fn rest_named(rest: usize) -> String {
    match rest {
        1 => "1 other".to_owned(),
        _ => format!("{rest} others"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use errand_model::question::{Measure, Span};
    use errand_model::search::Query;

    use super::*;

    pub(in crate::report) fn table(step: Option<i64>) -> Table {
        let question = Question {
            filter: Query::default(),
            measures: vec![Measure::Users],
            keys: vec![Key::parse("release")],
            span: Span {
                since: Timestamp::from_seconds(0),
                until: Timestamp::from_seconds(2 * 86_400),
            },
            step,
            sort: 0,
            is_ascending: false,
            top: 2,
        };
        let row = |label: Option<&str>, values: [i64; 2]| Row {
            labels: vec![label.map_or(Label::Missing, |label| Label::Text(label.into()))],
            values: vec![values[0] + values[1]],
            series: step.map_or(vec![], |_| vec![values.to_vec()]),
        };
        let answer = Answer {
            steps: step.map_or(vec![], |step| {
                vec![Timestamp::from_seconds(0), Timestamp::from_seconds(step)]
            }),
            rows: vec![row(Some("=1+1, \"x\""), [3, 2]), row(None, [1, 0])],
            others: Some(Row {
                labels: vec![],
                ..row(None, [1, 1])
            }),
            groups: 5,
            total: Row {
                labels: vec![],
                ..row(None, [4, 3])
            },
            within: None,
        };
        Table::new(&question, answer, |_, label| match label {
            Label::Text(text) => text.to_string(),
            _ => "(none)".to_owned(),
        })
    }

    #[test]
    fn what_is_estimated_is_said() {
        let mut table = table(None);
        assert_eq!(table.caveat(), None);
        table.within = Some(1.5625);
        let caveat = table.caveat().expect("it is said");
        assert!(
            caveat.contains("many users") && caveat.contains("1.6 %"),
            "{caveat}"
        );
        assert_eq!(table.json()["within"], 1.5625);
        table.measures = vec!["events"];
        assert_eq!(table.caveat(), None, "events are counted");
    }

    #[test]
    fn json_says_what_is_missing_by_null() {
        let json = table(Some(86_400)).json();
        assert_eq!(json["rows"][1]["by"]["release"], Value::Null);
        assert_eq!(json["rows"][0]["users"], 5);
        assert_eq!(json["rows"][0]["series"]["users"], json!([3, 2]));
        assert_eq!(json["steps"][1], "1970-01-02T00:00:00Z");
        assert_eq!(json["total"]["users"], 7);
        assert_eq!(
            table(None).others.map(|line| line.name()).as_deref(),
            Some("3 others")
        );
        assert_eq!(rest_named(1), "1 other");
    }
}
