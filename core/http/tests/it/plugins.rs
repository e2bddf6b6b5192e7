//! Plugins that answer as a test says.

use std::sync::{Mutex, PoisonError};

use errand_http::deliveries::Rehearsal;
use errand_http::plugin_accounts::{AskForAccess, Brought, PluginAccount, PluginAccounts};
use errand_http::plugins::{
    Action, ChoicePage, DrawnForm, Field, FieldKind, FieldProblem, FindChoices, HookAnswer, HookError,
    HookRequest, LookUp, Plugins, Press, PressError, Pressed, SettingsForm, TrialError,
};
use errand_model::delivery::AttemptOutcome;
use errand_store::installations::Installation;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

/// Offers a button and a route, remembers what it is asked, and answers what it is told to.
#[derive(Default)]
pub(crate) struct PlayedPlugins {
    pub(crate) requests: Mutex<Vec<HookRequest>>,
    pub(crate) presses: Mutex<Vec<Press>>,
    /// What people brought back who granted access.
    pub(crate) brought: Mutex<Vec<Brought>>,
    /// The next answers to requests; `200 []` where there is none.
    pub(crate) hook_answers: Mutex<Vec<Result<HookAnswer, HookError>>>,
    /// What buttons come to; a greeting where there is nothing.
    pub(crate) pressed: Mutex<Option<Pressed>>,
    /// What was looked up, and with which settings.
    pub(crate) looked_up: Mutex<Vec<(LookUp, String)>>,
    /// The trials: with which settings, and whether they were dry runs.
    pub(crate) trials: Mutex<Vec<(String, bool)>>,
}

/// A field of a form.
fn field(key: &str, kind: FieldKind, required: bool) -> Field {
    let choice = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    Field {
        key: key.to_owned(),
        kind,
        label: format!("The <{key}>"),
        help: String::new(),
        required,
        is_secret: false,
        is_looked_up: false,
        redraws: false,
        is_multiline: false,
        example: String::new(),
        choices: match kind {
            FieldKind::Choice | FieldKind::Choices => vec![choice("low", "Low"), choice("high", "High")],
            _ => Vec::new(),
        },
    }
}

/// What is set for a plugin that has a field of every kind.
fn every_kind() -> Vec<Field> {
    let secret = |field: Field| Field {
        is_secret: true,
        ..field
    };
    vec![
        field("url", FieldKind::Url, true),
        secret(field("token", FieldKind::Text, true)),
        secret(field("headers", FieldKind::Map, false)),
        Field {
            is_looked_up: true,
            ..field("project", FieldKind::Text, false)
        },
        field("count", FieldKind::Number, false),
        field("loud", FieldKind::Boolean, false),
        field("urgency", FieldKind::Choice, false),
        field("days", FieldKind::Choices, false),
        field("names", FieldKind::Map, false),
        Field {
            is_multiline: true,
            ..field("text", FieldKind::Text, false)
        },
    ]
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PluginAccounts for PlayedPlugins {
    fn accounts(&self, plugin: &str) -> Vec<PluginAccount> {
        let account = PluginAccount {
            setting: "account".to_owned(),
            label: "The <account>".to_owned(),
            is_granted_by_person: true,
            is_of_client: false,
        };
        (plugin == "tickets").then_some(account).into_iter().collect()
    }

    fn access_page(&self, _: &Installation, setting: &str, ask: AskForAccess<'_>) -> Result<String, String> {
        let query = [
            ("setting", setting),
            ("redirect_uri", ask.redirect_uri),
            ("state", ask.state),
            ("code_challenge", ask.challenge),
        ];
        let query = query.map(|(key, value)| format!("{key}={value}")).join("&");
        Ok(format!("https://auth.example/authorize?{query}"))
    }

    fn take_access<'a>(
        &'a self,
        _: &'a Installation,
        _: &'a str,
        brought: Brought,
    ) -> BoxFuture<'a, Result<(), String>> {
        let answer = match brought.code.reveal().as_str() {
            "good" => Ok(()),
            _ => Err("what was granted is refused".to_owned()),
        };
        lock(&self.brought).push(brought);
        std::future::ready(answer).boxed()
    }
}

impl Plugins for PlayedPlugins {
    fn form(&self, plugin: &str) -> Option<SettingsForm> {
        let fields = match plugin {
            "team-chat" => every_kind(),
            "tickets" => Vec::new(),
            "webhook" => vec![
                field("url", FieldKind::Url, false),
                Field {
                    is_secret: true,
                    ..field("secret", FieldKind::Text, false)
                },
            ],
            _ => return None,
        };
        Some(SettingsForm {
            name: format!("Our {plugin}"),
            description: "Does <something>.".to_owned(),
            fields,
        })
    }

