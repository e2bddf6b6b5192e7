//! Keys, tokens and credentials.

use memchr::memmem;

use super::Found;
use crate::scrub::keys;

/// How a PEM block begins.
pub(super) const PEM_BEGIN: &str = "-----BEGIN";

/// Private keys, whole or cut off.
pub(super) fn private_keys(text: &str, found: &mut Found) {
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(PEM_BEGIN)) {
        let start = at + start;
        at = start + PEM_BEGIN.len();
        let rest = text.get(at..).unwrap_or_default();
        let is_private = rest
            .split("-----")
            .next()
            .is_some_and(|label| label.ends_with("PRIVATE KEY"));
        if !is_private {
            continue;
        }
        let end = rest.find("-----END").and_then(|end| {
            let label = rest.get(end + 8..)?;
            Some(at + end + 8 + label.find("-----")? + 5)
        });
        at = end.unwrap_or(text.len());
        found.push(start..at);
    }
}

/// User and password in a URL.
pub(super) fn url_credentials(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    for sign in memchr::memchr_iter(b'@', bytes) {
        let head = bytes.get(..sign).unwrap_or_default();
        // Nothing that separates words may stand between the scheme and the sign.
        let is_end =
            |byte: &u8| matches!(byte, b'/' | b'@' | b'"' | b'\'' | b'\\') || byte.is_ascii_whitespace();
        let start = head.iter().rposition(is_end).map_or(0, |at| at + 1);
        let has_scheme = head.get(..start).is_some_and(|head| head.ends_with(b"://"));
        let credentials = head.get(start..).unwrap_or_default();
        if has_scheme && memchr::memchr(b':', credentials).is_some_and(|colon| colon + 1 < credentials.len())
        {
            found.push(start..sign);
        }
    }
}

/// Values of URL parameters and cookies with telling names.
pub(super) fn parameters(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let is_break = |byte: &u8| {
        matches!(byte, b'?' | b'&' | b';' | b'=' | b'"' | b'\'' | b'\\') || byte.is_ascii_whitespace()
    };
    for sign in memchr::memchr_iter(b'=', bytes) {
        let head = bytes.get(..sign).unwrap_or_default();
        let Some(start) = head.iter().rposition(is_break) else {
            continue;
        };
        let opens = matches!(bytes.get(start), Some(b'?' | b'&' | b';'));
        let name = text.get(start + 1..sign).unwrap_or_default();
        if !opens || name.len() > 100 || !keys::is_telling(name) {
            continue;
        }
        let tail = bytes.get(sign + 1..).unwrap_or_default();
        let length = tail
            .iter()
            .position(|byte| is_break(byte) && *byte != b'=' && *byte != b'?');
        let length = length.unwrap_or(tail.len());
        if length > 0 {
            found.push(sign + 1..sign + 1 + length);
        }
    }
}

/// What follows the word `Bearer`.
pub(super) fn bearers(text: &str, found: &mut Found) {
    const WORD: &[u8] = b"bearer ";
    let bytes = text.as_bytes();
    for (at, word) in bytes.windows(WORD.len()).enumerate() {
        if word.eq_ignore_ascii_case(WORD) {
            let start = at + WORD.len();
            let end = start
                + run(bytes, start, |byte| {
                    is_base64(byte) || matches!(byte, b'.' | b'~')
                });
            if end - start >= 8 {
                found.push(start..end);
            }
        }
    }
}

/// JSON web tokens: two or three parts of base64, the first of which begins with `{"`.
pub(super) fn web_tokens(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    for start in memmem::find_iter(bytes, b"eyJ") {
        let is_inside = start
            .checked_sub(1)
            .and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_alphanumeric);
        let head = run(bytes, start, is_base64);
        let dot = start + head;
        if is_inside || head < 10 || bytes.get(dot) != Some(&b'.') {
            continue;
        }
        let body = run(bytes, dot + 1, is_base64);
        let mut end = dot + 1 + body;
        if body < 8 {
            continue;
        }
        if bytes.get(end) == Some(&b'.') {
            end += 1 + run(bytes, end + 1, is_base64);
        }
        found.push(start..end);
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=')
}

/// How many bytes from `start` on are of that kind.
fn run(bytes: &[u8], start: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.iter().take_while(|byte| is(**byte)).count()
}
