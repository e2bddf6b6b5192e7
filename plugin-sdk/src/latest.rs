//! What an issue's latest event says at first sight: where it was, what was thrown, and the frames that matter.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::tickets::text::line;
use crate::{Failure, issues};

/// Frames that are kept of an exception.
const MAX_FRAMES: usize = 25;
/// Exceptions that are kept: what was thrown, and what led to it.
const MAX_EXCEPTIONS: usize = 5;
/// Characters of a part of a frame.
const MAX_PART: usize = 160;

/// The latest event, as far as people need it at first sight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latest {
    /// Its id; empty where there is no event.
    pub event_id: String,
    /// `production`
    pub environment: String,
    /// `shop@2.0`
    pub release: String,
    /// What was logged, where nothing was thrown.
    pub message: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What was thrown, the newest first.
    pub exceptions: Vec<Exception>,
}

/// Something that was thrown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// `TypeError`
    pub kind: String,
    /// What it said.
    pub value: String,
    /// The frames of the program itself, or all if there are none; the newest call first.
    pub frames: Vec<Frame>,
}

/// A call on the stack; each part of it is one line without control characters.
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
    /// That of an issue; empty where no event is kept.
    ///
    /// # Errors
    /// [`Failure`] if the hub cannot say.
    pub fn of(issue: &str) -> Result<Self, Failure> {
        let fields = [
            "event_id",
            "environment",
            "release",
            "exception",
            "message",
            "logentry",
            "tags",
        ];
        Ok(issues::latest_event(issue, &fields)?.map_or_else(Latest::default, |event| Latest::read(&event)))
    }

    /// Reads an event.
    pub fn read(event: &Map<String, Value>) -> Self {
        let text = |key: &str| {
            event
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let logged = event
            .get("logentry")
            .and_then(|entry| entry["formatted"].as_str().or(entry["message"].as_str()));
        let thrown = event
            .get("exception")
            .and_then(|exception| exception["values"].as_array());
        Latest {
            event_id: text("event_id"),
            environment: text("environment"),
            release: text("release"),
            message: logged.map_or_else(|| text("message"), str::to_owned),
            tags: event.get("tags").map(tags).unwrap_or_default(),
            exceptions: thrown
                .into_iter()
                .flatten()
                .rev()
                .take(MAX_EXCEPTIONS)
                .map(Exception::read)
                .collect(),
        }
    }

    /// The frames of what was thrown last, at most so many.
    pub fn frames(&self, most: usize) -> &[Frame] {
        let frames = self.exceptions.first().map_or(&[][..], |thrown| &thrown.frames);
        &frames[..frames.len().min(most)]
    }
}

impl Exception {
    fn read(exception: &Value) -> Self {
        let text = |key: &str| exception[key].as_str().unwrap_or_default().to_owned();
        let all: Vec<_> = exception["stacktrace"]["frames"]
            .as_array()
            .into_iter()
            .flatten()
            .rev()
            .collect();
        let own: Vec<_> = all
            .iter()
            .copied()
            .filter(|frame| frame["in_app"] == true)
            .collect();
        let shown = if own.is_empty() { all } else { own };
        Exception {
            kind: text("type"),
            value: text("value"),
            frames: shown.into_iter().take(MAX_FRAMES).map(Frame::read).collect(),
        }
    }
}

impl Frame {
    fn read(frame: &Value) -> Self {
        let text = |key: &str| frame[key].as_str().filter(|text| !text.is_empty());
        let file = text("filename")
            .or(text("module"))
            .or(text("abs_path"))
            .unwrap_or("?");
        let number = frame["lineno"]
            .as_u64()
            .map_or_else(String::new, |line| format!(":{line}"));
        Frame {
            function: line(text("function").unwrap_or_default(), MAX_PART),
            place: line(file, MAX_PART) + &number,
            source: line(text("context_line").unwrap_or_default(), MAX_PART),
        }
    }

    /// `shop/pay.py:7 in pay`
    pub fn in_line(&self) -> String {
        match self.function.is_empty() {
            true => self.place.clone(),
            false => format!("{} in {}", self.place, self.function),
        }
    }

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_exception_and_its_own_frames_come_first() {
        let event = json!({
            "environment": "production",
            "tags": [["license", "L-1"]],
            "exception": { "values": [
                { "type": "IoError", "value": "cause" },
                { "type": "PayError", "value": "it broke", "stacktrace": { "frames": [
                    { "filename": "app.py", "lineno": 3, "function": "main", "in_app": true },
                    { "filename": "lib.py", "lineno": 9, "function": "call", "in_app": false },
                    { "filename": "pay.py", "lineno": 7, "function": "pay", "in_app": true, "context_line": "  raise e\n" },
                ] } },
            ] },
        });
        let latest = Latest::read(event.as_object().expect("an object"));
        assert_eq!(latest.exceptions[0].kind, "PayError");
        let frames: Vec<_> = latest.frames(5).iter().map(Frame::in_line).collect();
        assert_eq!(frames, ["pay.py:7 in pay", "app.py:3 in main"]);
        assert_eq!(latest.frames(1)[0].in_lines(), "pay · pay.py:7\n    raise e");
        assert_eq!(latest.exceptions[1].kind, "IoError");
        assert_eq!(latest.tags["license"], "L-1");
        assert_eq!(Latest::read(&Map::new()), Latest::default());
    }
}
