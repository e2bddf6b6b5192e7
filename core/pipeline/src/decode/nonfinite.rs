//! `NaN` and `Infinity` in JSON: what old Python SDKs send where a number is not finite.

/// The payload with such tokens written as `null`; none where there is no such token.
pub(super) fn to_null(json: &[u8]) -> Option<Vec<u8>> {
    let mut out: Option<Vec<u8>> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => at = end_of_string(json, at),
            b'N' | b'I' | b'-' => match token(json.get(at..).unwrap_or_default()) {
                Some(length) => {
                    let out = out.get_or_insert_with(|| Vec::with_capacity(json.len()));
                    out.extend_from_slice(json.get(copied..at).unwrap_or_default());
                    out.extend_from_slice(b"null");
                    at += length;
                    copied = at;
                }
                None => at += 1,
            },
            _ => at += 1,
        }
    }
    let mut out = out?;
    out.extend_from_slice(json.get(copied..).unwrap_or_default());
    Some(out)
}

fn token(bytes: &[u8]) -> Option<usize> {
    let tokens: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    tokens
        .iter()
        .find(|token| bytes.starts_with(token))
        .map(|token| token.len())
}

/// Where the string that opens at `at` is over.
fn end_of_string(json: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_outside_strings_become_null() {
        let mended =
            |json: &str| to_null(json.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(
            mended(r#"{"a": NaN, "b": [-Infinity, Infinity, -1], "c": "NaN \" Infinity"}"#).as_deref(),
            Some(r#"{"a": null, "b": [null, null, -1], "c": "NaN \" Infinity"}"#)
        );
        assert_eq!(mended(r#"{"a": "NaN"}"#), None);
        assert_eq!(mended(r#"{"a": "never closed \"#), None);
    }
}
