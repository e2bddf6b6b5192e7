//! Settings of plugins, which may hold secrets: those go in and never come out.

use errand_store::installations::Installation;
use serde_json::{Map, Value};

use crate::AppState;
use crate::error::Error;
use crate::plugins::{Field, FieldProblem};

/// What stands for a secret. Sent back, it leaves the secret as it is.
pub(crate) const MASK: &str = "********";

/// Settings with their secrets masked: those of a plugin that is not there are all taken for secrets.
pub(crate) fn masked(fields: Option<&[Field]>, config: &str) -> Value {
    let mut config: Map<String, Value> = serde_json::from_str(config).unwrap_or_default();
    for (key, value) in &mut config {
        let field = fields.and_then(|fields| fields.iter().find(|field| field.key == *key));
        if field.is_none_or(|field| field.is_secret) {
            mask(value);
        }
    }
    Value::Object(config)
}

fn mask(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_empty() => MASK.clone_into(text),
        Value::Object(map) => map.values_mut().for_each(mask),
        Value::Array(list) => list.iter_mut().for_each(mask),
        _ => {}
    }
}

/// New settings; masks in them stand for the secrets of the old ones.
pub(crate) fn merged(mut new: Map<String, Value>, old: &Map<String, Value>) -> Map<String, Value> {
    unmask(&mut new, old);
    new
}

fn unmask(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    for (name, value) in new {
        match (value, old.get(name)) {
            (Value::Object(new), Some(Value::Object(old))) => unmask(new, old),
            (value, Some(old)) if value.as_str() == Some(MASK) => *value = old.clone(),
            _ => {}
        }
    }
}

/// What is wrong with the settings in an installation; nothing where its plugin is not there to say.
pub(crate) async fn check(state: &AppState, installation: &Installation) -> Vec<FieldProblem> {
    if state.plugins.form(&installation.plugin_name()).is_none() {
        return Vec::new();
    }
    let checked = state.plugins.check(installation.clone()).await;
    checked.unwrap_or_else(|message| vec![FieldProblem { field: None, message }])
}

/// Refuses settings with which something is wrong.
pub(crate) async fn require_good(state: &AppState, installation: &Installation) -> Result<(), Error> {
    let problems = check(state, installation).await;
    if problems.is_empty() {
        return Ok(());
    }
    let told = problems.into_iter().map(|problem| match problem.field {
        Some(field) => format!("{field}: {}", problem.message),
        None => problem.message,
    });
    Err(Error::bad_request("config: the plugin does not take these settings").with_causes(told.collect()))
}

/// Refuses a grant with which something is wrong.
pub(crate) fn require_good_grant(state: &AppState, installation: &Installation) -> Result<(), Error> {
    let problems = state.plugins.check_grant(installation);
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error::bad_request("grant: it cannot be so").with_causes(problems)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plugins::FieldKind;

    fn field(key: &str, kind: FieldKind, is_secret: bool) -> Field {
        Field {
            key: key.to_owned(),
            kind,
            label: String::new(),
            help: String::new(),
            required: false,
            is_secret,
            is_looked_up: false,
            redraws: false,
            is_multiline: false,
            example: String::new(),
            choices: Vec::new(),
        }
    }

    #[test]
    fn secrets_go_in_and_never_come_out() {
        let fields = [
            field("url", FieldKind::Url, false),
            field("headers", FieldKind::Map, true),
            field("password", FieldKind::Text, true),
        ];
        let stored =
            json!({"url": "http://a", "headers": {"Authorization": "t0p"}, "password": "", "else": 1});
        let shown = masked(Some(&fields), &stored.to_string());
        let expected =
            json!({"url": "http://a", "headers": {"Authorization": MASK}, "password": "", "else": 1});
        assert_eq!(shown, expected);
        let (Value::Object(mut sent), Value::Object(stored)) = (shown, stored) else {
            panic!("objects")
        };
        sent.insert("url".to_owned(), json!("http://b"));
        let merged = Value::Object(merged(sent, &stored));
        assert_eq!(
            merged,
            json!({"url": "http://b", "headers": {"Authorization": "t0p"}, "password": "", "else": 1})
        );
    }

    #[test]
    fn of_a_plugin_that_is_not_there_everything_may_be_a_secret() {
        let shown = masked(None, r#"{"url":"http://a","list":["b"]}"#);
        assert_eq!(shown, json!({"url": MASK, "list": [MASK]}));
    }
}
