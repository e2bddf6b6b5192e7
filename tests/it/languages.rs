//! Plugins in other languages: the template is built with the language's own tools, keeps what the hub expects of
//! every plugin, and what its language is used to works in the hub.

use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Receiver, event, eventually, tool_with};
use serde_json::Value;

/// Where the tools are installed.
pub(crate) fn tools() -> Option<PathBuf> {
    let folder = std::env::var_os("ERRAND_TEST_PLUGIN_TOOLS").map(PathBuf::from);
    if folder.is_none() {
        println!("left out: ERRAND_TEST_PLUGIN_TOOLS names no folder of tools; `cargo xtask test` sets it");
    }
    folder
}

/// Prints, takes its own language's chance and clock, and says them to the other side.
const PROBE_JS: &str = r#"
import * as http from "./errand/http.js";
export function onEvent(call, event, settings) {
  console.log(`printed for ${event.issue.shortId}`);
  const body = { random: Math.random(), nowMs: Date.now(), at: event.at, level: event.issue.level };
  http.post(settings.url).json(body).send().ok();
}
"#;
const PROBE_PYTHON: &str = r#"
import random
import time
from errand import http

def on_event(call, event, settings):
    print(f"printed for {event.issue.short_id}")
    now_ms = time.time() * 1000
    body = {"random": random.random(), "nowMs": now_ms, "at": event.at, "level": event.issue.level}
    http.post(settings["url"]).json(body).send().ok()
"#;

#[tokio::test]
async fn a_plugin_in_javascript_keeps_what_the_hub_expects() -> Result<()> {
    keeps("js", "plugin.js", PROBE_JS).await
}

#[tokio::test]
async fn a_plugin_in_python_keeps_what_the_hub_expects() -> Result<()> {
    keeps("python", "plugin.py", PROBE_PYTHON).await
}

async fn keeps(lang: &str, code: &str, probe: &str) -> Result<()> {
    let Some(tools) = tools() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let within = folder.path().to_string_lossy().into_owned();
    let plugin = folder.path().join("team-chat");
    let shown = plugin.to_string_lossy().into_owned();
    let path = path_with(&tools)?;
    let run = async |args: &[&str]| said(&tool_with(args, &[("PATH", &path)]).await?);

    run(&["plugin", "new", "team-chat", "--lang", lang, "--within", &within]).await?;
    // npm's way to find what is installed elsewhere: further up.
    std::os::unix::fs::symlink(tools.join("node_modules"), folder.path().join("node_modules"))?;
    let report: Value = serde_json::from_str(&run(&["plugin", "test", &shown, "--json"]).await?)?;
    let cases = report["cases"].as_array().context("cases")?;
    ensure!(
        cases.len() >= 12 && cases.iter().all(|case| case["verdict"] == "passed"),
        "{report}"
    );
    let checked = run(&["plugin", "check", &shown]).await?;
    assert!(
        checked.contains("uses: clock@1.0.0, http@1.0.0, log@1.0.0, settings@1.0.0"),
        "{checked}"
    );

    std::fs::write(plugin.join(code), probe)?;
    fires(&shown, &path).await
}

/// The probe in a hub: what it prints is in the log, its chance is one, its clock is the hub's.
async fn fires(plugin: &str, path: &str) -> Result<()> {
    let mut hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let receiver = Receiver::start(&[]).await?;
    said(
        &hub.cli_with(&["plugin", "install", plugin], &[("PATH", path)])
            .await?,
    )?;
    hub.terminate().await?;
    hub.restart().await?;
    let url = format!("url={}", receiver.url);
    hub.cli_json(&["plugin", "add", "team-chat", "--set", &url])
        .await?;
    for group in ["first", "second"] {
        assert_eq!(hub.sdk(&project)?.send(&event(group, "ada")).await?.status, 200);
    }
    let heard = receiver.wait_for(2).await?;
    let (first, second) = (&heard[0].body, &heard[1].body);
    assert_ne!(
        first["random"], second["random"],
        "chance was frozen when it was built"
    );
    assert_eq!(first["level"], "error");
    for body in [first, second] {
        let (now, at) = (body["nowMs"].as_f64(), body["at"].as_f64());
        let apart = now
            .zip(at)
            .map(|(now, at)| (now - at).abs())
            .context("both times")?;
        assert!(apart < 600_000.0, "its clock is not the hub's: {body}");
    }
    let api = hub.api().await?;
    let issues = format!(
        "/api/0/projects/{}/{}/issues/",
        project.organization, project.slug
    );
    let issue = api.all(&issues).await?[0]["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    let deliveries = format!("/api/0/issues/{issue}/deliveries/");
    let id = eventually("the attempt to be written down", || async {
        let deliveries = api.get(&deliveries).await?;
        let is_done = deliveries[0]["state"] == "done";
        Ok(is_done.then(|| deliveries[0]["id"].as_str().unwrap_or_default().to_owned()))
    })
    .await?;
    let path = format!("/api/0/organizations/{}/deliveries/{id}/", project.organization);
    let delivery = api.get(&path).await?;
    assert!(delivery.to_string().contains("printed for SHOP-"), "{delivery}");
    Ok(())
}

/// `PATH` with the tools before everything else.
fn path_with(tools: &Path) -> Result<String> {
    let path = std::env::var("PATH").context("PATH")?;
    Ok(format!("{}:{path}", tools.join("python/bin").display()))
}

#[tokio::test]
async fn tools_that_are_missing_are_named_with_the_way_to_get_them() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let within = folder.path().to_string_lossy().into_owned();
    for (lang, advice) in [("js", "Node.js"), ("python", "pip install"), ("rust", "rustup")] {
        said(&tool_with(&["plugin", "new", lang, "--lang", lang, "--within", &within], &[]).await?)?;
        let built = tool_with(
            &["plugin", "build", &format!("{within}/{lang}")],
            &[("PATH", &within)],
        )
        .await?;
        let error = String::from_utf8_lossy(&built.stderr);
        ensure!(!built.status.success(), "{lang} was built with nothing");
        assert!(error.contains(advice), "{lang}: {error}");
    }
    Ok(())
}

fn said(output: &Output) -> Result<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {error}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
