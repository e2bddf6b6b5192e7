//! Plugins from elsewhere: a web server, a registry, another hub on the same database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use errand_tests::{Options, eventually, tool};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::versions::component;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A registry as the OCI distribution specification has it: it wants a token, which anybody gets, and keeps blobs with
/// somebody else.
#[derive(Clone, Default)]
struct Registry {
    kept: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    address: String,
}

impl Registry {
    async fn start() -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let registry = Registry {
            address: listener.local_addr()?.to_string(),
            ..Registry::default()
        };
        let app = Router::new()
            .route(
                "/token",
                get(|| async { axum::Json(json!({"token": "let me in"})) }),
            )
            .route("/v2/acme/hookweb/{kind}/{digest}", get(Self::answer))
            .route("/storage/{digest}", get(Self::storage))
            .route("/file.wasm", get(Self::file))
            .with_state(registry.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(registry)
    }

    fn keep(&self, bytes: &[u8]) -> String {
        let digest = format!("sha256:{}", sha256(bytes));
        self.kept
            .lock()
            .expect("no panic")
            .insert(digest.clone(), bytes.to_vec());
        digest
    }

    /// Pushes an artifact as tools do; answers what names it.
    fn push(&self, wasm: &[u8], config: &str) -> String {
        let layer = self.keep(wasm);
        let config_digest = self.keep(b"{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": config, "digest": config_digest, "size": 2},
            "layers": [{"mediaType": "application/wasm", "digest": layer, "size": wasm.len()}],
        });
        let digest = self.keep(manifest.to_string().as_bytes());
        format!("oci://{}/acme/hookweb@{digest}", self.address)
    }

    fn get(&self, digest: &str) -> Response {
        match self.kept.lock().expect("no panic").get(digest) {
            Some(bytes) => bytes.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    async fn answer(
        State(registry): State<Registry>,
        headers: HeaderMap,
        Path((kind, digest)): Path<(String, String)>,
    ) -> Response {
        if headers
            .get(header::AUTHORIZATION)
            .is_none_or(|value| value != "Bearer let me in")
        {
            let challenge = format!(
                r#"Bearer realm="http://{}/token",service="registry",scope="repository:acme/hookweb:pull""#,
                registry.address
            );
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
        }
        match kind.as_str() {
            "manifests" => registry.get(&digest),
            _ => {
                let elsewhere = [(header::LOCATION, format!("/storage/{digest}"))];
                (StatusCode::TEMPORARY_REDIRECT, elsewhere).into_response()
            }
        }
    }

    async fn storage(State(registry): State<Registry>, Path(digest): Path<String>) -> Response {
        registry.get(&digest)
    }

    async fn file(State(registry): State<Registry>) -> Response {
        registry.get("file")
    }
}

#[tokio::test]
async fn a_plugin_is_installed_from_a_registry_by_its_digest() -> Result<()> {
    let data = tempfile::tempdir()?;
    let folder = data.path().to_string_lossy().into_owned();
    let install = async |source: &str, more: &[&str]| {
        let args = [&["plugin", "install", source, "--data", &folder], more].concat();
        let output = tool(&args).await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok::<_, anyhow::Error>((output.status.success(), said))
    };
    let registry = Registry::start().await?;
    let wasm = component("0.1.0", &[])?;
    let artifact = registry.push(&wasm, "application/vnd.wasm.config.v0+json");
    let (is_installed, said) = install(&artifact, &[]).await?;
    assert!(is_installed, "{said}");
    let installed = std::fs::read(data.path().join("plugins/hookweb-0.1.0.wasm"))?;
    assert!(installed == wasm, "just these bytes");

    let image = registry.push(&wasm, "application/vnd.oci.image.config.v1+json");
    let (is_installed, said) = install(&image, &[]).await?;
    assert!(
        !is_installed && said.contains("no WebAssembly artifact"),
        "{said}"
    );

    // A registry that serves something else under the name is found out.
    let other = component("0.2.0", &[])?;
    let layer = format!("sha256:{}", sha256(&other));
    let artifact = registry.push(&other, "application/vnd.wasm.config.v0+json");
    registry
        .kept
        .lock()
        .expect("no panic")
        .insert(layer, wasm.clone());
    let (is_installed, said) = install(&artifact, &[]).await?;
    assert!(!is_installed && said.contains("not what was asked for"), "{said}");
    assert!(!data.path().join("plugins/hookweb-0.2.0.wasm").exists());

    let url = format!("http://{}/file.wasm", registry.address);
    registry
        .kept
        .lock()
        .expect("no panic")
        .insert("file".to_owned(), other.clone());
    let (is_installed, said) = install(&url, &["--sha256", &sha256(&wasm)]).await?;
    assert!(!is_installed && said.contains("not what was asked for"), "{said}");
    let (is_installed, said) = install(&url, &["--sha256", &sha256(&other)]).await?;
    assert!(is_installed, "{said}");
    Ok(())
}

#[tokio::test]
async fn hubs_on_one_database_share_what_is_installed_at_one() -> Result<()> {
    let Some([one, other]) = crate::cli::two_hubs(&Options::default()).await? else {
        return Ok(());
    };
    let versions = "/api/0/organizations/default/plugin-versions/";
    let api = one.api().await?;
    let (status, answer) = api
        .post_bytes(versions, "application/wasm", component("0.1.0", &[])?)
        .await?;
    assert_eq!(status, 201, "{answer}");
    let there = other.api().await?;
    let knows = async || {
        let versions = there.all(versions).await?;
        Ok::<_, anyhow::Error>(
            versions
                .iter()
                .any(|version: &Value| version["plugin"] == "hookweb"),
        )
    };
    eventually("the other hub to have it", || async {
        Ok(knows().await?.then_some(()))
    })
    .await?;
    let path = format!("{versions}hookweb/0.1.0/");
    let answer = there.send(reqwest::Method::DELETE, &path, None).await?;
    assert_eq!(answer.status(), 204);
    eventually("the first hub to let go of it", || async {
        let left = api.all(versions).await?;
        Ok(left
            .iter()
            .all(|version| version["plugin"] != "hookweb")
            .then_some(()))
    })
    .await
    .context("taken away at the other")?;
    Ok(())
}
