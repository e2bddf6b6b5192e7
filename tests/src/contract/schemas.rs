//! JSON schemas, compiled or an error.

use std::fs;

use anyhow::{Context, Result, anyhow};
use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};

use crate::root;

/// How many faults of one value are told.
const TOLD: usize = 5;

/// A document whose parts are schemas.
pub(super) struct Document {
    pub(super) json: Value,
    registry: Registry<'static>,
}

/// The name by which a document's parts are referred to.
const NAME: &str = "contract:///document";

impl Document {
    /// Reads a file of `tests/contracts`.
    pub(super) fn load(file: &str) -> Result<Self> {
        let json = read(file)?;
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(NAME, json.clone())
            .with_context(|| file.to_owned())?
            .prepare()
            .map_err(|error| anyhow!("{file}: {error}"))?;
        Ok(Document { json, registry })
    }

    /// Compiles the schema at a JSON pointer. `checks_formats` where it says what a request may be: services are
    /// strict in what they take, and loose in what they call a date.
    pub(super) fn compile(&self, pointer: &str, checks_formats: bool) -> Result<Validator> {
        let escaped: String = pointer
            .chars()
            .map(|c| match c {
                '{' => "%7B".to_owned(),
                '}' => "%7D".to_owned(),
                ' ' => "%20".to_owned(),
                '%' => "%25".to_owned(),
                c => c.to_string(),
            })
            .collect();
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(&self.registry)
            .should_validate_formats(checks_formats)
            .build(&json!({ "$ref": format!("{NAME}#{escaped}") }))
            .map_err(|error| anyhow!("the schema at {pointer} does not compile: {error}"))
    }

    /// What stands at a place, references followed.
    pub(super) fn at<'d>(&'d self, value: &'d Value) -> &'d Value {
        let target = value.get("$ref").and_then(Value::as_str);
        let found = target
            .and_then(|target| target.strip_prefix('#'))
            .and_then(|pointer| self.json.pointer(pointer));
        found.unwrap_or(value)
    }
}

/// Compiles a schema that is a file of its own, by the draft that it names.
pub(super) fn compile_file(file: &str) -> Result<Validator> {
    jsonschema::options()
        .build(&read(file)?)
        .map_err(|error| anyhow!("{file} does not compile: {error}"))
}

/// What is wrong with a value: each fault with its place.
pub(super) fn faults(validator: &Validator, value: &Value) -> Vec<String> {
    let told = |error: jsonschema::ValidationError<'_>| {
        let message: String = error.to_string().chars().take(6000).collect();
        format!("at '{}': {message}", error.instance_path())
    };
    validator.iter_errors(value).take(TOLD).map(told).collect()
}

fn read(file: &str) -> Result<Value> {
    let path = root().join("tests/contracts").join(file);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| file.to_owned())
}
