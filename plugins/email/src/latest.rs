//! What a mail says of an issue's latest event: where it was, and the frames that matter.

use errand_plugin_sdk::{Failure, issues};
use serde_json::{Map, Value};

/// Frames that a mail shows.
const MAX_FRAMES: usize = 5;

/// The latest event, as far as a mail shows it.
#[derive(Clone, Default)]
pub(crate) struct Latest {
    pub(crate) environment: String,
    pub(crate) release: String,
    /// `checkout.js:12 in pay`, the newest call first.
    pub(crate) frames: Vec<String>,
}

impl Latest {
    pub(crate) fn of(issue: &str) -> Result<Self, Failure> {
        let fields = ["environment", "release", "exception"];
        Ok(issues::latest_event(issue, &fields)?.map_or_else(Latest::default, |event| Latest::read(&event)))
    }

    fn read(event: &Map<String, Value>) -> Self {
        let text = |key: &str| {
            event
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Latest {
            environment: text("environment"),
            release: text("release"),
            frames: event.get("exception").map(frames).unwrap_or_default(),
        }
    }
}

/// Of the exception that was thrown: the frames of the program itself, or all if there are none.
fn frames(exception: &Value) -> Vec<String> {
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

fn frame(frame: &Value) -> String {
    let text = |key: &str| frame[key].as_str();
    let file = text("filename")
        .or(text("module"))
        .or(text("abs_path"))
        .unwrap_or("?");
    let line = frame["lineno"]
        .as_u64()
        .map_or_else(String::new, |line| format!(":{line}"));
    let function = text("function").map_or_else(String::new, |function| format!(" in {function}"));
    format!("{file}{line}{function}")
}
