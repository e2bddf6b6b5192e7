//! What fingerprint rules and variables can ask an event.

use std::borrow::Cow;

use errand_model::event::{Event, Exception, Frame};

use crate::group::family::Family;

/// SDKs that rules can name; others are `other`. Sentry keeps frameworks apart only for JavaScript and native.
const KEPT_APART: [&str; 2] = ["javascript", "native"];

/// An event as fingerprint rules see it.
#[derive(Clone, Copy, Debug)]
pub(in crate::group) struct Facts<'e> {
    pub(super) event: &'e Event<'e>,
}

impl<'e> Facts<'e> {
    pub(in crate::group) fn new(event: &'e Event<'e>) -> Self {
        Facts { event }
    }

    pub(super) fn family(&self) -> Family {
        Family::of(self.event.platform.as_deref().unwrap_or("other"))
    }

    pub(super) fn exceptions(&self) -> impl Iterator<Item = &'e Exception<'e>> {
        self.event.exception.iter()
    }

    /// The message and the values of all exceptions; an exception without one counts as something else.
    pub(super) fn messages(&self) -> impl Iterator<Item = Option<&'e str>> {
        let entry = self.event.logentry.as_ref().or(self.event.message.as_ref());
        let message = entry
            .and_then(|entry| entry.text())
            .filter(|text| !text.is_empty());
        let values = self
            .event
            .exception
            .iter()
            .map(|exception| exception.value.as_deref());
        message.map(Some).into_iter().chain(values)
    }

    /// All frames of the event: exceptions', its own, else those of threads.
    pub(super) fn frames(&self) -> impl Iterator<Item = &'e Frame<'e>> {
        let event = self.event;
        let exceptions = event
            .exception
            .iter()
            .filter_map(|exception| exception.stacktrace.as_ref());
        let own = exceptions.chain(event.stacktrace.as_ref());
        let has_own = own.clone().any(|stack| !stack.frames.is_empty());
        let threads = event.threads.iter().filter(move |_| !has_own);
        let stacks = own.chain(threads.filter_map(|thread| thread.stacktrace.as_ref()));
        stacks.flat_map(|stack| stack.frames.iter())
    }

    /// The tag, or the field of the event that is shown as one.
    pub(in crate::group) fn tag(&self, key: &str) -> Option<&'e str> {
        let event = self.event;
        event.tags.get(key).or_else(|| {
            let field = match key {
                "transaction" => &event.transaction,
                "environment" => &event.environment,
                "release" => &event.release,
                "dist" => &event.dist,
                "level" => &event.level,
                "logger" => &event.logger,
                "server_name" => &event.server_name,
                _ => &None,
            };
            field.as_deref().filter(|value| !value.is_empty())
        })
    }

    /// The SDK's name without its framework: `sentry.python`, `sentry.javascript.react`; other makers' are `other`.
    pub(super) fn sdk(&self) -> Cow<'e, str> {
        let name = self
            .event
            .sdk
            .as_ref()
            .and_then(|sdk| sdk.name.as_deref())
            .unwrap_or_default();
        let dotted = name.replace(|c: char| !c.is_alphanumeric(), ".");
        let mut parts = dotted.split('.').filter(|part| !part.is_empty());
        match (parts.next(), parts.next()) {
            (Some("sentry"), Some(platform)) if KEPT_APART.contains(&platform) => {
                let rest: Vec<_> = parts.collect();
                let rest = if platform == "native" {
                    rest.get(..1).unwrap_or_default()
                } else {
                    &rest
                };
                let mut name = format!("sentry.{platform}");
                for part in rest {
                    name.push('.');
                    name.push_str(part);
                }
                Cow::Owned(name)
            }
            (Some("sentry"), Some(platform)) => Cow::Owned(format!("sentry.{platform}")),
            _ => Cow::Borrowed("other"),
        }
    }
}
