//! Messages in a form that is the same for events with the same cause.

use std::borrow::Cow;

use super::parameterize::parameterize;

/// How many lines of a message count.
const MAX_LINES: usize = 2;

/// The first lines of `message` with numbers, ids, addresses and the like replaced by what they are. Borrowed means
/// that nothing was replaced.
pub(super) fn normalize_message(message: &str) -> Cow<'_, str> {
    match first_lines(message) {
        Cow::Borrowed(text) => parameterize(text),
        Cow::Owned(text) => Cow::Owned(parameterize(&text).into_owned()),
    }
}

/// The first lines that are not blank; `...` stands for what was left out.
fn first_lines(message: &str) -> Cow<'_, str> {
    if !message.contains(is_line_break) {
        return if message.is_empty() || !message.trim().is_empty() {
            Cow::Borrowed(message)
        } else {
            Cow::Owned("...".to_owned())
        };
    }
    let mut lines = String::new();
    let filled = split_lines(message).filter(|line| !line.trim().is_empty());
    for (index, line) in filled.take(MAX_LINES).enumerate() {
        if index > 0 {
            lines.push('\n');
        }
        lines.push_str(line);
    }
    if lines == message {
        return Cow::Borrowed(message);
    }
    lines.push_str("...");
    Cow::Owned(lines)
}

/// What Python's `splitlines` splits at.
fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\x0b' | '\x0c' | '\x1c' | '\x1d' | '\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// A carriage return with a line feed makes one break; the blank line that is seen between them does no harm here.
fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_line_break)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_count_and_dots_stand_for_the_rest() {
        for (message, normal) in [
            ("plain words", "plain words"),
            ("one\ntwo", "one\ntwo"),
            ("one\r\ntwo", "one\ntwo..."),
            ("\n one\n\ntwo\nthree", " one\ntwo..."),
            ("one\n", "one..."),
            ("  ", "..."),
            ("", ""),
        ] {
            assert_eq!(normalize_message(message), normal, "{message:?}");
        }
    }

    #[test]
    fn what_was_not_changed_is_borrowed() {
        assert!(matches!(normalize_message("plain words"), Cow::Borrowed(_)));
        assert!(matches!(normalize_message("user 5"), Cow::Owned(_)));
    }
}
