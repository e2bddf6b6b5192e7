//! A newcomer's path: a plugin is begun, tried, brought to the hub and put to use, by the commands of the guide.

use std::process::Output;

use anyhow::{Result, ensure};
use errand_tests::{Hub, Receiver, event, root, tool};
use serde_json::Value;

#[tokio::test]
async fn a_plugin_is_begun_tried_installed_and_fires() -> Result<()> {
    let mut hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let receiver = Receiver::start(&[]).await?;
    let folder = tempfile::tempdir()?;
    let within = folder.path().to_string_lossy().into_owned();
    let sdk = root().join("plugin-sdk").to_string_lossy().into_owned();
    let plugin = format!("{within}/team-chat");

    said(&tool(&["plugin", "new", "team-chat", "--sdk", &sdk, "--within", &within]).await?)?;
    let report = said(&tool(&["plugin", "test", &plugin, "--json"]).await?)?;
    let report: Value = serde_json::from_str(&report)?;
    let cases = report["cases"].as_array().map_or(0, Vec::len);
    assert!(cases >= 12, "{report}");
    assert!(
        report["cases"]
            .as_array()
            .is_some_and(|cases| cases.iter().all(|case| case["verdict"] == "passed")),
        "{report}"
    );
    let checked = said(&tool(&["plugin", "check", &plugin]).await?)?;
    assert!(
        checked.contains("does: configuration@1.0.0, events@1.0.0"),
        "{checked}"
    );

    said(&hub.cli(&["plugin", "install", &plugin]).await?)?;
    hub.terminate().await?;
    hub.restart().await?;
    let url = format!("url={}", receiver.url);
    hub.cli_json(&["plugin", "add", "team-chat", "--set", &url])
        .await?;
    let sent = hub.sdk(&project)?.send(&event("newcomer", "ada")).await?;
    assert_eq!(sent.status, 200);
    let posted = receiver.wait_for(1).await?.remove(0);
    assert!(
        posted.body["text"]
            .as_str()
            .is_some_and(|text| text.contains("SHOP-1")),
        "{}",
        posted.body
    );
    Ok(())
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_with_a_reason() -> Result<()> {
    let hub = Hub::start().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("nonsense.wasm");
    std::fs::write(&file, b"\0asm\x01\0\0\0")?;
    for command in ["check", "test", "install"] {
        let args = ["plugin", command, &file.to_string_lossy()];
        let output = match command {
            "install" => hub.cli(&args).await?,
            _ => tool(&args).await?,
        };
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.status.success(), "{command} took it");
        assert!(error.contains("no WebAssembly component"), "{command}: {error}");
    }
    let output = tool(&["plugin", "new", "No Spaces"]).await?;
    assert!(String::from_utf8_lossy(&output.stderr).contains("lower-case"));
    Ok(())
}

fn said(output: &Output) -> Result<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {error}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
