//! The pictures of plugins' forms that the documentation shows: that each is there, and how they are taken.
//!
//! ```sh
//! cargo xtask test -p errand-tests --test it -- pictures --ignored
//! ```
//!
//! takes all of them anew, by the hub as it is.

pub(crate) mod png;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_tests::{Hub, root};
use serde_json::json;

use crate::browser::{self, Browser};

const FOLDER: &str = "docs/pictures/plugins";
/// Bytes of a picture: a page of the documentation has to load at once.
const MAX_BYTES: u64 = 64 * 1024;
const WIDTH: u32 = 760;
/// Of a long form the beginning is enough.
const MAX_HEIGHT: u32 = 1_400;
/// What stands below the settings.
const MARGIN: u32 = 16;

/// The plugins that are part of the hub.
fn plugins() -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root().join("plugins"))? {
        let folder = entry?.path();
        if folder.join("plugin.json").is_file() {
            let name = folder.file_name().context("a name")?;
            found.insert(name.to_string_lossy().into_owned());
        }
    }
    Ok(found)
}

#[test]
fn each_plugin_has_a_page_with_a_picture_of_its_form() -> Result<()> {
    for plugin in plugins()? {
        let page = format!("docs/plugins/{plugin}.md");
        let picture = format!("{FOLDER}/{plugin}.png");
        let shown = picture.trim_start_matches("docs/");
        ensure!(
            fs::read_to_string(root().join(&page))
                .with_context(|| format!("{plugin} has no page in docs"))?
                .contains(shown),
            "{page} does not show {picture}"
        );
        let bytes = fs::metadata(root().join(&picture))
            .with_context(|| picture.clone())?
            .len();
        ensure!(bytes <= MAX_BYTES, "{picture} has {bytes} bytes");
    }
    Ok(())
}

#[tokio::test]
#[ignore = "writes into docs: run it by its name"]
async fn pictures_are_taken() -> Result<()> {
    ensure!(browser::is_there(), "there is no chromium");
    fs::create_dir_all(root().join(FOLDER))?;
    let hub = Hub::start().await?;
    hub.project("Shop").await?;
    let mut browser = Browser::start().await?;
    let screen = json!({"width": WIDTH, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    browser.ask("Emulation.setDeviceMetricsOverride", screen).await?;
    let light = json!({"features": [{"name": "prefers-color-scheme", "value": "light"}]});
    browser.ask("Emulation.setEmulatedMedia", light).await?;
    browser.sign_in(&hub).await?;
    for plugin in plugins()? {
        form(&mut browser, &format!("{}/plugins/new/{plugin}", hub.url)).await?;
        // The heading and the settings; what every plugin is asked below stands in the guide once.
        let bottom = "document.querySelector('form section.panel').getBoundingClientRect().bottom";
        let (top, bottom) = (
            edge(
                &mut browser,
                "document.querySelector('main').getBoundingClientRect().top",
            )
            .await?,
            edge(&mut browser, bottom).await? + MARGIN,
        );
        let clip = json!({"x": 0, "y": top, "width": WIDTH, "height": bottom.min(top + MAX_HEIGHT) - top, "scale": 1});
        let take =
            json!({"format": "png", "captureBeyondViewport": true, "optimizeForSpeed": false, "clip": clip});
        let taken = browser.ask("Page.captureScreenshot", take).await?;
        let png = STANDARD.decode(taken["data"].as_str().context("a picture")?)?;
        let png = png::reduced(&png)?;
        println!("{plugin}: {} bytes", png.len());
        fs::write(root().join(FOLDER).join(format!("{plugin}.png")), png)?;
    }
    Ok(())
}

/// Where something begins or ends, in pixels.
async fn edge(browser: &mut Browser, what: &str) -> Result<u32> {
    let edge = browser.value(&format!("Math.round({what})")).await?;
    let edge = edge.as_u64().and_then(|edge| u32::try_from(edge).ok());
    edge.with_context(|| format!("there is no {what}"))
}

/// Opens a plugin's form. A hub that was just started compiles its plugins first.
async fn form(browser: &mut Browser, url: &str) -> Result<()> {
    let is_loaded = format!(
        "document.readyState === 'complete' && location.href === {}",
        json!(url)
    );
    for _ in 0..500 {
        browser.open(url).await?;
        browser.until(&is_loaded).await?;
        let text = browser.value("document.querySelector('main').innerText").await?;
        if !text.as_str().unwrap_or_default().contains("is not there") {
            return Ok(());
        }
    }
    bail!("{url} shows no form")
}
