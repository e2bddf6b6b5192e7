//! Plugins in their versions: brought while the hub runs, held to what was agreed to, and taken back.

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Api, Hub, Options, Project, Receiver, binary, event, eventually, patched, tool};
use reqwest::Method;
use serde_json::{Value, json};

/// The webhook's component as another plugin: what is put in place of its manifest's text has to be as long.
pub(crate) fn component(version: &str, replaced: &[(&str, &str)]) -> Result<Vec<u8>> {
    let binary = binary();
    let target = binary
        .ancestors()
        .nth(2)
        .context("the binary lies in target/debug")?;
    let wasm = std::fs::read(target.join("plugins/webhook.wasm"))?;
    let version = format!("\"version\": \"{version}\"");
    let own = [
        ("\"id\": \"webhook\"", "\"id\": \"hookweb\""),
        ("\"version\": \"0.1.0\"", version.as_str()),
    ];
    patched(wasm, &[own.as_slice(), replaced].concat())
}

const MORE: (&str, &str) = (
    "\"issue.regressed\", \"alert.raised\"]",
    "\"issue.regressed\", \"issue.nagged\"]",
);

struct Stage {
    hub: Hub,
    project: Project,
    receiver: Receiver,
    api: Api,
    /// The versions' path.
    versions: String,
    /// The installation's path.
    plugin: String,
}

impl Stage {
    /// A hub with version 0.1.0 put to use.
    async fn set() -> Result<Self> {
        let hub = Hub::start().await?;
        let project = hub.project("Shop").await?;
        let receiver = Receiver::start(&[]).await?;
        let api = hub.api().await?;
        let organization = format!("/api/0/organizations/{}", project.organization);
        let mut stage = Stage {
            hub,
            project,
            receiver,
            api,
            versions: format!("{organization}/plugin-versions/"),
            plugin: String::new(),
        };
        let brought = stage.bring("0.1.0", &[]).await?;
        ensure!(
            brought["isCurrent"] == false,
            "it runs, and nobody has agreed: {brought}"
        );
        let body = json!({ "plugin": "hookweb", "config": { "url": stage.receiver.url } });
        let made = stage.api.post(&format!("{organization}/plugins/"), &body).await?;
        let id = made["id"].as_str().context("an id")?;
        stage.plugin = format!("{organization}/plugins/{id}/");
        Ok(stage)
    }

    async fn bring(&self, version: &str, replaced: &[(&str, &str)]) -> Result<Value> {
        let wasm = component(version, replaced)?;
        let (status, answer) = self
            .api
            .post_bytes(&self.versions, "application/wasm", wasm)
            .await?;
        ensure!(status == 201, "{status}: {answer}");
        Ok(answer)
    }

    async fn fail(&self, group: &str) -> Result<()> {
        let sent = self.hub.sdk(&self.project)?.send(&event(group, "ada")).await?;
        ensure!(sent.status == 200, "the event is refused");
        Ok(())
    }

    /// Which version runs.
    async fn current(&self) -> Result<Value> {
        let versions = self.api.all(&self.versions).await?;
        let current = versions
            .iter()
            .find(|version| version["plugin"] == "hookweb" && version["isCurrent"] == true);
        Ok(current.map_or(Value::Null, |version| version["version"].clone()))
    }
}

