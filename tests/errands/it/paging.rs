//! PagerDuty and Opsgenie: who is paged for what, and when that ends.

use anyhow::{Context as _, Result, ensure};
use errand_model::issue::{ArchiveUntil, Assignee};
use errand_model::lifecycle::Change;
use errand_model::{IssueId, UserId};
use errand_tests::contract::{Contract, Fault, Mock, Plan, Simulator};
use errand_tests::simulators::{Opsgenie, PagerDuty};
use serde_json::{Value, json};

use errand_errands::{Fate, Stand, kind};

const KEY: &str = "service00000000000000000000000ab";
const OTHER: &str = "service00000000000000000000000cd";

async fn pagerduty(change: impl FnOnce(&mut Value)) -> Result<(Mock<PagerDuty>, Stand)> {
    let mock = Mock::new(
        Contract::load(&["pagerduty-events-v2.json"])?.into(),
        PagerDuty::default(),
    );
    let mut settings = json!({ "routing_key": KEY });
    change(&mut settings);
    let stand = Stand::set("pagerduty", settings, &mock).await?;
    Ok((mock, stand))
}

async fn opsgenie(change: impl FnOnce(&mut Value)) -> Result<(Mock<Opsgenie>, Stand)> {
    let mock = Mock::new(Contract::load(&["opsgenie.json"])?.into(), Opsgenie::default());
    let mut settings = json!({ "api_key": "key" });
    change(&mut settings);
    let stand = Stand::set("opsgenie", settings, &mock).await?;
    Ok((mock, stand))
}

/// By key, and its state.
fn incidents(mock: &Mock<PagerDuty>) -> Vec<(String, String)> {
    let all = mock.with(|pagerduty| pagerduty.incidents.clone());
    let all = all.into_iter();
    all.map(|((service, _), (state, _))| (service, state)).collect()
}

fn assign(stand: &Stand, issue: IssueId) {
    let assignee = Some(Assignee::User(UserId(7)));
    stand.hub().change(issue, Change::Assigned { assignee });
}

#[tokio::test]
async fn an_incident_follows_its_issue() -> Result<()> {
    let (mock, stand) = pagerduty(|_| {}).await?;
    let issue = stand.hub().new_issue("it broke");
    stand.hub().resolve(issue);
    stand.settle_at_once().await?;
    ensure!(
        mock.exchanges().is_empty(),
        "nobody is paged for what no rule names, nor told that it is over"
    );
    stand.hub().regress(issue);
    stand.hub().alert(issue, "notify");
    stand.settle_at_once().await?;
    ensure!(incidents(&mock) == [(KEY.to_owned(), "triggered".to_owned())]);
    let told = mock.with(|pagerduty| pagerduty.incidents.values().next().cloned());
    let (_, told) = told.context("an incident")?;
    ensure!(
        told["payload"]["severity"] == "error" && told["payload"]["source"] == "shop",
        "{told}"
    );
    ensure!(
        told["payload"]["custom_details"]["reason"] == "Fatal: it is new",
        "{told}"
    );
    ensure!(
        told["payload"]["custom_details"]["environment"] == "production",
        "{told}"
    );
    ensure!(
        stand.hub().tickets(issue)[0].is_open,
        "people see beside the issue that somebody is paged"
    );
    assign(&stand, issue);
    stand.settle_at_once().await?;
    ensure!(incidents(&mock)[0].1 == "acknowledged");
    stand.hub().resolve(issue);
    stand.settle_at_once().await?;
    ensure!(incidents(&mock)[0].1 == "resolved");
    ensure!(!stand.hub().tickets(issue)[0].is_open);
    stand.hub().change(
        issue,
        Change::Archived {
            until: ArchiveUntil::default(),
        },
    );
    stand.settle_at_once().await?;
    ensure!(
        incidents(&mock)[0].1 == "resolved",
        "what is archived pages nobody"
    );
    Ok(())
}

