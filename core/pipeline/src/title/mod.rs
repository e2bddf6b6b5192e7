//! What an event is called: kind, title, culprit and the parts of the title, as Sentry computes them.

use errand_model::event::{Event, Exception, Frame, Stacktrace};
use errand_model::issue::EventKind;
use serde::Serialize;

/// Characters of a title; what is cut ends in `...`.
const MAX_TITLE: usize = 256;
const MAX_CULPRIT: usize = 200;
const MAX_VALUE: usize = 1_024;
const MAX_TYPE: usize = 128;

/// The names of an event.
#[derive(Debug)]
pub struct Naming {
    /// What to call it.
    pub title: String,
    /// Where it happened.
    pub culprit: String,
    /// The parts of the title, as JSON text.
    pub metadata: String,
}

/// What an event that was stored is about, and what it is called.
pub fn name(event: &Event<'_>) -> (EventKind, Naming) {
    let known = event.kind.as_deref().and_then(|kind| kind.parse().ok());
    let kind = kind(event, known);
    (kind, of(event, kind))
}

/// Sentry's `metadata`.
#[derive(Debug, Default, Serialize)]
struct Metadata<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'e str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directive: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// What the event is about; `known` where the item said so.
pub(crate) fn kind(event: &Event<'_>, known: Option<EventKind>) -> EventKind {
    let by_content = || {
        let has_exception = event
            .exception
            .iter()
            .any(|exception| is_set(&exception.kind) || is_set(&exception.value));
        [
            (event.csp.is_some(), EventKind::Csp),
            (event.hpkp.is_some(), EventKind::Hpkp),
            (event.expectct.is_some(), EventKind::ExpectCt),
            (event.expectstaple.is_some(), EventKind::ExpectStaple),
            (has_exception, EventKind::Error),
        ]
        .into_iter()
        .find_map(|(is, kind)| is.then_some(kind))
    };
    known.or_else(by_content).unwrap_or_default()
}

/// Names an event of that kind.
pub(crate) fn of(event: &Event<'_>, kind: EventKind) -> Naming {
    let (title, metadata) = match kind {
        EventKind::Error => error(event),
        EventKind::Feedback => feedback(event),
        EventKind::Default => message(event),
        _ => security(event, kind),
    };
    Naming {
        culprit: truncate(&culprit(event), MAX_CULPRIT),
        metadata: metadata.write(title.as_str()),
        title,
    }
}

impl Metadata<'_> {
    fn write(&self, title: &str) -> String {
        let named;
        let metadata = match &self.kind {
            None if self.function.is_none() && self.message.is_none() => {
                named = Metadata {
                    title: Some(title),
                    ..Metadata::default()
                };
                &named
            }
            _ => self,
        };
        serde_json::to_string(metadata).unwrap_or_else(|_| "{}".to_owned())
    }
}

fn error<'e>(event: &'e Event<'_>) -> (String, Metadata<'e>) {
    let exception = main_exception(event);
    let is_synthetic = exception.and_then(|exception| exception.mechanism.as_ref()?.synthetic) == Some(true);
    let kind = exception
        .and_then(|exception| exception.kind.as_deref())
        .unwrap_or("Error");
    let value = exception
        .and_then(|exception| exception.value.as_deref())
        .unwrap_or_default();
    let place = exception.and_then(|exception| crash_frame(exception.stacktrace.as_ref()?));
    let metadata = Metadata {
        kind: (!is_synthetic).then(|| truncate(kind, MAX_TYPE)),
        value: Some(truncate(value, MAX_VALUE)),
        filename: place.and_then(|frame| frame.filename.as_deref().or(frame.abs_path.as_deref())),
        function: place.and_then(|frame| frame.function.as_deref()),
        ..Metadata::default()
    };
    let line = first_line(value);
    let title = match (is_synthetic, line) {
        (false, "") => kind.to_owned(),
        (false, line) => format!("{kind}: {line}"),
        // A synthetic exception has a stack trace and a made-up type: the place says more.
        (true, _) => metadata.function.unwrap_or("<unknown>").to_owned(),
    };
    (truncate(&title, MAX_TITLE), metadata)
}

/// The exception that names the event: the last, or in a group the one at its root.
fn main_exception<'e, 'a>(event: &'e Event<'a>) -> Option<&'e Exception<'a>> {
    let root = |exception: &&Exception<'_>| {
        let mechanism = exception.mechanism.as_ref();
        mechanism.is_some_and(|mechanism| mechanism.exception_id == Some(0))
    };
    event.exception.iter().find(root).or(event.exception.last())
}

fn message<'e>(event: &Event<'_>) -> (String, Metadata<'e>) {
    let text = event
        .logentry
        .as_ref()
        .and_then(|entry| entry.text())
        .unwrap_or_default();
    let title = match first_line(text) {
        "" => "<unlabeled event>".to_owned(),
        line => truncate(line, MAX_TITLE),
    };
    (title, Metadata::default())
}

