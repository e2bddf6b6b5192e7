//! A ticket by hand, in a real browser: the form follows what Jira has at that moment.

use anyhow::{Context as _, Result, ensure};
use errand_tests::contract::Mock;
use errand_tests::simulators::jira::{self, Edition, Jira};
use errand_tests::{Hub, event, eventually};
use serde_json::{Value, json};

use crate::browser::{Browser, is_there};
use crate::pages::{axe, findings};
use crate::sdks::sdks;
use crate::wakes::seconds_since_1970;

/// Whether the page's script is at work.
const SCRIPT: &str =
    "document.documentElement.classList.contains('js') && document.readyState === 'complete'";

/// A hub with Jira and an issue; the address of the button.
async fn set(hub: &Hub, jira: &str) -> Result<String> {
    let project = hub.project("Shop").await?;
    let api = hub.api().await?;
    let config = json!({
        "url": jira, "edition": "cloud", "user": "errand@example.com", "token": "jira-token", "project": "SHOP",
        "issue_type": "Bug", "labels": "hub",
    });
    let plugins = format!("/api/0/organizations/{}/plugins/", project.organization);
    let made = api
        .post(&plugins, &json!({ "plugin": "jira", "config": config }))
        .await?;
    ensure!(
        hub.sdk(&project)?.send(&event("Cart", "ada")).await?.status == 200,
        "refused"
    );
    let issue = eventually("the issue", || async {
        let issues = api.get("/api/0/organizations/default/issues/").await?;
        Ok(issues[0]["id"].as_str().map(str::to_owned))
    })
    .await?;
    let installation = made["id"].as_str().context("an id")?;
    Ok(format!(
        "{}/issues/{issue}/plugin-actions/{installation}/create",
        hub.url
    ))
}

#[tokio::test]
async fn a_ticket_is_made_by_a_form_that_follows_jira() -> Result<()> {
    let Some(sdks) = sdks().filter(|_| is_there()) else {
        return Ok(());
    };
    let site = Jira::new(Edition::Cloud, seconds_since_1970()? * 1_000);
    let jira = Mock::new(jira::contract(Edition::Cloud)?, site);
    let service = jira.serve().await?;
    let hub = Hub::start().await?;
    let form = set(&hub, &service.url).await?;
    let mut browser = Browser::start().await?;
    browser.sign_in(&hub).await?;
    browser.open(&form).await?;
    browser
        .until("document.querySelector('#field-labels').value === 'hub'")
        .await?;
    browser.fill_in("#field-summary", "The cart is empty").await?;

    browser.until(SCRIPT).await?;
    // What is chosen is followed without pressing anything.
    let choose = "(() => { const list = document.querySelector('#field-project'); list.value = 'OPS';
        list.dispatchEvent(new Event('change', { bubbles: true })); return true; })()";
    browser.value(choose).await?;
    browser
        .until("!!document.querySelector('#field-customfield_10060')")
        .await?;
    let kept = "document.querySelector('#field-summary').value === 'The cart is empty'";
    ensure!(
        browser.value(kept).await? == Value::Bool(true),
        "what was filled in stays"
    );
    let axe = axe(&sdks)?;
    let found = findings(&mut browser, &axe, "").await?;
    ensure!(found.is_empty(), "{}", found.join("\n"));

    fill_in(&mut browser).await?;
    browser.click("button.primary", "Create Jira ticket").await?;
    browser.says("OPS-1 is made").await?;
    let made = jira
        .with(|jira| jira.ticket("OPS-1").cloned())
        .context("the ticket")?;
    ensure!(made.fields["summary"] == "The cart is empty", "{:?}", made.fields);
    ensure!(
        made.fields["customfield_10061"]["accountId"] == "5b10-mia",
        "{:?}",
        made.fields
    );
    ensure!(
        made.fields["customfield_10062"]["type"] == "doc",
        "{:?}",
        made.fields
    );
    Ok(())
}

async fn fill_in(browser: &mut Browser) -> Result<()> {
    // Somebody is found while his name is typed.
    browser.until(SCRIPT).await?;
    browser.fill_in("#field-customfield_10061", "mi").await?;
    let typed = "document.querySelector('#field-customfield_10061').dispatchEvent(new Event('input', { bubbles: true }))";
    browser.value(typed).await?;
    let on_call = "document.querySelector('[name=pick-customfield_10061]')";
    browser
        .until(&format!(
            "[...{on_call}?.options ?? []].some((one) => one.text.startsWith('Mia'))"
        ))
        .await?;
    browser
        .value(&format!("{on_call}.value = '5b10-mia'; true"))
        .await?;
    browser.fill_in("#field-customfield_10060", "2").await?;
    browser
        .fill_in("#field-customfield_10062", "Nobody can pay.")
        .await?;
    Ok(())
}
