//! Contexts: systems and runtimes that describe themselves in one line get a name and a version.

use std::borrow::Cow;

use errand_model::event::{Event, Raw};
use serde_json::{Map, Value};

/// Splits the raw descriptions.
pub(super) fn normalize(event: &mut Event<'_>) {
    for (key, raw) in &mut event.contexts.0 {
        let is_described = matches!(key.as_ref(), "os" | "runtime" | "client_os");
        if is_described
            && raw.get().contains("raw_description")
            && let Value::Object(mut context) = raw.value()
            && describe(&mut context)
        {
            *raw = Raw::from_value(&Value::Object(context));
        }
    }
    fill_trace(event);
}

/// `Linux 5.10.0`, `.NET Framework 4.8`, `Microsoft Windows 10.0.19042`: a name, and a version that begins with a digit.
fn describe(context: &mut Map<String, Value>) -> bool {
    if context.get("name").is_some_and(|name| !name.is_null()) {
        return false;
    }
    let Some(text) = context.get("raw_description").and_then(Value::as_str) else {
        return false;
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let at = words.iter().position(is_version).unwrap_or(words.len());
    let (name, version) = words.split_at(at);
    if name.is_empty() {
        return false;
    }
    let name = name.join(" ");
    let version = version.first().map(|version| (*version).to_owned());
    let name = name.strip_prefix("Microsoft ").unwrap_or(&name).to_owned();
    context.insert("name".to_owned(), Value::String(name));
    if let Some(version) = version {
        context.entry("version").or_insert(Value::String(version));
    }
    true
}

/// SDKs of old name the trace of a request in its headers alone.
fn fill_trace(event: &mut Event<'_>) {
    if event.contexts.contains("trace") {
        return;
    }
    let headers = event.request.as_ref().map(|request| &request.headers);
    let Some(header) = headers.and_then(|headers| headers.get_ignoring_case("sentry-trace")) else {
        return;
    };
    let mut parts = header.trim().split('-');
    let is_hex =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let (Some(trace), Some(span)) = (parts.next(), parts.next())
        && is_hex(trace, 32)
        && is_hex(span, 16)
    {
        let context = serde_json::json!({"trace_id": trace, "span_id": span, "type": "trace"});
        event
            .contexts
            .0
            .push((Cow::Borrowed("trace"), Raw::from_value(&context)));
    }
}
