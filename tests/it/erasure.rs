//! A person's data goes, and everything can be taken along.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, event, eventually};
use serde_json::{Value, json};

/// The rows of each table in an archive, and its manifest.
fn tables(archive: &[u8]) -> Result<(BTreeMap<String, Vec<Value>>, Value)> {
    let (mut tables, mut manifest) = (BTreeMap::<String, Vec<Value>>::new(), Value::Null);
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        match name.split_once('-') {
            Some((table, _)) => {
                let rows = text.lines().map(serde_json::from_str::<Value>);
                let rows = rows.collect::<Result<Vec<_>, _>>().context(name.clone())?;
                tables.entry(table.to_owned()).or_default().extend(rows);
            }
            None if name == "manifest.json" => manifest = serde_json::from_str(&text)?,
            None => {}
        }
    }
    Ok((tables, manifest))
}

async fn exported(hub: &Hub) -> Result<BTreeMap<String, Vec<Value>>> {
    let output = hub.cli(&["export", "-"]).await?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "export failed: {error}");
    let (tables, manifest) = tables(&output.stdout)?;
    for (table, rows) in &tables {
        ensure!(
            manifest["rows"][table] == rows.len(),
            "{table}: {} of {manifest}",
            rows.len()
        );
    }
    Ok(tables)
}

#[tokio::test]
async fn a_person_is_erased_by_the_api_and_gone_from_what_is_exported() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let (api, sdk) = (hub.api().await?, hub.sdk(&project)?);
    for (user, count) in [("ada", 40), ("bob", 3)] {
        for _ in 0..count {
            ensure!(sdk.send(&event("cart", user)).await?.status == 200);
        }
    }
    hub.drained().await?;
    let tables = exported(&hub).await?;
    ensure!(tables["event"].len() == 43 && tables["fact"].len() == 43);
    let fact = &tables["fact"][0];
    ensure!(
        fact["tags"]["release"] == "shop@1.0.0" && fact["issue_id"] == tables["issue"][0]["id"],
        "{fact}"
    );

    let place = format!("/api/0/organizations/{}", project.organization);
    let asked = json!({"by": "email", "value": "ada@example.com", "dryRun": true});
    let told = api.post(&format!("{place}/erasures/"), &asked).await?;
    ensure!(told == json!({"users": 1, "events": 40, "task": null}), "{told}");
    let asked = json!({"by": "email", "value": "ada@example.com"});
    let told = api.post(&format!("{place}/erasures/"), &asked).await?;
    ensure!(told["task"].is_string(), "{told}");
    let task = eventually("the task to be done", || async {
        let tasks = api.get(&format!("{place}/tasks/")).await?;
        Ok((tasks[0]["state"] == "done").then(|| tasks[0].clone()))
    })
    .await?;
    ensure!(task["done"] == 40 && task["id"] == told["task"], "{task}");
    ensure!(!task.to_string().contains("ada@example.com"), "{task}");

    let tables = exported(&hub).await?;
    for table in ["event", "fact"] {
        ensure!(
            tables[table].len() == 3,
            "{table}: {} are left",
            tables[table].len()
        );
    }
    let tasks = api.get(&format!("{place}/tasks/")).await?;
    ensure!(
        tasks[0]["title"] == "Export" && tasks[0]["state"] == "done",
        "what was exported is told of: {tasks}"
    );
    for (table, rows) in &tables {
        let left = rows
            .iter()
            .find(|row| row.to_string().contains("ada@example.com"));
        ensure!(left.is_none(), "{table}: {left:?}");
    }
    let issues = format!(
        "/api/0/projects/{}/{}/issues/",
        project.organization, project.slug
    );
    let issues = api.get(&issues).await?;
    ensure!(
        issues[0]["count"] == "43" && issues[0]["userCount"] == 2,
        "{issues}"
    );
    Ok(())
}
