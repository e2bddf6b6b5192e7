//! What grouping keeps in a frame's `data` bag, under the keys that Sentry uses.

use std::borrow::Cow;
use std::collections::BTreeMap;

use errand_model::event::{Frame, Raw};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What grouping knows of the bag.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FrameData<'a> {
    /// What rules said the frame is: `system`, `threadbase`, …
    #[serde(borrow, default)]
    pub(super) category: Option<Cow<'a, str>>,
    /// What `in_app` was before rules changed it: 1, 0, or -1 for absent.
    #[serde(default)]
    pub(super) orig_in_app: Option<i8>,
    /// There if a source map resolved the frame.
    #[serde(borrow, default)]
    pub(super) sourcemap: Option<&'a RawValue>,
}

impl<'a> FrameData<'a> {
    /// Reads the bag; one that holds nothing of interest, or the wrong types, reads as empty.
    pub(super) fn of(frame: &'a Frame<'_>) -> Self {
        let Some(text) = frame.data.as_ref().map(Raw::get) else {
            return FrameData::default();
        };
        let wanted = ["\"category\"", "\"orig_in_app\"", "\"sourcemap\""];
        if wanted
            .iter()
            .all(|key| memchr::memmem::find(text.as_bytes(), key.as_bytes()).is_none())
        {
            return FrameData::default();
        }
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn has_sourcemap(&self) -> bool {
        self.sourcemap.is_some_and(|value| value.get() != "null")
    }
}

/// Sets or removes keys of the bag.
pub(super) fn update(frame: &mut Frame<'_>, changes: &[(&str, Option<String>)]) {
    let text = frame.data.as_ref().map_or("{}", Raw::get);
    let mut bag: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let values: Vec<_> = changes
        .iter()
        .map(|(key, value)| {
            (
                *key,
                value.clone().and_then(|value| RawValue::from_string(value).ok()),
            )
        })
        .collect();
    for (key, value) in &values {
        match value {
            Some(value) => bag.insert(Cow::Borrowed(*key), value),
            None => bag.remove(*key),
        };
    }
    let written = serde_json::value::to_raw_value(&bag).ok();
    frame.data = written
        .filter(|_| !bag.is_empty())
        .map(|raw| Raw(Cow::Owned(raw)));
}
