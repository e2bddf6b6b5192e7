//! The log entry: the message moved to its place, and its placeholders filled.

use std::borrow::Cow;

use errand_model::event::{Event, LogEntry};
use serde_json::Value;

use super::trim::{self, Limit};

/// Moves `message` into `logentry`, and formats it.
pub(super) fn merge(event: &mut Event<'_>) {
    if let Some(message) = event.message.take() {
        match &mut event.logentry {
            None => event.logentry = Some(message),
            Some(entry) => {
                let text = message.formatted.or(message.message);
                if entry.text().is_none_or(str::is_empty) {
                    entry.formatted = text;
                }
            }
        }
    }
    let Some(entry) = &mut event.logentry else {
        return;
    };
    trim::field(&mut entry.message, Limit::MESSAGE);
    trim::field(&mut entry.formatted, Limit::MESSAGE);
    format(entry);
    // A template that is what it makes says nothing.
    if entry.formatted == entry.message {
        entry.message = None;
    }
    if entry.formatted.is_none() {
        event.logentry = None;
        return;
    }
    trim::field(&mut entry.formatted, Limit::MESSAGE);
    trim::raw(&mut entry.params, 2_048);
}

fn format(entry: &mut LogEntry<'_>) {
    if entry.formatted.is_some() {
        return;
    }
    let Some(template) = &entry.message else {
        return;
    };
    let params = entry.params.as_ref().map(errand_model::event::Raw::value);
    entry.formatted = match params {
        Some(params @ (Value::Array(_) | Value::Object(_))) => Some(Cow::Owned(fill(template, &params))),
        _ => Some(template.clone()),
    };
}

/// Fills the placeholders of Python's `%` (`%s`, `%5.2f`, `%(name)s`) or, where there is none of them, of curly
/// braces (`{}`, `{0}`, `{name}`). What has no value stays as it is.
fn fill(template: &str, params: &Value) -> String {
    let by_percent = percent(template, params);
    if by_percent == template {
        curly(template, params)
    } else {
        by_percent
    }
}

fn percent(template: &str, params: &Value) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    let mut next = 0;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("%%") {
            out.push('%');
            rest = after;
            continue;
        }
        let spec = Spec::parse(from);
        let value = spec.as_ref().and_then(|spec| match spec.name {
            Some(name) => params.get(name),
            None => {
                next += 1;
                params.get(next - 1)
            }
        });
        match (spec, value) {
            (Some(spec), Some(value)) => {
                push(&mut out, value);
                rest = from.get(spec.length..).unwrap_or_default();
            }
            _ => {
                out.push('%');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// A `%` placeholder.
struct Spec<'t> {
    name: Option<&'t str>,
    length: usize,
}

impl<'t> Spec<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let after = text.get(1..)?;
        let (name, flags) = match after.strip_prefix('(') {
            Some(named) => {
                let (name, flags) = named.split_once(')')?;
                (Some(name), flags)
            }
            None => (None, after),
        };
        let conversion = flags.trim_start_matches([
            '-', '+', '#', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
        ]);
        let kind = conversion.chars().next()?;
        "sdriufFeEgGxXoc".contains(kind).then(|| Spec {
            name,
            length: text.len() - conversion.len() + 1,
        })
    }
}

fn curly(template: &str, params: &Value) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    let mut next = 0;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find('}');
        let name = end.and_then(|end| from.get(1..end)).unwrap_or("{");
        let value = match (name, name.parse::<usize>()) {
            ("", _) => {
                next += 1;
                params.get(next - 1)
            }
            (_, Ok(index)) => params.get(index),
            (name, Err(_)) => params.get(name),
        };
        match (value, end) {
            (Some(value), Some(end)) => {
                push(&mut out, value);
                rest = from.get(end + 1..).unwrap_or_default();
            }
            _ => {
                out.push('{');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

fn push(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => out.push_str(text),
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_of_both_styles_are_filled() {
        let list = json!(["a", 2, 1.5]);
        let map = json!({"who": "ada", "n": 3});
        assert_eq!(fill("%s has %d of %5.2f", &list), "a has 2 of 1.5");
        assert_eq!(fill("%(who)s has %(n)d, 100%%", &map), "ada has 3, 100%");
        assert_eq!(fill("{} has {1}", &list), "a has 2");
        assert_eq!(fill("{who} has {n} {?}", &map), "ada has 3 {?}");
        assert_eq!(fill("100% sure {", &list), "100% sure {");
        assert_eq!(fill("%s %s %s %s", &list), "a 2 1.5 %s");
    }
}
