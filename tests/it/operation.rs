//! Operating a hub: backup while events arrive, restore, retention.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Sdk, event, tool};
use serde_json::{Value, json};

use crate::cli::fresh_database;

fn well(output: &Output) -> Result<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it failed: {error}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Empties a folder.
fn clear(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => std::fs::remove_dir_all(path)?,
            false => std::fs::remove_file(path)?,
        }
    }
    Ok(())
}

/// What the audit log tells of the command line that begins like this, and of which command.
async fn told(hub: &Hub, beginning: &str) -> Result<Vec<String>> {
    let entries = hub.api().await?;
    let entries = entries.all("/api/0/organizations/default/audit-logs/").await?;
    let told = entries.iter().filter(|entry| entry["actor"] == "Command line");
    let told = told.filter_map(|entry| Some((entry["note"].as_str()?, entry["request"].as_str()?)));
    Ok(told
        .filter(|(what, _)| what.starts_with(beginning))
        .map(|(what, command)| format!("{what} by {command}"))
        .collect())
}

async fn is_told_once(hub: &Hub, beginning: &str, end: &str) -> Result<()> {
    let told = told(hub, beginning).await?;
    ensure!(told.len() == 1 && told[0].ends_with(end), "{told:?}");
    Ok(())
}

/// Sends one event after the other until told to stop; answers the ids that were acknowledged.
async fn send(sdk: Sdk, lane: usize, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let event = event(&format!("lane {lane}"), &format!("user {number}"));
        if let Ok(answer) = sdk.send(&event).await
            && answer.status == 200
        {
            acknowledged.extend(event["event_id"].as_str().map(str::to_owned));
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_events_arrive_holds_all_that_was_acknowledged_before() -> Result<()> {
    let mut hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let begin = |stop: &Arc<AtomicBool>| -> Result<Vec<_>> {
        let sender = |lane| Ok(tokio::spawn(send(hub.sdk(&project)?, lane, Arc::clone(stop))));
        (0..4).map(sender).collect()
    };
    // What is acknowledged before the backup begins has to be in it; what comes meanwhile may be.
    let stop = Arc::new(AtomicBool::new(false));
    let before = begin(&stop)?;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = BTreeSet::new();
    for sender in before {
        acknowledged.extend(sender.await?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let meanwhile = begin(&stop)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("hub.tar");
    let file = file.to_str().context("a path")?;
    let made = hub.cli(&["backup", file, "--with-keys"]).await?;
    stop.store(true, Ordering::SeqCst);
    for sender in meanwhile {
        sender.await?;
    }
    well(&made)?;
    is_told_once(&hub, "backed up", &format!("to {file} by errand backup")).await?;
    ensure!(
        acknowledged.len() > 20,
        "{} events are no load",
        acknowledged.len()
    );

    restores_as_it_was(&mut hub, &folder, file).await?;
    is_told_once(&hub, "restored", &format!("from {file} by errand restore")).await?;
    let api = hub.api().await?;
    let sdk = hub.sdk(&project)?;
    let last = event("after", "ada");
    ensure!(
        sdk.send(&last).await?.status == 200,
        "the restored hub does not go on"
    );
    hub.drained().await?;
    let path = format!(
        "/api/0/projects/{}/{}/events/",
        project.organization, project.slug
    );
    for id in acknowledged
        .iter()
        .chain([&last["event_id"].as_str().context("an id")?.to_owned()])
    {
        let found = api.get(&format!("{path}{id}/")).await;
        found.with_context(|| format!("{id} was acknowledged and is not there"))?;
    }
    Ok(())
}

/// Puts what was restored in the place of the hub's own data, and starts it.
async fn restores_as_it_was(hub: &mut Hub, folder: &tempfile::TempDir, file: &str) -> Result<()> {
    hub.kill().await?;
    let data = hub.data().to_str().context("a path")?.to_owned();
    let refused = tool(&["restore", file, "--data", &data]).await?;
    ensure!(!refused.status.success(), "a folder that is not empty was taken");
    clear(hub.data())?;
    damaged_is_refused(folder, file).await?;
    well(&tool(&["restore", file, "--data", &data]).await?)?;
    hub.restart().await
}

async fn damaged_is_refused(folder: &tempfile::TempDir, file: &str) -> Result<()> {
    let mut bytes = std::fs::read(file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    let damaged = folder.path().join("damaged.tar");
    std::fs::write(&damaged, &bytes)?;
    let target = folder.path().join("elsewhere");
    let (damaged, to) = (
        damaged.to_str().context("a path")?,
        target.to_str().context("a path")?,
    );
    let refused = tool(&["restore", damaged, "--data", to]).await?;
    ensure!(
        !refused.status.success() && !target.exists(),
        "a damaged backup was taken"
    );
    Ok(())
}

#[tokio::test]
async fn what_the_audit_log_cannot_tell_of_is_backed_up_and_restored_all_the_same() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (data, restored) = (folder.path().join("data"), folder.path().join("restored"));
    std::fs::create_dir(&data)?;
    // A database of before there was an audit log.
    std::fs::write(data.join("errand.db"), "")?;
    let path = |path: &Path| path.to_str().map(str::to_owned).context("a path");
    let file = path(&folder.path().join("hub.tar"))?;
    let made = tool(&["backup", &file, "--data", &path(&data)?, "--json"]).await?;
    let said: Value = serde_json::from_str(&well(&made)?)?;
    ensure!(said["files"] == 1 && said["audited"] == false, "{said}");
    let warned = String::from_utf8_lossy(&made.stderr);
    ensure!(
        warned.contains("warning: the backup is whole, but the audit log does not tell of it")
            && warned.contains("errand migrate"),
        "{warned}"
    );
    let done = tool(&["restore", &file, "--data", &path(&restored)?]).await?;
    well(&done)?;
    let warned = String::from_utf8_lossy(&done.stderr);
    ensure!(
        restored.join("errand.db").is_file()
            && warned.contains("warning: all is restored, but the audit log"),
        "{warned}"
    );
    Ok(())
}

#[tokio::test]
async fn steps_of_the_schema_are_written_down_with_themselves() -> Result<()> {
    let mut hub = Hub::start().await?;
    hub.kill().await?;
    clear(hub.data())?;
    let dry = hub.cli(&["migrate", "--dry-run"]).await?;
    ensure!(well(&dry)?.contains("pending"));
    let applied = hub.cli_json(&["migrate"]).await?;
    ensure!(applied["applied"] == json!(["0001_hub"]), "{applied}");
    let again = hub.cli_json(&["migrate"]).await?;
    ensure!(again["applied"] == json!([]), "{again}");
    hub.restart().await?;
    let told_of = told(&hub, "applied").await?;
    ensure!(
        told_of == ["applied the step 0001_hub of the schema by errand migrate"],
        "{told_of:?}"
    );
    Ok(())
}

#[tokio::test]
async fn on_postgres_the_audit_log_tells_of_the_schema_and_of_backups_too() -> Result<()> {
    let Ok(url) = std::env::var("ERRAND_TEST_POSTGRES") else {
        println!("left out: ERRAND_TEST_POSTGRES names no server; `cargo xtask test` starts one");
        return Ok(());
    };
    let options = errand_tests::Options {
        database_url: Some(fresh_database(&url).await?),
        ..errand_tests::Options::default()
    };
    let hub = Hub::start_with(options).await?;
    let told_of = told(&hub, "applied").await?;
    ensure!(
        told_of == ["applied the step 0001_hub of the schema by errand serve"],
        "{told_of:?}"
    );
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("hub.tar");
    let said = hub
        .cli_json(&["backup", file.to_str().context("a path")?])
        .await?;
    ensure!(said["database"] == false && said["audited"] == true, "{said}");
    let told_of = told(&hub, "backed up").await?;
    ensure!(told_of.len() == 1, "{told_of:?}");
    Ok(())
}

/// The blocks of a kind in `docs/operations.md`.
fn blocks(document: &str, wanted: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in document.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(kind)) if kind == wanted => open = Some(String::new()),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(text), None) => text.extend([line, "\n"]),
            _ => {}
        }
    }
    blocks
}

