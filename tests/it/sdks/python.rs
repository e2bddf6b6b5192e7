//! The Python SDK.

use anyhow::{Result, ensure};
use tokio::process::Command;

use super::{Stage, functions, sdks, tag};

#[tokio::test]
async fn the_python_sdk_sends() -> Result<()> {
    let Some(folder) = sdks() else { return Ok(()) };
    let stage = Stage::set().await?;
    for user in ["ada", "ada", "bob"] {
        let script = errand_tests::root().join("tests/sdks/send.py");
        let status = Command::new(folder.join("python/bin/python"))
            .arg(script)
            .args([&stage.project.dsn, user])
            .status();
        ensure!(status.await?.success(), "the program failed");
    }
    let issue = stage.issue_seen(3).await?;
    assert_eq!(issue["title"], "ZeroDivisionError: division by zero");
    assert_eq!(issue["culprit"], "__main__ in charge");
    assert_eq!(issue["userCount"], 2);
    assert_eq!(issue["platform"], "python");
    let event = stage.latest_event(&issue).await?;
    assert_eq!(functions(&event), ["main", "charge"]);
    assert_eq!(tag(&event, "release"), "billing@2.3.0");
    assert_eq!(tag(&event, "environment"), "production");
    assert_eq!(tag(&event, "license"), "L-1001");
    assert!(tag(&event, "runtime").starts_with("CPython 3"), "{event}");
    stage.webhook_heard_once(&issue).await
}
