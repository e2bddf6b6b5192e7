//! A newer version takes the settings of an older one over: secrets move unseen, and only what is valid counts.

use errand_model::grant::Grant;
use errand_plugin_host::{CheckError, OlderSettings, PluginHost};
use serde_json::{Value, json};

use crate::guests;
use crate::harness::{closed, empty_host, host};

async fn migrated(host: &PluginHost, version: &str, config: Value) -> Result<Option<Value>, String> {
    let older = OlderSettings {
        version: version.to_owned(),
        secrets: vec!["password".to_owned()],
        config,
        grant: Grant::default(),
    };
    let taken = host.take_settings_over("behaviours", older).await;
    taken.map_err(|error: CheckError| error.to_string())
}

#[tokio::test]
async fn a_secret_moves_to_another_secret_setting_and_nowhere_else() {
    let host = host(&closed()).await;
    let moved = migrated(
        &host,
        "0.0.2",
        json!({"behaviour": "nothing", "password": "hunter2"}),
    )
    .await;
    let expected = json!({"behaviour": "nothing", "token": "hunter2"});
    assert_eq!(
        moved,
        Ok(Some(expected)),
        "the plugin saw a reference, and the value is back in place"
    );
    let leaked = migrated(
        &host,
        "0.0.2",
        json!({"behaviour": "leak", "password": "hunter2"}),
    )
    .await;
    let why = leaked.expect_err("a text that everybody may read is no place for a secret");
    assert!(
        why.starts_with("target: must be") && !why.contains("hunter2"),
        "{why}"
    );
}

#[tokio::test]
async fn what_it_cannot_take_over_or_is_not_valid_is_said() {
    let host = host(&closed()).await;
    let why = migrated(&host, "0.0.1", json!({"behaviour": "nothing"}))
        .await
        .expect_err("refused");
    assert_eq!(why, "nobody knows what it did then");
    let why = migrated(&host, "0.0.2", json!({}))
        .await
        .expect_err("something required is missing");
    assert_eq!(why, "behaviour: must be set");
}

#[tokio::test]
async fn a_plugin_without_a_word_on_it_leaves_settings_as_they_are() {
    let host = empty_host(&closed());
    host.load(guests::webhook()).await.expect("it loads");
    let older = OlderSettings {
        version: "0.0.1".to_owned(),
        secrets: Vec::new(),
        config: json!({"url": "https://example.com/"}),
        grant: Grant::default(),
    };
    let taken = host
        .take_settings_over("webhook", older)
        .await
        .expect("nothing to do");
    assert_eq!(taken, None);
}
