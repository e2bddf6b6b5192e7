//! Days of people in a real browser: a developer who triages, somebody of support, and whoever wants mail.

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Mailbox, Project, event, eventually};
use serde_json::{Value, json};

use crate::browser::{Browser, is_there};
use crate::mail::settings;
use crate::mail_storm::told;
use crate::sdks::sdks;

/// New issues of a storm; the whole of one is sent in [`crate::mail_storm`].
const NEW: u8 = 30;

async fn fail(hub: &Hub, project: &Project, group: &str, user: &str) -> Result<()> {
    let status = hub.sdk(project)?.send(&event(group, user)).await?.status;
    ensure!(status == 200, "{status}");
    Ok(())
}

/// Presses a key, as on a keyboard.
async fn press(browser: &mut Browser, key: &str) -> Result<()> {
    browser
        .until("document.documentElement.classList.contains('js') && document.readyState === 'complete'")
        .await?;
    // Keys with a name write nothing.
    let text = if key.len() == 1 { key } else { "" };
    for (kind, text) in [("keyDown", text), ("keyUp", "")] {
        let event = json!({"type": kind, "key": key, "text": text});
        browser.ask("Input.dispatchKeyEvent", event).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_developer_triages_by_keyboard_and_support_finds_the_customer() -> Result<()> {
    if !is_there() {
        return Ok(());
    }
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    for (group, user) in [("Cart", "ada"), ("Stock", "bob"), ("Cart", "bob")] {
        fail(&hub, &project, group, user).await?;
    }
    hub.drained().await?;
    let mut browser = Browser::start().await?;
    browser.sign_in(&hub).await?;
    developer(&mut browser, &hub).await?;
    support(&mut browser, &hub).await
}

async fn developer(browser: &mut Browser, hub: &Hub) -> Result<()> {
    browser.open(&format!("{}/issues?sort=priority", hub.url)).await?;
    browser.says("CartError").await?;
    press(browser, "?").await?;
    browser
        .until("document.querySelector('dialog#keys').open")
        .await?;
    browser.click("dialog#keys button", "Close").await?;
    press(browser, "j").await?;
    browser.until("!!document.querySelector('[data-row].at')").await?;
    press(browser, "x").await?;
    browser.says("1 selected").await?;
    press(browser, "a").await?;
    browser.until("document.activeElement.id === 'assignee'").await?;
    browser
        .value("document.activeElement.value = [...document.activeElement.options].find((one) => one.text.includes('(me)')).value")
        .await?;
    press(browser, "Enter").await?;
    browser.says("is assigned.").await?;
    look_in_and_come_back(browser).await?;
    browser.click("nav.tabs a", "Mine").await?;
    browser
        .until("document.querySelectorAll('[data-row]').length === 1")
        .await?;
    press(browser, "j").await?;
    press(browser, "e").await?;
    browser.says("is resolved.").await?;
    browser.says("No issue matches").await
}

/// Whoever did something in the list, or looked at an issue, stands where they stood.
async fn look_in_and_come_back(browser: &mut Browser) -> Result<()> {
    let stands = "document.activeElement.closest('[data-row].at')?.dataset.row";
    browser.until(&format!("!!{stands}")).await?;
    press(browser, "j").await?;
    let second = browser.value(stands).await?;
    press(browser, "o").await?;
    browser.says("Stack trace").await?;
    press(browser, "a").await?;
    browser
        .until("document.activeElement.closest('[data-menu=assign]')?.open === true")
        .await?;
    press(browser, "ArrowDown").await?;
    press(browser, "Escape").await?;
    browser
        .until("!document.querySelector('details.menu[open]') && document.activeElement.matches('[data-menu=assign] summary')")
        .await?;
    press(browser, "u").await?;
    browser
        .until(&format!(
            "location.search.includes('sort=priority') && {stands} === {second}"
        ))
        .await?;
    press(browser, "/").await?;
    browser.until("document.activeElement.id === 'query'").await?;
    press(browser, "Escape").await?;
    browser.until(&format!("{stands} === {second}")).await
}

async fn support(browser: &mut Browser, hub: &Hub) -> Result<()> {
    browser.open(&format!("{}/support", hub.url)).await?;
    browser.fill_in("#query", "bob@example.com").await?;
    browser.click("form.search button", "Find").await?;
    browser.says("happened to them (e-mail)").await?;
    browser
        .until("document.querySelectorAll('.findings > li').length === 2")
        .await?;
    browser
        .value("document.querySelector('.findings details').open = true")
        .await?;
    let ticket = "https://acme.zendesk.com/agent/tickets/4711";
    browser.fill_in(".findings input[name=url]", ticket).await?;
    browser.click(".findings button", "Link").await?;
    browser.says("is linked with #4711").await?;
    browser.fill_in("#query", ticket).await?;
    browser.click("form.search button", "Find").await?;
    browser.says("linked with #4711").await?;
    browser
        .open(&format!("{}/support/timeline?q=L-bob", hub.url))
        .await?;
    browser.says("By what identifies them").await?;
    browser.says("license: L-bob").await?;
    browser
        .open(&format!("{}/support/timeline?q=bob", hub.url))
        .await?;
    browser
        .until("document.querySelectorAll('.moments > li').length === 2")
        .await
}

#[tokio::test]
async fn who_wants_mail_gets_a_handful_in_a_storm_each_in_its_thread() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    if !is_there() {
        return Ok(());
    }
    let mailbox = Mailbox::start(&sdks, "").await?;
    let hub = Hub::start_with(settings(&mailbox, "").with("ERRAND_MAIL_PAUSE_SECONDS", "1")).await?;
    let project = hub.project("Shop").await?;
    hub.cli_json(&["plugin", "add", "email", "--set", "to_people=true"])
        .await?;
    let mut browser = Browser::start().await?;
    browser.sign_in(&hub).await?;
    browser
        .open(&format!("{}/account/notifications", hub.url))
        .await?;
    browser.says("Only of issues that are mine").await?;
    browser
        .value("document.querySelectorAll('input[name=happening]').forEach((box) => { box.checked = true; })")
        .await?;
    browser.click("button", "Save").await?;
    browser.says("Saved.").await?;
    fail(&hub, &project, "First", "ada").await?;
    let first = mailbox.wait_for(1).await?.remove(0);
    ensure!(
        first["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("New in Shop"))
            && first["html"].is_string(),
        "{first}"
    );
    for _ in 0..100 {
        fail(&hub, &project, "First", "ada").await?;
    }
    for n in 0..NEW {
        // Letters, so that no rule takes them for numbers.
        let name: String = [n / 26, n % 26].iter().map(|at| char::from(b'A' + at)).collect();
        fail(&hub, &project, &format!("New{name}"), "bob").await?;
    }
    hub.drained().await?;
    rest(&mailbox, &first).await
}

/// What waits comes together once the pause is over.
async fn rest(mailbox: &Mailbox, first: &Value) -> Result<()> {
    let digest = eventually("a digest", || async {
        let says = |mail: &Value| mail["text"].as_str().is_some_and(|text| text.contains("issues)"));
        Ok(mailbox.taken().into_iter().find(says))
    })
    .await?;
    let header = |mail: &Value, name: &str| mail["headers"][name].as_str().map(str::to_owned);
    for mail in [first, &digest] {
        ensure!(
            header(mail, "references").is_some() && header(mail, "list-unsubscribe").is_some(),
            "{mail}"
        );
    }
    ensure!(
        header(first, "references") != header(&digest, "references"),
        "a digest is no part of an issue's thread"
    );
    eventually("all to be told", || async {
        let told: usize = mailbox.taken().iter().map(told).sum();
        Ok((told > usize::from(NEW)).then_some(()))
    })
    .await
    .with_context(|| format!("{:?}", subjects(mailbox)))?;
    let count = mailbox.taken().len();
    ensure!((2..=6).contains(&count), "{count} mails");
    Ok(())
}

fn subjects(mailbox: &Mailbox) -> Vec<Value> {
    let subject = |mail: Value| mail["headers"]["subject"].clone();
    mailbox.taken().into_iter().map(subject).collect()
}
