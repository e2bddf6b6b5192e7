//! Open pages say what is new: by a stream of the hub at which somebody looks, whichever hub took the event; in a browser by a
//! banner that moves nothing; and where there is no stream, by loading the page again.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Options, Project, Visitor, event};
use serde_json::json;

use crate::browser::{Browser, is_there};
use crate::cli::two_hubs;
use crate::pages::{axe, findings};
use crate::sdks::sdks;

/// Streams of one person.
const MOST: usize = 8;
/// Longer than anything takes that is told at all.
const PATIENCE: Duration = Duration::from_secs(30);
const BANNER: &str = "document.querySelector('#news a')";
/// Which rows there are, and where they stand.
const ROWS: &str = "[...document.querySelectorAll('[data-row]')].map((row) => row.dataset.row + ' at ' + row.getBoundingClientRect().top).join()";

async fn fail(hub: &Hub, project: &Project, group: &str) -> Result<()> {
    let status = hub.sdk(project)?.send(&event(group, "ada")).await?.status;
    ensure!(status == 200, "{status}");
    hub.drained().await
}

/// Where a page is told what is new.
fn told_by(page: &str) -> Result<String> {
    let (_, rest) = page.split_once("data-told-by=\"").context("a place")?;
    let path = rest.split('"').next().context("an end")?;
    Ok(path.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Reads a stream until it tells this.
async fn tells(stream: &mut reqwest::Response, what: &str) -> Result<()> {
    let mut text = String::new();
    let read = async {
        while !text.contains(what) {
            let chunk = stream.chunk().await?.context("it goes on")?;
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        anyhow::Ok(())
    };
    let heard = tokio::time::timeout(PATIENCE, read).await;
    heard.with_context(|| format!("'{what}' was not told"))?
}

#[tokio::test]
async fn what_one_hub_takes_a_page_of_another_is_told() -> Result<()> {
    let Some([takes, mut shows]) = two_hubs(&Options::default()).await? else {
        return Ok(());
    };
    let project = takes.project("Shop").await?;
    let ada = Visitor::administrator(&shows).await?;
    let list = told_by(&ada.get("/issues").await?)?;
    let mut stream = ada.ask(&list).await?;
    ensure!(stream.headers()["content-type"] == "text/event-stream");
    fail(&takes, &project, "Cart").await?;
    tells(&mut stream, "event: news\ndata: 1 new issue\n").await?;
    // A hub that stops does not wait for those who look.
    shows.terminate().await
}

#[tokio::test]
async fn the_stream_of_issues_says_what_is_new_and_moves_nothing() -> Result<()> {
    let Some(sdks) = sdks().filter(|_| is_there()) else {
        return Ok(());
    };
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let mut browser = Browser::start().await?;
    browser.sign_in(&hub).await?;
    browser.open(&format!("{}/issues?project=shop", hub.url)).await?;
    browser.says("No event has come yet").await?;
    fail(&hub, &project, "Cart").await?;
    // Where nothing stands, nothing moves: it appears by itself.
    browser.says("CartError").await?;
    let before = browser.value(ROWS).await?;
    for group in ["Stock", "Pay"] {
        fail(&hub, &project, group).await?;
    }
    browser
        .until(&format!("{BANNER}?.innerText === '2 new issues'"))
        .await?;
    ensure!(browser.value(ROWS).await? == before, "no row moved");
    ensure!(browser.value("document.querySelector('#news').role").await? == "status");
    for theme in ["light", "dark"] {
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        browser.ask("Emulation.setEmulatedMedia", media).await?;
        // Colours fade over; half-way nothing is as it is meant.
        browser
            .until("document.getAnimations().every((one) => one.playState !== 'running')")
            .await?;
        let wrong = findings(&mut browser, &axe(&sdks)?, "").await?;
        ensure!(wrong.is_empty(), "{theme}: {wrong:?}");
    }
    // By keyboard: it is reached and pressed like any link.
    browser.value(&format!("{BANNER}.focus()")).await?;
    ensure!(
        browser
            .value(&format!("document.activeElement === {BANNER}"))
            .await?
            == json!(true)
    );
    for kind in ["keyDown", "keyUp"] {
        let key =
            json!({"type": kind, "key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13});
        browser.ask("Input.dispatchKeyEvent", key).await?;
    }
    browser
        .until("document.querySelectorAll('[data-row]').length === 3 && !document.querySelector('#news a')")
        .await?;
    browser
        .value("document.querySelector('[data-row] .title').click()")
        .await?;
    browser.until("location.pathname.startsWith('/issues/')").await?;
    browser.says("PayError").await?;
    for _ in 0..2 {
        fail(&hub, &project, "Pay").await?;
    }
    browser
        .until(&format!("/^[12] more events?$/.test({BANNER}?.innerText)"))
        .await
}

#[tokio::test]
async fn where_no_stream_is_to_be_had_the_page_is_loaded_again() -> Result<()> {
    if !is_there() {
        return Ok(());
    }
    let hub = Hub::start().await?;
    let project = hub.project("Shop").await?;
    let ada = Visitor::administrator(&hub).await?;
    let mut held = Vec::new();
    for _ in 0..MOST {
        let stream = ada.ask("/issues/live").await?;
        ensure!(stream.status() == 200, "{}", stream.status());
        held.push(stream);
    }
    let refused = ada.ask("/issues/live").await?;
    ensure!(refused.status() == 429, "{}", refused.status());
    // The same person, in a browser.
    let mut browser = Browser::start().await?;
    browser.sign_in(&hub).await?;
    browser.open(&format!("{}/projects/shop", hub.url)).await?;
    browser.says("Waiting for the first event").await?;
    fail(&hub, &project, "Cart").await?;
    browser.says("Events are coming in.").await?;
    browser.open(&format!("{}/issues?project=shop", hub.url)).await?;
    browser.says("CartError").await?;
    let before = browser.value(ROWS).await?;
    fail(&hub, &project, "Stock").await?;
    browser
        .until(&format!("{BANNER}?.innerText === '1 new issue'"))
        .await?;
    ensure!(browser.value(ROWS).await? == before, "no row moved");
    drop(held);
    Ok(())
}
