//! Removing secrets and personal data before anything is stored.
//!
//! Two kinds of rule, Sentry's defaults: a value under a telling key (`password`, `token`, …) goes as a whole, and
//! what looks like a card number, a key, a bearer token goes out of any text. Projects add keys and except keys, and write
//! rules of their own (`rules/`), which come last. To add a key, see `keys.rs`; to add a pattern, `values.rs`; to scrub a further field, [`Scrubber::scrub`].
//!
//! Most bags hold nothing to remove. Each is searched as JSON text first, and only one with a hit is walked and
//! rewritten (`json.rs`), as text too.

mod json;
mod keys;
mod preview;
mod rules;
mod values;

use std::borrow::Cow;

use errand_model::event::{Bag, Event, Pairs, Raw, Request, Stacktrace, Text};
use errand_model::project::ProjectSettings;
use keys::Keys;
pub use preview::{Change, Preview, preview};
use rules::Rules;
pub use rules::{RuleProblem, problems};
use values::Marks;

/// What stands where something was removed.
pub(crate) const FILTERED: &str = "[Filtered]";

/// What is removed from the events of a project.
#[derive(Debug)]
pub struct Scrubber {
    /// None where the project turned the defaults off and names no field.
    keys: Option<Keys>,
    has_defaults: bool,
    drops_addresses: bool,
    rules: Rules,
}

/// Headers in which proxies pass an address on.
const ADDRESS_HEADERS: [&str; 6] = [
    "X-Forwarded-For",
    "X-Real-Ip",
    "Forwarded",
    "X-Client-Ip",
    "Cf-Connecting-Ip",
    "True-Client-Ip",
];

impl Scrubber {
    /// Compiles what the project's settings say.
    pub fn compile(settings: &ProjectSettings) -> Self {
        Scrubber {
            keys: Keys::compile(settings),
            has_defaults: settings.scrub_defaults,
            drops_addresses: settings.scrub_ip_addresses,
            rules: Rules::compile(&settings.scrub_rules, &settings.scrub_salt),
        }
    }

    /// The event's JSON as the project's own rules leave it; none where there are no rules. What cannot be walked is taken
    /// out of the event instead: nothing that a rule is for may be stored.
    pub(crate) fn rewritten(&self, event: &mut Event<'_>) -> Option<String> {
        if self.rules.is_empty() {
            return None;
        }
        let walked = serde_json::to_value(&*event).ok().and_then(|mut value| {
            self.rules.apply(&mut value);
            let text = value.to_string();
            Event::from_json(text.as_bytes()).ok()??;
            Some(text)
        });
        if walked.is_none() {
            strip(event);
        }
        walked
    }

    /// Scrubs the event in place.
    pub(crate) fn scrub(&self, event: &mut Event<'_>) {
        if self.drops_addresses {
            drop_addresses(event);
        }
        if self.keys.is_none() && !self.has_defaults {
            return;
        }
        self.bag(&mut event.extra);
        self.bag(&mut event.contexts);
        self.bag(&mut event.other);
        if let Some(request) = &mut event.request {
            self.request(request);
        }
        if let Some(user) = &mut event.user {
            self.raw(&mut user.data);
            self.bag(&mut user.other);
        }
        for breadcrumb in event.breadcrumbs.iter_mut() {
            self.text(&mut breadcrumb.message);
            self.raw(&mut breadcrumb.data);
        }
        if let Some(entry) = &mut event.logentry {
            self.text(&mut entry.formatted);
            self.text(&mut entry.message);
            self.raw(&mut entry.params);
        }
        for exception in event.exception.iter_mut() {
            self.text(&mut exception.value);
            self.stacktrace(&mut exception.stacktrace);
            self.raw(&mut exception.raw_stacktrace);
            if let Some(mechanism) = &mut exception.mechanism {
                self.raw(&mut mechanism.data);
            }
        }
        for thread in event.threads.iter_mut() {
            self.stacktrace(&mut thread.stacktrace);
        }
        self.stacktrace(&mut event.stacktrace);
    }

    fn request(&self, request: &mut Request<'_>) {
        self.text(&mut request.url);
        self.text(&mut request.fragment);
        self.headers(&mut request.headers);
        self.pairs(&mut request.query_string, false);
        self.pairs(&mut request.cookies, true);
        self.pairs(&mut request.data, false);
        self.raw(&mut request.env);
        self.bag(&mut request.other);
    }

