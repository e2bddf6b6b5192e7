//! Plugins' secrets at rest: a copy of the database gives none away, and keys are replaced while the hub runs.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use errand_tests::{Hub, Options, Project, Receiver, event, tool};
use serde_json::{Value, json};

const TOKEN: &str = "xoxb-very-secret-of-the-far-end";

/// A hub with a webhook that sends `TOKEN`, and the project that it hears of.
async fn hub_with_a_secret(receiver: &Receiver, options: Options) -> Result<(Hub, Project)> {
    let hub = Hub::start_with(options).await?;
    let project = hub.project("Shop").await?;
    let path = format!("/api/0/organizations/{}/plugins/", project.organization);
    let config = json!({ "url": receiver.url, "headers": { "X-Token": TOKEN } });
    let body = json!({ "plugin": "webhook", "config": config });
    hub.api().await?.post(&path, &body).await?;
    Ok((hub, project))
}

/// Sends an event that opens an issue, and sees the secret arrive with it.
async fn arrives(hub: &Hub, project: &Project, receiver: &Receiver, what: &str) -> Result<()> {
    let told = receiver.received().len();
    assert_eq!(hub.sdk(project)?.send(&event(what, "ada")).await?.status, 200);
    let received = receiver.wait_for(told + 1).await?;
    assert_eq!(received[told].headers["x-token"], TOKEN);
    Ok(())
}

/// Every file of the data folder that holds the secret.
fn files_that_tell(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_that_tell(&path)?);
        } else if fs::read(&path)?
            .windows(TOKEN.len())
            .any(|part| part == TOKEN.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

async fn status(hub: &Hub) -> Result<Vec<Value>> {
    let status = hub.cli_json(&["secrets", "status"]).await?;
    Ok(status.as_array().context("a list")?.clone())
}

#[tokio::test]
async fn a_copy_of_the_database_gives_nothing_away() -> Result<()> {
    let receiver = Receiver::start(&[]).await?;
    let (mut hub, project) = hub_with_a_secret(&receiver, Options::default()).await?;
    arrives(&hub, &project, &receiver, "first").await?;
    assert_eq!(files_that_tell(hub.data())?, Vec::<String>::new());
    let mode = fs::metadata(hub.data().join("secrets.key"))?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    hub.terminate().await?;
    hub.restart().await?;
    arrives(&hub, &project, &receiver, "after a restart").await
}

#[tokio::test]
async fn keys_are_replaced_while_the_hub_runs() -> Result<()> {
    let receiver = Receiver::start(&[]).await?;
    let (hub, project) = hub_with_a_secret(&receiver, Options::default()).await?;
    arrives(&hub, &project, &receiver, "before").await?;
    let before = status(&hub).await?;
    // The settings of the installation, and the token of its address for other systems.
    assert_eq!((before.len(), &before[0]["rows"]), (1, &json!(2)));

    assert!(hub.cli(&["secrets", "rotate"]).await?.status.success());
    arrives(&hub, &project, &receiver, "after").await?;
    let after = status(&hub).await?;
    let rows: Vec<_> = after
        .iter()
        .map(|key| (key["rows"].as_u64(), key["is_first"].as_bool()))
        .collect();
    assert_eq!(rows, [(Some(0), Some(false)), (Some(2), Some(true))]);

    let hasty = hub.cli(&["secrets", "prune"]).await?;
    let said = String::from_utf8_lossy(&hasty.stderr).into_owned();
    assert!(!hasty.status.success() && said.contains("try again in"), "{said}");
    File::options()
        .write(true)
        .open(hub.data().join("secrets.key"))?
        .set_modified(SystemTime::UNIX_EPOCH)?;
    assert!(hub.cli(&["secrets", "prune"]).await?.status.success());
    let pruned = status(&hub).await?;
    assert_eq!((pruned.len(), &pruned[0]["key"]), (1, &after[1]["key"]));
    arrives(&hub, &project, &receiver, "and on").await
}

#[tokio::test]
async fn a_hub_without_the_key_says_so_and_does_not_start() -> Result<()> {
    let receiver = Receiver::start(&[]).await?;
    let (mut hub, project) = hub_with_a_secret(&receiver, Options::default()).await?;
    hub.terminate().await?;
    let (file, copy) = (hub.data().join("secrets.key"), hub.data().join("copy"));
    fs::rename(&file, &copy)?;
    let refused = hub.cli(&["project", "list"]).await?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("restore it from your copy"),
        "{said}"
    );
    assert!(!file.exists(), "no new key is made in place of the lost one");
    let doctor = hub.cli(&["doctor"]).await?;
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(!doctor.status.success() && said.contains("BAD  keys"), "{said}");

    fs::write(&file, "errand-key-1:no key at all\n")?;
    let refused = hub.cli(&["project", "list"]).await?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("line 1, is no key") && !said.contains("at all"),
        "{said}"
    );

    fs::rename(&copy, &file)?;
    hub.restart().await?;
    arrives(&hub, &project, &receiver, "found again").await
}

#[tokio::test]
async fn keys_may_come_from_the_environment() -> Result<()> {
    let made = tool(&["secrets", "new-key"]).await?;
    let key = String::from_utf8(made.stdout)?.trim().to_owned();
    let receiver = Receiver::start(&[]).await?;
    let options = Options::default().with("ERRAND_SECRETS_KEYS", &key);
    let (hub, project) = hub_with_a_secret(&receiver, options).await?;
    arrives(&hub, &project, &receiver, "set").await?;
    assert!(!hub.data().join("secrets.key").exists());
    let refused = hub.cli(&["secrets", "rotate"]).await?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("ERRAND_SECRETS_KEYS") && !said.contains(&key),
        "{said}"
    );
    Ok(())
}
