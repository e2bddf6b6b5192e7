//! A form that a plugin asks for: drawn from its fields, and read.

use serde_json::{Map, Value};

use super::choice::Choice;
use super::forms::Fields;
use crate::plugins::{Field, FieldKind, FieldProblem};

/// A field, as `templates/parts/plugin_form.html` draws it.
pub(crate) struct FieldView {
    /// Its name in the form.
    pub(crate) name: String,
    /// `text`, `url`, `number`, `boolean`, `choice`, `choices` or `map`.
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) required: bool,
    /// What stands in it; for a box, whether it is ticked (not empty).
    pub(crate) value: String,
    pub(crate) choices: Vec<Choice>,
    /// What is wrong with it.
    pub(crate) problems: Vec<String>,
}

/// The fields of a form with what was filled in, and what is wrong with that.
pub(crate) fn draw(fields: &[Field], filled_in: &Fields, problems: &[FieldProblem]) -> Vec<FieldView> {
    let draw = |field: &Field| {
        let name = name(field);
        let chosen: Vec<&str> = filled_in.all(&name).collect();
        let choice = |(value, label): &(String, String)| Choice {
            is_chosen: chosen.contains(&value.as_str()),
            slug: value.clone(),
            name: label.clone(),
        };
        let of_field = problems
            .iter()
            .filter(|problem| problem.field.as_ref() == Some(&field.key));
        FieldView {
            kind: kind(field.kind),
            label: field.label.clone(),
            help: field.help.clone(),
            required: field.required,
            value: filled_in.lines(&name),
            choices: field.choices.iter().map(choice).collect(),
            problems: of_field.map(|problem| problem.message.clone()).collect(),
            name,
        }
    };
    fields.iter().map(draw).collect()
}

/// What is wrong with none of the fields that are drawn.
pub(crate) fn problems_of_none(fields: &[Field], problems: &[FieldProblem]) -> Vec<String> {
    let is_drawn = |key: &String| fields.iter().any(|field| field.key == *key);
    let of_none = problems
        .iter()
        .filter(|problem| !problem.field.as_ref().is_some_and(is_drawn));
    of_none.map(|problem| problem.message.clone()).collect()
}

/// What was filled in, by the fields' keys. What was left empty is left out; what makes no sense stays text, for who
/// checks it to say so.
pub(crate) fn read(fields: &[Field], form: &Fields) -> Value {
    let read = |field: &Field| Some((field.key.clone(), value(field, form)?));
    Value::Object(fields.iter().filter_map(read).collect())
}

fn value(field: &Field, form: &Fields) -> Option<Value> {
    let name = name(field);
    let text = form.text(&name);
    match field.kind {
        FieldKind::Boolean => Some(Value::Bool(form.is_ticked(&name))),
        FieldKind::Choices => {
            let chosen: Vec<Value> = form.all(&name).map(Value::from).collect();
            (!chosen.is_empty()).then_some(Value::Array(chosen))
        }
        _ if text.is_empty() => None,
        FieldKind::Number => {
            let number = text.parse::<serde_json::Number>();
            Some(number.map_or_else(|_| Value::from(text), Value::Number))
        }
        FieldKind::Map => Some(entries(&form.lines(&name))),
        FieldKind::Text | FieldKind::Url | FieldKind::Choice => Some(Value::from(text)),
    }
}

/// One entry a line: `Name: value`.
fn entries(text: &str) -> Value {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let entry = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        (name.trim().to_owned(), Value::from(value.trim()))
    };
    Value::Object(lines.map(entry).collect::<Map<_, _>>())
}

/// Apart from the hub's own fields.
fn name(field: &Field) -> String {
    format!("field-{}", field.key)
}

const fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Url => "url",
        FieldKind::Number => "number",
        FieldKind::Boolean => "boolean",
        FieldKind::Choice => "choice",
        FieldKind::Choices => "choices",
        FieldKind::Map => "map",
    }
}
