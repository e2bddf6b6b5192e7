//! Settings for which another system has the choices.

use crate::bindings::choices::exports::errand::plugin::choices as export;
use crate::bindings::errand::plugin::types as wit;
use crate::plugin::{Adapter, current};
use crate::{Failure, Plugin};

/// A plugin that says what may be chosen for the text settings that the manifest marks with `lookup`.
pub trait Choices: Plugin {
    /// What may be chosen for `setting`, of what fits `query` (empty for all); `page` is what the page before gave as its
    /// `next`. The settings have to be readable: what is asked for first should be all that is required.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be found out; who fills in the form reads it.
    fn look_up(
        setting: &str,
        query: &str,
        page: Option<&str>,
        settings: &Self::Settings,
    ) -> Result<ChoicePage, Failure>;
}

/// Something that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Choice {
    /// What is kept.
    pub value: String,
    /// What people read.
    pub label: String,
}

/// A page of what may be chosen; at most a hundred count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChoicePage {
    /// In the order in which they are shown.
    pub choices: Vec<Choice>,
    /// With what to ask for the next page.
    pub next: Option<String>,
}

impl Choice {
    /// What is kept, and what people read.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Choice {
            value: value.into(),
            label: label.into(),
        }
    }
}

impl<P: Choices> export::Guest for Adapter<P> {
    fn look_up(
        _: String,
        setting: String,
        query: String,
        page: Option<String>,
    ) -> Result<export::Page, wit::Failure> {
        let run = || P::look_up(&setting, &query, page.as_deref(), &current::<P>()?);
        let page = run().map_err(wit::Failure::from)?;
        let choice = |choice: Choice| export::Choice {
            value: choice.value,
            label: choice.label,
        };
        Ok(export::Page {
            choices: page.choices.into_iter().map(choice).collect(),
            next: page.next,
        })
    }
}
