//! Text with nested brackets.

/// Replaces every outermost `open … close` with what `replace` makes of its inside and of where it starts.
pub(super) fn replace_enclosed(
    text: &str,
    open: char,
    close: char,
    replace: &dyn Fn(&str, usize) -> String,
) -> String {
    if !text.contains(open) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_i32;
    let mut start = 0;
    for (index, c) in text.char_indices() {
        if c == open {
            if depth == 0 {
                start = index;
            }
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                let inside = text.get(start + open.len_utf8()..index).unwrap_or_default();
                out.push_str(&replace(inside, start));
            }
        } else if depth == 0 {
            out.push(c);
        }
    }
    out
}

/// Splits at spaces that no brackets enclose. What follows a bracket that is never closed is left out.
pub(super) fn split_tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let mut expected = Vec::new();
    let mut end = 0;
    for (index, c) in text.char_indices() {
        let next = index + c.len_utf8();
        if let Some(close) = closing(c) {
            expected.push(close);
        } else if expected.last() == Some(&c) {
            expected.pop();
            if expected.is_empty() {
                token.push_str(text.get(end..next).unwrap_or_default());
                end = next;
            }
        } else if expected.is_empty() {
            if c.is_whitespace() {
                if !token.is_empty() {
                    tokens.push(std::mem::take(&mut token));
                }
            } else {
                token.push_str(text.get(end..next).unwrap_or_default());
            }
            end = next;
        }
    }
    if !token.is_empty() {
        tokens.push(token);
    }
    tokens
}

fn closing(c: char) -> Option<char> {
    match c {
        '(' => Some(')'),
        '{' => Some('}'),
        '[' => Some(']'),
        '<' => Some('>'),
        _ => None,
    }
}