#[tokio::test]
async fn the_guide_for_operators_does_what_it_says() -> Result<()> {
    let hub = Hub::start().await?;
    let folder = tempfile::tempdir()?;
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin)?;
    std::os::unix::fs::symlink(errand_tests::binary(), bin.join("errand"))?;
    let document = std::fs::read_to_string(errand_tests::root().join("docs/operations.md"))?;
    let elsewhere = |path: &str| folder.path().join(path).display().to_string();
    let document = document
        .replace("/var/lib/errand-restored", &elsewhere("restored"))
        .replace("/var/lib/errand", &hub.data().display().to_string())
        .replace("/var/backups", &elsewhere(""))
        .replace("http://127.0.0.1:8000", &hub.url);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH")?);
    let run = |text: &str| -> Result<()> {
        let done = std::process::Command::new("sh")
            .args(["-euc", text])
            .env("PATH", &path)
            .output()?;
        well(&done).with_context(|| text.to_owned())?;
        Ok(())
    };
    let shell = blocks(&document, "sh");
    ensure!(shell.len() == 8, "the guide has {} blocks to run", shell.len());
    for text in &shell {
        run(text)?;
    }
    // As if the minute were over.
    let keys = std::fs::File::options()
        .write(true)
        .open(hub.data().join("secrets.key"))?;
    keys.set_modified(std::time::UNIX_EPOCH)?;
    for text in blocks(&document, "sh later") {
        run(&text)?;
    }
    behind_a_proxy(&document).await
}

/// What the guide has in `errand.toml` for HTTPS is what stands in DSNs.
async fn behind_a_proxy(document: &str) -> Result<()> {
    let settings = blocks(document, "toml").concat().parse::<toml::Table>()?;
    let server = settings["server"].as_table().context("[server]")?;
    let mut options = errand_tests::Options::default();
    for (name, value) in server {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        options = options.with(&format!("ERRAND_SERVER_{}", name.to_uppercase()), &value);
    }
    let hub = Hub::start_with(options).await?;
    let dsn = hub.greeting["dsn"].as_str().context("a DSN")?;
    ensure!(
        dsn.starts_with("https://") && dsn.contains("@errors.example.com/"),
        "{dsn}"
    );
    Ok(())
}
