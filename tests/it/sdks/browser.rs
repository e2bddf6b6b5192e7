//! The browser SDK, in headless Chromium.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use errand_tests::eventually;
use serde_json::{Map, Value, json};
use tokio::process::Command;

use super::{Stage, functions, sdks, tag};

#[tokio::test]
async fn the_browser_sdk_sends() -> Result<()> {
    let Some(folder) = sdks() else { return Ok(()) };
    let stage = Stage::set().await?;
    for user in ["ada", "bob"] {
        visit(
            &folder,
            "page.html",
            &[("DSN", &stage.project.dsn), ("USER", user)],
        )
        .await?;
    }
    let issue = stage.issue_seen(2).await?;
    assert_eq!(
        issue["title"],
        "TypeError: Cannot read properties of undefined (reading 'amount')"
    );
    assert_eq!(issue["userCount"], 2);
    assert_eq!(issue["platform"], "javascript");
    let event = stage.latest_event(&issue).await?;
    assert_eq!(functions(&event).last(), Some(&"showTotal"));
    assert_eq!(tag(&event, "release"), "shop-web@7.0.4");
    assert!(tag(&event, "browser.name").contains("Chrom"), "{event}");
    assert!(
        tag(&event, "browser").len() > tag(&event, "browser.name").len(),
        "a version is named: {event}"
    );
    assert_eq!(tag(&event, "os.name"), "Linux");
    stage.webhook_heard_once(&issue).await?;
    sessions_had_errors(&stage, 2).await
}

/// The page is served on loopback, which is what the filter of localhost is for.
#[tokio::test]
async fn what_the_browser_sdk_sends_from_localhost_is_dropped_where_it_is_not_wanted() -> Result<()> {
    let Some(folder) = sdks() else { return Ok(()) };
    let stage = Stage::set().await?;
    let place = format!(
        "/api/0/projects/{}/{}/",
        stage.project.organization, stage.project.slug
    );
    let on = json!({"active": true});
    let answer = stage
        .api
        .send(
            reqwest::Method::PUT,
            &format!("{place}filters/localhost/"),
            Some(&on),
        )
        .await?;
    ensure!(answer.status() == 204, "{}", answer.status());
    let words = [("DSN", stage.project.dsn.as_str()), ("USER", "ada")];
    visit(&folder, "page.html", &words).await?;
    let path = format!(
        "/api/0/organizations/{}/stats_v2/?field=sum(quantity)&groupBy=reason&outcome=filtered&category=error&statsPeriod=24h",
        stage.project.organization
    );
    eventually("the event to be counted", || async {
        let told = stage.api.get(&path).await?;
        Ok((told["groups"][0]["by"]["reason"] == "localhost").then_some(()))
    })
    .await?;
    ensure!(
        stage.api.get(&format!("{place}issues/")).await? == json!([]),
        "an issue was made"
    );
    Ok(())
}

/// Each visit is a session, which the SDK tells of by itself: when it begins, and again when the page breaks.
async fn sessions_had_errors(stage: &Stage, count: i64) -> Result<()> {
    let organization = &stage.project.organization;
    let path = format!(
        "/api/0/organizations/{organization}/sessions/?field=sum(session)&groupBy=session.status&groupBy=release"
    );
    eventually("the sessions", || async {
        let told = stage.api.get(&path).await?;
        let groups: Vec<_> = told["groups"].as_array().into_iter().flatten().collect();
        let counted = |status: &str| {
            let is_meant = |by: &Value| by["session.status"] == status && by["release"] == "shop-web@7.0.4";
            let group = groups.iter().find(|group| is_meant(&group["by"]));
            group.and_then(|group| group["totals"]["sum(session)"].as_i64())
        };
        Ok((counted("errored") == Some(count) && counted("healthy") == Some(0)).then_some(()))
    })
    .await
}

/// Somebody opens a page of `tests/sdks`, in which these words are replaced, and its error is sent.
pub(crate) async fn visit(folder: &Path, page: &str, words: &[(&str, &str)]) -> Result<()> {
    let page = Page::serve(folder, page, words).await?;
    ensure!(
        open(&page.url).await?.contains("data-sent"),
        "the page did not get to its end"
    );
    Ok(())
}

/// Opens a page and returns its text once its scripts came to rest.
async fn open(url: &str) -> Result<String> {
    let profile = tempfile::tempdir()?;
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=15000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .output()
        .await
        .context("starting chromium")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Serves the page and the SDK's modules on loopback.
struct Page {
    url: String,
    task: tokio::task::JoinHandle<()>,
}

struct Site {
    page: String,
    modules: PathBuf,
}

impl Page {
    async fn serve(folder: &Path, page: &str, words: &[(&str, &str)]) -> Result<Self> {
        let page = std::fs::read_to_string(errand_tests::root().join("tests/sdks").join(page))?;
        let map = import_map(&folder.join("node_modules"))?.to_string();
        let page = words
            .iter()
            .fold(page, |page, (word, text)| page.replace(word, text))
            .replace("IMPORT_MAP", &map);
        let site = std::sync::Arc::new(Site {
            page,
            modules: folder.join("node_modules"),
        });
        let app = axum::Router::new().fallback(answer).with_state(site);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                panic!("the site ended: {error}");
            }
        });
        Ok(Page { url, task })
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where the browser finds each package: what a bundler would read from its `exports`.
fn import_map(packages: &Path) -> Result<Value> {
    let mut imports = Map::new();
    for name in package_names(packages)? {
        let text = std::fs::read_to_string(packages.join(&name).join("package.json"))?;
        let package: Value = serde_json::from_str(&text)?;
        for (path, export) in package["exports"].as_object().into_iter().flatten() {
            if let (Some(path), Some(file)) = (path.strip_prefix('.'), module_of(export)) {
                imports.insert(
                    format!("{name}{path}"),
                    json!(format!("/{name}/{}", file.trim_start_matches("./"))),
                );
            }
        }
    }
    Ok(json!({ "imports": imports }))
}

/// `web-vitals`, `@sentry/core`, …
fn package_names(packages: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(packages)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('@') {
            for inner in std::fs::read_dir(entry.path())? {
                names.push(format!("{name}/{}", inner?.file_name().to_string_lossy()));
            }
        } else if !name.starts_with('.') {
            names.push(name);
        }
    }
    Ok(names)
}

/// The ES module of an export, whatever conditions it is wrapped in.
fn module_of(export: &Value) -> Option<&str> {
    match export {
        Value::String(file) => Some(file),
        Value::Object(conditions) => ["browser", "production", "import", "default"]
            .iter()
            .find_map(|key| module_of(conditions.get(*key)?)),
        _ => None,
    }
}

async fn answer(State(site): State<std::sync::Arc<Site>>, uri: Uri) -> Response {
    if uri.path() == "/" {
        return (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            site.page.clone(),
        )
            .into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if path.contains("..") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match tokio::fs::read(site.modules.join(path)).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, "text/javascript")], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
