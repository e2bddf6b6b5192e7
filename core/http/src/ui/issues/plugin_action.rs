//! A plugin's button: its form, and what came of it. Some forms stand in the manifest; others the plugin draws, each time
//! with what is filled in so far. Either is one form that works without script.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use super::found::Found;
use super::head::IssueHead;
use crate::AppState;
use crate::buttons::{self, Button};
use crate::error::{Error, PageError};
use crate::plugins::{ChoicePage, Field, FieldProblem, FindChoices, Press, PressError, Pressed};
use crate::ui::forms::{Fields, SignedForm};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::plugin_form::{self, FieldView};
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "issues/plugin_action.html")]
struct ActionPage {
    page: Page,
    issue: IssueHead,
    label: String,
    plugin: String,
    fields: Vec<FieldView>,
    /// Of a form that the plugin drew: which fields it has.
    shape: String,
    /// Whether there is a form at all.
    is_there: bool,
    note: Option<String>,
    /// What is wrong with the whole.
    problems: Vec<String>,
    /// What came of it.
    reply: Option<Reply>,
}

/// What the plugin said: foreign text.
struct Reply {
    message: Option<String>,
    open_url: Option<String>,
}

/// A button on somebody's desk.
struct Desk<'a> {
    state: &'a AppState,
    visit: &'a Visit,
    found: Found,
    button: Button,
}

/// The form as it is shown.
#[derive(Default)]
struct Sheet {
    fields: Vec<Field>,
    values: Map<String, Value>,
    note: Option<String>,
    problems: Vec<FieldProblem>,
    choices: HashMap<String, ChoicePage>,
    /// What did not work, though nothing is wrong with what was filled in.
    failed: Option<String>,
}

type Named = Path<(String, String, String)>;

/// The form.
pub(super) async fn form(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, installation, action)): Named,
) -> Result<Response, PageError> {
    let desk = Desk::find(&state, &visit, &id, (&installation, &action)).await?;
    let sheet = desk.sheet(&[], Map::new()).await;
    desk.show(sheet, None).await
}

/// Presses it, or goes on with the form.
pub(super) async fn press(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, installation, action)): Named,
    SignedForm(form): SignedForm,
) -> Result<Response, PageError> {
    let desk = Desk::find(&state, &visit, &id, (&installation, &action)).await?;
    let filled_in = desk.filled_in(&form);
    let input = plugin_form::read_settings(&filled_in, &form, &Map::new());
    match form.text("do") {
        "redraw" => desk.show(desk.sheet(&filled_in, input).await, None).await,
        deed => match deed.strip_prefix("look-up:") {
            Some(asked) => {
                let found = desk.look_up(&input, asked, &form).await;
                let mut sheet = desk.sheet(&filled_in, input).await;
                match found {
                    Ok((field, page)) => drop(sheet.choices.insert(field, page)),
                    Err(problem) => sheet.problems.push(problem),
                }
                desk.show(sheet, None).await
            }
            None => desk.press(&filled_in, input).await,
        },
    }
}

fn no_button() -> Error {
    Error::not_found("No plugin offers such a button here: it may be held, or was taken out.")
}

impl<'a> Desk<'a> {
    async fn find(
        state: &'a AppState,
        visit: &'a Visit,
        id: &str,
        (installation, action): (&str, &str),
    ) -> Result<Self, Error> {
        let found = Found::find(state, visit, id).await?;
        let button = buttons::find(state, &found.project, installation, action).await?;
        Ok(Desk {
            state,
            visit,
            found,
            button: button.ok_or_else(no_button)?,
        })
    }

    /// The fields that were filled in: those of the manifest, or those that were drawn.
    fn filled_in(&self, form: &Fields) -> Vec<Field> {
        match self.button.action.is_drawn {
            true => plugin_form::of_shape(form.text("shape")),
            false => self.button.action.form.clone(),
        }
    }

