//! What can be asked for by name: aggregates, and what they are grouped by.

use errand_model::question::{Key, Label, MOST_KEYS, Measure};
use errand_store::facts::Names;
use serde_json::{Value, json};

use crate::api::error::{invalid, missing};
use crate::error::Error;

/// What can be counted.
const AGGREGATES: [(&str, Aggregate); 7] = [
    ("count()", Aggregate::Count(Measure::Events)),
    ("count_unique(user)", Aggregate::Count(Measure::Users)),
    ("count_unique(issue)", Aggregate::Count(Measure::Issues)),
    ("count_unique(issue.id)", Aggregate::Count(Measure::Issues)),
    ("epm()", Aggregate::Rate(60)),
    ("eps()", Aggregate::Rate(1)),
    ("eph()", Aggregate::Rate(3_600)),
];

/// What is known of single events alone.
const OF_EVENTS: [&str; 4] = ["id", "timestamp", "message", "event.type"];

/// How something is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Aggregate {
    /// By itself.
    Count(Measure),
    /// Events in so many seconds.
    Rate(i64),
}

impl Aggregate {
    /// What has to be counted for it.
    pub(super) const fn measure(self) -> Measure {
        match self {
            Aggregate::Count(measure) => measure,
            Aggregate::Rate(_) => Measure::Events,
        }
    }

    /// Its value, of what was counted in so many seconds.
    pub(super) fn value(self, counted: i64, seconds: i64) -> Value {
        match self {
            Aggregate::Count(_) => json!(counted),
            Aggregate::Rate(unit) => json!(counted as f64 * unit as f64 / seconds.max(1) as f64),
        }
    }

    /// What Sentry calls its type.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Aggregate::Count(_) => "integer",
            Aggregate::Rate(_) => "rate",
        }
    }
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field {
    /// Something counted.
    Aggregate(Aggregate),
    /// What it is grouped by: the place of its key.
    Key(usize),
}

/// The fields of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    /// As they were named.
    pub(super) names: Vec<String>,
    pub(super) fields: Vec<Field>,
    pub(super) keys: Vec<Key>,
    pub(super) measures: Vec<Measure>,
}

impl Fields {
    /// Reads the values of `parameter`.
    pub(super) fn read<'a>(parameter: &str, names: impl Iterator<Item = &'a str>) -> Result<Self, Error> {
        let mut fields = Fields::default();
        for name in names {
            let field = fields.field(parameter, name)?;
            if !fields.names.iter().any(|known| known == name) {
                fields.names.push(name.to_owned());
                fields.fields.push(field);
            }
        }
        if fields.measures.is_empty() {
            return Err(missing(parameter, &format!("one at least of {}", allowed())));
        }
        if fields.keys.len() > MOST_KEYS {
            return Err(Error::bad_request(format!(
                "{parameter}: events are grouped by {MOST_KEYS} fields at most, besides what is counted"
            )));
        }
        Ok(fields)
    }

    fn field(&mut self, parameter: &str, name: &str) -> Result<Field, Error> {
        if let Some(aggregate) = aggregate(name) {
            let measure = aggregate.measure();
            if !self.measures.contains(&measure) {
                self.measures.push(measure);
            }
            return Ok(Field::Aggregate(aggregate));
        }
        if name.contains('(') {
            return Err(invalid(parameter, name, &allowed()));
        }
        if OF_EVENTS.contains(&name) {
            let allowed = "a tag, or release, environment, project, issue, title, user: single events are not listed here";
            return Err(invalid(parameter, name, allowed));
        }
        let key = match name {
            "project.name" | "project.id" => Key::Project,
            "issue.id" | "title" => Key::Issue,
            "user.display" | "user.id" | "user.email" => Key::User,
            name => Key::parse(name),
        };
        let place = self.keys.iter().position(|known| *known == key);
        let place = place.unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        });
        Ok(Field::Key(place))
    }

    /// The place of what was counted for an aggregate.
    pub(super) fn place(&self, aggregate: Aggregate) -> usize {
        let measure = aggregate.measure();
        let place = self.measures.iter().position(|known| *known == measure);
        place.unwrap_or_default()
    }

    /// The value of a key's field, as its name asks for it.
    pub(super) fn label(&self, name: &str, place: usize, labels: &[Label], names: &Names) -> Value {
        let (Some(key), Some(label)) = (self.keys.get(place), labels.get(place)) else {
            return Value::Null;
        };
        match (name, label) {
            (_, Label::Missing) => Value::Null,
            ("project.id" | "issue.id", Label::Id(id)) => json!(id),
            ("title", Label::Id(id)) => json!(names.issues.get(id).map(|issue| &issue.title)),
            ("issue", Label::Id(id)) => json!(names.issues.get(id).map(|issue| names.short_id(issue))),
            _ => json!(names.text(key, label)),
        }
    }
}

/// An aggregate by its name.
pub(super) fn aggregate(name: &str) -> Option<Aggregate> {
    let found = AGGREGATES.iter().find(|(known, _)| *known == name);
    found.map(|(_, aggregate)| *aggregate)
}

/// An aggregate as `sort` names it: `count_unique_user` for `count_unique(user)`, as Sentry has it.
pub(super) fn sorted_by(name: &str) -> Option<Aggregate> {
    let alias = |known: &str| {
        known
            .replace(['(', '.'], "_")
            .replace(')', "")
            .trim_end_matches('_')
            .to_owned()
    };
    let found = AGGREGATES
        .iter()
        .find(|(known, _)| *known == name || alias(known) == name);
    found.map(|(_, aggregate)| *aggregate)
}

/// What can be counted, for error messages.
pub(super) fn allowed() -> String {
    let names: Vec<&str> = AGGREGATES.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_share_what_is_counted_and_what_they_group_by() {
        let names = [
            "issue",
            "title",
            "release",
            "count()",
            "epm()",
            "count_unique(user)",
            "count()",
        ];
        let fields = Fields::read("field", names.into_iter()).expect("fields");
        assert_eq!(fields.keys, [Key::Issue, Key::Tag("release".to_owned())]);
        assert_eq!(fields.measures, [Measure::Events, Measure::Users]);
        assert_eq!(fields.fields.len(), 6);
        assert_eq!(fields.fields[1], Field::Key(0));
    }

    #[test]
    fn what_cannot_be_asked_is_refused_with_what_can() {
        for (names, says) in [
            (vec!["release"], "count_unique(user)"),
            (vec!["p95(transaction.duration)"], "count()"),
            (vec!["id", "count()"], "single events"),
            (vec!["a", "b", "c", "count()"], "2 fields"),
        ] {
            let error = Fields::read("field", names.into_iter()).expect_err("refused");
            assert!(error.detail.contains(says), "{}", error.detail);
        }
    }

    #[test]
    fn sorts_are_named_with_or_without_parentheses() {
        for name in ["count_unique(user)", "count_unique_user"] {
            assert_eq!(sorted_by(name), Some(Aggregate::Count(Measure::Users)), "{name}");
        }
        assert_eq!(sorted_by("count"), Some(Aggregate::Count(Measure::Events)));
        assert_eq!(sorted_by("release"), None);
    }
}
