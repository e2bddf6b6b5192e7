//! Secrets that show by their own form, wherever they stand.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::FILTERED;

/// Card numbers, in groups or not; the digits decide whether it is one.
const CARD: &str = r"\b[2-6]\d{3}(?:[ -]?\d){9,15}\b";
/// International bank account numbers; the checksum decides.
const IBAN: &str = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b";
/// US social security numbers.
const SSN: &str = r"\b\d{3}-\d{2}-\d{4}\b";
/// Private keys, whole or cut off.
const PEM: &str = r"(?s)-----BEGIN[A-Z ]*PRIVATE KEY-----.*?(?:-----END[A-Z ]*PRIVATE KEY-----|\z)";
/// User and password in a URL.
const URL_AUTH: &str = r#"([A-Za-z][A-Za-z0-9+.-]{1,20}://)[^/\s:@"'\\]{0,200}:[^/\s@"'\\]{1,500}@"#;
/// Bearer tokens.
const BEARER: &str = r"(?i:\b(bearer )[A-Za-z0-9._~+/=-]{8,})";
/// JSON web tokens.
const JWT: &str = r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?";
/// Parameters of a URL.
const PARAMETER: &str = r#"(?i:([?&;][^=&?;\s"'\\]{0,40}(?:password|passwd|secret|api[_-]?key|token|auth)[^=&?;\s"'\\]{0,40}=))[^&;\s"'\\]+"#;

/// What any of the patterns needs, cheap to look for: most texts hold none of it.
static HINT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u:\d(?:[ -]?\d){8}|[A-Z]{2}\d\d ?[A-Z0-9]{4}|-----BEGIN|:[^\x22/\s]{1,500}@|(?i:bearer )|\beyJ|[?&;][^=&\s\x22]{1,80}=)").ok()
});

type Replace = fn(&Captures<'_>) -> Option<String>;

/// The patterns and what each puts in the place of a match; none leaves it as it is.
static PATTERNS: LazyLock<Vec<(Regex, Replace)>> = LazyLock::new(|| {
    let patterns: [(&str, Replace); 8] = [
        (PEM, |_| Some(FILTERED.to_owned())),
        (URL_AUTH, |found| Some(format!("{}{FILTERED}@", group(found)))),
        (PARAMETER, |found| Some(format!("{}{FILTERED}", group(found)))),
        (BEARER, |found| Some(format!("{}{FILTERED}", group(found)))),
        (JWT, |_| Some(FILTERED.to_owned())),
        (IBAN, |found| is_iban(whole(found)).then(|| FILTERED.to_owned())),
        (CARD, |found| is_card(whole(found)).then(|| FILTERED.to_owned())),
        (SSN, |found| is_ssn(whole(found)).then(|| FILTERED.to_owned())),
    ];
    let compile = |(pattern, replace): (&str, Replace)| Some((Regex::new(pattern).ok()?, replace));
    patterns.into_iter().filter_map(compile).collect()
});

fn group<'t>(found: &Captures<'t>) -> &'t str {
    found.get(1).map_or("", |group| group.as_str())
}

fn whole<'t>(found: &Captures<'t>) -> &'t str {
    found.get(0).map_or("", |group| group.as_str())
}

/// Whether a search for secrets is worth its while.
pub(super) fn may_be_in(text: &str) -> bool {
    HINT.as_ref().is_none_or(|hint| hint.is_match(text))
}

/// The text without the secrets in it; none where there is none.
pub(super) fn clean(text: &str) -> Option<String> {
    if text.len() < 9 || !may_be_in(text) {
        return None;
    }
    let mut clean: Option<String> = None;
    for (pattern, replace) in PATTERNS.iter() {
        let current = clean.as_deref().unwrap_or(text);
        let mut has_changed = false;
        let replaced = pattern.replace_all(current, |found: &Captures<'_>| match replace(found) {
            Some(with) => {
                has_changed = true;
                with
            }
            None => whole(found).to_owned(),
        });
        if has_changed {
            clean = Some(replaced.into_owned());
        }
    }
    clean
}

/// Whether the digits are a card number: a known issuer's prefix and length, and Luhn's checksum.
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let prefix = |length: usize| digits.iter().take(length).fold(0, |sum, digit| sum * 10 + digit);
    let is_issued = match digits.len() {
        13 | 19 => prefix(1) == 4,
        14 => matches!(prefix(2), 36 | 38 | 39) || matches!(prefix(3), 300..=305),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || matches!(prefix(2), 51..=55 | 65 | 62)
                || matches!(prefix(4), 2_221..=2_720 | 3_528..=3_589 | 6_011)
                || matches!(prefix(3), 644..=649)
        }
        _ => false,
    };
    let luhn = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (1, double @ 10..) => double - 9,
            (1, double) => double,
            _ => *digit,
        });
    is_issued && luhn.sum::<u32>() % 10 == 0
}

/// Whether the checksum of ISO 13616 holds.
fn is_iban(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    if !(15..=34).contains(&letters.len()) {
        return false;
    }
    let turned = letters.iter().skip(4).chain(letters.iter().take(4));
    let remainder = turned
        .filter_map(|c| c.to_digit(36))
        .fold(0_u32, |remainder, digit| {
            let shift = if digit > 9 { 100 } else { 10 };
            (remainder * shift + digit) % 97
        });
    remainder == 1
}

/// Whether the number can have been given out.
fn is_ssn(text: &str) -> bool {
    let mut parts = text
        .split('-')
        .map(|part| part.parse::<u32>().unwrap_or_default());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(area), Some(group), Some(serial)) => {
            !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0
        }
        _ => false,
    }
}
