//! Fingerprints: the values an event is grouped by, and the variables in them.

use std::borrow::Cow;

use errand_model::event::{Event, Frame};

use super::rules::{Facts, Matched, Rules};
use super::variable::{DEFAULT, VARIABLE, is_default_variable, variable};

/// The fingerprint that an event is grouped by, if it is not the default one.
#[derive(Clone, Debug)]
pub(super) struct Fingerprint<'r> {
    /// Its values, variables filled in; the default stays as [`DEFAULT`].
    pub(super) values: Vec<String>,
    /// The rule that set it; none where the SDK did.
    pub(super) matched: Option<Matched<'r>>,
    /// What the SDK asked for, where that was not the default.
    pub(super) client: Vec<String>,
}

/// What a fingerprint makes of the hub's own grouping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    Default,
    /// Its values are added.
    Salted,
    /// It is replaced.
    Replaced,
}

impl<'r> Fingerprint<'r> {
    /// Of the first rule that matches, else of the SDK.
    pub(super) fn of(event: &Event<'_>, rules: &'r Rules) -> Self {
        let client: Vec<String> = event
            .fingerprint
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let client = if is_default(&client) { Vec::new() } else { client };
        let facts = Facts::new(event);
        let mut tried = rules.fingerprint_rules();
        let matched = tried
            .find(|(rule, _)| rule.matches(&facts))
            .map(|(rule, builtin)| Matched { rule, builtin });
        let values = match &matched {
            Some(matched) => &matched.rule.fingerprint,
            None => &client,
        };
        let values = values
            .iter()
            .map(|value| resolve(value, event).into_owned())
            .collect();
        Fingerprint {
            values,
            matched,
            client,
        }
    }

    pub(super) fn effect(&self) -> Effect {
        if is_default(&self.values) {
            Effect::Default
        } else if self.values.iter().any(|value| is_default_variable(value)) {
            Effect::Salted
        } else {
            Effect::Replaced
        }
    }

    /// What a rule wants events to be called.
    pub(super) fn title(&self, event: &Event<'_>) -> Option<String> {
        let template = self.matched?.rule.title.as_deref()?;
        let title = VARIABLE.replace_all(template, |found: &regex::Captures<'_>| {
            let name = found.get(1).map_or("", |name| name.as_str());
            let value = lookup(name, event).map(Cow::into_owned);
            value.unwrap_or_else(|| found.get(0).map_or("", |whole| whole.as_str()).to_owned())
        });
        Some(title.into_owned())
    }
}

fn is_default(values: &[String]) -> bool {
    match values {
        [] => true,
        [only] => is_default_variable(only),
        _ => false,
    }
}

/// Fills in a variable; what is none, or unknown, stays as it is.
fn resolve<'v>(value: &'v str, event: &'v Event<'_>) -> Cow<'v, str> {
    match variable(value) {
        None => Cow::Borrowed(value),
        Some("default") => Cow::Borrowed(DEFAULT),
        Some(name) => lookup(name, event).unwrap_or(Cow::Borrowed(value)),
    }
}

fn lookup<'e>(name: &str, event: &'e Event<'_>) -> Option<Cow<'e, str>> {
    let text = |value: Option<&'e str>, missing: &'static str| {
        Some(Cow::Borrowed(
            value.filter(|value| !value.is_empty()).unwrap_or(missing),
        ))
    };
    let exception = event.main_exception();
    let value = exception.and_then(|exception| exception.value.as_deref());
    let frame = || crash_frame(event);
    match name {
        "transaction" => text(event.transaction.as_deref(), "<no-transaction>"),
        "message" => {
            let entry = event.logentry.as_ref().or(event.message.as_ref());
            let message = entry
                .and_then(|entry| entry.text())
                .filter(|text| !text.is_empty());
            text(message.or(value), "<no-message>")
        }
        "type" | "error.type" => text(
            exception.and_then(|exception| exception.kind.as_deref()),
            "<no-type>",
        ),
        "value" | "error.value" => text(value, "<no-value>"),
        "function" | "stack.function" => text(frame().and_then(|f| f.function.as_deref()), "<no-function>"),
        "path" | "stack.abs_path" => text(
            frame().and_then(|f| filled(&f.abs_path).or(filled(&f.filename))),
            "<no-abs-path>",
        ),
        "stack.filename" => text(
            frame().and_then(|f| filled(&f.filename).or(filled(&f.abs_path))),
            "<no-filename>",
        ),
        "module" | "stack.module" => text(frame().and_then(|f| f.module.as_deref()), "<no-module>"),
        "package" | "stack.package" => {
            let package = frame().and_then(|f| f.package.as_deref());
            text(
                package.and_then(|package| package.rsplit(['/', '\\']).next()),
                "<no-package>",
            )
        }
        "level" => text(event.level.as_deref(), "<no-level>"),
        "logger" => text(event.logger.as_deref(), "<no-logger>"),
        _ => {
            let tag = name.strip_prefix("tags.")?;
            let value = tag_value(event, tag).map(Cow::Borrowed);
            Some(value.unwrap_or_else(|| Cow::Owned(format!("<no-value-for-tag-{tag}>"))))
        }
    }
}

fn tag_value<'e>(event: &'e Event<'_>, tag: &str) -> Option<&'e str> {
    Facts::new(event).tag(tag)
}

fn filled<'e>(text: &'e Option<Cow<'_, str>>) -> Option<&'e str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// The frame of the program nearest to the crash; else the nearest of all.
fn crash_frame<'e>(event: &'e Event<'_>) -> Option<&'e Frame<'e>> {
    let exception = event
        .main_exception()
        .and_then(|exception| exception.stacktrace.as_ref());
    let thread = match event.threads.as_slice() {
        [only] => only.stacktrace.as_ref(),
        _ => None,
    };
    let stacks = [exception, event.stacktrace.as_ref(), thread];
    let stack = stacks
        .into_iter()
        .flatten()
        .find(|stack| !stack.frames.is_empty())?;
    let in_app = stack.frames.iter().rev().find(|frame| frame.in_app == Some(true));
    in_app.or(stack.frames.last())
}
