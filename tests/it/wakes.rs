//! What wakes plugins besides what happens to issues, from outside: the clock, other systems, buttons.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_tests::{Api, Hub, Project, event, eventually, root};
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
        // What is installed while the hub runs is taken up a moment later.
        eventually("the plugin to be taken up", || async {
            let shown = api.get(&plugin).await?;
            Ok(shown["hooks"].get(0).cloned())
        })
        .await?;
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
pub(crate) fn behaviours() -> Result<PathBuf> {
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

const SECRET: &str = "whsec_c2lnbmluZyBrZXkgb2YgdGhlIHRlc3Q=";

/// HMAC-SHA256 of a text.
fn mac(key: &[u8], signed: &str) -> Vec<u8> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    ring::hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[expect(clippy::disallowed_methods, reason = "another system has a clock of its own")]
pub(crate) fn seconds_since_1970() -> Result<u64> {
    let now = std::time::SystemTime::now();
    Ok(now.duration_since(std::time::UNIX_EPOCH)?.as_secs())
}

/// Headers of an honest sender of `{}`, so many seconds ago.
fn signed(route: &str, ago: u64) -> Result<Vec<(&'static str, String)>> {
    let at = seconds_since_1970()? - ago;
    Ok(match route {
        "header" => vec![("x-token", SECRET.to_owned())],
        "github" => {
            let signature = hex(&mac(SECRET.as_bytes(), "{}"));
            vec![("x-hub-signature-256", format!("sha256={signature}"))]
        }
        "standard" => {
            let signature = STANDARD.encode(mac(b"signing key of the test", &format!("msg_1.{at}.{{}}")));
            vec![
                ("webhook-id", "msg_1".to_owned()),
                ("webhook-timestamp", at.to_string()),
                ("webhook-signature", format!("v1,{signature}")),
            ]
        }
        "slack" => {
            let signature = hex(&mac(SECRET.as_bytes(), &format!("v0:{at}:{{}}")));
            vec![
                ("x-slack-request-timestamp", at.to_string()),
                ("x-slack-signature", format!("v0={signature}")),
            ]
        }
        _ => Vec::new(),
    })
}

/// What a sender with these headers is answered.
async fn call(url: &str, headers: &[(&str, String)]) -> Result<(u16, String)> {
    let mut request = reqwest::Client::new().post(url).body("{}");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let answer = request.send().await?;
    let policy = answer.headers().get("content-security-policy").cloned();
    ensure!(policy.is_some(), "nothing that a plugin answers may run");
    Ok((answer.status().as_u16(), answer.text().await?))
}

/// A stage with a plugin that other systems call, and the address of each of its routes.
async fn called_stage() -> Result<(Stage, BTreeMap<String, String>)> {
    let stage = Stage::set(&json!({ "behaviour": "nothing", "signing": SECRET })).await?;
    let shown = stage.api.get(&stage.plugin).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let hooks = shown["hooks"].as_array().context("hooks")?.iter();
    let urls = hooks
        .map(|hook| (text(&hook["route"]), text(&hook["url"])))
        .collect();
    Ok((stage, urls))
}

#[tokio::test]
async fn other_systems_are_let_in_by_their_signature_once() -> Result<()> {
    let (stage, urls) = called_stage().await?;
    for route in ["header", "github", "standard", "slack"] {
        let url = &urls[route];
        let fresh = signed(route, 2)?;
        let answer = (200, format!("\"{route}\""));
        assert_eq!(call(url, &fresh).await?, answer, "valid");
        let again = call(url, &fresh).await?;
        // A secret in a header is the same each time.
        let is_known = again.1.contains("dealt with before");
        assert_eq!((again.0, is_known), (200, route != "header"), "{route} again");
        let mut wrong = fresh.clone();
        let last = wrong.last_mut().context("a header")?;
        last.1 = last.1.replace(['a', 'b', 'c', '1', '2'], "d");
        assert_eq!(call(url, &wrong).await?.0, 401, "{route} with a wrong signature");
        assert_eq!(call(url, &[]).await?.0, 401, "{route} without one");
        if matches!(route, "standard" | "slack") {
            let stale = call(url, &signed(route, 400)?).await?;
            assert!(
                stale.0 == 401 && stale.1.contains("too old"),
                "{route}: {stale:?}"
            );
        }
    }
    let path = format!("{}calls/?occasion=inbound", stage.plugin);
    let calls = stage.api.all(&path).await?;
    let ended = |outcome: &str| calls.iter().filter(|call| call["outcome"] == outcome).count();
    assert_eq!(
        (ended("done"), ended("auth"), ended("ignored")),
        (5, 10, 3),
        "{calls:?}"
    );
    ensure!(
        !serde_json::to_string(&calls)?.contains(SECRET),
        "a secret is written down"
    );
    Ok(())
}

#[tokio::test]
async fn an_address_is_not_guessed_and_shown_to_who_may_change_it() -> Result<()> {
    let (stage, urls) = called_stage().await?;
    let open = &urls["open"];
    assert_eq!(call(open, &[]).await?.0, 200);
    assert_eq!(call(&open.replace("/open", "/none"), &[]).await?.0, 404);
    assert_eq!(
        call(&format!("{}/hooks/guess/open", stage.hub.url), &[]).await?.0,
        404
    );
    let newest = stage.call("inbound").await?;
    assert_eq!(
        (&newest["name"], &newest["outcome"]),
        (&json!("open"), &json!("done")),
        "{newest}"
    );
    let reader = stage.hub.api_with_scopes(&["org:read"]).await?;
    assert_eq!(reader.get(&stage.plugin).await?["hooks"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_button_is_pressed_over_the_api() -> Result<()> {
    let stage = Stage::set(&json!({ "behaviour": "nothing" })).await?;
    let sdk = stage.hub.sdk(&stage.project)?;
    ensure!(
        sdk.send(&event("button", "ada")).await?.status == 200,
        "an event is refused"
    );
    stage.hub.drained().await?;
    let issues = format!(
        "/api/0/projects/{}/{}/issues/",
        stage.project.organization, stage.project.slug
    );
    let issue = stage.api.all(&issues).await?[0]["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    let actions = format!("/api/0/issues/{issue}/plugin-actions/");
    let offered = stage.api.get(&actions).await?;
    assert_eq!(
        (&offered[0]["id"], &offered[0]["form"][0]["type"]),
        (&json!("poke"), &json!("url"))
    );
    let path = format!(
        "{actions}{}/poke/",
        offered[0]["installationId"].as_str().context("an id")?
    );
    let reply = stage
        .api
        .post(&path, &json!({ "url": "https://tickets.example.com/7" }))
        .await?;
    assert_eq!(reply["openUrl"], "https://tickets.example.com/7");
    assert!(
        reply["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("poke SHOP-1 ")),
        "{reply}"
    );
    let wrong = stage
        .api
        .post(&path, &json!({ "url": "javascript:alert(1)" }))
        .await;
    assert!(wrong.is_err_and(|error| error.to_string().contains("400")));
    let call = stage.call("action").await?;
    assert_eq!(
        (&call["issueId"], &call["outcome"]),
        (&json!(issue), &json!("done")),
        "{call}"
    );
    Ok(())
}
