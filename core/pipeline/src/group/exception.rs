//! What exceptions add to the hash: stack trace and type, or type and message where there is no stack trace.

use std::borrow::Cow;

use errand_model::event::Exception;
use serde_json::Value;

use super::component::Leaf;
use super::message::normalize_message;
use super::rules::{ExceptionFacts, Rules};
use super::sink::{Hint, Sink};
use super::stack::{StackComponent, View, walk_stack};

/// One exception.
#[derive(Debug)]
pub(super) struct ExceptionComponent<'a> {
    pub(super) stack: Option<StackComponent<'a>>,
    kind: Leaf<'a>,
    /// Domain and code of an `NSError`.
    ns_error: Option<[String; 2]>,
    value: &'a str,
}

impl<'a> ExceptionComponent<'a> {
    /// Of `exception`, in an event of `platform`.
    pub(super) fn new(exception: &'a Exception<'_>, platform: &str, rules: &Rules, detail: bool) -> Self {
        let stack = exception
            .stacktrace
            .as_ref()
            .filter(|stack| !stack.frames.is_empty());
        let facts = ExceptionFacts::of(exception);
        let mechanism = exception.mechanism.as_ref();
        let kind = exception.kind.as_deref().filter(|kind| !kind.is_empty());
        let mut kind = Leaf::maybe("type", kind);
        if mechanism.is_some_and(|mechanism| mechanism.synthetic == Some(true)) {
            kind.ignore("ignored because the type is synthetic");
        }
        let meta = mechanism.and_then(|mechanism| mechanism.meta.as_ref());
        ExceptionComponent {
            stack: stack.map(|stack| StackComponent::new(stack, platform, facts, rules, detail)),
            kind,
            ns_error: meta.and_then(|meta| ns_error(&meta.value())),
            value: exception.value.as_deref().unwrap_or_default(),
        }
    }

    fn stack_counts(&self, view: View) -> bool {
        self.stack.as_ref().is_some_and(|stack| stack.contributes(view))
    }

    /// Whether there is anything to hash.
    pub(super) fn contributes(&self, view: View) -> bool {
        self.stack_counts(view) || self.kind.contributes || self.ns_error.is_some() || !self.value.is_empty()
    }

    /// Whether it has such a view: without a stack trace there is only one.
    pub(super) fn has(&self, view: View) -> bool {
        view == View::App || self.stack.is_some()
    }

    /// Whether a stack trace is among what counts.
    pub(super) fn has_counting_stack(&self, view: View) -> bool {
        self.has(view) && self.stack_counts(view)
    }

    /// Tells `sink` of the exception.
    pub(super) fn walk<S: Sink>(&self, view: View, sink: &mut S) {
        sink.open("exception", self.contributes(view), None);
        walk_stack(self.stack.as_ref().map(|stack| (stack, view)), sink);
        self.kind.walk(sink);
        if let Some(parts) = &self.ns_error {
            sink.open("ns-error", true, None);
            parts.iter().for_each(|part| sink.value(part));
            sink.close();
        }
        let precedence = match (self.stack_counts(view), &self.ns_error) {
            (true, _) => Some("ignored because the stack trace takes precedence"),
            (false, Some(_)) => Some("ignored because the NSError's domain and code take precedence"),
            (false, None) => None,
        };
        // Making the message comparable costs more than all the rest, so it is not done for nothing.
        if S::DETAIL || precedence.is_none() {
            self.walk_value(precedence, sink);
        }
        sink.close();
    }

    fn walk_value(&self, precedence: Option<&'static str>, sink: &mut impl Sink) {
        let value = normalize_message(self.value);
        let changed = matches!(value, Cow::Owned(_)).then_some("stripped what differs from event to event");
        let counts = !value.is_empty() && precedence.is_none();
        let hint = if value.is_empty() {
            None
        } else {
            precedence.or(changed)
        };
        sink.open("value", counts, hint.map(Hint::Text));
        if !value.is_empty() {
            sink.value(&value);
        }
        sink.close();
    }
}

/// Domain and code, as text; what is missing reads as Python's `None`, which Sentry hashes.
fn ns_error(meta: &Value) -> Option<[String; 2]> {
    let error = meta.get("ns_error")?.as_object()?;
    Some(["domain", "code"].map(|key| match error.get(key) {
        None | Some(Value::Null) => "None".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }))
}
