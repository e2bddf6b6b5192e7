//! The Node SDK.

use anyhow::{Result, ensure};
use tokio::process::Command;

use super::{Stage, functions, sdks, tag};

#[tokio::test]
async fn the_node_sdk_sends() -> Result<()> {
    let Some(folder) = sdks() else { return Ok(()) };
    let stage = Stage::set().await?;
    for user in ["ada", "bob"] {
        let script = errand_tests::root().join("tests/sdks/send.mjs");
        let status = Command::new("node")
            .arg(script)
            .arg(&folder)
            .args([&stage.project.dsn, user])
            .status();
        ensure!(status.await?.success(), "the program failed");
    }
    let issue = stage.issue_seen(2).await?;
    assert_eq!(
        issue["title"],
        "TypeError: Cannot read properties of undefined (reading 'push')"
    );
    assert_eq!(issue["userCount"], 2);
    let event = stage.latest_event(&issue).await?;
    assert_eq!(functions(&event).last(), Some(&"addToBasket"));
    assert_eq!(tag(&event, "release"), "basket@3.1.4");
    assert_eq!(tag(&event, "environment"), "staging");
    assert!(tag(&event, "runtime").starts_with("node v"), "{event}");
    stage.webhook_heard_once(&issue).await
}
