//! Whoever calls plugins for requests that wait for the answer. Defined here, where it is used; the engine stands
//! behind it.

use errand_model::issue::Issue;
use errand_model::lifecycle::Actor;
use errand_store::installations::Installation;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use crate::deliveries::Rehearsal;

/// A button that a plugin offers on issues.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Its name for the plugin.
    pub id: String,
    /// What stands on it.
    pub label: String,
    /// What it asks for first; nothing where the plugin draws the form.
    pub form: Vec<Field>,
    /// Whether the plugin says itself, each time, what it asks for.
    pub is_drawn: bool,
}

/// A field of a form that a plugin asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the answer.
    pub key: String,
    /// What kind of value it takes.
    pub kind: FieldKind,
    /// What the form calls it.
    pub label: String,
    /// A sentence below it.
    pub help: String,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether what was filled in is never shown again.
    pub is_secret: bool,
    /// Whether the plugin says what may be chosen.
    pub is_looked_up: bool,
    /// Whether the form is asked for again once it was changed.
    pub redraws: bool,
    /// Whether a text may have several lines.
    pub is_multiline: bool,
    /// A value that it takes, in words; empty where none is known.
    pub example: String,
    /// What may be chosen, as value and label.
    pub choices: Vec<(String, String)>,
}

/// What an admin sets for a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsForm {
    /// What people call the plugin.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// In the order of the form.
    pub fields: Vec<Field>,
}

/// What kind of value a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// An http or https URL.
    Url,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// One of some.
    Choice,
    /// Some of some.
    Choices,
    /// Texts by name.
    Map,
}

/// A form as a plugin drew it, in its words: foreign text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawnForm {
    /// What it asks for, in order.
    pub fields: Vec<Field>,
    /// What stands in it, by key: what was filled in, and what the plugin suggests.
    pub values: Map<String, Value>,
    /// A sentence above it.
    pub note: Option<String>,
}

/// Somebody looks for what may be chosen for a field of such a form.
#[derive(Clone, Debug)]
pub struct FindChoices {
    /// The form as it is filled in so far.
    pub form: Press,
    /// Which field.
    pub field: String,
    /// What was typed so far; empty for all.
    pub query: String,
    /// What the page before gave.
    pub page: Option<String>,
}

/// Somebody presses a button, or looks at its form.
#[derive(Clone, Debug)]
pub struct Press {
    /// Whose plugin's.
    pub installation: Installation,
    /// Which.
    pub action: String,
    /// On which issue.
    pub issue: Issue,
    /// Who.
    pub by: Actor,
    /// What its form was filled in with, so far, a JSON object.
    pub input: Value,
}

/// What came of a button. What the plugin said is foreign text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// It was done.
    Done {
        /// A sentence of the plugin.
        message: Option<String>,
        /// Where to go next: http or https.
        open_url: Option<String>,
    },
    /// It was not: why, in words.
    Failed(String),
}

/// Something wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// Which field; none where it is about the whole.
    pub field: Option<String>,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// Why a button does nothing.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The plugin offers no such button.
    #[error("the plugin offers no such button")]
    NoAction,
    /// What its form asks for is missing or wrong.
    #[error("the form is not filled in as it should be")]
    Input(Vec<FieldProblem>),
    /// The hub fails.
    #[error("the button cannot be pressed: {0}")]
    Failed(String),
}

/// A request of another system.
#[derive(Clone, Debug)]
pub struct HookRequest {
    /// Whose plugin it calls.
    pub installation: Installation,
    /// Where it came in: a name that the plugin gave.
    pub route: String,
    /// `POST`.
    pub method: String,
    /// What stood behind the `?`.
    pub query: String,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body, as it came.
    pub body: Vec<u8>,
}

