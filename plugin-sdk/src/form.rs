//! Texts in URLs and forms: `application/x-www-form-urlencoded`.

/// A text as a URL's query or a form holds it.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The fields of a form, in order. What is no text is replaced.
pub(crate) fn fields(body: &[u8]) -> Vec<(String, String)> {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let field = |pair: &[u8]| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(at);
        (decode(name), decode(value.get(1..).unwrap_or_default()))
    };
    pairs.map(field).collect()
}

fn decode(bytes: &[u8]) -> String {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => match hex(after) {
                Some(byte) => {
                    decoded.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                None => decoded.push(b'%'),
            },
            byte => decoded.push(*byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u8::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["a b&c=d", "ä/ö?%+", "", "🦀\n"] {
            let body = format!("x={}&y=1", encode(text));
            let fields = fields(body.as_bytes());
            assert_eq!(fields[0], ("x".to_owned(), text.to_owned()));
            assert_eq!(fields[1].1, "1");
        }
        assert_eq!(fields(b"a=%zz%4&b&=c")[0].1, "%zz%4");
        assert_eq!(fields(b"text=is%3Aunresolved+x")[0].1, "is:unresolved x");
        assert_eq!(fields(b"&&").len(), 0);
    }
}
