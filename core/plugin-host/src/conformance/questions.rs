//! Cases of what a plugin is asked while somebody waits: choices of its settings, forms of its buttons, and what it would have done.

use errand_model::InstallationId;
use errand_model::grant::Grant;
use serde_json::{Value, json};

use super::script::Fault;
use super::tried::{Miss, Tried};
use super::{Stage, sample};
use crate::error::CheckError;
use crate::occasions::{
    ChoicePage, ChoicesCall, DrawnForm, FindCall, FormCall, LookBackCall, OlderSettings, RetraceCall,
};

/// Calls that an hour of history may take: one for each minute.
const MOST_CALLS: usize = 60;

/// Each setting that is looked up: with all settings, with none filled in yet, and while the other side fails. It may
/// say that it does not work, but not crash.
pub(super) async fn choices(stage: &Stage) -> Tried {
    let looked_up = stage.manifest.settings.iter().filter(|field| field.lookup);
    for setting in looked_up.map(|field| field.key.as_str()) {
        stage.script.reset();
        let found = ask(stage, setting, &stage.settings).await?;
        if found
            .iter()
            .any(|page| page.choices.iter().any(|choice| choice.value.is_empty()))
        {
            return Err(Miss::Failed(format!("{setting}: a choice has no value")));
        }
        ask(stage, setting, &json!({})).await?;
        for fault in [
            Fault::Unauthorized,
            Fault::Broken,
            Fault::Nonsense,
            Fault::TimeoutAfterSend,
        ] {
            stage.script.reset();
            stage.script.fail(fault);
            ask(stage, setting, &stage.settings).await?;
        }
    }
    Ok(())
}

async fn ask(stage: &Stage, setting: &str, settings: &Value) -> Result<Option<ChoicePage>, Miss> {
    let call = ChoicesCall {
        installation: InstallationId(1),
        config: settings.clone(),
        grant: Grant::default(),
        setting: setting.to_owned(),
        query: "<b>'\"".to_owned(),
        page: None,
    };
    answered(stage.host.look_up(&stage.manifest.id, call).await, setting)
}

/// Each form that the plugin draws: at first, with what is no form's, and while the other side fails. It may say that it does
/// not work, but not crash; and what it suggests is on the form.
pub(super) async fn forms(stage: &Stage) -> Tried {
    let drawn = stage.manifest.actions.iter().filter(|action| action.drawn);
    for action in drawn.map(|action| action.id.as_str()) {
        stage.script.reset();
        let form = draw(stage, action, json!({})).await?.unwrap_or_default();
        draw(stage, action, json!({ "none-of-it": ["<b>", 5] })).await?;
        for field in form.fields.iter().filter(|field| field.lookup) {
            let form = form_call(stage, action, Value::Object(form.values.clone()));
            let call = FindCall {
                form,
                field: field.key.clone(),
                query: "<b>'\"".to_owned(),
                page: None,
            };
            answered(stage.host.find(&stage.manifest.id, call).await, &field.key)?;
        }
        for fault in [
            Fault::Unauthorized,
            Fault::Broken,
            Fault::Nonsense,
            Fault::TimeoutAfterSend,
        ] {
            stage.script.reset();
            stage.script.fail(fault);
            draw(stage, action, json!({})).await?;
        }
    }
    Ok(())
}

async fn draw(stage: &Stage, action: &str, input: Value) -> Result<Option<DrawnForm>, Miss> {
    let call = form_call(stage, action, input);
    answered(stage.host.draw(&stage.manifest.id, call).await, action)
}

fn form_call(stage: &Stage, action: &str, input: Value) -> FormCall {
    let one = sample::delivery(&stage.settings);
    FormCall {
        installation: one.installation,
        config: stage.settings.clone(),
        grant: Grant::default(),
        action: action.to_owned(),
        issue: one.issue,
        by: one.event.actor,
        input,
    }
}

/// It may say that it does not work.
fn answered<T>(answer: Result<T, CheckError>, what: &str) -> Result<Option<T>, Miss> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CheckError::Refused(_)) => Ok(None),
        Err(error) => Err(Miss::Failed(format!("{what}: {error}"))),
    }
}

/// Settings of some older version: it may say that it cannot make anything of them, but not crash, and not send anything.
pub(super) async fn migration(stage: &Stage) -> Tried {
    let this = format!("{}@{}", stage.manifest.id, stage.manifest.version);
    for config in [
        stage.settings.clone(),
        json!({}),
        json!({ "of-another": ["<b>", 5] }),
    ] {
        stage.script.reset();
        let older = OlderSettings {
            version: "0.0.1".to_owned(),
            secrets: Vec::new(),
            config,
            grant: Grant::default(),
        };
        answered(stage.host.take_settings_over(&this, older).await, "migrate")?;
    }
    Ok(())
}

/// An hour by the clock, in as many calls as it takes: each comes further, and nothing is done.
pub(super) async fn retrace(stage: &Stage) -> Tried {
    let until = sample::now();
    let (mut reached, mut memory) = (until.plus_seconds(-3_600), json!({}));
    for _ in 0..MOST_CALLS {
        stage.script.reset();
        let call = RetraceCall {
            installation: InstallationId(1),
            config: stage.settings.clone(),
            grant: Grant::default(),
            timeout: sample::delivery(&stage.settings).timeout,
            since: reached,
            until,
            memory,
        };
        let answer = stage.host.retrace(&stage.manifest.id, call).await;
        let answer = answer.map_err(|error| Miss::Failed(error.to_string()))?;
        if answer.reached >= until {
            return Ok(());
        }
        (reached, memory) = (answer.reached, answer.memory);
    }
    Err(Miss::Failed(format!(
        "it takes more than {MOST_CALLS} calls for an hour"
    )))
}

/// Two changes in two stretches: a verdict for each, and nothing is done.
pub(super) async fn hindsight(stage: &Stage) -> Tried {
    let one = sample::delivery(&stage.settings);
    let mut memory = json!({});
    for _ in 0..2 {
        stage.script.reset();
        let call = LookBackCall {
            installation: InstallationId(1),
            config: stage.settings.clone(),
            grant: Grant::default(),
            timeout: one.timeout,
            events: vec![(one.event.clone(), one.issue.clone())],
            memory,
        };
        let answer = stage.host.look_back(&stage.manifest.id, call).await;
        let answer = answer.map_err(|error| Miss::Failed(error.to_string()))?;
        if answer.verdicts.len() != 1 {
            return Err(Miss::Failed(format!(
                "{} verdicts on one event",
                answer.verdicts.len()
            )));
        }
        memory = answer.memory;
    }
    Ok(())
}
