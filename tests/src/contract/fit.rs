//! Whether text, which is all that paths, queries and forms hold, fits a schema.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::schemas;

/// What is wrong with the values given for a parameter.
pub(super) fn faults(
    validator: &Validator,
    schema: &Value,
    values: &[String],
    explodes: bool,
) -> Vec<String> {
    let candidates = match is(schema, "array") {
        true => lists(values, explodes),
        false => scalars(values.first().map_or("", String::as_str)),
    };
    match candidates.iter().any(|candidate| validator.is_valid(candidate)) {
        true => Vec::new(),
        false => schemas::faults(validator, &candidates[0]),
    }
}

/// A form as the object that a schema describes: each field as the type that its property has.
pub(super) fn form(fields: &[(String, String)], schema: &Value) -> Value {
    let property = |name: &String| &schema["properties"][name];
    let typed = |(name, value): &(String, String)| {
        let wants = |kind| is(property(name), kind);
        let other = scalars(value).into_iter().find(|typed| match typed {
            Value::Bool(_) => wants("boolean"),
            Value::Number(number) => wants("number") || (wants("integer") && number.is_i64()),
            _ => false,
        });
        (name.clone(), other.unwrap_or_else(|| json!(value)))
    };
    Value::Object(fields.iter().map(typed).collect::<Map<_, _>>())
}

/// What a text may stand for; the text itself first.
fn scalars(text: &str) -> Vec<Value> {
    let mut candidates = vec![json!(text)];
    if let Ok(number) = text.parse::<i64>() {
        candidates.push(json!(number));
    } else if let Ok(number) = text.parse::<f64>() {
        candidates.push(json!(number));
    }
    if let Ok(boolean) = text.parse::<bool>() {
        candidates.push(json!(boolean));
    }
    candidates
}

/// What a list of texts may stand for.
fn lists(values: &[String], explodes: bool) -> Vec<Value> {
    let texts: Vec<&str> = match explodes {
        true => values.iter().map(String::as_str).collect(),
        false => values.iter().flat_map(|value| value.split(',')).collect(),
    };
    let numbers = texts
        .iter()
        .map(|text| text.parse::<i64>().ok())
        .collect::<Option<Vec<_>>>();
    let mut candidates = vec![json!(texts)];
    candidates.extend(numbers.map(|numbers| json!(numbers)));
    candidates
}

/// Whether a schema says this type.
pub(super) fn is(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::String(named) => named == kind,
        Value::Array(named) => named.iter().any(|named| named == kind),
        _ => false,
    }
}
