//! The event as SDKs send it and as it is stored: known fields typed, everything else kept.
//!
//! To make a further field known: add a line to the `record!` below that owns it.
//! Source of the fields: Sentry's event payload documentation and Relay's event schema.

mod read;

use std::borrow::Cow;

use read::record;
pub use read::{Bag, Field, Flaw, List, MAX_DEPTH, Pairs, Raw, Record, Text, flaws};
use serde::de::DeserializeSeed;

use crate::Timestamp;

/// A point in time on the wire: seconds since 1970 as a number, or RFC 3339 text (UTC where no zone is given).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Moment {
    /// Reads text; none where it is no time.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<f64>() {
            return Self::from_seconds(seconds);
        }
        Timestamp::parse_rfc3339(text).map(Moment)
    }

    /// From seconds since 1970; none where that is no date of this calendar.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        // 9999-12-31, the last date that every consumer can print.
        (seconds.is_finite() && (0.0..253_402_300_800.0).contains(&seconds))
            .then(|| Moment(Timestamp::from_micros((seconds * 1e6).round() as i64)))
    }
}

impl serde::Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.micros() as f64 / 1e6)
    }
}

record! {
    /// One occurrence.
    pub struct Event<'a> {
        "event_id" => event_id: Option<Text<'a>>,
        "type" => kind: Option<Text<'a>>,
        "level" => level: Option<Text<'a>>,
        "timestamp" => timestamp: Option<Moment>,
        "received" => received: Option<Moment>,
        "platform" => platform: Option<Text<'a>>,
        "logger" => logger: Option<Text<'a>>,
        "transaction" => transaction: Option<Text<'a>>,
        "culprit" => culprit: Option<Text<'a>>,
        "server_name" => server_name: Option<Text<'a>>,
        "release" => release: Option<Text<'a>>,
        "dist" => dist: Option<Text<'a>>,
        "environment" => environment: Option<Text<'a>>,
        "site" => site: Option<Text<'a>>,
        /// What the SDK wants grouped; `{{ default }}` stands for what the hub would do.
        "fingerprint" => fingerprint: Vec<Option<Text<'a>>>,
        "checksum" => checksum: Option<Text<'a>>,
        "logentry" | "sentry.interfaces.Message" => logentry: Option<LogEntry<'a>>,
        /// Older SDKs' place for `logentry`; normalising moves it there.
        "message" => message: Option<LogEntry<'a>>,
        "exception" | "sentry.interfaces.Exception" => exception: List<Exception<'a>>,
        "stacktrace" | "sentry.interfaces.Stacktrace" => stacktrace: Option<Stacktrace<'a>>,
        "threads" => threads: List<Thread<'a>>,
        "template" | "sentry.interfaces.Template" => template: Option<Template<'a>>,
        "user" | "sentry.interfaces.User" => user: Option<User<'a>>,
        "request" | "sentry.interfaces.Http" => request: Option<Request<'a>>,
        "contexts" => contexts: Bag<'a>,
        "tags" => tags: Pairs<'a>,
        "extra" => extra: Bag<'a>,
        "breadcrumbs" | "sentry.interfaces.Breadcrumbs" => breadcrumbs: List<Breadcrumb<'a>>,
        "modules" => modules: Option<Raw<'a>>,
        "sdk" => sdk: Option<Sdk<'a>>,
        "debug_meta" => debug_meta: Option<Raw<'a>>,
        "errors" => errors: Option<Raw<'a>>,
        "csp" | "sentry.interfaces.Csp" => csp: Option<Raw<'a>>,
        "hpkp" => hpkp: Option<Raw<'a>>,
        "expectct" => expectct: Option<Raw<'a>>,
        "expectstaple" => expectstaple: Option<Raw<'a>>,
    }
}

record! {
    /// A message and the template it was made from.
    pub struct LogEntry<'a> {
        /// The template, with its placeholders.
        "message" => message: Option<Text<'a>>,
        "formatted" => formatted: Option<Text<'a>>,
        "params" => params: Option<Raw<'a>>,
    }
    text |text| Some(LogEntry { formatted: Some(text), ..LogEntry::default() });
}

record! {
    /// One exception of a chain; the list runs from the cause to what was thrown last.
    pub struct Exception<'a> {
        "type" => kind: Option<Text<'a>>,
        "value" => value: Option<Text<'a>>,
        "module" => module: Option<Text<'a>>,
        "thread_id" => thread_id: Option<Text<'a>>,
        "mechanism" => mechanism: Option<Mechanism<'a>>,
        "stacktrace" | "sentry.interfaces.Stacktrace" => stacktrace: Option<Stacktrace<'a>>,
        "raw_stacktrace" => raw_stacktrace: Option<Raw<'a>>,
    }
    at most 100;
}

record! {
    /// How an exception came to the SDK.
    pub struct Mechanism<'a> {
        "type" => kind: Option<Text<'a>>,
        "handled" => handled: Option<bool>,
        "synthetic" => synthetic: Option<bool>,
        "exception_id" => exception_id: Option<i64>,
        "parent_id" => parent_id: Option<i64>,
        "is_exception_group" => is_exception_group: Option<bool>,
        "source" => source: Option<Text<'a>>,
        "description" => description: Option<Text<'a>>,
        "help_link" => help_link: Option<Text<'a>>,
        "meta" => meta: Option<Raw<'a>>,
        "data" => data: Option<Raw<'a>>,
    }
}

