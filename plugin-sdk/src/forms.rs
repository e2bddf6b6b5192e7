//! Forms of buttons that the plugin draws itself, since another system decides what there is to fill in.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::bindings::errand::plugin::types as wit;
use crate::bindings::forms::exports::errand::plugin::forms as export;
use crate::plugin::{Adapter, current};
use crate::{Action, Actor, Choice, ChoicePage, Failure, Issue, Plugin};

/// A plugin that says itself what a button asks for: the button's action in the manifest is marked `"drawn": true`.
pub trait Forms: Plugin {
    /// The form, with what is filled in so far (`action.input`, empty at first). What is sent in the end is checked
    /// against the form as it is drawn with it.
    ///
    /// # Errors
    /// A [`Failure`], which is shown to who waits for the form.
    fn draw(action: &Action, settings: &Self::Settings) -> Result<Form, Failure>;

    /// What may be chosen for a field that was drawn with [`Field::lookup`], of what fits `query`. Nothing, unless
    /// overwritten.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be found out; who fills in the form reads it.
    fn find(
        action: &Action,
        (field, query): (&str, &str),
        page: Option<&str>,
        settings: &Self::Settings,
    ) -> Result<ChoicePage, Failure> {
        let _ = (action, field, query, page, settings);
        Ok(ChoicePage::default())
    }
}

/// A form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    /// In the order in which they are shown.
    pub fields: Vec<Field>,
    /// A sentence above them.
    pub note: Option<String>,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    key: String,
    #[serde(rename = "type")]
    kind: &'static str,
    label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    help: String,
    required: bool,
    lookup: bool,
    multiline: bool,
    redraws: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Choice>,
    #[serde(skip)]
    value: Option<Value>,
}

impl Field {
    fn new(kind: &'static str, key: impl Into<String>, label: impl Into<String>) -> Self {
        Field {
            key: key.into(),
            kind,
            label: label.into(),
            help: String::new(),
            required: false,
            lookup: false,
            multiline: false,
            redraws: false,
            example: None,
            choices: Vec::new(),
            value: None,
        }
    }

    /// A text. Keys are lower-case letters, digits and underscores.
    pub fn text(key: impl Into<String>, label: impl Into<String>) -> Self {
        Field::new("text", key, label)
    }

    /// A number.
    pub fn number(key: impl Into<String>, label: impl Into<String>) -> Self {
        Field::new("number", key, label)
    }

    /// Texts by name.
    pub fn map(key: impl Into<String>, label: impl Into<String>) -> Self {
        Field::new("map", key, label)
    }

    /// One of some.
    pub fn choice(key: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Field {
            choices,
            ..Field::new("choice", key, label)
        }
    }

    /// Some of some.
    pub fn choices(key: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Field {
            choices,
            ..Field::new("choices", key, label)
        }
    }

    /// It has to be filled in, if that is so.
    #[must_use]
    pub fn required(self, required: bool) -> Self {
        Field { required, ..self }
    }

    /// A sentence below it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Field {
            help: help.into(),
            ..self
        }
    }

    /// A value that it takes, shown while nothing is filled in.
    #[must_use]
    pub fn example(self, example: impl Into<String>) -> Self {
        Field {
            example: Some(example.into()),
            ..self
        }
    }

    /// Of a text: the plugin says what may be chosen ([`Forms::find`]).
    #[must_use]
    pub fn lookup(self) -> Self {
        Field { lookup: true, ..self }
    }

    /// Of a text: it may have several lines.
    #[must_use]
    pub fn multiline(self) -> Self {
        Field {
            multiline: true,
            ..self
        }
    }

    /// Others depend on it: the form is drawn again once it was changed.
    #[must_use]
    pub fn redraws(self) -> Self {
        Field {
            redraws: true,
            ..self
        }
    }

    /// What stands in it, in place of what was filled in.
    #[must_use]
    pub fn value(self, value: impl Into<Value>) -> Self {
        Field {
            value: Some(value.into()),
            ..self
        }
    }

    /// What stands in it while nothing is filled in.
    #[must_use]
    pub fn suggest(self, action: &Action, value: impl Into<Value>) -> Self {
        match action.input.contains_key(&self.key) {
            true => self,
            false => self.value(value),
        }
    }
}

impl From<Form> for export::Form {
    fn from(form: Form) -> Self {
        let with_values = form.fields.iter();
        let values: Map<String, Value> = with_values
            .filter_map(|field| Some((field.key.clone(), field.value.clone()?)))
            .collect();
        export::Form {
            fields: json!(form.fields).to_string(),
            values: Value::Object(values).to_string(),
            note: form.note,
        }
    }
}

impl<P: Forms> export::Guest for Adapter<P> {
    fn draw(
        action: String,
        issue: wit::Issue,
        by: wit::Actor,
        input: String,
    ) -> Result<export::Form, wit::Failure> {
        let action = Action::new(action, issue, by, &input);
        let run = || P::draw(&action, &current::<P>()?);
        run().map(export::Form::from).map_err(wit::Failure::from)
    }

    fn find(
        action: String,
        issue: Issue,
        by: Actor,
        input: String,
        field: String,
        query: String,
        page: Option<String>,
    ) -> Result<export::Page, wit::Failure> {
        let action = Action::new(action, issue, by, &input);
        let run = || P::find(&action, (&field, &query), page.as_deref(), &current::<P>()?);
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
