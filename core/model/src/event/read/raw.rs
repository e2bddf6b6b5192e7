//! JSON that is carried as its text.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::Field;
use super::flaws::{self, flaws};

/// How deep a raw value may be nested. With the levels around it that stays within the 128 that serde_json
/// reads, so whoever opens the stored event later can.
pub const MAX_DEPTH: usize = 112;

/// A JSON value kept as its text: bags that only people read are not parsed on the way in.
#[derive(Clone, Debug)]
pub struct Raw<'a>(pub Cow<'a, RawValue>);

impl<'a> Raw<'a> {
    /// The JSON text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// The value as JSON; what is not valid (it always is, when it came from a parser) reads as null.
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(self.get()).unwrap_or_default()
    }

    /// Keeps `value`.
    pub fn from_value(value: &serde_json::Value) -> Self {
        let text = serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Raw(Cow::Owned(text))
    }

    /// Keeps `json`, where it is JSON that can be read as a value.
    pub fn parse(json: String) -> Option<Raw<'static>> {
        let raw = RawValue::from_string(json).ok()?;
        check(raw.get().as_bytes()).ok()?;
        Some(Raw(Cow::Owned(raw)))
    }

    /// The same, owning its text.
    pub fn into_owned(self) -> Raw<'static> {
        Raw(Cow::Owned(self.0.into_owned()))
    }
}

impl PartialEq for Raw<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

impl<'de> Field<'de> for Option<Raw<'de>> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        check(raw.get().as_bytes()).map_err(D::Error::custom)?;
        Ok((raw.get() != "null").then_some(Raw(Cow::Borrowed(raw))))
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// Whether what is kept as text can be read as a value later: a parser that only passes over it checks its form.
fn check(json: &[u8]) -> Result<(), &'static str> {
    if is_too_deep(json) {
        return Err("nested deeper than 128 levels");
    }
    if flaws::may_be_in(json) && flaws(json).next().is_some() {
        return Err("number out of range, or half of a surrogate pair");
    }
    Ok(())
}

/// Whether valid JSON is nested beyond [`MAX_DEPTH`]. Each level opens with a bracket, and most
/// bags have too few of them to ask further.
fn is_too_deep(json: &[u8]) -> bool {
    let opens = || json.iter().filter(|byte| matches!(byte, b'{' | b'[')).count();
    if json.len() <= 2 * MAX_DEPTH || opens() <= MAX_DEPTH {
        return false;
    }
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}
