//! What Jira tells by webhook: proved, once, and seen.

use anyhow::{Context, Result, ensure};
use errand_model::issue::Status;
use errand_plugin_host::{Attempt, Refused};
use errand_tests::simulators::jira::Edition;
use serde_json::{Value, json};

use super::{EDITIONS, SECRET, Site};
use errand_errands::{Fate, Stand, ended_well};

fn signed(body: &[u8], secret: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let mac = ring::hmac::sign(&key, body);
    let hex: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// An honest webhook, dealt with.
pub(super) async fn deliver(stand: &Stand, event: &Value) -> Result<()> {
    ended_well(&send(stand, event, Fate::Acknowledged).await?)
}

/// An honest webhook.
pub(super) async fn send(stand: &Stand, event: &Value, fate: Fate) -> Result<Attempt> {
    let body = event.to_string().into_bytes();
    let signature = signed(&body, SECRET);
    let called = stand
        .call("webhook", &[("x-hub-signature", &signature)], &body, fate)
        .await?;
    Ok(called.attempt)
}

#[tokio::test]
async fn a_webhook_without_proof_wakes_nobody() -> Result<()> {
    let site = Site::set(Edition::Cloud, json!({})).await?;
    let body = br#"{"webhookEvent":"jira:issue_updated","issue":{"id":"10001"}}"#;
    let asked = site.jira.exchanges().len();
    let other = signed(body, "another-secret");
    let altered = signed(b"{}", SECRET);
    let bare = signed(body, SECRET).trim_start_matches("sha256=").to_owned();
    for headers in [
        vec![],
        vec![("x-hub-signature", other.as_str())],
        vec![("x-hub-signature", altered.as_str())],
        vec![("x-hub-signature", bare.as_str())],
        vec![("x-hub-signature-256", other.as_str())],
    ] {
        let refused = site
            .stand
            .call("webhook", &headers, body, Fate::Acknowledged)
            .await;
        ensure!(
            matches!(refused, Err(Refused::Unproved(_))),
            "{headers:?} is let in"
        );
    }
    ensure!(site.jira.exchanges().len() == asked);
    Ok(())
}

/// The hub answers a repetition by itself, by its receipt; where that is forgotten, it does no harm: what a webhook says is
/// not believed, but looked at.
#[tokio::test]
async fn a_stale_or_repeated_webhook_changes_nothing() -> Result<()> {
    for edition in EDITIONS {
        let site = Site::set(edition, json!({})).await?;
        let (issue, id) = site.with_ticket("it broke").await?;
        site.jira.with(|jira| jira.move_to(id, "Done"));
        let done = site
            .jira
            .with(|jira| jira.webhooks.pop_back())
            .context("a webhook")?;
        deliver(&site.stand, &done).await?;
        ensure!(site.stand.hub().issue(issue).context("an issue")?.status == Status::Resolved);
        site.stand.hub().regress(issue);
        site.stand.settle_at_once().await?;
        ensure!(site.state(id) == "To Do", "{}", site.state(id));
        let writes = site.jira.writes();
        for _ in 0..3 {
            deliver(&site.stand, &done).await?;
        }
        ensure!(site.stand.hub().issue(issue).context("an issue")?.status == Status::Unresolved);
        ensure!(site.jira.writes() == writes, "it writes again");
    }
    Ok(())
}

#[tokio::test]
async fn a_webhook_about_a_ticket_of_nobody_is_left_alone() -> Result<()> {
    let site = Site::set(Edition::Cloud, json!({})).await?;
    let asked = site.jira.exchanges().len();
    let stranger = site.jira.with(|jira| jira.make("something else"));
    site.jira.with(|jira| jira.move_to(stranger, "Done"));
    site.deliver_webhooks().await?;
    ensure!(site.jira.exchanges().len() == asked);
    for event in [
        json!({}),
        json!([]),
        json!({ "issue": { "id": 5 } }),
        json!({ "webhookEvent": "x", "issue": null }),
    ] {
        deliver(&site.stand, &event).await?;
    }
    Ok(())
}
