//! What was agreed that plugins may have, and the versions that installations are held to.

use errand_model::Secret;
use errand_model::grant::Grant;
use errand_store::installations::{self, NewInstallation};
use errand_store::plugin_consents;
use errand_store::testing::TestDb;

use crate::fixtures::Hub;
use crate::issues::begin;

errand_store::on_both_databases!(
    the_last_word_on_a_plugin_counts,
    an_installation_keeps_its_version_and_is_found_by_why_it_is_held,
);

async fn the_last_word_on_a_plugin_counts(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    for (wants, by) in [("{}", "Ada"), (r#"{"hosts": ["a.example"]}"#, "Bob")] {
        let mut tx = begin(&hub).await;
        plugin_consents::agree(&mut tx, hub.cx(), "team-chat", wants, by)
            .await
            .expect("written");
        tx.commit().await.expect("committed");
    }
    let consents = plugin_consents::list(&hub.db).await.expect("read");
    let said: Vec<_> = consents
        .iter()
        .map(|one| (one.plugin.as_str(), one.wants.as_str(), one.agreed_by.as_str()))
        .collect();
    assert_eq!(said, [("team-chat", r#"{"hosts": ["a.example"]}"#, "Bob")]);
}

async fn an_installation_keeps_its_version_and_is_found_by_why_it_is_held(test: TestDb) {
    let hub = Hub::new(&test.db).await;
    let mut tx = begin(&hub).await;
    let new = NewInstallation {
        organization: hub.project.organization,
        project: None,
        plugin: "team-chat",
        name: "Chat",
        config: Secret::new("{}".to_owned()),
        grant: Grant::default(),
    };
    let mut made = installations::create(&mut tx, hub.cx(), new).await.expect("made");
    assert_eq!(made.plugin_name(), "team-chat");
    made.version = Some("1.2.0".to_owned());
    installations::update(&mut tx, &made).await.expect("updated");
    installations::pause(&mut tx, made.id, "waits for the plugin 'team-chat'")
        .await
        .expect("held");
    tx.commit().await.expect("committed");
    let held = async |prefix: &str| {
        let found = installations::that_are_held_because(&hub.db, prefix)
            .await
            .expect("read");
        found
            .iter()
            .map(installations::Installation::plugin_name)
            .collect::<Vec<_>>()
    };
    assert_eq!(held("waits for ").await, ["team-chat@1.2.0"]);
    assert!(held("answered 401").await.is_empty());
}