#[tokio::test]
async fn a_version_that_wants_more_waits_for_an_admin_and_nothing_is_lost() -> Result<()> {
    let stage = Stage::set().await?;
    stage.fail("first").await?;
    stage.receiver.wait_for(1).await?;

    let newer = stage.bring("0.2.0", &[]).await?;
    assert_eq!(
        newer["isCurrent"], true,
        "it wants no more than was agreed to: {newer}"
    );
    let greedy = stage.bring("0.3.0", &[MORE]).await?;
    assert_eq!(greedy["beyond"], json!(["hear of issue.nagged"]));
    assert_eq!(stage.current().await?, "0.2.0", "the one before goes on");
    stage.fail("second").await?;
    stage.receiver.wait_for(2).await?;

    for version in ["0.1.0", "0.2.0"] {
        let path = format!("{}hookweb/{version}/", stage.versions);
        let answer = stage.api.send(Method::DELETE, &path, None).await?;
        assert_eq!(answer.status(), 204);
    }
    stage.fail("third").await?;
    let held = eventually("the installation to be held", || async {
        let installation = stage.api.get(&stage.plugin).await?;
        Ok(installation["paused"].as_str().map(str::to_owned))
    })
    .await?;
    assert!(held.contains("0.3.0 wants to hear of issue.nagged"), "{held}");
    assert_eq!(stage.receiver.received().len(), 2);

    let agree = format!("{}hookweb/0.3.0/agree/", stage.versions);
    stage.api.post(&agree, &json!({})).await?;
    stage.receiver.wait_for(3).await?;
    assert_eq!(stage.current().await?, "0.3.0");
    Ok(())
}

#[tokio::test]
async fn an_installation_is_held_to_a_version_and_taken_back_to_the_one_before() -> Result<()> {
    let stage = Stage::set().await?;
    stage.bring("0.2.0", &[]).await?;
    let id = stage
        .plugin
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .context("an id")?;
    let version = async || Ok::<_, anyhow::Error>(stage.api.get(&stage.plugin).await?["version"].clone());
    let cli = async |args: &[&str]| {
        let output = stage.hub.cli(args).await?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{args:?}: {error}");
        Ok(())
    };
    cli(&["plugin", "rollback", id]).await?;
    assert_eq!(version().await?, "0.1.0");
    stage.fail("first").await?;
    stage.receiver.wait_for(1).await?;
    cli(&["plugin", "use", id, "newest"]).await?;
    assert_eq!(version().await?, Value::Null);
    let unknown = json!({ "version": "9.9.9" });
    let answer = stage.api.send(Method::PUT, &stage.plugin, Some(&unknown)).await?;
    assert_eq!(answer.status(), 400);
    stage
        .api
        .put(&stage.plugin, &json!({ "version": "0.2.0" }))
        .await?;
    assert_eq!(version().await?, "0.2.0");
    cli(&["plugin", "uninstall", "hookweb@0.2.0"]).await?;
    // The hub that runs lets go of it without a restart, and says why nothing is told.
    eventually("0.2.0 to be unloaded", || async {
        Ok((stage.current().await? == "0.1.0").then_some(()))
    })
    .await?;
    stage.fail("second").await?;
    eventually("the installation to be held", || async {
        let installation = stage.api.get(&stage.plugin).await?;
        let paused = installation["paused"].as_str().unwrap_or_default().to_owned();
        Ok(paused.contains("hookweb@0.2.0").then_some(()))
    })
    .await?;
    cli(&["plugin", "use", id, "newest"]).await?;
    stage.receiver.wait_for(2).await?;
    Ok(())
}

#[tokio::test]
async fn settings_come_back_with_the_version_that_had_them() -> Result<()> {
    let stage = Stage::set().await?;
    let id = stage
        .plugin
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .context("an id")?;
    let runs = async |version: &str| {
        eventually(&format!("{version} to run"), || async {
            let listed = stage.hub.cli_json(&["plugin", "list"]).await?;
            let installed = listed["installations"].as_array().context("installations")?;
            Ok(installed.iter().any(|one| one["runs"] == version).then_some(()))
        })
        .await
    };
    let url = async || Ok::<_, anyhow::Error>(stage.api.get(&stage.plugin).await?["config"]["url"].clone());
    runs("0.1.0").await?;
    let before = url().await?;
    stage.bring("0.2.0", &[]).await?;
    runs("0.2.0").await?;
    assert_eq!(
        url().await?,
        before,
        "without a word of the plugin they stay what they are"
    );
    let other = Receiver::start(&[]).await?;
    let changed = json!({ "config": { "url": other.url } });
    stage.api.put(&stage.plugin, &changed).await?;

    let output = stage.hub.cli(&["plugin", "rollback", id]).await?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    runs("0.1.0").await?;
    assert_eq!(url().await?, before);
    stage.fail("first").await?;
    stage.receiver.wait_for(1).await?;
    assert!(other.received().is_empty());
    Ok(())
}

