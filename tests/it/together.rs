//! Plugins that hear of many changes at once, or of the latest alone, from outside.

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Api, Hub, Project, Receiver, event, eventually, patched};
use serde_json::{Value, json};

use crate::{versions, wakes};

/// Brings a component and puts it to use; the installation's path.
async fn put_to_use(
    api: &Api,
    project: &Project,
    plugin: &str,
    wasm: Vec<u8>,
    config: Value,
) -> Result<String> {
    let organization = format!("/api/0/organizations/{}", project.organization);
    let versions = format!("{organization}/plugin-versions/");
    let (status, answer) = api.post_bytes(&versions, "application/wasm", wasm).await?;
    ensure!(status == 201, "{status}: {answer}");
    let plugins = format!("{organization}/plugins/");
    let made = api
        .post(&plugins, &json!({ "plugin": plugin, "config": config }))
        .await?;
    Ok(format!("{plugins}{}/", made["id"].as_str().context("an id")?))
}

/// The deliveries of the project's issues, each once all are over.
async fn deliveries(api: &Api, project: &Project, issues: usize) -> Result<Vec<Value>> {
    // Resolved ones too.
    let path = format!(
        "/api/0/projects/{}/{}/issues/?query=",
        project.organization, project.slug
    );
    eventually("every delivery to be over", || async {
        let mut all = Vec::new();
        for issue in api.all(&path).await? {
            let id = issue["id"].as_str().context("an id")?.to_owned();
            all.extend(api.all(&format!("/api/0/issues/{id}/deliveries/")).await?);
        }
        let is_over = |delivery: &Value| {
            ["done", "superseded"].contains(&delivery["state"].as_str().unwrap_or_default())
        };
        Ok((all.len() >= issues && all.iter().all(is_over)).then_some(all))
    })
    .await
}

#[tokio::test]
async fn what_comes_together_is_told_at_once_as_soon_as_enough_have_gathered() -> Result<()> {
    let hub = Hub::start().await?;
    let (project, api) = (hub.project("Shop").await?, hub.api().await?);
    // Three at once, or after ten minutes: no test waits for those.
    let wasm = patched(
        std::fs::read(wakes::behaviours()?)?,
        &[(
            "{\"minutes\": 10, \"by\": \"project\"}",
            "{\"minutes\": 10, \"most\": 3      }",
        )],
    )?;
    put_to_use(
        &api,
        &project,
        "behaviours",
        wasm,
        json!({"behaviour": "nothing"}),
    )
    .await?;
    for group in ["first", "second", "third"] {
        ensure!(
            hub.sdk(&project)?.send(&event(group, "ada")).await?.status == 200,
            "refused"
        );
    }
    let told = deliveries(&api, &project, 3).await?;
    let mut said = Vec::new();
    for delivery in &told {
        let id = delivery["id"].as_str().context("an id")?;
        let path = format!("/api/0/organizations/{}/deliveries/{id}/", project.organization);
        let shown = api.get(&path).await?;
        let attempts = shown["attemptList"].as_array().cloned().unwrap_or_default();
        let lines = attempts
            .iter()
            .flat_map(|attempt| attempt["log"].as_array().cloned().unwrap_or_default());
        said.extend(lines.map(|line| line["message"].as_str().unwrap_or_default().to_owned()));
    }
    ensure!(said.len() == 1, "one call for all three: {said:?}");
    let (group, issues) = said[0].split_once(": ").context("group and issues")?;
    assert!(group.starts_with("project/"), "{said:?}");
    assert_eq!(issues.split(' ').count(), 3, "{said:?}");
    Ok(())
}

#[tokio::test]
async fn who_wants_the_latest_alone_hears_of_nothing_that_is_over() -> Result<()> {
    let hub = Hub::start().await?;
    let (project, api) = (hub.project("Shop").await?, hub.api().await?);
    let receiver = Receiver::start(&[]).await?;
    // The description makes room in the manifest for the order.
    let description = "\"description\": \"Posts what happens to issues to a URL of yours, as JSON or as a template of yours makes it.\"";
    let order = format!(
        "{:width$}",
        "\"order\": \"coalesce\", \"description\": \"\"",
        width = description.len()
    );
    let wasm = versions::component("0.1.0", &[(description, &order)])?;
    let config =
        json!({"url": receiver.url, "changes": ["issue.resolved", "issue.unresolved", "issue.commented"]});
    let plugin = put_to_use(&api, &project, "hookweb", wasm, config).await?;
    ensure!(
        hub.sdk(&project)?.send(&event("one", "ada")).await?.status == 200,
        "refused"
    );
    hub.drained().await?;
    let issues = format!(
        "/api/0/projects/{}/{}/issues/",
        project.organization, project.slug
    );
    let issue = api.all(&issues).await?[0]["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    let issue = format!("/api/0/issues/{issue}/");

    api.put(&plugin, &json!({"paused": true})).await?;
    for status in ["resolved", "unresolved", "resolved"] {
        api.put(&issue, &json!({ "status": status })).await?;
    }
    eventually("all three to be owed", || async {
        let owed = api.all(&format!("{issue}deliveries/")).await?;
        Ok((owed.len() == 3).then_some(()))
    })
    .await?;
    api.put(&plugin, &json!({"paused": false})).await?;
    let told = receiver.wait_for(1).await?;
    assert_eq!(told[0].headers["errand-event"], "issue.resolved");
    let over = deliveries(&api, &project, 3).await?;
    let count = |state: &str| over.iter().filter(|delivery| delivery["state"] == state).count();
    assert_eq!((count("done"), count("superseded")), (1, 2), "{over:?}");
    assert_eq!(receiver.received().len(), 1, "nothing that was over by then");
    Ok(())
}
