//! Calls of plugins that requests wait for, as the HTTP surfaces ask for them.

use std::sync::Arc;

use errand_engine::{Form, Inbound, InboundError, Occasions, Received, TrialError};
use errand_http::deliveries::Rehearsal;
use errand_http::plugins as http;
use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{
    Attempt, ChoicePage, ChoicesCall, ConfigProblem, PluginHost, Refused, SettingField, SettingKind,
};
use errand_store::installations::Installation;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::task::JoinHandle;

/// Stands between requests and what calls plugins.
pub(crate) struct EngineOccasions {
    host: Arc<PluginHost>,
    occasions: Occasions,
}

impl EngineOccasions {
    pub(crate) fn new(host: Arc<PluginHost>, occasions: Occasions) -> Self {
        EngineOccasions { host, occasions }
    }
}

impl http::Plugins for EngineOccasions {
    fn form(&self, plugin: &str) -> Option<http::SettingsForm> {
        let manifest = self.host.look_at(plugin)?.manifest;
        Some(http::SettingsForm {
            name: manifest.name,
            description: manifest.description,
            fields: manifest.settings.into_iter().map(field).collect(),
        })
    }

    fn check(&self, installation: Installation) -> BoxFuture<'_, Result<Vec<http::FieldProblem>, String>> {
        async move {
            let (plugin, grant) = (installation.plugin_name(), &installation.grant);
            let config = installation.settings();
            let found = self.host.validate_config(&plugin, &config, grant).await;
            let found = found.map_err(|error| error.to_string())?;
            Ok(found.into_iter().map(problem).collect())
        }
        .boxed()
    }

    fn check_grant(&self, installation: &Installation) -> Vec<String> {
        let (plugin, grant) = (installation.plugin_name(), &installation.grant);
        let config = installation.settings();
        self.host.check_grant(&plugin, &config, grant)
    }

    fn try_out(
        &self,
        installation: Installation,
        is_dry_run: bool,
    ) -> BoxFuture<'_, Result<Rehearsal, http::TrialError>> {
        let occasions = self.occasions.clone();
        let trying = tokio::spawn(async move {
            let tried = occasions.try_out(&installation, is_dry_run).await;
            tried.map(super::deliveries::rehearsal).map_err(trial_refusal)
        });
        to_its_end(trying, http::TrialError::Failed)
    }

    fn routes(&self, plugin: &str) -> Vec<String> {
        self.host.routes(plugin)
    }

    fn actions(&self, plugin: &str) -> Vec<http::Action> {
        let actions = self.host.actions(plugin).into_iter();
        let action = |action: errand_plugin_host::Action| http::Action {
            id: action.id,
            label: action.label,
            is_drawn: action.drawn,
            form: action.form.into_iter().map(field).collect(),
        };
        actions.map(action).collect()
    }

    fn look_up(&self, asked: http::LookUp) -> BoxFuture<'_, Result<http::ChoicePage, String>> {
        async move {
            let call = ChoicesCall {
                installation: asked.installation.id,
                config: asked.installation.settings(),
                grant: asked.installation.grant.clone(),
                setting: asked.setting,
                query: asked.query,
                page: asked.page,
            };
            let found = self.host.look_up(&asked.installation.plugin_name(), call).await;
            found.map(choice_page).map_err(|error| error.to_string())
        }
        .boxed()
    }

    fn draw(&self, form: http::Press) -> BoxFuture<'_, Result<http::DrawnForm, String>> {
        async move {
            let drawn = self.occasions.draw(&asked(form)).await;
            let drawn = drawn.map_err(|error| error.to_string())??;
            Ok(http::DrawnForm {
                fields: drawn.fields.into_iter().map(field).collect(),
                values: drawn.values,
                note: drawn.note,
            })
        }
        .boxed()
    }

    fn find(&self, find: http::FindChoices) -> BoxFuture<'_, Result<http::ChoicePage, String>> {
        async move {
            let query = (find.query.as_str(), find.page.as_deref());
            let form = asked(find.form);
            let found = self.occasions.find(&form, &find.field, query).await;
            found.map_err(|error| error.to_string())?.map(choice_page)
        }
        .boxed()
    }

    fn press(&self, press: http::Press) -> BoxFuture<'_, Result<http::Pressed, http::PressError>> {
        let occasions = self.occasions.clone();
        let pressing = tokio::spawn(async move {
            let pressed = occasions.press(&asked(press)).await;
            pressed.map(answer).map_err(refusal)
        });
        to_its_end(pressing, http::PressError::Failed)
    }

    fn receive(
        &self,
        request: http::HookRequest,
    ) -> BoxFuture<'_, Result<http::HookAnswer, http::HookError>> {
        let occasions = self.occasions.clone();
        let receiving = tokio::spawn(async move {
            let inbound = Inbound {
                route: request.route,
                method: request.method,
                query: request.query,
                headers: request.headers,
                body: request.body,
            };
            let received = occasions.receive(&request.installation, inbound).await;
            received.map(hook_answer).map_err(hook_refusal)
        });
        to_its_end(receiving, http::HookError::Failed)
    }
}