#[tokio::test]
async fn not_everybody_brings_plugins_and_not_everything_is_one() -> Result<()> {
    let hub = Hub::start().await?;
    let path = "/api/0/organizations/default/plugin-versions/";
    let writer = hub.api_with_scopes(&["org:read", "org:write"]).await?;
    let (status, _) = writer
        .post_bytes(path, "application/wasm", component("0.1.0", &[])?)
        .await?;
    assert_eq!(status, 403);
    let api = hub.api().await?;
    let (status, answer) = api
        .post_bytes(path, "application/wasm", b"<html>".to_vec())
        .await?;
    assert_eq!(status, 400);
    assert!(
        answer.to_string().contains("no WebAssembly component"),
        "{answer}"
    );
    let bundled = api
        .send(Method::DELETE, &format!("{path}webhook/0.1.0/"), None)
        .await?;
    assert_eq!(bundled.status(), 409);
    Ok(())
}

#[tokio::test]
async fn where_only_some_are_trusted_a_plugin_needs_their_signature() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (file, key) = (path("hookweb.wasm"), path("key"));
    let shown = tool(&["plugin", "key", &key]).await?;
    let public = String::from_utf8(shown.stdout)?.trim().to_owned();
    let again = tool(&["plugin", "key", &key]).await?;
    assert_eq!(
        String::from_utf8(again.stdout)?.trim(),
        public,
        "the file keeps its key"
    );
    let options = Options::default()
        .with("ERRAND_PLUGINS_TRUST", "only")
        .with("ERRAND_PLUGINS_TRUSTED_KEYS", &json!([public]).to_string());
    let hub = Hub::start_with(options).await?;
    let api = hub.api().await?;
    let versions = "/api/0/organizations/default/plugin-versions/";

    let unsigned = component("0.1.0", &[])?;
    std::fs::write(&file, &unsigned)?;
    let (status, answer) = api.post_bytes(versions, "application/wasm", unsigned).await?;
    assert_eq!(status, 400, "{answer}");
    assert!(answer.to_string().contains("nobody signed it"), "{answer}");
    let installed = hub.cli(&["plugin", "install", &file]).await?;
    let error = String::from_utf8_lossy(&installed.stderr).into_owned();
    assert!(
        !installed.status.success() && error.contains("plugins.trust"),
        "{error}"
    );

    let signed = tool(&["plugin", "sign", &file, "--key", &key]).await?;
    ensure!(
        signed.status.success(),
        "{}",
        String::from_utf8_lossy(&signed.stderr)
    );
    let signed = std::fs::read(&file)?;
    let (status, answer) = api
        .post_bytes(versions, "application/wasm", signed.clone())
        .await?;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(answer["signedBy"], public.as_str());

    let other = path("other");
    tool(&["plugin", "key", &other]).await?;
    std::fs::write(&file, component("0.2.0", &[])?)?;
    tool(&["plugin", "sign", &file, "--key", &other]).await?;
    let (status, answer) = api
        .post_bytes(versions, "application/wasm", std::fs::read(&file)?)
        .await?;
    assert_eq!(status, 400, "a stranger's signature: {answer}");
    let mut forged = signed;
    let at = forged.len() / 2;
    forged[at] ^= 1;
    let (status, answer) = api.post_bytes(versions, "application/wasm", forged).await?;
    assert_eq!(status, 400, "a change after signing: {answer}");
    Ok(())
}
