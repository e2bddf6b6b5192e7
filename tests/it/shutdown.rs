//! A stop loses nothing: what is under way is finished, or left for the next start.

use anyhow::Result;
use errand_tests::{Hub, event};

#[tokio::test]
async fn what_was_accepted_before_a_stop_is_there_after_it() -> Result<()> {
    let mut hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let sdk = hub.sdk(&project)?;
    for number in 0..50 {
        let answer = sdk.send(&event("stop", &format!("u{number}"))).await?;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    hub.terminate().await?;
    hub.restart().await?;
    hub.drained().await?;
    let issues = format!(
        "/api/0/projects/{}/{}/issues/",
        project.organization, project.slug
    );
    let issues = hub.api().await?.get(&issues).await?;
    assert_eq!(issues[0]["count"], "50");
    assert_eq!(issues[0]["userCount"], 50);
    Ok(())
}

#[tokio::test]
async fn a_hub_says_when_its_data_is_in_use() -> Result<()> {
    let hub = Hub::start().await?;
    let second = hub.cli(&["serve", "--listen", "127.0.0.1:0"]).await?;
    let error = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success());
    assert!(error.contains("in use"), "{error}");
    Ok(())
}