/// A call goes on to its end, and is written down, also where who asked has hung up.
fn to_its_end<'a, T, E>(
    call: JoinHandle<Result<T, E>>,
    failed: impl FnOnce(String) -> E + Send + 'a,
) -> BoxFuture<'a, Result<T, E>>
where
    T: Send + 'a,
    E: Send + 'a,
{
    let ended = call.map(|ended| ended.unwrap_or_else(|error| Err(failed(error.to_string()))));
    ended.boxed()
}

fn asked(form: http::Press) -> Form {
    Form {
        installation: form.installation,
        action: form.action,
        issue: form.issue,
        by: form.by,
        input: form.input,
    }
}

fn choice_page(page: ChoicePage) -> http::ChoicePage {
    let choices = page.choices.into_iter();
    http::ChoicePage {
        choices: choices.map(|choice| (choice.value, choice.label)).collect(),
        next: page.next,
    }
}

fn field(field: SettingField) -> http::Field {
    http::Field {
        key: field.key,
        kind: match field.kind {
            SettingKind::Text => http::FieldKind::Text,
            SettingKind::Url => http::FieldKind::Url,
            SettingKind::Number => http::FieldKind::Number,
            SettingKind::Boolean => http::FieldKind::Boolean,
            SettingKind::Choice => http::FieldKind::Choice,
            SettingKind::Choices => http::FieldKind::Choices,
            SettingKind::Map => http::FieldKind::Map,
            // Where it is filled in, it is with a refresh token.
            SettingKind::Oauth => http::FieldKind::Text,
        },
        label: field.label,
        help: field.help,
        // Access may be granted later, on the page of the plugin.
        required: field.required && field.kind != SettingKind::Oauth,
        is_secret: field.secret,
        is_looked_up: field.lookup,
        redraws: field.redraws,
        is_multiline: field.multiline,
        example: example(field.example.as_ref()),
        choices: field
            .choices
            .into_iter()
            .map(|choice| (choice.value, choice.label))
            .collect(),
    }
}

/// As somebody would type it.
fn example(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Object(entries)) => {
            let line =
                |(name, value): (&String, &Value)| format!("{name}: {}", value.as_str().unwrap_or_default());
            entries.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

fn answer(pressed: errand_engine::Pressed) -> http::Pressed {
    match pressed {
        errand_engine::Pressed::Answered(reply) => http::Pressed::Done {
            message: reply.message,
            open_url: reply.open_url,
        },
        errand_engine::Pressed::Failed(why) => http::Pressed::Failed(why),
    }
}

fn problem(problem: ConfigProblem) -> http::FieldProblem {
    http::FieldProblem {
        field: problem.field,
        message: problem.message,
    }
}

fn trial_refusal(error: TrialError) -> http::TrialError {
    match error {
        TrialError::NoIssue | TrialError::HearsNothing => http::TrialError::Nothing(error.to_string()),
        TrialError::Store(error) => http::TrialError::Failed(error.to_string()),
    }
}

fn refusal(error: errand_engine::PressError) -> http::PressError {
    match error {
        errand_engine::PressError::NoAction => http::PressError::NoAction,
        errand_engine::PressError::Input(problems) => {
            http::PressError::Input(problems.into_iter().map(problem).collect())
        }
        errand_engine::PressError::Store(error) => http::PressError::Failed(error.to_string()),
    }
}

fn hook_answer(received: Received) -> http::HookAnswer {
    match received {
        Received::Answered(reply) => http::HookAnswer::Plugin {
            status: reply.status,
            content_type: reply.content_type,
            body: reply.body,
        },
        Received::Again => http::HookAnswer::Again,
        Received::UnderWay => http::HookAnswer::UnderWay,
        Received::Failed(attempt) => failed(&attempt),
    }
}

/// What an admin has to mend may work later.
fn failed(attempt: &Attempt) -> http::HookAnswer {
    match &attempt.outcome {
        AttemptOutcome::Retry { after_ms, .. } => {
            http::HookAnswer::Later(after_ms.map(|ms| ms.div_ceil(1_000)))
        }
        AttemptOutcome::RateLimited { after_ms } => http::HookAnswer::Later(Some(after_ms.div_ceil(1_000))),
        AttemptOutcome::Config { .. } | AttemptOutcome::Auth { .. } => http::HookAnswer::Later(None),
        AttemptOutcome::Permanent { .. } | AttemptOutcome::Done | AttemptOutcome::Ignored => {
            http::HookAnswer::Never
        }
        AttemptOutcome::Crashed { limit, .. } if limit == "wall" => http::HookAnswer::TimedOut,
        AttemptOutcome::Crashed { .. } => http::HookAnswer::Broken,
    }
}

fn hook_refusal(error: InboundError) -> http::HookError {
    match error {
        InboundError::Refused(Refused::NotLoaded) => http::HookError::NotLoaded,
        InboundError::Refused(Refused::NoRoute) => http::HookError::NoRoute,
        InboundError::Refused(Refused::TooLarge(limit)) => http::HookError::TooLarge(limit),
        InboundError::Refused(Refused::Unproved(why)) => http::HookError::Unproved(why),
        InboundError::Store(error) => http::HookError::Failed(error.to_string()),
    }
}
