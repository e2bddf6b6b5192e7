//! Each kind of secret by itself, for rules that name one.

use std::ops::Range;

use super::{Found, numbers, tokens};

fn with(find: fn(&str, &mut Found), text: &str) -> Found {
    let mut found = Found::new();
    find(text, &mut found);
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    found.retain(|range| {
        let is_new = range.start >= end;
        if is_new {
            end = range.end;
        }
        is_new
    });
    found
}

fn numbers_that(text: &str, are: fn(&[u8]) -> bool) -> Found {
    let mut found = with(numbers::find, text);
    found.retain(|range| text.as_bytes().get(range.clone()).is_some_and(are));
    found
}

/// Numbers of cards.
pub(in crate::scrub) fn cards(text: &str) -> Vec<Range<usize>> {
    numbers_that(text, numbers::is_card)
}

/// International bank account numbers.
pub(in crate::scrub) fn accounts(text: &str) -> Vec<Range<usize>> {
    numbers_that(text, |run| run.first().is_some_and(u8::is_ascii_alphabetic))
}

/// US social security numbers.
pub(in crate::scrub) fn social_security(text: &str) -> Vec<Range<usize>> {
    numbers_that(text, numbers::is_social_security)
}

/// Private keys.
pub(in crate::scrub) fn private_keys(text: &str) -> Vec<Range<usize>> {
    with(tokens::private_keys, text)
}

/// User and password in URLs.
pub(in crate::scrub) fn url_credentials(text: &str) -> Vec<Range<usize>> {
    with(tokens::url_credentials, text)
}

/// What follows the word `Bearer`.
pub(in crate::scrub) fn bearers(text: &str) -> Vec<Range<usize>> {
    with(tokens::bearers, text)
}
