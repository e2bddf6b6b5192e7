//! The frames of one stack trace, as rules see them.

use std::ops::Range;

use errand_model::event::{Exception, Frame};

use super::glob::PathText;
use super::stack_rule::{ExceptionField, ExceptionMatcher, Field, FrameTest};
use super::{RuleRef, StackRule};
use crate::group::family::Family;
use crate::group::rules::stack_rule::Place;

/// What stands for a name that is not there.
const UNKNOWN: &str = "<unknown>";

/// The frames of one stack trace.
pub(in crate::group) struct Frames<'f> {
    pub(in crate::group) items: Vec<MatchFrame<'f>>,
    /// Lower-cased paths of all frames.
    buffer: String,
}

/// One frame.
pub(in crate::group) struct MatchFrame<'f> {
    family: Family,
    function: &'f str,
    module: Option<&'f str>,
    package: Option<PathField<'f>>,
    path: Option<PathField<'f>>,
    /// The number of its category; 0 is none.
    pub(in crate::group) category: u8,
    pub(in crate::group) in_app: Option<bool>,
    /// The rule that set `in_app` last.
    pub(in crate::group) in_app_by: Option<RuleRef>,
}

struct PathField<'f> {
    original: &'f str,
    slashed: Range<usize>,
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

impl<'f> Frames<'f> {
    /// Of `frames`, whose names are trimmed; `category` tells the number of a frame's category.
    pub(in crate::group) fn new(
        frames: &'f [Frame<'_>],
        platform: &str,
        mut category: impl FnMut(&'f Frame<'_>) -> u8,
    ) -> Self {
        let mut buffer = String::with_capacity(frames.len() * 64);
        let mut path_field = |original: &'f str| PathField {
            original,
            slashed: PathText::write(original, &mut buffer),
        };
        let items = frames.iter().map(|frame| {
            let path = filled(frame.abs_path.as_deref()).or(filled(frame.filename.as_deref()));
            MatchFrame {
                family: Family::of(filled(frame.platform.as_deref()).unwrap_or(platform)),
                function: filled(frame.function.as_deref()).unwrap_or(UNKNOWN),
                module: filled(frame.module.as_deref()),
                package: filled(frame.package.as_deref()).map(&mut path_field),
                path: path.map(&mut path_field),
                category: category(frame),
                in_app: frame.in_app,
                in_app_by: None,
            }
        });
        let items = items.collect();
        Frames { items, buffer }
    }

    pub(super) fn family(&self, index: usize) -> Option<Family> {
        self.items.get(index).map(|frame| frame.family)
    }

    fn path(&self, field: Option<&PathField<'f>>) -> Option<PathText<'_>> {
        let field = field?;
        let slashed = self.buffer.get(field.slashed.clone())?;
        Some(PathText::read(field.original, slashed))
    }

    /// The text in which a rule's literal is looked for.
    pub(super) fn haystack(&self, index: usize, field: Field) -> Option<&str> {
        let frame = self.items.get(index)?;
        match field {
            Field::Function => Some(frame.function),
            Field::Module => frame.module,
            Field::Package => self.path(frame.package.as_ref()).map(|path| path.slashed()),
            Field::Path => self.path(frame.path.as_ref()).map(|path| path.slashed()),
        }
    }

    /// Whether `rule` matches frame `index`, its exception aside.
    pub(super) fn matches(&self, rule: &StackRule, index: usize) -> bool {
        rule.frame.iter().all(|matcher| {
            let index = match matcher.place {
                Place::Here => Some(index),
                Place::Caller => index.checked_sub(1),
                Place::Callee => index.checked_add(1),
            };
            let frame = index.and_then(|index| self.items.get(index));
            frame.is_some_and(|frame| matcher.negated != self.passes(&matcher.test, frame))
        })
    }

    fn passes(&self, test: &FrameTest, frame: &MatchFrame<'f>) -> bool {
        match test {
            FrameTest::Family(families) => families.contains(frame.family),
            FrameTest::InApp(wanted) => frame.in_app.unwrap_or(false) == *wanted,
            FrameTest::Category(set) => set & (1 << frame.category) != 0,
            FrameTest::Field(Field::Function, glob) => glob.matches(frame.function),
            FrameTest::Field(Field::Module, glob) => frame.module.is_some_and(|module| glob.matches(module)),
            FrameTest::Field(Field::Package, glob) => self
                .path(frame.package.as_ref())
                .is_some_and(|path| glob.matches_path(path)),
            FrameTest::Field(Field::Path, glob) => self
                .path(frame.path.as_ref())
                .is_some_and(|path| glob.matches_path(path)),
        }
    }

    /// The categories that any frame has, as a set.
    pub(super) fn categories(&self) -> u128 {
        self.items.iter().fold(0, |set, frame| set | 1 << frame.category)
    }
}

/// The exception that a stack trace belongs to, as rules see it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::group) struct ExceptionFacts<'f> {
    kind: Option<&'f str>,
    value: Option<&'f str>,
    mechanism: Option<&'f str>,
}

impl<'f> ExceptionFacts<'f> {
    pub(in crate::group) fn of(exception: &'f Exception<'_>) -> Self {
        let mechanism = exception.mechanism.as_ref();
        ExceptionFacts {
            kind: exception.kind.as_deref(),
            value: exception.value.as_deref(),
            mechanism: mechanism.and_then(|mechanism| mechanism.kind.as_deref()),
        }
    }

    pub(super) fn pass(&self, matchers: &[ExceptionMatcher]) -> bool {
        matchers.iter().all(|matcher| {
            let text = match matcher.field {
                ExceptionField::Type => self.kind,
                ExceptionField::Value => self.value,
                ExceptionField::Mechanism => self.mechanism,
            };
            matcher.negated != matcher.glob.matches(text.unwrap_or(UNKNOWN))
        })
    }
}
