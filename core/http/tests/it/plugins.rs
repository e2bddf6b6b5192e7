//! Plugins that answer as a test says.

use std::sync::{Mutex, PoisonError};

use errand_http::plugins::{
    Action, ChoicePage, Field, FieldKind, FieldProblem, HookAnswer, HookError, HookRequest, LookUp, Plugins,
    Press, PressError, Pressed,
};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Offers a button and a route, remembers what it is asked, and answers what it is told to.
#[derive(Default)]
pub(crate) struct PlayedPlugins {
    pub(crate) requests: Mutex<Vec<HookRequest>>,
    pub(crate) presses: Mutex<Vec<Press>>,
    /// The next answers to requests; `200 []` where there is none.
    pub(crate) hook_answers: Mutex<Vec<Result<HookAnswer, HookError>>>,
    /// What buttons come to; a greeting where there is nothing.
    pub(crate) pressed: Mutex<Option<Pressed>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plugins for PlayedPlugins {
    fn routes(&self, plugin: &str) -> Vec<String> {
        match plugin {
            "tickets" => vec!["updates".to_owned()],
            _ => Vec::new(),
        }
    }

    fn actions(&self, plugin: &str) -> Vec<Action> {
        if plugin != "tickets" {
            return Vec::new();
        }
        let field = |key: &str, kind, required| Field {
            key: key.to_owned(),
            kind,
            label: format!("The <{key}>"),
            help: String::new(),
            required,
            choices: match kind {
                FieldKind::Choice => vec![
                    ("low".to_owned(), "Low".to_owned()),
                    ("high".to_owned(), "High".to_owned()),
                ],
                _ => Vec::new(),
            },
        };
        vec![Action {
            id: "ticket".to_owned(),
            label: "Create <ticket>".to_owned(),
            form: vec![
                field("queue", FieldKind::Text, true),
                field("urgency", FieldKind::Choice, false),
                field("count", FieldKind::Number, false),
                field("notify", FieldKind::Boolean, false),
            ],
        }]
    }

    fn look_up(&self, asked: LookUp) -> BoxFuture<'_, Result<ChoicePage, String>> {
        let found = match asked.setting.as_str() {
            "project" => Ok(ChoicePage {
                choices: vec![(format!("{}-1", asked.query), "The <first>".to_owned())],
                next: asked.page.is_none().then(|| "2".to_owned()),
            }),
            _ => Err("the plugin looks nothing up for it".to_owned()),
        };
        std::future::ready(found).boxed()
    }

    fn press(&self, press: Press) -> BoxFuture<'_, Result<Pressed, PressError>> {
        let problem = |message: &str| FieldProblem {
            field: Some("queue".to_owned()),
            message: message.to_owned(),
        };
        let result = if press.action != "ticket" {
            Err(PressError::NoAction)
        } else if press.input.get("queue").is_none() {
            Err(PressError::Input(vec![problem("must be set")]))
        } else {
            let greeting = Pressed::Done {
                message: Some("made <T-1>".to_owned()),
                open_url: Some("https://tickets.example.com/T-1?a=1&b=2".to_owned()),
            };
            Ok(lock(&self.pressed).clone().unwrap_or(greeting))
        };
        lock(&self.presses).push(press);
        std::future::ready(result).boxed()
    }

    fn receive(&self, request: HookRequest) -> BoxFuture<'_, Result<HookAnswer, HookError>> {
        lock(&self.requests).push(request);
        let answer = lock(&self.hook_answers).pop();
        let fine = HookAnswer::Plugin {
            status: 200,
            content_type: "application/json",
            body: b"[]".to_vec(),
        };
        std::future::ready(answer.unwrap_or(Ok(fine))).boxed()
    }
}
