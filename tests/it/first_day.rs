//! A developer's first day, straight through: from registering to the first issue, in a real browser.

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Mailbox, Sdk, event};
use serde_json::json;

use crate::browser::{Browser, is_there};
use crate::mail::settings;
use crate::sdks::sdks;

/// What the owner sets before anybody comes: who may register, and a team to join.
async fn prepare(hub: &Hub) -> Result<()> {
    let mut owner = Browser::start().await?;
    owner.sign_in(hub).await?;
    owner.open(&format!("{}/organization", hub.url)).await?;
    owner
        .until("!!document.querySelector('[name=registration][value=domains]')")
        .await?;
    owner
        .value("document.querySelector('[name=registration][value=domains]').click()")
        .await?;
    owner.fill_in("#domains", "example.com").await?;
    owner.click("button.primary", "Save").await?;
    owner.says("Saved.").await?;
    owner.open(&format!("{}/teams/new", hub.url)).await?;
    owner.fill_in("#name", "Payments").await?;
    owner.click("button.primary", "Create").await?;
    owner.says("you are in it").await
}

/// Registers with an address, by the link that comes by mail.
async fn register(browser: &mut Browser, hub: &Hub, mailbox: &Mailbox) -> Result<()> {
    browser.open(&hub.url).await?;
    browser.click("a", "Register").await?;
    browser.fill_in("#email", "bob@example.com").await?;
    browser.click("button.primary", "Send the link").await?;
    browser.says("Look into your mailbox.").await?;
    let mails = mailbox.wait_for(1).await?;
    let text = mails[0]["text"].as_str().context("a text")?;
    let link = text
        .lines()
        .find(|line| line.contains("/register/"))
        .context("a link")?;
    browser.open(link.trim()).await?;
    browser.fill_in("#name", "Bob").await?;
    browser.fill_in("#new", "correct horse battery").await?;
    browser.fill_in("#again", "correct horse battery").await?;
    browser.click("button.primary", "Register").await?;
    browser.until("location.pathname === '/teams'").await
}

#[tokio::test]
async fn from_registering_to_the_first_issue() -> Result<()> {
    let Some(sdks) = sdks().filter(|_| is_there()) else {
        return Ok(());
    };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let hub = Hub::start_with(settings(&mailbox, "")).await?;
    prepare(&hub).await?;
    let mut bob = Browser::start().await?;
    register(&mut bob, &hub, &mailbox).await?;
    bob.until("[...document.querySelectorAll('button')].some((one) => one.value === 'join')")
        .await?;
    bob.value("[...document.querySelectorAll('button')].find((one) => one.value === 'join').click()")
        .await?;
    bob.says("You are in Payments now.").await?;
    bob.open(&format!("{}/teams/payments", hub.url)).await?;
    bob.click("a", "New project").await?;
    // The page that is left has a name to fill in, too.
    bob.until("location.pathname === '/projects/new'").await?;
    bob.fill_in("#name", "Billing").await?;
    bob.fill_in("#platform", "go").await?;
    ensure!(
        bob.value("document.querySelector('#team').value").await? == json!("payments"),
        "his team is proposed"
    );
    bob.click("button.primary", "Create").await?;
    bob.says("Waiting for the first event").await?;
    // The snippet of his platform is the one that is open, with the DSN in it, and the button copies all of it.
    let snippet = bob
        .value("document.querySelector('.snippets details[open] pre').innerText")
        .await?;
    let snippet = snippet.as_str().context("a snippet")?.to_owned();
    ensure!(snippet.contains("sentry.Init"), "{snippet}");
    let copied = bob
        .value("document.querySelector('.snippets details[open] [data-copy]').dataset.copy")
        .await?;
    ensure!(copied.as_str().map(str::trim) == Some(snippet.trim()), "{copied}");
    let (_, dsn) = snippet.split_once("Dsn: \"").context("a DSN")?;
    let dsn = dsn.split('"').next().context("its end")?;
    // What waits on the page turns into the issue by itself.
    let sent = Sdk::of(dsn)?.send(&event("First", "ada")).await?;
    ensure!(sent.status == 200, "refused");
    bob.says("Events are coming in.").await?;
    bob.value("document.querySelector('#first a').click()").await?;
    bob.until("location.pathname.startsWith('/issues/')").await?;
    bob.says("First").await
}
