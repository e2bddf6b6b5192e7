//! `limit`: how often a rule fires.

use crate::time;

const ALLOWED: &str = "once in 30m, 5 times in 1h, each with or without 'per issue'";

/// How often.
#[derive(Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many times.
    pub times: usize,
    /// In any stretch of so many milliseconds.
    pub span: i64,
    /// Whether each issue is counted by itself.
    pub per_issue: bool,
    /// As it was written.
    pub text: String,
}

impl Limit {
    /// Once for each issue in a span.
    pub fn once_per_issue(span: i64) -> Self {
        Limit {
            times: 1,
            span,
            per_issue: true,
            text: String::new(),
        }
    }

    /// `once in 30m per issue`, `5 times in 1h`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no limit; allowed: {ALLOWED}");
        let words: Vec<&str> = text.split_whitespace().collect();
        let (words, per_issue) = match words.as_slice() {
            [rest @ .., "per", "issue"] => (rest, true),
            rest => (rest, false),
        };
        let (times, span) = match words {
            ["once", "in", span] => (1, span),
            [times, "times", "in", span] => (times.parse().map_err(|_| wrong())?, span),
            _ => return Err(wrong()),
        };
        if times == 0 || times > 1_000 {
            return Err(wrong());
        }
        Ok(Limit {
            times,
            span: time::span(span)?,
            per_issue,
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_bounded() {
        let limit = Limit::parse("once in 30m per issue").unwrap();
        assert_eq!((limit.times, limit.span, limit.per_issue), (1, 1_800_000, true));
        let limit = Limit::parse("5 times in 1h").unwrap();
        assert_eq!((limit.times, limit.span, limit.per_issue), (5, 3_600_000, false));
        for wrong in [
            "",
            "twice in 1h",
            "0 times in 1h",
            "once in 90d",
            "once in 1x",
            "once per issue",
        ] {
            assert!(Limit::parse(wrong).is_err(), "{wrong}");
        }
    }
}