/// What to answer another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookAnswer {
    /// What the plugin says.
    Plugin {
        /// 2xx, 4xx or 5xx.
        status: u16,
        /// JSON or plain text.
        content_type: &'static str,
        /// Bounded.
        body: Vec<u8>,
    },
    /// It was dealt with before.
    Again,
    /// It is being dealt with.
    UnderWay,
    /// The plugin cannot do it now, or in so many seconds at the earliest.
    Later(Option<u64>),
    /// The plugin will never do it.
    Never,
    /// The plugin broke off.
    Broken,
    /// The plugin took too long.
    TimedOut,
}

/// Why a request wakes nobody.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// There is no such place.
    #[error("there is nothing at this address")]
    NoRoute,
    /// The plugin is not there at the moment.
    #[error("the plugin is not there at the moment")]
    NotLoaded,
    /// The body has more bytes than that.
    #[error("at most {0} bytes are taken here")]
    TooLarge(usize),
    /// It did not prove itself: why, without anything of the secret.
    #[error("{0}")]
    Unproved(String),
    /// The hub fails.
    #[error("the request cannot be handed over: {0}")]
    Failed(String),
}

/// What may be chosen for a setting, in the plugin's words: foreign text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChoicePage {
    /// Values and labels; at most a hundred.
    pub choices: Vec<(String, String)>,
    /// With what to ask for the next page, if there is one.
    pub next: Option<String>,
}

/// Somebody fills in a setting for which the plugin knows the choices.
#[derive(Clone, Debug)]
pub struct LookUp {
    /// Whose setting, and with which settings otherwise; they need not be saved.
    pub installation: Installation,
    /// Which.
    pub setting: String,
    /// What was typed so far; empty for all.
    pub query: String,
    /// What the page before gave.
    pub page: Option<String>,
}

/// Why a plugin cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// There is nothing to try it with: for who tries it.
    #[error("{0}")]
    Nothing(String),
    /// The hub fails.
    #[error("the plugin cannot be tried: {0}")]
    Failed(String),
}

/// Calls plugins for requests that wait. A plugin is named by its id, or by `id@version`.
pub trait Plugins: Send + Sync {
    /// What an admin sets for a plugin; none if it is not there.
    fn form(&self, plugin: &str) -> Option<SettingsForm>;

    /// What is wrong with the settings in an installation, in the plugin's words too; or why that cannot be said.
    fn check(&self, installation: Installation) -> BoxFuture<'_, Result<Vec<FieldProblem>, String>>;

    /// What is wrong with what an installation is to reach: a line each.
    fn check_grant(&self, installation: &Installation) -> Vec<String>;

    /// Has a plugin do what it would do if something had just happened to the latest issue, with the settings in
    /// `installation`; in a dry run nothing is sent or changed.
    fn try_out(
        &self,
        installation: Installation,
        is_dry_run: bool,
    ) -> BoxFuture<'_, Result<Rehearsal, TrialError>>;

    /// What may be chosen for a setting; or why that cannot be said, in words.
    fn look_up(&self, asked: LookUp) -> BoxFuture<'_, Result<ChoicePage, String>>;

    /// Where other systems may call a plugin.
    fn routes(&self, plugin: &str) -> Vec<String>;

    /// The buttons that a plugin offers on issues.
    fn actions(&self, plugin: &str) -> Vec<Action>;

    /// The form of a button that the plugin draws; or why there is none, in words.
    fn draw(&self, form: Press) -> BoxFuture<'_, Result<DrawnForm, String>>;

    /// What may be chosen for a field of such a form; or why that cannot be said, in words.
    fn find(&self, asked: FindChoices) -> BoxFuture<'_, Result<ChoicePage, String>>;

    /// Has a plugin do what a button asks for, once, and writes down how it went.
    fn press(&self, press: Press) -> BoxFuture<'_, Result<Pressed, PressError>>;

    /// Hands a request of another system over, if it proves itself and was not taken before, and writes down how it
    /// went.
    fn receive(&self, request: HookRequest) -> BoxFuture<'_, Result<HookAnswer, HookError>>;
}
