//! What is written like JSON and yet no reader takes: `NaN` and `Infinity`, which Python writes, numbers beyond every
//! float, and halves of surrogate pairs, which JavaScript writes where a text was cut in the middle of an emoji.

use std::ops::Range;

/// A place that no reader takes, and what it can be replaced by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where it stands.
    pub range: Range<usize>,
    /// What says as much.
    pub replacement: &'static str,
}

/// The flaws of a text that is JSON otherwise, in order.
pub fn flaws(json: &[u8]) -> impl Iterator<Item = Flaw> {
    Scanner {
        json,
        at: 0,
        in_string: false,
    }
}

/// Whether valid JSON may have one: whether there is an exponent, or what looks like one in a text, an escaped
/// surrogate, or a very long run of digits. Most JSON has none of them, and this looks at many bytes at a time.
pub(super) fn may_be_in(json: &[u8]) -> bool {
    const LONG: usize = 64;
    let after = json.iter().skip(1).zip(json.iter().skip(2));
    let is_marked = json
        .iter()
        .zip(after)
        .fold(false, |found, (first, (second, third))| {
            let exponent = first.is_ascii_digit()
                & (second | 0x20 == b'e')
                & (third.is_ascii_digit() | (*third == b'+'));
            let surrogate = (*first == b'\\') & (*second == b'u') & (third | 0x20 == b'd');
            found | exponent | surrogate
        });
    // A number of more than 308 digits fills such a piece, wherever it begins.
    is_marked
        || json
            .chunks_exact(LONG)
            .any(|piece| piece.iter().all(u8::is_ascii_digit))
}

struct Scanner<'j> {
    json: &'j [u8],
    at: usize,
    in_string: bool,
}

impl Iterator for Scanner<'_> {
    type Item = Flaw;

    fn next(&mut self) -> Option<Flaw> {
        while let Some(byte) = self.json.get(self.at) {
            let rest = self.json.get(self.at..).unwrap_or_default();
            let (length, replacement) = match (self.in_string, byte) {
                (false, b'N' | b'I' | b'-' | b'0'..=b'9') => number(rest),
                (true, b'\\') => escape(rest),
                (_, b'"') => {
                    self.in_string = !self.in_string;
                    (1, None)
                }
                _ => (1, None),
            };
            let range = self.at..self.at + length;
            self.at = range.end;
            if let Some(replacement) = replacement {
                return Some(Flaw { range, replacement });
            }
        }
        None
    }
}

/// The length of the number or token here, and what replaces it if it is not finite.
fn number(bytes: &[u8]) -> (usize, Option<&'static str>) {
    const NULL: Option<&str> = Some("null");
    let tokens: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    if let Some(token) = tokens.iter().find(|token| bytes.starts_with(token)) {
        return (token.len(), NULL);
    }
    let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let length = bytes.iter().take_while(is_part).count().max(1);
    let text = bytes
        .get(..length)
        .and_then(|number| std::str::from_utf8(number).ok());
    let number = text.and_then(|text| text.parse::<f64>().ok());
    (length, number.filter(|number| number.is_infinite()).and(NULL))
}

/// The length of the escape here, and what replaces it if it is half of a pair.
fn escape(bytes: &[u8]) -> (usize, Option<&'static str>) {
    match unit(bytes) {
        None => (2, None),
        Some(0xd800..=0xdbff) => match bytes.get(6..).and_then(unit) {
            Some(0xdc00..=0xdfff) => (12, None),
            _ => (6, Some("\\ufffd")),
        },
        Some(0xdc00..=0xdfff) => (6, Some("\\ufffd")),
        Some(_) => (6, None),
    }
}

/// The UTF-16 unit that is escaped here.
fn unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(json: &str) -> String {
        let mut mended = json.to_owned();
        for flaw in flaws(json.as_bytes()).collect::<Vec<_>>().into_iter().rev() {
            mended.replace_range(flaw.range, flaw.replacement);
        }
        mended
    }

    #[test]
    fn numbers_that_are_none_become_null() {
        assert_eq!(
            mended(r#"{"a": NaN, "b": [-Infinity, Infinity, -1], "c": "NaN \" Infinity"}"#),
            r#"{"a": null, "b": [null, null, -1], "c": "NaN \" Infinity"}"#
        );
        assert_eq!(
            mended(r#"[1e999, -1e999, 1e9, "1e999"]"#),
            r#"[null, null, 1e9, "1e999"]"#
        );
        assert_eq!(mended(&format!("[{}]", "9".repeat(400))), "[null]");
    }

    #[test]
    fn half_an_emoji_becomes_a_replacement_character() {
        assert_eq!(
            mended(r#""\ud83d\ude00 \ud83d \ude00 \\ud83d""#),
            r#""\ud83d\ude00 \ufffd \ufffd \\ud83d""#
        );
        assert_eq!(mended(r#""cut \ud83"#), r#""cut \ud83"#);
    }

    #[test]
    fn every_flaw_in_valid_json_is_marked() {
        for json in [
            "[1e999]",
            "[1E+999]",
            "[-1.5e999]",
            r#""\uD83D""#,
            &format!("[{}]", "9".repeat(400)),
        ] {
            assert!(may_be_in(json.as_bytes()), "{json}");
        }
        assert!(!may_be_in(
            br#"{"plain": "text", "of": [1, 2.5, true], "\u00fc": "e"}"#
        ));
    }
}
