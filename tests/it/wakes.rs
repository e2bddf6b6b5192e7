//! What wakes plugins besides what happens to issues, from outside: the clock.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use errand_tests::{Api, Hub, Project, eventually, root};
use serde_json::{Value, json};

/// A hub with the plugin that does what its setting `behaviour` says.
struct Stage {
    hub: Hub,
    project: Project,
    api: Api,
    /// The installation's path.
    plugin: String,
}

impl Stage {
    async fn set(config: &Value) -> Result<Self> {
        let hub = Hub::start().await?;
        let component = behaviours()?.to_string_lossy().into_owned();
        let installed = hub.cli(&["plugin", "install", &component]).await?;
        ensure!(installed.status.success(), "{installed:?}");
        let project = hub.project("Shop").await?;
        let api = hub.api().await?;
        let plugins = format!("/api/0/organizations/{}/plugins/", project.organization);
        let made = api
            .post(&plugins, &json!({ "plugin": "behaviours", "config": config }))
            .await?;
        let plugin = format!("{plugins}{}/", made["id"].as_str().context("an id")?);
        Ok(Stage {
            hub,
            project,
            api,
            plugin,
        })
    }

    /// The newest call on an occasion, once it is written down.
    async fn call(&self, occasion: &str) -> Result<Value> {
        let path = format!("{}calls/?occasion={occasion}", self.plugin);
        eventually(&format!("a call, {occasion}"), || async {
            let calls = self.api.get(&path).await?;
            Ok(calls.get(0).cloned())
        })
        .await
    }
}

/// The component of the plugin that the host's own tests call, built once.
fn behaviours() -> Result<PathBuf> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let is_built = BUILT.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--release",
                "--target",
                "wasm32-wasip2",
            ])
            .arg("--manifest-path")
            .arg(root().join("core/plugin-host/tests/guests/Cargo.toml"))
            .env("CARGO_TARGET_DIR", &folder)
            // Flags of the hub's own build are not for this target.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .status();
        built.is_ok_and(|status| status.success())
    });
    ensure!(*is_built, "the guests cannot be built");
    Ok(folder.join("wasm32-wasip2/release/behaviours.wasm"))
}

#[tokio::test]
async fn a_job_is_planned_run_on_demand_and_written_down() -> Result<()> {
    let stage = Stage::set(&json!({ "behaviour": "nothing" })).await?;
    let job = eventually("the job to be planned", || async {
        let shown = stage.api.get(&stage.plugin).await?;
        Ok(shown["jobs"].get(0).cloned())
    })
    .await?;
    assert_eq!(
        (&job["job"], &job["cron"]),
        (&json!("tidy"), &json!("0 9 * * 1-5"))
    );
    assert!(
        job["due"].as_str().is_some_and(|due| due.contains("T09:00:00")),
        "{job}"
    );
    stage
        .api
        .post(&format!("{}jobs/tidy/run/", stage.plugin), &json!({}))
        .await?;
    let call = stage.call("job").await?;
    assert_eq!(
        (&call["name"], &call["outcome"]),
        (&json!("tidy"), &json!("done")),
        "{call}"
    );
    let said = call["log"][0]["message"].as_str().unwrap_or_default();
    assert!(said.starts_with("tidy due at "), "{call}");
    let id = call["id"].as_str().context("an id")?;
    let path = format!(
        "/api/0/organizations/{}/plugin-calls/{id}/",
        stage.project.organization
    );
    assert_eq!(stage.api.get(&path).await?, call);
    let missing = stage
        .api
        .post(&format!("{}jobs/none/run/", stage.plugin), &json!({}))
        .await;
    assert!(missing.is_err_and(|error| error.to_string().contains("404")));
    assert!(stage.hub.pid().is_some());
    Ok(())
}
