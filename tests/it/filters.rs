//! Inbound filters: what SDKs send and a project does not want is acknowledged, counted by reason, and dropped.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Api, Hub, Project, event, eventually};
use reqwest::Method;
use serde_json::{Value, json};

/// How many events each filter dropped.
async fn dropped(api: &Api, project: &Project) -> Result<BTreeMap<String, i64>> {
    let organization = &project.organization;
    let path = format!(
        "/api/0/organizations/{organization}/stats_v2/?field=sum(quantity)&groupBy=reason&outcome=filtered&category=error&statsPeriod=24h"
    );
    let told = api.get(&path).await?;
    let groups = told["groups"].as_array().into_iter().flatten();
    let group = |group: &Value| {
        let reason = group["by"]["reason"].as_str()?.to_owned();
        Some((reason, group["totals"]["sum(quantity)"].as_i64()?))
    };
    Ok(groups.filter_map(group).collect())
}

async fn switch(api: &Api, project: &Project, filter: &str, body: &Value) -> Result<()> {
    let path = format!(
        "/api/0/projects/{}/{}/filters/{filter}/",
        project.organization, project.slug
    );
    let answer = api.send(Method::PUT, &path, Some(body)).await?;
    ensure!(answer.status() == 204, "{filter}: {}", answer.status());
    Ok(())
}

fn of_browser(user_agent: &str) -> Value {
    let mut of_browser = event("browser", "ada");
    of_browser["platform"] = json!("javascript");
    // Else the hub takes it to be at the address of the test, which is localhost.
    of_browser["user"] = json!({"id": "ada", "ip_address": "192.0.2.7"});
    of_browser["request"] = json!({"url": "https://shop.example/", "headers": {"User-Agent": user_agent}});
    of_browser
}

fn with(field: &str, value: Value) -> Value {
    let mut changed = event("changed", "ada");
    changed[field] = value;
    changed
}

/// One event for each filter.
fn unwanted() -> Vec<(&'static str, Value)> {
    let crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let old = "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko";
    let extension = json!([{"type": "Error", "value": "Extension context invalidated."}]);
    vec![
        ("web-crawlers", of_browser(crawler)),
        ("legacy-browsers", of_browser(old)),
        ("browser-extensions", with("exception", extension)),
        (
            "localhost",
            with("request", json!({"url": "http://localhost:3000/cart"})),
        ),
        ("release-version", with("release", json!("shop@0.9.1"))),
        (
            "error-message",
            with("message", json!("ResizeObserver loop limit exceeded")),
        ),
        (
            "ip-address",
            with("user", json!({"id": "7", "ip_address": "198.51.100.7"})),
        ),
    ]
}

#[tokio::test]
async fn what_a_project_does_not_want_is_counted_by_reason_and_dropped_without_a_restart() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let (api, sdk) = (hub.api().await?, hub.sdk(&project)?);
    for (reason, event) in unwanted() {
        ensure!(sdk.send(&event).await?.status == 200, "{reason}");
    }
    hub.drained().await?;
    ensure!(
        dropped(&api, &project).await?.is_empty(),
        "nothing is filtered unasked"
    );

    for filter in ["web-crawlers", "browser-extensions", "localhost"] {
        switch(&api, &project, filter, &json!({"active": true})).await?;
    }
    switch(&api, &project, "legacy-browsers", &json!({"subfilters": ["ie"]})).await?;
    let options = json!({"options": {"filters:releases": "shop@0.*", "filters:error_messages": "ResizeObserver*",
        "filters:blacklisted_ips": "198.51.100.0/24"}});
    let place = format!("/api/0/projects/{}/{}/", project.organization, project.slug);
    api.put(&place, &options).await?;
    eventually("the filters to be followed", || async {
        let (_, event) = unwanted().into_iter().next().context("one")?;
        ensure!(sdk.send(&event).await?.status == 200);
        Ok(dropped(&api, &project)
            .await?
            .contains_key("web-crawlers")
            .then_some(()))
    })
    .await?;
    let before = dropped(&api, &project).await?;
    let wanted = event("wanted", "ada");
    let mut ids = Vec::new();
    for (reason, event) in unwanted() {
        let answer = sdk.send(&event).await?;
        let id = event["event_id"].as_str().context("an id")?.to_owned();
        ensure!(
            answer.status == 200 && answer.text.contains(&id),
            "{reason}: {}",
            answer.text
        );
        ids.push(id);
    }
    ensure!(sdk.send(&wanted).await?.status == 200);
    hub.drained().await?;
    for (reason, _) in unwanted() {
        eventually(&format!("{reason} to be counted"), || async {
            let count = |sums: &BTreeMap<String, i64>| sums.get(reason).copied().unwrap_or(0);
            Ok((count(&dropped(&api, &project).await?) > count(&before)).then_some(()))
        })
        .await?;
    }
    for id in ids {
        let found = api.get(&format!("{place}events/{id}/")).await;
        ensure!(found.is_err(), "{id} was filtered and is there");
    }
    let id = wanted["event_id"].as_str().context("an id")?;
    api.get(&format!("{place}events/{id}/")).await?;
    Ok(())
}

/// What stock SDKs sent, where it was captured: filters by pattern drop all of it, and none of it without.
#[tokio::test]
async fn captured_envelopes_are_filtered_by_what_they_say() -> Result<()> {
    let Some(corpus) = errand_tests::corpus() else {
        println!("left out: there is no captured corpus beside the repository");
        return Ok(());
    };
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let (api, sdk) = (hub.api().await?, hub.sdk(&project)?);
    let place = format!("/api/0/projects/{}/{}/", project.organization, project.slug);
    let options = json!({"options": {"filters:error_messages": "*"}});
    api.put(&place, &options).await?;
    let mut sent = 0;
    for entry in fs::read_dir(corpus)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with("-exception.envelope") || name.ends_with("-message.envelope") {
            ensure!(sdk.post(fs::read(&path)?, &[]).await?.status == 200, "{name}");
            sent += 1;
        }
    }
    ensure!(sent > 10, "only {sent} envelopes were found");
    hub.drained().await?;
    eventually("all to be counted", || async {
        let counted = dropped(&api, &project).await?;
        Ok((counted.get("error-message") == Some(&sent)).then_some(()))
    })
    .await?;
    ensure!(
        api.get(&format!("{place}issues/")).await? == json!([]),
        "an issue was made"
    );
    Ok(())
}