fn security<'e>(event: &Event<'_>, kind: EventKind) -> (String, Metadata<'e>) {
    let (title, _) = message(event);
    let report = [&event.csp, &event.hpkp, &event.expectct, &event.expectstaple];
    let report = report
        .into_iter()
        .flatten()
        .next()
        .map(errand_model::event::Raw::value)
        .unwrap_or_default();
    let text = |key: &str| {
        report
            .get(key)
            .and_then(|value| value.as_str())
            .map(|text| truncate(text, MAX_TITLE))
    };
    let metadata = match kind {
        EventKind::Csp => Metadata {
            directive: text("effective_directive"),
            uri: text("blocked_uri"),
            message: Some(title.clone()),
            ..Metadata::default()
        },
        _ => Metadata {
            origin: text("hostname"),
            message: Some(title.clone()),
            ..Metadata::default()
        },
    };
    (title, metadata)
}

fn feedback<'e>(event: &Event<'_>) -> (String, Metadata<'e>) {
    let context = event
        .contexts
        .get("feedback")
        .map(errand_model::event::Raw::value)
        .unwrap_or_default();
    let text = |key: &str| {
        context
            .get(key)
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    let words = text("message").unwrap_or_default();
    let title = match first_line(&words) {
        "" => "User Feedback".to_owned(),
        line => truncate(&format!("User Feedback: {line}"), MAX_TITLE),
    };
    let metadata = Metadata {
        message: Some(truncate(&words, 4_096)),
        contact_email: text("contact_email"),
        name: text("name"),
        ..Metadata::default()
    };
    (title, metadata)
}

/// The frame where it happened: the program's own innermost, else the innermost.
fn crash_frame<'e, 'a>(stacktrace: &'e Stacktrace<'a>) -> Option<&'e Frame<'a>> {
    let has_name = |frame: &&Frame<'_>| is_set(&frame.filename) || is_set(&frame.abs_path);
    let own = stacktrace
        .frames
        .iter()
        .rev()
        .find(|frame| frame.in_app == Some(true) && has_name(frame));
    own.or_else(|| stacktrace.frames.iter().rev().find(has_name))
}

/// Where it happened: what the SDK says, its transaction, the frame, or the request.
fn culprit(event: &Event<'_>) -> String {
    let said = [&event.culprit, &event.transaction];
    if let Some(said) = said.into_iter().flatten().find(|said| !said.is_empty()) {
        return said.to_string();
    }
    let last = event.exception.last();
    if last.and_then(|exception| exception.mechanism.as_ref()?.synthetic) == Some(true) {
        return String::new();
    }
    let traces = event
        .exception
        .iter()
        .rev()
        .map(|exception| exception.stacktrace.as_ref());
    let trace = traces.flatten().next().or(event.stacktrace.as_ref());
    let platform = event.platform.as_deref().unwrap_or_default();
    trace
        .and_then(|trace| of_trace(trace, platform))
        .or_else(|| event.request.as_ref()?.url.as_ref().map(ToString::to_string))
        .unwrap_or_default()
}

fn of_trace(trace: &Stacktrace<'_>, platform: &str) -> Option<String> {
    let own = trace
        .frames
        .iter()
        .rev()
        .filter(|frame| frame.in_app == Some(true));
    let of_own = own.filter_map(|frame| of_frame(frame, platform)).next();
    of_own.or_else(|| {
        let foreign = trace
            .frames
            .iter()
            .rev()
            .find(|frame| frame.in_app != Some(true))?;
        of_frame(foreign, platform)
    })
}

fn of_frame(frame: &Frame<'_>, platform: &str) -> Option<String> {
    let function = frame
        .function
        .as_deref()
        .filter(|function| !function.is_empty())
        .unwrap_or("?");
    let platform = frame.platform.as_deref().unwrap_or(platform);
    if matches!(platform, "objc" | "cocoa" | "native") {
        return Some(function.to_owned());
    }
    let set = |field: &Option<std::borrow::Cow<'_, str>>| is_set(field);
    let place = if set(&frame.module) {
        &frame.module
    } else {
        &frame.filename
    };
    let place = place.as_deref().filter(|place| !place.is_empty())?;
    Some(match platform {
        "javascript" | "node" => format!("{function}({place})"),
        _ => format!("{place} in {function}"),
    })
}

fn is_set(field: &Option<std::borrow::Cow<'_, str>>) -> bool {
    field.as_deref().is_some_and(|text| !text.is_empty())
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default().trim_end()
}

fn truncate(text: &str, max: usize) -> String {
    if text.len() <= max || text.chars().count() <= max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max - 3).collect();
    cut.push_str("...");
    cut
}

#[cfg(test)]
mod tests;