    fn with(&self, input: &Map<String, Value>) -> Press {
        Press {
            installation: self.button.installation.clone(),
            action: self.button.action.id.clone(),
            issue: self.found.issue.clone(),
            by: self.visit.actor(),
            input: Value::Object(input.clone()),
        }
    }

    /// The form with what is filled in so far. One that cannot be drawn stays what it was.
    async fn sheet(&self, filled_in: &[Field], input: Map<String, Value>) -> Sheet {
        if !self.button.action.is_drawn {
            return Sheet {
                fields: self.button.action.form.clone(),
                values: input,
                ..Sheet::default()
            };
        }
        match self.state.plugins.draw(self.with(&input)).await {
            Ok(drawn) => {
                let mut values = input;
                values.extend(drawn.values);
                Sheet {
                    fields: drawn.fields,
                    values,
                    note: drawn.note,
                    ..Sheet::default()
                }
            }
            Err(why) => Sheet {
                fields: filled_in.to_vec(),
                values: input,
                failed: Some(why),
                ..Sheet::default()
            },
        }
    }

    /// What may be chosen for a field; `asked` is its key, and the page after a colon.
    async fn look_up(
        &self,
        input: &Map<String, Value>,
        asked: &str,
        form: &Fields,
    ) -> Result<(String, ChoicePage), FieldProblem> {
        let (field, page) = match asked.split_once(':') {
            Some((field, page)) => (field, Some(page.to_owned())),
            None => (asked, None),
        };
        let asked = FindChoices {
            form: self.with(input),
            field: field.to_owned(),
            query: form.text(&format!("field-{field}")).to_owned(),
            page,
        };
        let found = self.state.plugins.find(asked).await;
        let found = found.map(|page| (field.to_owned(), page));
        found.map_err(|message| FieldProblem {
            field: Some(field.to_owned()),
            message,
        })
    }

    async fn press(&self, filled_in: &[Field], input: Map<String, Value>) -> Result<Response, PageError> {
        let (problems, failed) = match self.state.plugins.press(self.with(&input)).await {
            Ok(Pressed::Done { message, open_url }) => {
                let reply = Reply { message, open_url };
                return self.show(Sheet::default(), Some(reply)).await;
            }
            Ok(Pressed::Failed(why)) => (Vec::new(), Some(why)),
            Err(PressError::Input(problems)) => (problems, None),
            Err(PressError::NoAction) => return Err(no_button().into()),
            Err(error @ PressError::Failed(_)) => return Err(Error::internal(error).into()),
        };
        let mut sheet = self.sheet(filled_in, input).await;
        sheet.problems = problems;
        sheet.failed = failed.or(sheet.failed);
        self.show(sheet, None).await
    }

    async fn show(&self, sheet: Sheet, reply: Option<Reply>) -> Result<Response, PageError> {
        let Button { installation, action } = &self.button;
        let mut problems = plugin_form::problems_of_none(&sheet.fields, &sheet.problems);
        let status = match (sheet.problems.is_empty(), &sheet.failed) {
            (false, _) => StatusCode::BAD_REQUEST,
            (true, Some(_)) => StatusCode::BAD_GATEWAY,
            (true, None) => StatusCode::OK,
        };
        // A form that could not be drawn at first is none.
        let is_there = !action.is_drawn || !sheet.fields.is_empty();
        problems.extend(sheet.failed);
        let label = action.label.clone();
        let page = ActionPage {
            page: self
                .visit
                .page(format!("{label}: {}", self.found.short_id()), "issues"),
            issue: self.found.head(self.state, self.visit).await?,
            label,
            plugin: installation.name.clone(),
            shape: match action.is_drawn {
                true => plugin_form::shape(&sheet.fields),
                false => String::new(),
            },
            fields: plugin_form::draw(&sheet.fields, &sheet.values, &sheet.problems, &sheet.choices),
            is_there,
            note: sheet.note,
            problems,
            reply,
        };
        page::html_with(status, &page)
    }
}