    /// Every URL of `bad.example` is wrong, and so is a text that should be a number.
    fn check(&self, installation: Installation) -> BoxFuture<'_, Result<Vec<FieldProblem>, String>> {
        let config: Value = serde_json::from_str(installation.config.reveal()).expect("JSON");
        let problem = |field: &str, message: &str| FieldProblem {
            field: Some(field.to_owned()),
            message: message.to_owned(),
        };
        let mut problems = Vec::new();
        if config["url"]
            .as_str()
            .is_some_and(|url| url.contains("bad.example"))
        {
            problems.push(problem("url", "answers <404>"));
        }
        if config["count"].is_string() {
            problems.push(problem("count", "must be a number"));
        }
        std::future::ready(Ok(problems)).boxed()
    }

    /// Nobody may reach `evil`.
    fn check_grant(&self, installation: &Installation) -> Vec<String> {
        let hosts = installation.grant.hosts.iter().flatten();
        let evil = hosts.filter(|host| host.contains("evil"));
        evil.map(|host| format!("the plugin does not ask for '{host}' <b>"))
            .collect()
    }

    fn try_out(
        &self,
        installation: Installation,
        is_dry_run: bool,
    ) -> BoxFuture<'_, Result<Rehearsal, TrialError>> {
        lock(&self.trials).push((installation.config.reveal().clone(), is_dry_run));
        let rehearsal = Rehearsal {
            outcome: AttemptOutcome::Done,
            log: json!([]),
            requests: json!([{"method": "POST", "url": "https://chat.example/", "error": "dry run: not sent",
                "body": "{\"text\":\"<hello>\"}"}]),
            changes: json!([]),
            explanation: None,
        };
        std::future::ready(Ok(rehearsal)).boxed()
    }

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
        let drawn = Action {
            id: "drawn".to_owned(),
            label: "Drawn ticket".to_owned(),
            form: Vec::new(),
            is_drawn: true,
        };
        let told = Action {
            id: "ticket".to_owned(),
            label: "Create <ticket>".to_owned(),
            form: vec![
                field("queue", FieldKind::Text, true),
                field("urgency", FieldKind::Choice, false),
                field("count", FieldKind::Number, false),
                field("notify", FieldKind::Boolean, false),
            ],
            is_drawn: false,
        };
        vec![told, drawn]
    }

    fn look_up(&self, asked: LookUp) -> BoxFuture<'_, Result<ChoicePage, String>> {
        let found = match asked.setting.as_str() {
            "project" => Ok(ChoicePage {
                choices: vec![(format!("{}-1", asked.query), "The <first>".to_owned())],
                next: asked.page.is_none().then(|| "2".to_owned()),
            }),
            _ => Err("the plugin looks nothing up for it".to_owned()),
        };
        let config = asked.installation.config.reveal().clone();
        lock(&self.looked_up).push((asked, config));
        std::future::ready(found).boxed()
    }

    /// What is asked for depends on the queue.
    fn draw(&self, form: Press) -> BoxFuture<'_, Result<DrawnForm, String>> {
        let queue = form.input.get("queue").and_then(Value::as_str).unwrap_or("shop");
        let by_queue = match queue {
            "gone" => return std::future::ready(Err("there is no queue <gone>".to_owned())).boxed(),
            "night" => field("days", FieldKind::Choices, true),
            _ => field("text", FieldKind::Text, false),
        };
        let fields = vec![
            Field {
                redraws: true,
                ..field("queue", FieldKind::Text, true)
            },
            Field {
                is_looked_up: true,
                ..field("who", FieldKind::Text, false)
            },
            by_queue,
        ];
        let drawn = DrawnForm {
            fields,
            values: serde_json::from_value(json!({ "queue": queue })).expect("an object"),
            note: Some(format!("It goes to <{queue}>.")),
        };
        std::future::ready(Ok(drawn)).boxed()
    }

    fn find(&self, asked: FindChoices) -> BoxFuture<'_, Result<ChoicePage, String>> {
        let found = match asked.query.as_str() {
            "nobody" => Err("nobody is asked".to_owned()),
            query => Ok(ChoicePage {
                choices: vec![(format!("id-of-{query}"), format!("The <{query}>"))],
                next: None,
            }),
        };
        std::future::ready(found).boxed()
    }

    fn press(&self, press: Press) -> BoxFuture<'_, Result<Pressed, PressError>> {
        let problem = |message: &str| FieldProblem {
            field: Some("queue".to_owned()),
            message: message.to_owned(),
        };
        let result = if press.action != "ticket" && press.action != "drawn" {
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