record! {
    /// Frames from the outermost call to where it happened.
    pub struct Stacktrace<'a> {
        "frames" => frames: Vec<Frame<'a>>,
        "registers" => registers: Option<Raw<'a>>,
        "frames_omitted" => frames_omitted: Option<Raw<'a>>,
        "snapshot" => snapshot: Option<bool>,
    }
}

record! {
    /// One call.
    pub struct Frame<'a> {
        "filename" => filename: Option<Text<'a>>,
        "abs_path" => abs_path: Option<Text<'a>>,
        "module" => module: Option<Text<'a>>,
        /// The name without what normalising trimmed (see `raw_function`).
        "function" => function: Option<Text<'a>>,
        "raw_function" => raw_function: Option<Text<'a>>,
        "symbol" => symbol: Option<Text<'a>>,
        "package" => package: Option<Text<'a>>,
        "platform" => platform: Option<Text<'a>>,
        "lineno" => lineno: Option<i64>,
        "colno" => colno: Option<i64>,
        "pre_context" => pre_context: Vec<Option<Text<'a>>>,
        "context_line" => context_line: Option<Text<'a>>,
        "post_context" => post_context: Vec<Option<Text<'a>>>,
        "in_app" => in_app: Option<bool>,
        "vars" => vars: Option<Raw<'a>>,
        "data" => data: Option<Raw<'a>>,
        "instruction_addr" => instruction_addr: Option<Text<'a>>,
        "symbol_addr" => symbol_addr: Option<Text<'a>>,
        "image_addr" => image_addr: Option<Text<'a>>,
        "trust" => trust: Option<Text<'a>>,
        "lang" => lang: Option<Text<'a>>,
    }
    at most 250;
}

record! {
    /// A thread of the process when it happened.
    pub struct Thread<'a> {
        "id" => id: Option<Text<'a>>,
        "name" => name: Option<Text<'a>>,
        "crashed" => crashed: Option<bool>,
        "current" => current: Option<bool>,
        "main" => main: Option<bool>,
        "state" => state: Option<Text<'a>>,
        "stacktrace" | "sentry.interfaces.Stacktrace" => stacktrace: Option<Stacktrace<'a>>,
    }
}

record! {
    /// A template engine's error.
    pub struct Template<'a> {
        "filename" => filename: Option<Text<'a>>,
        "abs_path" => abs_path: Option<Text<'a>>,
        "lineno" => lineno: Option<i64>,
        "pre_context" => pre_context: Vec<Option<Text<'a>>>,
        "context_line" => context_line: Option<Text<'a>>,
        "post_context" => post_context: Vec<Option<Text<'a>>>,
    }
}

record! {
    /// Whom it happened to.
    pub struct User<'a> {
        "id" => id: Option<Text<'a>>,
        "email" => email: Option<Text<'a>>,
        "username" => username: Option<Text<'a>>,
        "name" => name: Option<Text<'a>>,
        /// An address, or `{{auto}}` for the one the request came from.
        "ip_address" => ip_address: Option<Text<'a>>,
        "geo" => geo: Option<Raw<'a>>,
        "data" => data: Option<Raw<'a>>,
    }
}

record! {
    /// The web request during which it happened.
    pub struct Request<'a> {
        "url" => url: Option<Text<'a>>,
        "method" => method: Option<Text<'a>>,
        "query_string" => query_string: Option<Raw<'a>>,
        "fragment" => fragment: Option<Text<'a>>,
        "headers" => headers: Pairs<'a>,
        "cookies" => cookies: Option<Raw<'a>>,
        "data" => data: Option<Raw<'a>>,
        "env" => env: Option<Raw<'a>>,
        "inferred_content_type" => inferred_content_type: Option<Text<'a>>,
    }
}

record! {
    /// Something that happened before.
    pub struct Breadcrumb<'a> {
        "timestamp" => timestamp: Option<Moment>,
        "type" => kind: Option<Text<'a>>,
        "category" => category: Option<Text<'a>>,
        "level" => level: Option<Text<'a>>,
        "message" => message: Option<Text<'a>>,
        "data" => data: Option<Raw<'a>>,
    }
    at most 200;
}

record! {
    /// Which SDK sent it.
    pub struct Sdk<'a> {
        "name" => name: Option<Text<'a>>,
        "version" => version: Option<Text<'a>>,
        "integrations" => integrations: Option<Raw<'a>>,
        "packages" => packages: Option<Raw<'a>>,
    }
}

impl<'a> Event<'a> {
    /// Reads an event; `None` where the JSON is valid and no object.
    ///
    /// # Errors
    /// Broken JSON, nesting beyond serde_json's 128 levels, or invalid UTF-8.
    pub fn from_json(json: &'a [u8]) -> Result<Option<Self>, serde_json::Error> {
        let text = std::str::from_utf8(json).map_err(|error| serde::de::Error::custom(error.to_string()))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let event = read::Seed::<Option<Event<'a>>>::new().deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(event)
    }

    /// The tag's value, if the SDK or normalising set it.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key)
    }

    /// The exception that was thrown last, which names the event.
    pub fn main_exception(&self) -> Option<&Exception<'a>> {
        self.exception.last()
    }
}

impl<'a> LogEntry<'a> {
    /// What a person reads: the formatted text, else the template.
    pub fn text(&self) -> Option<&str> {
        let formatted = self.formatted.as_deref().filter(|text| !text.is_empty());
        formatted.or(self.message.as_deref())
    }
}

/// Text that lives as long as the program.
pub fn owned(text: &str) -> Text<'static> {
    Cow::Owned(text.to_owned())
}

#[cfg(test)]
mod tests;
