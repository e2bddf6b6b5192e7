//! Cases of what a plugin is asked while somebody waits: choices of its settings, and what it would have done.

use errand_model::InstallationId;
use errand_model::grant::Grant;
use serde_json::{Value, json};

use super::cases::{Miss, Tried};
use super::script::Fault;
use super::{Stage, sample};
use crate::error::CheckError;
use crate::occasions::{ChoicePage, ChoicesCall, LookBackCall};

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
    match stage.host.look_up(&stage.manifest.id, call).await {
        Ok(page) => Ok(Some(page)),
        Err(CheckError::Refused(_)) => Ok(None),
        Err(error) => Err(Miss::Failed(format!("{setting}: {error}"))),
    }
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
