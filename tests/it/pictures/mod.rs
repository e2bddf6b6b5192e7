//! The pictures of plugins' forms that the documentation shows: that each is there, and how they are taken.
//!
//! ```sh
//! cargo xtask test -p errand-tests --test it -- pictures --ignored
//! ```
//!
//! takes all of them anew, by the hub as it is.

mod png;

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
        let pages = [format!("docs/plugins/{plugin}.md"), format!("docs/{plugin}.md")];
        let page = pages.iter().find(|page| root().join(page).is_file());
        let page = page.with_context(|| format!("{plugin} has no page in docs"))?;
        let picture = format!("{FOLDER}/{plugin}.png");
        let shown = picture.trim_start_matches("docs/");
        ensure!(
            fs::read_to_string(root().join(page))?.contains(shown),
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
        let height = browser
            .value("Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)")
            .await?;
        let height = height.as_u64().context("a height")?.min(u64::from(MAX_HEIGHT));
        let top = browser
            .value("Math.floor(document.querySelector('main').getBoundingClientRect().top)")
            .await?;
        let top = top.as_u64().unwrap_or_default();
        let clip =
            json!({"x": 0, "y": top, "width": WIDTH, "height": height.saturating_sub(top), "scale": 1});
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
