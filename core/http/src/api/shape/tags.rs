//! Tags of an issue, and their values.

use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// A tag, counted.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagSummary {
    pub(crate) key: String,
    pub(crate) name: String,
    /// Events that have it.
    pub(crate) total_values: i64,
    /// Distinct values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unique_values: Option<i64>,
    /// The commonest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) top_values: Option<Vec<TagValueShape>>,
}

/// A value of a tag.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TagValue)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagValueShape {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) value: String,
    /// Events that have it.
    pub(crate) count: i64,
    pub(crate) first_seen: Time,
    pub(crate) last_seen: Time,
}

/// What to call a tag: `browser.name` is `Browser Name`.
pub(crate) fn tag_name(key: &str) -> String {
    let words = key.split(['.', '_', '-']).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(char::to_uppercase).into_iter().flatten();
        first.chain(chars).collect::<String>()
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::tag_name;

    #[test]
    fn keys_are_made_readable() {
        assert_eq!(tag_name("browser.name"), "Browser Name");
        assert_eq!(tag_name("license"), "License");
        assert_eq!(tag_name(""), "");
    }
}
