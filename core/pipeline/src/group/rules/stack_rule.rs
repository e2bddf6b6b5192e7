//! One stack trace rule: what it matches and what it does.

use super::error::LineError;
use super::glob::{Dialect, Glob};
use crate::group::family::Families;

/// One rule.
#[derive(Debug)]
pub(in crate::group) struct StackRule {
    /// As it was written, but for space.
    pub(in crate::group) text: Box<str>,
    pub(super) exception: Vec<ExceptionMatcher>,
    pub(super) frame: Vec<FrameMatcher>,
    pub(super) actions: Vec<Action>,
}

/// Which frame a matcher looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The one that the rule is about.
    Here,
    /// The one that called it: `[ … ] |`.
    Caller,
    /// The one that it called: `| [ … ]`.
    Callee,
}

#[derive(Debug)]
pub(super) struct FrameMatcher {
    pub(super) place: Place,
    pub(super) negated: bool,
    pub(super) test: FrameTest,
}

#[derive(Debug)]
pub(super) enum FrameTest {
    Family(Families),
    InApp(bool),
    /// A set of categories, one bit each; see [`Categories`].
    Category(u128),
    Field(Field, Glob),
}

/// What of a frame a pattern is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Function,
    Module,
    Package,
    Path,
}

impl Field {
    pub(super) const ALL: [Field; 4] = [Field::Function, Field::Module, Field::Package, Field::Path];

    pub(super) fn dialect(self) -> Dialect {
        match self {
            Field::Function | Field::Module => Dialect::Name,
            Field::Package | Field::Path => Dialect::Path,
        }
    }
}

#[derive(Debug)]
pub(super) struct ExceptionMatcher {
    pub(super) negated: bool,
    pub(super) field: ExceptionField,
    pub(super) glob: Glob,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ExceptionField {
    Type,
    Value,
    Mechanism,
}

/// Which frames an action touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The matching one.
    Here,
    /// `^`: all that come after it, towards the crash.
    Above,
    /// `v`: all that come before it, towards the start of the thread.
    Below,
}

impl Reach {
    /// The frames that it covers from frame `index` of `count`.
    pub(super) fn range(self, index: usize, count: usize) -> std::ops::Range<usize> {
        match self {
            Reach::Here => index..(index + 1).min(count),
            Reach::Above => (index + 1).min(count)..count,
            Reach::Below => 0..index.min(count),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// `+app`, `-app`.
    InApp(bool, Reach),
    /// `+group`, `-group`.
    Contributes(bool, Reach),
    /// `category=…`, by its number.
    Category(u8),
    MaxFrames(usize),
    MinFrames(usize),
    /// `prefix`, `sentinel`, `invert-stacktrace`: they shaped a grouping that Sentry has given up, and no longer
    /// touch the hash. Rules that have them stay valid.
    Nothing,
}

impl Action {
    /// Whether it changes frames before they are grouped.
    pub(super) fn classifies(self) -> bool {
        matches!(self, Action::InApp(..) | Action::Category(_))
    }

    /// Whether it decides what frames add to the hash.
    pub(super) fn decides(self) -> bool {
        matches!(
            self,
            Action::Contributes(..) | Action::MaxFrames(_) | Action::MinFrames(_)
        )
    }
}

/// The categories that rules know, by number; number 0 is none.
#[derive(Clone, Debug, Default)]
pub(in crate::group) struct Categories(Vec<Box<str>>);

impl Categories {
    /// Bits of a `u128`, less one for none.
    const MAX: usize = 127;

    /// The number of `name`, if a rule sets it.
    pub(in crate::group) fn find(&self, name: &str) -> u8 {
        let index = self.0.iter().position(|known| known.as_ref() == name);
        index.map_or(0, |index| index as u8 + 1)
    }

    /// The name behind a number.
    pub(in crate::group) fn name(&self, number: u8) -> Option<&str> {
        let index = usize::from(number).checked_sub(1)?;
        self.0.get(index).map(AsRef::as_ref)
    }

    /// The number of `name`, which is new or not.
    pub(super) fn add(&mut self, name: &str) -> Option<u8> {
        match self.find(name) {
            0 if self.0.len() < Self::MAX => {
                self.0.push(name.into());
                Some(self.0.len() as u8)
            }
            0 => None,
            number => Some(number),
        }
    }

    /// The set of those that match.
    pub(super) fn matching(&self, glob: &Glob) -> u128 {
        let matching = (1_u32..).zip(&self.0).filter(|(_, name)| glob.matches(name));
        matching.fold(0, |set, (number, _)| set | 1 << number)
    }
}

/// Makes a test of `field:pattern`; none where the field is one of an exception.
pub(super) fn frame_test(
    field: &str,
    pattern: &str,
    categories: &Categories,
) -> Option<Result<FrameTest, String>> {
    let name = field.strip_prefix("stack.").unwrap_or(field);
    let field = match name {
        "function" => Field::Function,
        "module" => Field::Module,
        "package" => Field::Package,
        "path" | "abs_path" => Field::Path,
        "family" => return Some(Ok(FrameTest::Family(Families::parse(pattern)))),
        "category" => {
            let glob = Glob::new(pattern, Dialect::Name);
            return Some(glob.map(|glob| FrameTest::Category(categories.matching(&glob))));
        }
        "app" | "in_app" => {
            let wanted = parse_bool(pattern).ok_or_else(|| format!("`app` is yes or no, not `{pattern}`"));
            return Some(wanted.map(FrameTest::InApp));
        }
        _ => return None,
    };
    Some(Glob::new(pattern, field.dialect()).map(|glob| FrameTest::Field(field, glob)))
}

/// Makes an exception's test of `field:pattern`; none where no exception has such a field.
pub(super) fn exception_field(field: &str) -> Option<ExceptionField> {
    match field.strip_prefix("error.").unwrap_or(field) {
        "type" => Some(ExceptionField::Type),
        "value" => Some(ExceptionField::Value),
        "mechanism" => Some(ExceptionField::Mechanism),
        _ => None,
    }
}

/// `yes`, `true`, `1` or their opposites.
pub(in crate::group) fn parse_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" => Some(true),
        "0" | "no" | "false" => Some(false),
        _ => None,
    }
}

/// A number of frames.
pub(super) fn parse_count(text: &str) -> Result<usize, LineError> {
    text.parse().map_err(|_| LineError {
        column: 0,
        message: format!("`{text}` is no number of frames"),
    })
}
