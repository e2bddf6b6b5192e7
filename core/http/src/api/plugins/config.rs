//! Configurations of plugins, which may hold secrets: those go in and never come out.

use serde_json::{Map, Value};

/// What stands for a secret. Sent back, it leaves the secret as it is.
const MASK: &str = "********";

/// Parts of names whose values are not shown.
const SECRETS: [&str; 6] = ["secret", "token", "password", "api_key", "apikey", "credential"];

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

/// A configuration with its secrets masked: the settings that the plugin's manifest names as such, and, as the plugin
/// may not be there to say so, whatever is called like one.
pub(super) fn masked(config: &str, secrets: &[String]) -> Value {
    let mut value = serde_json::from_str(config).unwrap_or_default();
    if let Value::Object(settings) = &mut value {
        for (_, value) in settings.iter_mut().filter(|(key, _)| secrets.contains(key)) {
            mask_all(value);
        }
    }
    mask(&mut value);
    value
}

/// Masks a text, or every text of a map.
fn mask_all(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_empty() => MASK.clone_into(text),
        Value::Object(map) => map.values_mut().for_each(mask_all),
        _ => {}
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(text) if is_secret(name) && !text.is_empty() => MASK.clone_into(text),
                    value => mask(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(mask),
        _ => {}
    }
}

/// A new configuration; masks in it stand for the secrets of the old one.
pub(super) fn merged(mut new: Map<String, Value>, old: &str) -> Value {
    if let Ok(Value::Object(old)) = serde_json::from_str(old) {
        unmask(&mut new, &old);
    }
    Value::Object(new)
}

fn unmask(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    for (name, value) in new {
        match (value, old.get(name)) {
            (Value::Object(new), Some(Value::Object(old))) => unmask(new, old),
            (value, Some(old)) if value.as_str() == Some(MASK) => *value = old.clone(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_go_in_and_never_come_out() {
        let stored = r#"{"url":"http://a","auth":{"apiToken":"t0p"},"password":""}"#;
        let shown = masked(stored, &[]);
        assert_eq!(
            shown,
            json!({"url": "http://a", "auth": {"apiToken": MASK}, "password": ""})
        );
        let Value::Object(mut sent) = shown else {
            panic!("an object")
        };
        sent.insert("url".to_owned(), json!("http://b"));
        assert_eq!(
            merged(sent, stored),
            json!({"url": "http://b", "auth": {"apiToken": "t0p"}, "password": ""})
        );
    }

    #[test]
    fn what_the_manifest_calls_a_secret_is_one_whatever_its_name() {
        let stored = r#"{"url":"http://a/s3cret","headers":{"X-Key":"k","X-None":""},"room":"attic"}"#;
        let secrets = ["url".to_owned(), "headers".to_owned()];
        assert_eq!(
            masked(stored, &secrets),
            json!({"url": MASK, "headers": {"X-Key": MASK, "X-None": ""}, "room": "attic"})
        );
    }
}
