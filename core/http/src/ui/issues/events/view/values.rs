//! JSON of any shape as names and texts.

use errand_model::event::{Bag, Raw};
use serde_json::Value;

/// Longer texts are cut: a page is for reading, and the raw event holds everything.
const MAX_TEXT: usize = 20_000;
/// More entries are not listed.
const MAX_ENTRIES: usize = 500;

/// A name and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The name.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
}

impl Pair {
    /// A pair.
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Pair {
            name: name.into(),
            text: text.into(),
        }
    }

    /// The text, where it is an address that may be followed.
    pub(crate) fn link(&self) -> Option<&str> {
        link(&self.text)
    }
}

/// `text`, where it is an http or https address; nothing else of an event becomes a link.
pub(crate) fn link(text: &str) -> Option<&str> {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    (is_web && !text.contains(|c: char| c.is_whitespace() || c.is_control())).then_some(text)
}

/// A value as text: strings as they are, the rest as JSON, on one line where it is short.
pub(crate) fn text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        value => {
            let line = value.to_string();
            match line.chars().count() {
                ..=100 => line,
                _ => serde_json::to_string_pretty(value).unwrap_or(line),
            }
        }
    };
    cut(text)
}

/// No more of `text` than a page shows.
fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = text.floor_char_boundary(MAX_TEXT);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The entries of an object, of a list of pairs, or the value itself under no name.
pub(crate) fn pairs(raw: &Raw<'_>) -> Vec<Pair> {
    match raw.value() {
        Value::Object(map) => map
            .iter()
            .take(MAX_ENTRIES)
            .map(|(name, value)| Pair::new(name, text(value)))
            .collect(),
        Value::Array(list) => list.iter().take(MAX_ENTRIES).map(entry).collect(),
        Value::Null => Vec::new(),
        value => vec![Pair::new("", text(&value))],
    }
}

/// `["name", value]`, else the value under no name.
fn entry(value: &Value) -> Pair {
    match value.as_array().map(Vec::as_slice) {
        Some([Value::String(name), value]) => Pair::new(name, text(value)),
        _ => Pair::new("", text(value)),
    }
}

/// The entries of a bag.
pub(crate) fn bag(bag: &Bag<'_>) -> Vec<Pair> {
    let entries = bag.0.iter().take(MAX_ENTRIES);
    entries
        .map(|(name, raw)| Pair::new(name.as_ref(), text(&raw.value())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs_of(json: &str) -> Vec<Pair> {
        let value: Value = serde_json::from_str(json).expect("JSON");
        pairs(&Raw::from_value(&value))
    }

    #[test]
    fn objects_lists_and_bare_values_are_all_pairs() {
        assert_eq!(pairs_of(r#"{"a": 1}"#), [Pair::new("a", "1")]);
        assert_eq!(
            pairs_of(r#"[["a", "b"], 3]"#),
            [Pair::new("a", "b"), Pair::new("", "3")]
        );
        assert_eq!(pairs_of("7"), [Pair::new("", "7")]);
        assert!(pairs_of("null").is_empty());
    }

    #[test]
    fn only_web_addresses_are_links() {
        assert!(link("https://example.com/a?b=c").is_some());
        assert!(link("javascript:alert(1)").is_none());
        assert!(link("data:text/html,hi").is_none());
        assert!(link("https://a\nb").is_none());
    }
}
