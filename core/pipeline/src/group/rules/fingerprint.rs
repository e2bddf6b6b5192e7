//! Fingerprint rules: when an event matches, what it is grouped by is replaced.

use std::borrow::Cow;

use super::fingerprint_event::Facts;
use super::glob::{Dialect, Glob, PathText};
use crate::group::family::Families;

/// One rule.
#[derive(Debug)]
pub(in crate::group) struct FingerprintRule {
    /// As it was written, but for space.
    pub(in crate::group) text: Box<str>,
    pub(super) matchers: Vec<Matcher>,
    pub(in crate::group) fingerprint: Vec<String>,
    /// What events of the issue are to be called.
    pub(in crate::group) title: Option<String>,
}

/// A rule that matched.
#[derive(Clone, Copy, Debug)]
pub(in crate::group) struct Matched<'r> {
    pub(in crate::group) rule: &'r FingerprintRule,
    pub(in crate::group) builtin: bool,
}

#[derive(Debug)]
pub(super) struct Matcher {
    pub(super) negated: bool,
    pub(super) test: Test,
}

#[derive(Debug)]
pub(super) enum Test {
    /// Of the message, or of an exception's value.
    Message(Glob),
    Kind(Glob),
    Value(Glob),
    Function(Glob),
    Module(Glob),
    Package(Glob),
    Path(Glob),
    InApp(Option<bool>),
    Logger(Glob),
    Level(Glob),
    Tag(String, Glob),
    Sdk(Vec<String>),
    Family(Families),
    Release(Glob),
}

/// What tests look at together: a rule that asks for a function and a module wants both of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Message,
    Exception,
    Frame,
    Event,
}

impl Test {
    pub(super) fn new(key: &str, pattern: &str) -> Result<Self, String> {
        if let Some(tag) = key.strip_prefix("tags.") {
            return Ok(Test::Tag(tag.to_owned(), Glob::new(pattern, Dialect::Exactly)?));
        }
        let exact = || Glob::new(pattern, Dialect::Exactly);
        let loose = || Glob::new(pattern, Dialect::Loosely);
        let path = || Glob::new(pattern, Dialect::LoosePath);
        Ok(match key {
            "message" => Test::Message(loose()?),
            "error.type" | "type" => Test::Kind(exact()?),
            "error.value" | "value" => Test::Value(loose()?),
            "stack.function" | "function" => Test::Function(exact()?),
            "stack.module" | "module" => Test::Module(exact()?),
            "stack.package" | "package" => Test::Package(path()?),
            "stack.abs_path" | "path" => Test::Path(path()?),
            "app" => Test::InApp(super::stack_rule::parse_bool(pattern)),
            "logger" => Test::Logger(exact()?),
            "level" => Test::Level(loose()?),
            "sdk" => Test::Sdk(pattern.split(',').map(str::to_owned).collect()),
            "family" => Test::Family(Families::parse(pattern)),
            "release" => Test::Release(path()?),
            _ => {
                return Err(format!(
                    "`{key}` is nothing to match; there are error.type, error.value, message, logger, level, \
                     stack.function, stack.module, stack.abs_path, stack.package, app, family, sdk, release \
                     and tags.…"
                ));
            }
        })
    }

    fn subject(&self) -> Subject {
        match self {
            Test::Message(_) => Subject::Message,
            Test::Kind(_) | Test::Value(_) => Subject::Exception,
            Test::Function(_) | Test::Module(_) | Test::Package(_) | Test::Path(_) | Test::InApp(_) => {
                Subject::Frame
            }
            Test::Logger(_)
            | Test::Level(_)
            | Test::Tag(..)
            | Test::Sdk(_)
            | Test::Family(_)
            | Test::Release(_) => Subject::Event,
        }
    }
}

impl FingerprintRule {
    /// Whether the event matches: for each kind of thing, one of them passes all tests about it.
    pub(in crate::group) fn matches(&self, facts: &Facts<'_>) -> bool {
        let all = |subject: Subject, pass: &dyn Fn(&Test) -> bool| {
            let mut mine = self
                .matchers
                .iter()
                .filter(|matcher| matcher.test.subject() == subject);
            mine.all(|matcher| matcher.negated != pass(&matcher.test))
        };
        let asks = |subject| {
            self.matchers
                .iter()
                .any(|matcher| matcher.test.subject() == subject)
        };
        all(Subject::Event, &|test| event_passes(test, facts))
            && (!asks(Subject::Exception)
                || facts.exceptions().any(|exception| {
                    all(Subject::Exception, &|test| match test {
                        Test::Kind(glob) => exception.kind.as_deref().is_some_and(|kind| glob.matches(kind)),
                        Test::Value(glob) => {
                            let value = exception.value.as_deref();
                            value.is_some_and(|value| glob.matches_folded(value))
                        }
                        _ => false,
                    })
                }))
            && (!asks(Subject::Message)
                || facts.messages().any(|message| {
                    all(Subject::Message, &|test| match (test, message) {
                        (Test::Message(glob), Some(message)) => glob.matches_folded(message),
                        _ => false,
                    })
                }))
            && (!asks(Subject::Frame)
                || facts
                    .frames()
                    .any(|frame| all(Subject::Frame, &|test| frame_passes(test, frame))))
    }
}

fn event_passes(test: &Test, facts: &Facts<'_>) -> bool {
    let event = facts.event;
    match test {
        Test::Logger(glob) => event.logger.as_deref().is_some_and(|logger| glob.matches(logger)),
        Test::Level(glob) => event
            .level
            .as_deref()
            .is_some_and(|level| glob.matches_folded(level)),
        Test::Tag(key, glob) => facts.tag(key).is_some_and(|value| glob.matches(value)),
        Test::Sdk(names) => {
            let sdk = facts.sdk();
            names.iter().any(|name| name == "all" || *name == sdk)
        }
        Test::Family(families) => families.contains(facts.family()),
        Test::Release(glob) => event
            .release
            .as_deref()
            .is_some_and(|release| path_matches(glob, release)),
        _ => false,
    }
}

fn frame_passes(test: &Test, frame: &errand_model::event::Frame<'_>) -> bool {
    let path_passes = |glob: &Glob, path: &Option<Cow<'_, str>>| {
        path.as_deref().is_some_and(|path| path_matches(glob, path))
    };
    match test {
        Test::Function(glob) => {
            let function = frame.function.as_deref().filter(|function| !function.is_empty());
            glob.matches(function.unwrap_or("<unknown>"))
        }
        Test::Module(glob) => frame.module.as_deref().is_some_and(|module| glob.matches(module)),
        Test::Package(glob) => path_passes(glob, &frame.package),
        Test::Path(glob) => path_passes(glob, &frame.abs_path) || path_passes(glob, &frame.filename),
        Test::InApp(wanted) => frame.in_app.is_some() && frame.in_app == *wanted,
        _ => false,
    }
}

fn path_matches(glob: &Glob, path: &str) -> bool {
    let mut slashed = String::with_capacity(path.len() + 1);
    PathText::write(path, &mut slashed);
    glob.matches_path(PathText::read(path, &slashed))
}
