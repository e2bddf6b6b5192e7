//! A form that a plugin asks for: drawn from its fields, and read.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::choice::Choice;
use super::forms::Fields;
use crate::plugin_settings::MASK;
use crate::plugins::{ChoicePage, Field, FieldKind, FieldProblem};

/// A field, as `templates/parts/plugin_form.html` draws it.
pub(crate) struct FieldView {
    /// Its name in the form.
    pub(crate) name: String,
    /// `text`, `url`, `number`, `boolean`, `choice`, `choices` or `map`.
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) required: bool,
    /// What stands in it; for a box, whether it is ticked (not empty). Nothing of a secret.
    pub(crate) value: String,
    pub(crate) choices: Vec<Choice>,
    pub(crate) is_multiline: bool,
    /// Whether the form is asked for again once it was changed.
    pub(crate) redraws: bool,
    /// A value that it takes.
    pub(crate) example: String,
    pub(crate) is_secret: bool,
    /// Of a secret text: whether there is one.
    pub(crate) is_set: bool,
    /// Where the plugin says what may be chosen: the field's key, and what was found.
    pub(crate) lookup: Option<LookupView>,
    /// What is wrong with it.
    pub(crate) problems: Vec<String>,
}

/// What may be chosen for a field.
#[derive(Debug, Default)]
pub(crate) struct LookupView {
    pub(crate) key: String,
    pub(crate) is_done: bool,
    pub(crate) found: Vec<Choice>,
    /// With what to ask for more.
    pub(crate) next: Option<String>,
}

/// The fields of a form with what stands in them, what is wrong with that, and what was found. Secrets are not shown.
pub(crate) fn draw(
    fields: &[Field],
    values: &Map<String, Value>,
    problems: &[FieldProblem],
    found: &HashMap<String, ChoicePage>,
) -> Vec<FieldView> {
    let filled_in = &fill_in(fields, values);
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
        let value = filled_in.lines(&name);
        FieldView {
            kind: kind(field.kind),
            lookup: field
                .is_looked_up
                .then(|| lookup(field, &value, found.get(&field.key))),
            label: field.label.clone(),
            help: field.help.clone(),
            required: field.required,
            value,
            is_multiline: field.is_multiline,
            redraws: field.redraws,
            example: field.example.clone(),
            is_secret: field.is_secret,
            is_set: field.is_secret && values.contains_key(&field.key),
            choices: field.choices.iter().map(choice).collect(),
            problems: of_field.map(|problem| problem.message.clone()).collect(),
            name,
        }
    };
    fields.iter().map(draw).collect()
}

fn lookup(field: &Field, value: &str, found: Option<&ChoicePage>) -> LookupView {
    let choice = |(slug, label): &(String, String)| Choice {
        is_chosen: slug == value,
        name: match label == slug || label.is_empty() {
            true => slug.clone(),
            false => format!("{label} ({slug})"),
        },
        slug: slug.clone(),
    };
    LookupView {
        key: field.key.clone(),
        is_done: found.is_some(),
        found: found
            .map(|page| page.choices.iter().map(choice).collect())
            .unwrap_or_default(),
        next: found.and_then(|page| page.next.clone()),
    }
}

/// Values as a form would send them.
fn fill_in(fields: &[Field], config: &Map<String, Value>) -> Fields {
    let mut pairs = Vec::new();
    for field in fields {
        let name = name(field);
        match config.get(&field.key) {
            Some(Value::Array(values)) => {
                let texts = values.iter().filter_map(Value::as_str);
                pairs.extend(texts.map(|text| (name.clone(), text.to_owned())));
            }
            Some(Value::Object(entries)) => pairs.push((name, lines(entries, field.is_secret))),
            Some(Value::Bool(true)) => pairs.push((name, "on".to_owned())),
            Some(Value::String(text)) if !field.is_secret => pairs.push((name, text.clone())),
            Some(Value::Number(number)) => pairs.push((name, number.to_string())),
            _ => {}
        }
    }
    Fields::of(pairs)
}

fn lines(entries: &Map<String, Value>, is_secret: bool) -> String {
    let line = |(name, value): (&String, &Value)| match (is_secret, value.as_str()) {
        (false, Some(value)) => format!("{name}: {value}"),
        _ => format!("{name}: {MASK}"),
    };
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What was filled in, by the fields' keys. Secrets that were left empty, or masked, stay what they were `before`.
pub(crate) fn read_settings(
    fields: &[Field],
    form: &Fields,
    before: &Map<String, Value>,
) -> Map<String, Value> {
    let mut config = Map::new();
    for field in fields {
        let picked = form.text(&format!("pick-{}", field.key));
        let filled_in = match picked.is_empty() {
            true => value(field, form),
            false => Some(Value::from(picked)),
        };
        let is_kept = field.is_secret
            && field.kind != FieldKind::Map
            && !form.is_ticked(&format!("clear-{}", name(field)));
        let known = before.get(&field.key);
        let filled_in = filled_in.or_else(|| known.filter(|_| is_kept).cloned());
        if let Some(filled_in) = filled_in {
            config.insert(field.key.clone(), filled_in);
        }
    }
    crate::plugin_settings::merged(config, before)
}

/// Those of the settings that are secrets.
pub(crate) fn secrets_of(fields: &[Field], config: &Map<String, Value>) -> Map<String, Value> {
    let secrets = fields.iter().filter(|field| field.is_secret);
    secrets
        .filter_map(|field| Some((field.key.clone(), config.get(&field.key)?.clone())))
        .collect()
}

/// What is wrong with none of the fields that are drawn.
pub(crate) fn problems_of_none(fields: &[Field], problems: &[FieldProblem]) -> Vec<String> {
    let is_drawn = |key: &String| fields.iter().any(|field| field.key == *key);
    let of_none = problems
        .iter()
        .filter(|problem| !problem.field.as_ref().is_some_and(is_drawn));
    of_none.map(|problem| problem.message.clone()).collect()
}

/// Fields of a drawn form that are read: more are nobody's.
const MAX_SHAPE: usize = 200;

/// Which fields a form has, to be sent along with it: what is sent back is read by this.
pub(crate) fn shape(fields: &[Field]) -> String {
    let one = |field: &Field| {
        let lines = if field.is_multiline { "s" } else { "" };
        format!("{}:{}{lines}", field.key, kind(field.kind))
    };
    fields.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The fields of a shape, as far as it takes to read what was filled in. Anybody may have written it: what was filled in
/// is checked against the form as it is drawn again.
pub(crate) fn of_shape(shape: &str) -> Vec<Field> {
    let one = |word: &str| {
        let (key, named) = word.split_once(':')?;
        let is_multiline = named == "texts";
        let kind = match named {
            "texts" => FieldKind::Text,
            _ => KINDS.into_iter().find(|known| kind(*known) == named)?,
        };
        Some(Field {
            key: key.to_owned(),
            kind,
            label: key.to_owned(),
            help: String::new(),
            required: false,
            is_secret: false,
            is_looked_up: false,
            redraws: false,
            is_multiline,
            example: String::new(),
            choices: Vec::new(),
        })
    };
    shape.split(' ').filter_map(one).take(MAX_SHAPE).collect()
}

/// What was filled in. What was left empty is left out; what makes no sense stays text, for who checks it to say so.
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
        FieldKind::Text if field.is_multiline => Some(Value::from(form.lines(&name))),
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

const KINDS: [FieldKind; 7] = [
    FieldKind::Text,
    FieldKind::Url,
    FieldKind::Number,
    FieldKind::Boolean,
    FieldKind::Choice,
    FieldKind::Choices,
    FieldKind::Map,
];

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
