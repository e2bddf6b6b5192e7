//! Variables in fingerprints and titles: `{{ name }}`.

use std::sync::LazyLock;

use regex::Regex;

/// Stands for what the hub would group by.
pub(super) const DEFAULT: &str = "{{ default }}";

/// Whether a value is `{{ default }}`, however it is spaced.
pub(super) fn is_default_variable(value: &str) -> bool {
    variable(value) == Some("default")
}

/// The name in `{{ name }}`, if that is all of `value`.
pub(super) fn variable(value: &str) -> Option<&str> {
    let inner = value.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    (!inner.is_empty() && !inner.contains(char::is_whitespace)).then_some(inner)
}

/// Every variable in a text; the first group is its name.
pub(super) static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*(\S+?)\s*\}\}").unwrap_or_else(|error| unreachable!("a valid pattern: {error}"))
});
