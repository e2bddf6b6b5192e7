//! Rewrites JSON text: sensitive values are replaced, everything else is copied as it stands.
//!
//! The text is valid JSON within the nesting limit, for it came from a parser; on anything else the walk ends and
//! nothing is changed.

use super::keys::Keys;
use super::values::Marks;
use super::{FILTERED, values};

/// What the value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anything.
    Any,
    /// A list of pairs, or anything.
    Pairs,
    /// The same, under a cookie's rules.
    Cookies,
}

/// Values that hold no secret, whatever their key: null, truth values, nothing.
pub(super) fn is_harmless(json: &str) -> bool {
    matches!(json, "null" | "true" | "false" | "\"\"" | "{}" | "[]")
}

/// The text with what is sensitive replaced; none where nothing is. `marks` are those of the whole text.
pub(super) fn rewrite(json: &str, keys: Option<&Keys>, marks: Marks, shape: Shape) -> Option<String> {
    let mut walk = Walk {
        json,
        at: 0,
        copied: 0,
        out: None,
        keys,
        marks,
        shape,
    };
    walk.value(0)?;
    let mut out = walk.out?;
    out.push_str(json.get(walk.copied..)?);
    Some(out)
}

struct Walk<'j> {
    json: &'j str,
    at: usize,
    /// Up to here the text is in `out`, once there is one.
    copied: usize,
    out: Option<String>,
    keys: Option<&'j Keys>,
    marks: Marks,
    shape: Shape,
}

impl<'j> Walk<'j> {
    /// Walks one value; none where the text is not what it should be.
    fn value(&mut self, depth: usize) -> Option<()> {
        self.space();
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => {
                let start = self.at;
                let text = self.string()?;
                self.clean_text(start, text)
            }
            _ => self.scalar(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        loop {
            self.space();
            match self.peek()? {
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                _ => {
                    let key = self.string()?;
                    self.space();
                    self.at += 1;
                    self.space();
                    self.under_key(key, depth)?;
                }
            }
        }
    }

    fn under_key(&mut self, key: &'j str, depth: usize) -> Option<()> {
        if !self.is_sensitive(key) {
            return self.value(depth + 1);
        }
        let start = self.at;
        self.skip()?;
        if !is_harmless(self.json.get(start..self.at)?) {
            self.replace(start, &format!("\"{FILTERED}\""))?;
        }
        Some(())
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        let is_pair = depth == 1 && self.shape != Shape::Any;
        let mut key = None;
        let mut number = 0;
        loop {
            self.space();
            match self.peek()? {
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                byte => {
                    let start = self.at;
                    match key {
                        Some(key) if number == 1 => self.under_key(key, depth)?,
                        _ => self.value(depth + 1)?,
                    }
                    if is_pair && number == 0 && byte == b'"' {
                        key = self.json.get(start + 1..self.at.checked_sub(1)?);
                    }
                    number += 1;
                }
            }
        }
    }

    fn is_sensitive(&self, key: &str) -> bool {
        let Some(keys) = self.keys else {
            return false;
        };
        let is = |key: &str| match self.shape {
            Shape::Cookies => keys.is_sensitive_header(key),
            Shape::Any | Shape::Pairs => keys.is_sensitive(key),
        };
        match key.contains('\\').then(|| unescape(key)).flatten() {
            Some(key) => is(&key),
            None => is(key),
        }
    }

    /// Removes secrets from the text that stands between quotes from `start` on.
    fn clean_text(&mut self, start: usize, text: &'j str) -> Option<()> {
        if !self.marks.any() {
            return Some(());
        }
        // A pattern must neither miss what stands after an escape nor tear one apart.
        let unescaped = text.contains('\\').then(|| unescape(text)).flatten();
        let clean = match &unescaped {
            Some(text) => {
                values::clean(text, self.marks).and_then(|clean| serde_json::to_string(&clean).ok())
            }
            None => values::clean(text, self.marks).map(|clean| format!("\"{clean}\"")),
        };
        match clean {
            Some(clean) => self.replace(start, &clean),
            None => Some(()),
        }
    }

    /// Puts `with` in the place of the text from `start` to here.
    fn replace(&mut self, start: usize, with: &str) -> Option<()> {
        let before = self.json.get(self.copied..start)?;
        let out = self
            .out
            .get_or_insert_with(|| String::with_capacity(self.json.len()));
        out.push_str(before);
        out.push_str(with);
        self.copied = self.at;
        Some(())
    }

    /// What stands between the quotes here.
    fn string(&mut self) -> Option<&'j str> {
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at + 1;
        let mut at = start;
        loop {
            at += memchr::memchr2(b'"', b'\\', self.json.as_bytes().get(at..)?)?;
            match self.json.as_bytes().get(at)? {
                b'"' => break,
                _ => at += 2,
            }
        }
        self.at = at + 1;
        self.json.get(start..at)
    }

    /// Passes over one value of any kind.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.space();
            match self.peek()? {
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b'"' => {
                    self.string()?;
                }
                b',' | b':' => self.at += 1,
                _ => self.scalar()?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn scalar(&mut self) -> Option<()> {
        let rest = self.json.as_bytes().get(self.at..)?;
        let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
        let length = rest.iter().position(is_end).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then_some(())
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }
}

fn unescape(text: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{text}\"")).ok()
}
