//! People hear of issues by mail, through a real mail server: once, in one thread, and safely.

use anyhow::{Context as _, Result};
use errand_tests::{Hub, Mailbox, Options, event, eventually};
use serde_json::{Value, json};

use crate::sdks::sdks;

pub(crate) fn settings(mailbox: &Mailbox, password: &str) -> Options {
    let plain = Options::default()
        .with("ERRAND_MAIL_PORT", &mailbox.port.to_string())
        .with("ERRAND_MAIL_FROM", "Errand <errand@hub.example.com>");
    match password {
        "" => plain
            .with("ERRAND_MAIL_HOST", "127.0.0.1")
            .with("ERRAND_MAIL_TLS", "none"),
        password => plain
            .with("ERRAND_MAIL_HOST", "localhost")
            .with("ERRAND_MAIL_USER", "hub")
            .with("ERRAND_MAIL_PASSWORD", password)
            .with("ERRAND_MAIL_CA_FILE", &mailbox.ca_file()),
    }
}

pub(crate) async fn add_email(hub: &Hub, to: &str) -> Result<()> {
    let setting = format!("to={to}");
    hub.cli_json(&["plugin", "add", "email", "--set", &setting])
        .await?;
    Ok(())
}

async fn only_issue(hub: &Hub) -> Result<String> {
    let api = hub.api().await?;
    eventually("the issue", || async {
        let issues = api.get("/api/0/organizations/default/issues/").await?;
        Ok(issues[0]["id"].as_str().map(str::to_owned))
    })
    .await
}

/// The first delivery about the issue, once it ended or waits for another attempt.
async fn delivery(hub: &Hub, state: &str) -> Result<Value> {
    let (api, issue) = (hub.api().await?, only_issue(hub).await?);
    eventually(&format!("a delivery that is {state}"), || async {
        let deliveries = api.get(&format!("/api/0/issues/{issue}/deliveries/")).await?;
        let delivery = &deliveries[0];
        let is_tried = delivery["attempts"].as_u64() >= Some(1) || delivery["reason"].is_string();
        Ok((is_tried && delivery["state"] == state).then(|| delivery.clone()))
    })
    .await
}

#[tokio::test]
async fn an_issue_mails_once_and_its_mails_are_one_thread() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let hub = Hub::start_with(settings(&mailbox, "")).await?;
    let project = hub.project("Shop").await?;
    add_email(&hub, "ada@example.com, bob@example.com").await?;
    let sdk = hub.sdk(&project)?;
    let mut hostile = event("Mail", "ada");
    hostile["exception"]["values"][0]["value"] =
        json!("<img src=x onerror=alert(1)>\r\nBcc: all@example.com");
    for _ in 0..300 {
        hostile["event_id"] = event("", "")["event_id"].clone();
        assert_eq!(sdk.send(&hostile).await?.status, 200);
    }
    let first = mailbox.wait_for(2).await?;
    let mut to: Vec<_> = first.iter().filter_map(|mail| mail["to"][0].as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["ada@example.com", "bob@example.com"]);
    let mail = &first[0];
    let text = mail["text"].as_str().context("a text part")?;
    for said in [
        "New in Shop",
        "Environment: production",
        "Release:     shop@1.0.0",
        "shop/pay.py:7 in pay_Mail",
    ] {
        assert!(text.contains(said), "'{said}' is missing in: {text}");
    }
    let html = mail["html"].as_str().context("an HTML part")?;
    assert!(html.contains("&lt;img src=x") && !html.contains("<img"), "{html}");
    assert_eq!(mail["headers"]["bcc"], Value::Null, "{mail}");
    assert_eq!(mail["headers"]["from"], "Errand <errand@hub.example.com>");
    assert_ne!(
        first[0]["headers"]["message-id"],
        first[1]["headers"]["message-id"]
    );

    let issue = only_issue(&hub).await?;
    let resolved = json!({ "status": "resolved" });
    hub.api()
        .await?
        .put(&format!("/api/0/issues/{issue}/"), &resolved)
        .await?;
    hostile["event_id"] = event("", "")["event_id"].clone();
    assert_eq!(sdk.send(&hostile).await?.status, 200);
    let all = mailbox.wait_for(4).await?;
    assert_eq!(all.len(), 4, "300 events are one issue, and one mail each");
    let references: Vec<_> = all.iter().map(|mail| &mail["headers"]["references"]).collect();
    assert!(
        references
            .iter()
            .all(|root| *root == references[0] && root.is_string()),
        "{references:?}"
    );
    assert!(
        all[3]["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("Back in Shop"))
    );
    Ok(())
}

#[tokio::test]
async fn mail_goes_over_tls_with_a_password() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "right").await?;
    let hub = Hub::start_with(settings(&mailbox, "right")).await?;
    let project = hub.project("Shop").await?;
    add_email(&hub, "ada@example.com").await?;
    assert_eq!(hub.sdk(&project)?.send(&event("Tls", "ada")).await?.status, 200);
    assert_eq!(mailbox.wait_for(1).await?[0]["is_secret"], true);
    let tested = hub.cli(&["mail", "test", "ada@example.com"]).await?;
    assert!(tested.status.success());
    let doctor = hub.cli(&["doctor"]).await?;
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("ok   mail"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_waits_and_is_said_without_the_password() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "right").await?;
    let hub = Hub::start_with(settings(&mailbox, "wr0ng-password")).await?;
    let project = hub.project("Shop").await?;
    add_email(&hub, "ada@example.com").await?;
    assert_eq!(hub.sdk(&project)?.send(&event("Auth", "ada")).await?.status, 200);
    let waiting = delivery(&hub, "waiting").await?;
    let said = waiting.to_string();
    assert!(said.contains("mail server") && !said.contains("wr0ng"), "{said}");
    assert_eq!(mailbox.taken(), Vec::<Value>::new());
    Ok(())
}

#[tokio::test]
async fn whom_the_server_refuses_keeps_nobody_else_from_hearing() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let hub = Hub::start_with(settings(&mailbox, "")).await?;
    let project = hub.project("Shop").await?;
    add_email(&hub, "refused@example.com, zoe@example.com").await?;
    assert_eq!(
        hub.sdk(&project)?.send(&event("Refused", "ada")).await?.status,
        200
    );
    let mails = mailbox.wait_for(1).await?;
    assert_eq!(mails[0]["to"][0], "zoe@example.com");
    delivery(&hub, "done").await?;
    Ok(())
}

#[tokio::test]
async fn a_hub_without_a_mail_server_holds_the_mail_and_says_why() -> Result<()> {
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    add_email(&hub, "ada@example.com").await?;
    assert_eq!(hub.sdk(&project)?.send(&event("None", "ada")).await?.status, 200);
    let parked = delivery(&hub, "parked").await?;
    assert!(
        parked.to_string().contains("the hub has no mail server"),
        "{parked}"
    );
    Ok(())
}