    fn stacktrace(&self, stacktrace: &mut Option<Stacktrace<'_>>) {
        for frame in stacktrace
            .iter_mut()
            .flat_map(|stacktrace| &mut stacktrace.frames)
        {
            self.raw(&mut frame.vars);
        }
    }

    fn headers(&self, headers: &mut Pairs<'_>) {
        for (name, value) in &mut headers.0 {
            if self
                .keys
                .as_ref()
                .is_some_and(|keys| keys.is_sensitive_header(name))
            {
                *value = Cow::Borrowed(FILTERED);
            } else if self.has_defaults
                && let Some(clean) = values::clean(value, Marks::of(value))
            {
                *value = Cow::Owned(clean);
            }
        }
    }

    fn text(&self, field: &mut Option<Text<'_>>) {
        if self.has_defaults
            && let Some(text) = field
            && let Some(clean) = values::clean(text, Marks::of(text))
        {
            *text = Cow::Owned(clean);
        }
    }

    fn bag(&self, bag: &mut Bag<'_>) {
        for (key, value) in &mut bag.0 {
            if self.keys.as_ref().is_some_and(|keys| keys.is_sensitive(key))
                && !json::is_harmless(value.get())
            {
                *value = Raw::from_value(&serde_json::Value::from(FILTERED));
            } else {
                self.value(value, json::Shape::Any);
            }
        }
    }

    fn raw(&self, field: &mut Option<Raw<'_>>) {
        if let Some(value) = field {
            self.value(value, json::Shape::Any);
        }
    }

    /// A list of pairs, whose first is the key of the second.
    fn pairs(&self, field: &mut Option<Raw<'_>>, are_cookies: bool) {
        if let Some(value) = field {
            let shape = if are_cookies {
                json::Shape::Cookies
            } else {
                json::Shape::Pairs
            };
            self.value(value, shape);
        }
    }

    fn value(&self, raw: &mut Raw<'_>, shape: json::Shape) {
        let text = raw.get();
        // Too short for a key and a value.
        if text.len() < 8 {
            return;
        }
        let keys = self
            .keys
            .as_ref()
            .filter(|keys| shape == json::Shape::Cookies || keys.may_be_in(text));
        let marks = if self.has_defaults {
            Marks::of(text)
        } else {
            Marks::default()
        };
        if keys.is_none() && !marks.any() {
            return;
        }
        if let Some(clean) = json::rewrite(text, keys, marks, shape).and_then(Raw::parse) {
            *raw = clean;
        }
    }
}

/// Leaves of an event what no rule touches.
fn strip(event: &mut Event<'_>) {
    let exception = std::mem::take(&mut event.exception);
    *event = Event {
        event_id: event.event_id.take(),
        kind: event.kind.take(),
        level: event.level.take(),
        timestamp: event.timestamp,
        received: event.received,
        platform: event.platform.take(),
        release: event.release.take(),
        dist: event.dist.take(),
        environment: event.environment.take(),
        fingerprint: std::mem::take(&mut event.fingerprint),
        sdk: event.sdk.take(),
        exception,
        ..Event::default()
    };
    for exception in event.exception.iter_mut() {
        exception.value = None;
        exception.raw_stacktrace = None;
        exception.other = Bag::default();
        let frames = exception
            .stacktrace
            .iter_mut()
            .flat_map(|trace| &mut trace.frames);
        for frame in frames {
            frame.vars = None;
            frame.context_line = None;
            frame.pre_context.clear();
            frame.post_context.clear();
            frame.other = Bag::default();
        }
    }
}

fn drop_addresses(event: &mut Event<'_>) {
    if let Some(user) = &mut event.user {
        user.ip_address = None;
        user.geo = None;
    }
    let Some(request) = &mut event.request else {
        return;
    };
    request.headers.0.retain(|(name, _)| {
        !ADDRESS_HEADERS
            .iter()
            .any(|header| name.eq_ignore_ascii_case(header))
    });
    if let Some(env) = &mut request.env
        && env.get().contains("REMOTE_ADDR")
        && let serde_json::Value::Object(mut map) = env.value()
    {
        map.remove("REMOTE_ADDR");
        *env = Raw::from_value(&serde_json::Value::Object(map));
    }
}

#[cfg(test)]
mod tests;