#[tokio::test]
async fn each_team_has_its_service_and_a_key_is_never_seen() -> Result<()> {
    let (mock, stand) = pagerduty(|settings| {
        settings["triggers"] = json!(["issue.created"]);
        settings["routes"] = json!({ "shop": OTHER });
    })
    .await?;
    let issue = stand.hub().new_issue("it broke");
    let attempt = stand.deliver(Fate::Acknowledged).await.context("an attempt")?;
    ensure!(
        incidents(&mock) == [(OTHER.to_owned(), "triggered".to_owned())],
        "the project's service"
    );
    let written = serde_json::to_string(&attempt)?;
    ensure!(!written.contains(OTHER) && !written.contains(KEY), "{written}");
    stand.hub().resolve(issue);
    stand.settle_at_once().await?;
    ensure!(incidents(&mock) == [(OTHER.to_owned(), "resolved".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn a_button_pages_by_hand() -> Result<()> {
    let (mock, stand) = pagerduty(|_| {}).await?;
    let issue = stand.hub().new_issue("it broke");
    let called = stand.press("page", issue, json!({})).await?;
    ensure!(kind(&called.attempt) == "done", "{:?}", called.attempt.outcome);
    ensure!(incidents(&mock).len() == 1 && stand.hub().tickets(issue).len() == 1);
    Ok(())
}

#[tokio::test]
async fn a_wrong_key_waits_for_an_admin() -> Result<()> {
    let (_mock, stand) = pagerduty(|settings| {
        settings["routing_key"] = json!("unknown0000000000000000000000000");
        settings["triggers"] = json!(["issue.created"]);
    })
    .await?;
    stand.hub().new_issue("it broke");
    let attempt = stand.deliver(Fate::Acknowledged).await.context("an attempt")?;
    ensure!(kind(&attempt) == "config", "{:?}", attempt.outcome);
    Ok(())
}

#[tokio::test]
async fn an_alert_follows_its_issue_and_goes_to_its_team() -> Result<()> {
    let (mock, stand) = opsgenie(|settings| {
        settings["triggers"] = json!(["issue.created"]);
        settings["team"] = json!("everybody");
        settings["routes"] = json!({ "shop": "Shop & Till" });
    })
    .await?;
    let issue = stand.hub().new_issue("it broke");
    stand.settle_at_once().await?;
    let (state, alert) = mock
        .with(|opsgenie| opsgenie.alerts.values().next().cloned())
        .context("an alert")?;
    ensure!(state == "open" && alert["priority"] == "P2", "{alert}");
    ensure!(
        alert["responders"] == json!([{ "type": "team", "name": "Shop & Till" }]),
        "{alert}"
    );
    ensure!(alert["tags"] == json!(["error", "production", "shop"]), "{alert}");
    let state = || mock.with(|opsgenie| opsgenie.alerts.values().next().map(|alert| alert.0.clone()));
    assign(&stand, issue);
    stand.settle_at_once().await?;
    ensure!(state().as_deref() == Some("acknowledged"));
    stand.hub().change(issue, Change::Deleted { discard: false });
    stand.settle_at_once().await?;
    ensure!(
        state().as_deref() == Some("closed"),
        "what is deleted alerts nobody"
    );
    Ok(())
}

#[tokio::test]
async fn opsgenie_in_europe_has_an_address_of_its_own() -> Result<()> {
    let (mock, stand) = opsgenie(|settings| {
        settings["region"] = json!("eu");
        settings["triggers"] = json!(["issue.created"]);
    })
    .await?;
    stand.hub().new_issue("it broke");
    let attempt = stand.deliver(Fate::Acknowledged).await.context("an attempt")?;
    let asked = serde_json::to_string(&attempt.requests)?;
    ensure!(asked.contains("https://api.eu.opsgenie.com/v2/alerts"), "{asked}");
    ensure!(mock.exchanges().len() == 1);
    Ok(())
}

async fn told_apart<S: Simulator>(mock: &Mock<S>, stand: &Stand) -> Result<()> {
    for (fault, wanted) in [
        (Fault::Status(400), "permanent"),
        (Fault::Status(401), "auth"),
        (Fault::Status(403), "auth"),
        (Fault::Status(404), "permanent"),
        (Fault::Status(409), "permanent"),
        (Fault::Status(422), "permanent"),
        (Fault::TooMany(30), "rate_limited"),
        (Fault::Status(429), "rate_limited"),
        (Fault::Status(500), "retry"),
        (Fault::TimeoutAfter, "retry"),
        (Fault::CutBefore, "retry"),
        // It is taken; the answer says nothing that is needed.
        (Fault::Nonsense, "done"),
    ] {
        stand.hub().new_issue(&format!("{fault:?}"));
        mock.plan(Plan::once(fault));
        let attempt = stand.deliver(Fate::Acknowledged).await.context("an attempt")?;
        ensure!(kind(&attempt) == wanted, "{fault:?}: {:?}", attempt.outcome);
        mock.heal();
        stand.settle_at_once().await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() -> Result<()> {
    let created = |settings: &mut Value| settings["triggers"] = json!(["issue.created"]);
    let (mock, stand) = pagerduty(created).await?;
    told_apart(&mock, &stand).await?;
    let (mock, stand) = opsgenie(created).await?;
    told_apart(&mock, &stand).await
}

#[tokio::test]
async fn hostile_titles_are_one_line_of_text() -> Result<()> {
    let created = |settings: &mut Value| settings["triggers"] = json!(["issue.created"]);
    let (pages, pager) = pagerduty(created).await?;
    let (alerts, alerter) = opsgenie(created).await?;
    let long = "x💥".repeat(50_000);
    for title in ["<b>\r\nBcc: all\u{202e}gnp.exe", long.as_str(), "", "\u{0}\u{7}"] {
        for stand in [&pager, &alerter] {
            stand.hub().new_issue(title);
            stand.settle_at_once().await?;
        }
    }
    let is_plain = |text: &Value| {
        let text = text.as_str().unwrap_or_default();
        !text.is_empty() && !text.chars().any(|c| c.is_control() || c == '\u{202e}')
    };
    let summaries = pages.with(|one| {
        one.incidents
            .values()
            .map(|(_, told)| told["payload"]["summary"].clone())
            .collect::<Vec<_>>()
    });
    ensure!(
        summaries.len() == 4 && summaries.iter().all(is_plain),
        "{summaries:?}"
    );
    let messages = alerts.with(|one| {
        one.alerts
            .values()
            .map(|(_, told)| told["message"].clone())
            .collect::<Vec<_>>()
    });
    ensure!(
        messages.len() == 4 && messages.iter().all(is_plain),
        "{messages:?}"
    );
    Ok(())
}
