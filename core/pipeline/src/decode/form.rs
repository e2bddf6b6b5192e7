//! The event among the form fields of a minidump upload.
//!
//! Crash reporters that only know flat form fields spell the event's JSON as `sentry`, in chunks as `sentry__1`,
//! `sentry__2`, …, or key by key as `sentry[user][id]`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Malformed;

/// How deep `sentry[a][b]…` may go.
const MAX_DEPTH: usize = 16;

/// The event that `fields` spell; what is not Sentry's goes to its `extra`.
pub(crate) fn event(fields: &[(String, String)]) -> Result<Map<String, Value>, Malformed> {
    let mut event = Map::new();
    let mut chunks = BTreeMap::new();
    let mut extra = Map::new();
    for (name, value) in fields {
        if name == "sentry" {
            merge(&mut event, json(value)?);
        } else if let Some(number) = name.strip_prefix("sentry__").and_then(|n| n.parse::<u32>().ok()) {
            chunks.insert(number, value.as_str());
        } else if let Some(path) = name.strip_prefix("sentry[") {
            let path: Vec<&str> = path.trim_end_matches(']').split("][").collect();
            if path.len() <= MAX_DEPTH {
                set(&mut event, &path, value);
            }
        } else {
            extra.insert(name.clone(), Value::String(value.clone()));
        }
    }
    if !chunks.is_empty() {
        let text: String = chunks.into_values().collect();
        merge(&mut event, json(&text)?);
    }
    if !extra.is_empty() {
        let slot = event.entry("extra").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(known) = slot {
            for (name, value) in extra {
                known.entry(name).or_insert(value);
            }
        }
    }
    Ok(event)
}

fn json(text: &str) -> Result<Map<String, Value>, Malformed> {
    serde_json::from_str(text).map_err(|error| Malformed::Body {
        what: "event in the form field 'sentry'",
        problem: error.to_string(),
    })
}

fn merge(event: &mut Map<String, Value>, with: Map<String, Value>) {
    for (key, value) in with {
        event.insert(key, value);
    }
}

fn set(map: &mut Map<String, Value>, path: &[&str], value: &str) {
    match path {
        [] => {}
        [last] => {
            map.insert((*last).to_owned(), Value::String(value.to_owned()));
        }
        [first, rest @ ..] => {
            let slot = map.entry(*first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = slot {
                set(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_spelled_in_three_ways() {
        let fields = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let read = |pairs: &[(&str, &str)]| Value::Object(event(&fields(pairs)).expect("readable"));
        assert_eq!(
            read(&[("sentry", r#"{"release": "a"}"#)]),
            json!({"release": "a"})
        );
        assert_eq!(
            read(&[("sentry__2", r#"": "a"}"#), ("sentry__1", r#"{"release"#)]),
            json!({"release": "a"})
        );
        assert_eq!(
            read(&[("sentry[user][id]", "7"), ("guid", "x")]),
            json!({"user": {"id": "7"}, "extra": {"guid": "x"}})
        );
        assert!(event(&fields(&[("sentry", "{")])).is_err());
    }
}
