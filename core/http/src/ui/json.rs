//! JSON for people to read.

use serde_json::Value;

/// JSON of one line, indented.
pub(crate) fn indented(json: &[u8]) -> String {
    let value: Option<Value> = serde_json::from_slice(json).ok();
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.unwrap_or_else(|| String::from_utf8_lossy(json).into_owned())
}

/// JSON lists, indented; nothing where they are empty.
pub(crate) fn listed(json: &str) -> String {
    match json {
        "" | "[]" => String::new(),
        json => indented(json.as_bytes()),
    }
}
