//! The leaves of what an event is grouped by.

use std::borrow::Cow;

use super::sink::{Hint, Sink};

/// One named value, such as a frame's function.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    pub(super) id: &'static str,
    pub(super) value: Option<Cow<'a, str>>,
    pub(super) contributes: bool,
    pub(super) hint: Option<&'static str>,
}

impl<'a> Leaf<'a> {
    /// Without a value; such a leaf does not count.
    pub(super) fn none(id: &'static str) -> Self {
        Leaf {
            id,
            value: None,
            contributes: false,
            hint: None,
        }
    }

    /// With a value that counts.
    pub(super) fn new(id: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        Leaf {
            id,
            value: Some(value.into()),
            contributes: true,
            hint: None,
        }
    }

    /// With a value that counts, if there is one.
    pub(super) fn maybe(id: &'static str, value: Option<impl Into<Cow<'a, str>>>) -> Self {
        value.map_or(Leaf::none(id), |value| Leaf::new(id, value))
    }

    /// Replaces the value, which then counts.
    pub(super) fn replace(&mut self, value: impl Into<Cow<'a, str>>, hint: &'static str) {
        self.value = Some(value.into());
        self.contributes = true;
        self.hint = Some(hint);
    }

    /// No longer counts.
    pub(super) fn ignore(&mut self, hint: &'static str) {
        self.contributes = false;
        self.hint = Some(hint);
    }

    pub(super) fn walk(&self, sink: &mut impl Sink) {
        sink.open(self.id, self.contributes, self.hint.map(Hint::Text));
        if let Some(value) = &self.value {
            sink.value(value);
        }
        sink.close();
    }
}

/// The part of a dotted or slashed name behind the last separator.
pub(super) fn last_part<'a>(text: &'a str, separators: &[char]) -> &'a str {
    text.rsplit(separators).next().unwrap_or(text)
}

/// Applies `change` to the text of a borrowed or owned value; unchanged text is not copied.
pub(super) fn lowercase(text: &str) -> Cow<'_, str> {
    let unchanged = text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if unchanged {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}
