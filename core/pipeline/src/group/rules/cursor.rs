//! Walks along one line of rules and knows the column for what it complains about.

use std::borrow::Cow;

use super::error::LineError;

pub(super) struct Cursor<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Cursor { line, at: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Whether nothing is left but a comment.
    pub(super) fn is_done(&self) -> bool {
        self.rest().is_empty() || self.rest().starts_with('#')
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Steps over `token` if it comes next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), LineError> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.error(format!("expected `{token}`")))
        }
    }

    /// Letters, digits, `_`, `.` and `-`; perhaps none.
    pub(super) fn name(&mut self) -> &'a str {
        self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// `"quoted, with \" and \\"`, if a quote comes next. Other escapes stay as they are: globs use them.
    pub(super) fn quoted(&mut self) -> Result<Option<Cow<'a, str>>, LineError> {
        if self.peek() != Some('"') {
            return Ok(None);
        }
        let body = self.rest().get(1..).unwrap_or_default();
        let mut escaped = false;
        for (index, c) in body.char_indices() {
            match c {
                '\\' if !escaped => escaped = true,
                '"' if !escaped => {
                    self.at += index + 2;
                    return Ok(Some(unescape(body.get(..index).unwrap_or_default())));
                }
                _ => escaped = false,
            }
        }
        Err(self.error("the quote is never closed".to_owned()))
    }

    /// Where the cursor is, to go back to or to complain about.
    pub(super) fn mark(&self) -> usize {
        self.at
    }

    pub(super) fn return_to(&mut self, mark: usize) {
        self.at = mark;
    }

    pub(super) fn error(&self, message: String) -> LineError {
        self.error_at(self.at, message)
    }

    pub(super) fn error_at(&self, mark: usize, message: String) -> LineError {
        let before = self.line.get(..mark).unwrap_or(self.line);
        LineError {
            column: before.chars().count() + 1,
            message,
        }
    }
}

/// Resolves `\\` and `\"`.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains("\\\\") && !text.contains("\\\"") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(&next @ ('\\' | '"'))) => {
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A rule as it is shown: without the space that lines it up with others.
pub(super) fn one_line(line: &str) -> Box<str> {
    line.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .into_boxed_str()
}
