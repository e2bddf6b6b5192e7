//! What an issue's latest event tells whoever has to mend it.

use serde_json::{Map, Value};

use crate::{Failure, issues};

/// Frames that are told.
const MAX_FRAMES: usize = 25;
/// Exceptions that are told: what was thrown, and what led to it.
const MAX_EXCEPTIONS: usize = 5;

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
    /// `checkout.js:12 in pay`, the newest call first: the frames of the program itself, or all if there are none.
    pub frames: Vec<String>,
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
            exceptions: thrown
                .into_iter()
                .flatten()
                .rev()
                .take(MAX_EXCEPTIONS)
                .map(Exception::read)
                .collect(),
        }
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
            frames: shown.into_iter().take(MAX_FRAMES).map(frame).collect(),
        }
    }
}

fn frame(frame: &Value) -> String {
    let text = |key: &str| frame[key].as_str().filter(|text| !text.is_empty());
    let file = text("filename")
        .or(text("module"))
        .or(text("abs_path"))
        .unwrap_or("?");
    let line = frame["lineno"]
        .as_u64()
        .map_or_else(String::new, |line| format!(":{line}"));
    let function = text("function").map_or_else(String::new, |function| format!(" in {function}"));
    super::text::line(&format!("{file}{line}{function}"), 300)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_exception_and_its_own_frames_come_first() {
        let event = json!({
            "environment": "production",
            "exception": { "values": [
                { "type": "IoError", "value": "cause" },
                { "type": "PayError", "value": "it broke", "stacktrace": { "frames": [
                    { "filename": "app.py", "lineno": 3, "function": "main", "in_app": true },
                    { "filename": "lib.py", "lineno": 9, "function": "call", "in_app": false },
                    { "filename": "pay.py", "lineno": 7, "function": "pay", "in_app": true },
                ] } },
            ] },
        });
        let latest = Latest::read(event.as_object().expect("an object"));
        assert_eq!(latest.exceptions[0].kind, "PayError");
        assert_eq!(
            latest.exceptions[0].frames,
            ["pay.py:7 in pay", "app.py:3 in main"]
        );
        assert_eq!(latest.exceptions[1].kind, "IoError");
        assert_eq!(Latest::read(&Map::new()), Latest::default());
    }
}
