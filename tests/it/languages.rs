//! Plugins in other languages: the template is built with the language's own tools, keeps what the hub expects of
//! every plugin, and what its language is used to works in the hub.

use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use errand_tests::tool_with;
use serde_json::{Value, json};

use crate::languages_probe;

/// Where the tools are installed.
pub(crate) fn tools() -> Option<PathBuf> {
    let folder = std::env::var_os("ERRAND_TEST_PLUGIN_TOOLS").map(PathBuf::from);
    if folder.is_none() {
        println!("left out: ERRAND_TEST_PLUGIN_TOOLS names no folder of tools; `cargo xtask test` sets it");
    }
    folder
}

/// A plugin that uses everything there is, in each language, and its manifest.
const PROBE: &str = include_str!("../probes/plugin.json");
const PROBE_JS: &str = include_str!("../probes/plugin.js");
const PROBE_PYTHON: &str = include_str!("../probes/plugin.py");

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
    std::fs::write(plugin.join("plugin.json"), PROBE)?;
    let report: Value = serde_json::from_str(&run(&["plugin", "test", &shown, "--json"]).await?)?;
    for name in [
        "choices are looked up",
        "forms are drawn",
        "older settings are taken over",
        "it looks back and does nothing",
        "it goes back in time and does nothing",
    ] {
        let mut cases = report["cases"].as_array().context("cases")?.iter();
        let case = cases.find(|case| case["name"] == name);
        assert_eq!(
            case.map(|case| &case["verdict"]),
            Some(&json!("passed")),
            "{report}"
        );
    }
    languages_probe::uses_everything(&shown, &path).await
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

pub(crate) fn said(output: &Output) -> Result<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {error}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
