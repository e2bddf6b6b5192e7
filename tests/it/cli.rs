//! The command line teaches, and refuses with a sentence that says what to do.

use anyhow::{Context as _, Result};
use errand_tests::{Hub, Options, Receiver, Visitor, event, eventually};
use serde_json::Value;

#[tokio::test]
async fn projects_and_tokens_are_made_beside_a_running_hub() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("My Shop").await?;
    assert_eq!(project.slug, "my-shop");
    assert_eq!(project.public_key.len(), 32);
    let expected = format!(
        "http://{}@{}/{}",
        project.public_key,
        hub.url.trim_start_matches("http://"),
        project.id
    );
    assert_eq!(project.dsn, expected);
    let listed = hub
        .api()
        .await?
        .get(&format!("/api/0/projects/{}/my-shop/", project.organization))
        .await?;
    assert_eq!(listed["id"], project.id);
    Ok(())
}

#[tokio::test]
async fn what_the_command_line_changes_stands_in_the_audit_log() -> Result<()> {
    let hub = Hub::start().await?;
    hub.project("Shop").await?;
    let hook = "url=https://example.com/hook?key=s3cret";
    for args in [
        vec!["retention", "--days", "30", "--project", "shop"],
        vec!["mail", "refuse", "eve@example.com"],
        vec!["plugin", "add", "webhook", "--name", "Hook", "--set", hook],
        vec!["secrets", "rotate"],
        vec!["token", "create", "--name", "build machine"],
    ] {
        let output = hub.cli(&args).await?;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?} said: {error}");
    }
    // What does not come about is nothing to write down.
    let again = hub.cli(&["mail", "allow", "mallory@example.com"]).await?;
    assert!(!again.status.success());
    let page = Visitor::administrator(&hub).await?.get("/audit").await?;
    for told in [
        "made the project shop",
        "events of shop are kept: days 30, bytes no bound",
        "refuse mail to eve@example.com",
        "put Hook to use (webhook)",
        "settings with the first key",
        "made the API token build machine",
        "made a sign-in link for the administrator",
    ] {
        let line = page.lines().find(|line| line.contains(told));
        let line = line.with_context(|| format!("'{told}' is missing in: {page}"))?;
        assert!(line.contains("<b>Command line</b>"), "{line}");
    }
    assert!(page.contains("errand plugin add") && page.contains("errand project create"));
    for unsaid in ["s3cret", "mallory"] {
        assert!(!page.contains(unsaid), "{page}");
    }
    let entries = hub
        .api()
        .await?
        .get("/api/0/organizations/default/audit-logs/?event=projects")
        .await?;
    assert_eq!(entries[0]["note"], "made the project shop", "{entries}");
    assert_eq!(entries[0]["userId"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let reader = hub.api_with_scopes(&["event:read"]).await?;
    let path = format!(
        "/api/0/projects/{}/{}/issues/",
        project.organization, project.slug
    );
    assert!(reader.get(&path).await.is_ok());
    let change = serde_json::json!({ "status": "resolved" });
    let refused = reader
        .send(reqwest::Method::PUT, &format!("{path}?id=1"), Some(&change))
        .await?;
    assert_eq!(refused.status(), 403);
    Ok(())
}

#[tokio::test]
async fn wrong_input_is_named_with_what_is_allowed() -> Result<()> {
    let hub = Hub::start().await?;
    for (args, expected) in [
        (vec!["token", "create", "--scopes", "event:sing"], "event:read"),
        (vec!["project", "create", ""], "name"),
        (vec!["serve", "--listen", "nonsense"], "server.listen"),
        (vec!["serve", "--database-url", "mysql://x/y"], "postgres://"),
        (vec!["plugin", "add", "webhook", "--set", "url"], "="),
        (vec!["plugin", "add", "nonsense"], "webhook"),
    ] {
        let output = hub.cli(&args).await?;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{args:?} succeeded");
        assert!(error.contains(expected), "{args:?} said: {error}");
        assert!(!error.contains("panicked"), "{args:?} said: {error}");
    }
    Ok(())
}

#[tokio::test]
async fn doctor_finds_a_healthy_hub_healthy_and_a_dead_database_dead() -> Result<()> {
    let hub = Hub::start().await?;
    let healthy = hub.cli(&["doctor"]).await?;
    assert!(
        healthy.status.success(),
        "{}",
        String::from_utf8_lossy(&healthy.stdout)
    );
    let dead = hub
        .cli(&["doctor", "--database-url", "postgres://nobody@127.0.0.1:1/none"])
        .await?;
    assert!(!dead.status.success());
    assert!(
        String::from_utf8_lossy(&dead.stdout).contains("PostgreSQL"),
        "{}",
        String::from_utf8_lossy(&dead.stdout)
    );
    Ok(())
}

#[tokio::test]
async fn grouping_is_explained() -> Result<()> {
    let hub = Hub::start().await?;
    let file = hub.data().join("event.json");
    std::fs::write(&file, event("explain", "ada").to_string())?;
    let path = file.to_string_lossy().into_owned();
    let said = hub.cli_json(&["grouping", "explain", &path]).await?;
    // Every frame is in-app, so both variants are the same and the system's one stands for both.
    let (app, system) = (&said["variants"]["app"], &said["variants"]["system"]);
    assert!(app["hash"].is_null(), "{said}");
    assert_eq!(system["hash"].as_str().map(str::len), Some(32), "{said}");
    assert_eq!(system["values"][0], "shop.app", "{said}");
    Ok(())
}

/// The URL of a new database on the server of `url`.
pub(crate) async fn fresh_database(url: &str) -> Result<String> {
    let name = format!("errand_{}", uuid::Uuid::new_v4().simple());
    let status = tokio::process::Command::new("psql")
        .args([url, "-qc", &format!("CREATE DATABASE {name}")])
        .status()
        .await?;
    anyhow::ensure!(status.success(), "creating the database {name}");
    let (server, _) = url.rsplit_once('/').unwrap_or((url, ""));
    Ok(format!("{server}/{name}"))
}

/// Two hubs on one database of PostgreSQL; none where there is no server.
pub(crate) async fn two_hubs(options: &Options) -> Result<Option<[Hub; 2]>> {
    let Ok(url) = std::env::var("ERRAND_TEST_POSTGRES") else {
        println!("left out: ERRAND_TEST_POSTGRES names no server; `cargo xtask test` starts one");
        return Ok(None);
    };
    let keys = "errand-key-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let database = fresh_database(&url).await?;
    let start = async |node: &str| {
        let mut options = options.clone();
        options.database_url = Some(database.clone());
        let options = options
            .with("ERRAND_SERVER_NODE", node)
            .with("ERRAND_SECRETS_KEYS", keys);
        Hub::start_with(options).await
    };
    Ok(Some([start("1").await?, start("2").await?]))
}

#[tokio::test]
async fn a_hub_runs_on_postgres_too() -> Result<()> {
    let Ok(url) = std::env::var("ERRAND_TEST_POSTGRES") else {
        println!("left out: ERRAND_TEST_POSTGRES names no server; `cargo xtask test` starts one");
        return Ok(());
    };
    let options = Options {
        database_url: Some(fresh_database(&url).await?),
        ..Options::default()
    };
    let hub = Hub::start_with(options).await?;
    let project = hub.project("Shop").await?;
    for user in ["ada", "bob", "ada"] {
        assert_eq!(hub.sdk(&project)?.send(&event("pg", user)).await?.status, 200);
    }
    hub.drained().await?;
    let path = format!(
        "/api/0/projects/{}/{}/issues/?query=license:L-bob",
        project.organization, project.slug
    );
    let issues = hub.api().await?.get(&path).await?;
    assert_eq!(
        (issues[0]["count"].as_str(), issues[0]["userCount"].as_u64()),
        (Some("3"), Some(2)),
        "{issues}"
    );
    Ok(())
}

#[tokio::test]
async fn what_was_tried_is_shown_and_tried_again() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let receiver = Receiver::start(&[400]).await?;
    let url = format!("url={}", receiver.url);
    let added = hub.cli_json(&["plugin", "add", "webhook", "--set", &url]).await?;
    let id = added["id"].as_str().context("an id")?.to_owned();
    hub.sdk(&project)?.send(&event("logged", "ada")).await?;
    let attempts = async || {
        let output = hub.cli(&["plugin", "logs", &id, "--json"]).await?;
        let text = String::from_utf8(output.stdout)?;
        let lines: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
        lines.map_err(anyhow::Error::from)
    };
    let given_up = eventually("the attempt to be shown", || async {
        Ok(attempts().await?.into_iter().next())
    })
    .await?;
    assert_eq!(given_up["outcome"], "given up", "{given_up}");
    assert_eq!(given_up["requests"][0]["status"], 400, "{given_up}");
    let replayed = hub.cli_json(&["plugin", "replay", "--dead", &id]).await?;
    assert_eq!(replayed["replayed"], 1);
    let done = eventually("the second attempt", || async {
        Ok(attempts().await?.into_iter().nth(1))
    })
    .await?;
    assert_eq!(done["outcome"], "done", "{done}");
    let delivery = done["delivery"].to_string();
    assert_eq!(
        hub.cli_json(&["plugin", "replay", &delivery]).await?["replayed"],
        1
    );
    receiver.wait_for(3).await?;
    let shown = hub.cli(&["plugin", "logs", "-n", "1"]).await?;
    let shown = String::from_utf8(shown.stdout)?;
    assert!(
        shown.contains("installation") && shown.contains("delivery"),
        "{shown}"
    );
    let unknown = hub.cli(&["plugin", "replay", "1"]).await?;
    assert!(!unknown.status.success());
    Ok(())
}
