//! What an issue's latest event says: where it was, and the frames that matter.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::markup::plain;
use crate::{Failure, issues};

/// Frames that a message shows.
const MAX_FRAMES: usize = 5;
/// Characters of a part of a frame.
const MAX_PART: usize = 160;

/// The latest event, as far as a message shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latest {
    /// `production`
    pub environment: String,
    /// `shop@1.2.0`
    pub release: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The frames of the program itself, or all if there are none; the newest call first, at most five.
    pub frames: Vec<Frame>,
}

/// A call on the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// `pay`; may be empty.
    pub function: String,
    /// `shop/pay.py:7`
    pub place: String,
    /// The line of source; may be empty.
    pub source: String,
}

impl Latest {
    /// Of an issue; empty where no event is kept.
    ///
    /// # Errors
    /// [`Failure`] if the hub cannot say.
    pub fn of(issue: &str) -> Result<Self, Failure> {
        let fields = ["environment", "release", "exception", "tags"];
        Ok(issues::latest_event(issue, &fields)?.map_or_else(Latest::default, |event| Latest::read(&event)))
    }

    /// Of an event.
    pub fn read(event: &Map<String, Value>) -> Self {
        let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
        Latest {
            environment: text("environment").to_owned(),
            release: text("release").to_owned(),
            tags: event.get("tags").map(tags).unwrap_or_default(),
            frames: event.get("exception").map(frames).unwrap_or_default(),
        }
    }
}

impl Frame {
    /// `pay · shop/pay.py:7`, and the line of source below it.
    pub fn in_lines(&self) -> String {
        let head = match self.function.is_empty() {
            true => self.place.clone(),
            false => format!("{} · {}", self.function, self.place),
        };
        match self.source.is_empty() {
            true => head,
            false => format!("{head}\n    {}", self.source),
        }
    }
}

/// Pairs, or an object.
fn tags(tags: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match tags {
        Value::Array(pairs) => {
            let pairs = pairs.iter();
            pairs
                .filter_map(|pair| Some((text(pair.get(0)?)?, text(pair.get(1)?)?)))
                .collect()
        }
        Value::Object(object) => {
            let object = object.iter();
            object
                .filter_map(|(key, value)| Some((key.clone(), text(value)?)))
                .collect()
        }
        _ => BTreeMap::new(),
    }
}

fn frames(exception: &Value) -> Vec<Frame> {
    let thrown = exception["values"].as_array().and_then(|values| values.last());
    let all = thrown.and_then(|thrown| thrown["stacktrace"]["frames"].as_array());
    let all: Vec<_> = all.into_iter().flatten().rev().collect();
    let own: Vec<_> = all
        .iter()
        .copied()
        .filter(|frame| frame["in_app"] == true)
        .collect();
    let shown = if own.is_empty() { all } else { own };
    shown.into_iter().take(MAX_FRAMES).map(frame).collect()
}

fn frame(frame: &Value) -> Frame {
    let text = |key: &str| frame[key].as_str();
    let file = text("filename")
        .or(text("module"))
        .or(text("abs_path"))
        .unwrap_or("?");
    let line = frame["lineno"]
        .as_u64()
        .map_or_else(String::new, |line| format!(":{line}"));
    Frame {
        function: plain(text("function").unwrap_or_default(), MAX_PART),
        place: plain(file, MAX_PART) + &line,
        source: plain(text("context_line").unwrap_or_default().trim(), MAX_PART),
    }
}
