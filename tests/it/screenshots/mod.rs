//! Pictures of every page in light, in dark and as wide as a phone: `cargo xtask screenshots`.
//!
//! Which pages there are is read from the rules of access: one without a picture fails a test that takes none.

mod shop;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_tests::Hub;
use serde_json::{Value, json};

use self::shop::Shown;
use crate::browser::{Browser, is_there};
use crate::pages;
use crate::pictures::png;

/// How a page is looked at: its name, its width, and whether the system is dark.
const LOOKS: [(&str, u32, bool); 3] = [
    ("light", 1280, false),
    ("dark", 1280, true),
    ("phone", 390, false),
];

/// Pages of those who are not signed in yet.
const OUTSIDE: [(&str, &str); 4] = [
    ("sign-in", "/sign-in"),
    ("sign-in-link", "/sign-in/0123"),
    ("register", "/register"),
    ("password-forgot", "/password/forgot"),
];

/// All others, by the names of their pictures; what stands in braces is what the shop has of it.
const PAGES: [(&str, &str); 55] = [
    ("stream", "/issues"),
    (
        "stream-priority",
        "/issues?query=is%3Aunresolved&sort=priority&project=checkout",
    ),
    ("issue", "/issues/{issue}"),
    ("issue-event", "/issues/{issue}/events/oldest"),
    ("issue-events", "/issues/{issue}/events"),
    (
        "issue-events-search",
        "/issues/{issue}/events?query=release%3Ashop%404.2.0%20%21user.email%3Akim%40example.com",
    ),
    ("issue-tags", "/issues/{issue}/tags"),
    ("issue-tag", "/issues/{issue}/tags/license"),
    ("issue-activity", "/issues/{issue}/activity"),
    ("issue-deliveries", "/issues/{issue}/deliveries"),
    ("issue-grouping", "/issues/{issue}/grouping"),
    ("issue-similar", "/issues/{issue}/similar"),
    ("support", "/support?q=ACME-7"),
    ("support-empty", "/support"),
    ("support-timeline", "/support/timeline?q=kim%40example.com"),
    ("support-fields", "/support/fields"),
    ("reports", "/reports"),
    (
        "reports-table",
        "/reports?measure=users&by=browser.name&then=&span=14d",
    ),
    ("report", "/reports/{report}"),
    ("dashboards", "/dashboards"),
    ("dashboard-overview", "/dashboards/overview"),
    ("dashboard", "/dashboards/{dashboard}"),
    ("projects", "/projects"),
    ("project-new", "/projects/new"),
    ("project", "/projects/checkout"),
    ("project-keys", "/projects/checkout/keys"),
    ("project-settings", "/projects/checkout/settings"),
    ("project-volume", "/projects/checkout/volume"),
    ("project-filters", "/projects/checkout/filters"),
    ("project-scrubbing", "/projects/checkout/scrubbing"),
    ("project-ownership", "/projects/checkout/ownership"),
    ("project-rules", "/projects/checkout/rules"),
    ("project-releases", "/projects/checkout/releases"),
    ("project-release", "/projects/checkout/releases/shop@4.2.0"),
    ("plugins", "/plugins"),
    ("plugins-new", "/plugins/new"),
    ("plugins-add", "/plugins/new/jira"),
    ("plugin-settings", "/plugins/{installation}/settings"),
    ("plugin-calls", "/plugins/{installation}/calls"),
    ("plugin-accounts", "/plugins/{installation}/accounts"),
    ("mail", "/mail"),
    ("people", "/people"),
    ("organization", "/organization"),
    ("single-sign-on", "/organization/single-sign-on"),
    ("teams", "/teams"),
    ("team-new", "/teams/new"),
    ("team", "/teams/payments"),
    ("storage", "/storage"),
    ("jobs", "/jobs"),
    ("audit", "/audit"),
    ("account", "/account"),
    ("account-tokens", "/account/tokens"),
    ("account-notifications", "/account/notifications"),
    ("demo", "/demo"),
    ("not-found", "/issues/no-such-issue"),
];

/// The pictures of README: which page, in which look, and the file in `docs/pictures`.
const README: [(&str, &str, &str); 8] = [
    ("issue", "light", "issue-light.png"),
    ("issue", "dark", "issue-dark.png"),
    ("stream", "light", "stream.png"),
    ("issue-events-search", "light", "issue-events.png"),
    ("support", "light", "support.png"),
    ("support-timeline", "light", "support-timeline.png"),
    ("dashboard-overview", "light", "dashboard.png"),
    ("account-notifications", "dark", "account-notifications.png"),
];
/// They are one screen each.
const SCREEN: u32 = 860;

/// Whether an address is one of a route.
fn is_of(route: &str, address: &str) -> bool {
    let path = address.split('?').next().unwrap_or_default();
    let (mut of_route, mut of_path) = (route.split('/'), path.split('/'));
    loop {
        match (of_route.next(), of_path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[test]
fn every_page_has_a_picture() -> Result<()> {
    let mut without = pages::routes()?;
    ensure!(without.len() > 40, "{without:?}");
    without.retain(|route| {
        !PAGES
            .iter()
            .chain(&OUTSIDE)
            .any(|(_, address)| is_of(route, address))
    });
    ensure!(
        without.is_empty(),
        "these pages have no picture: name them in PAGES, or in pages::NO_PAGES if they are none: {without:?}"
    );
    Ok(())
}

#[tokio::test]
#[ignore = "makes pictures, and proves nothing by itself: cargo xtask screenshots"]
async fn every_page_in_light_dark_and_on_a_phone() -> Result<()> {
    ensure!(is_there(), "pictures need chromium");
    let folder =
        PathBuf::from(std::env::var_os("ERRAND_PICTURES").context("ERRAND_PICTURES names a folder")?);
    // Only who wants the pictures of README anew names their folder.
    let readme = std::env::var_os("ERRAND_README_PICTURES").map(PathBuf::from);
    let hub = Hub::start().await?;
    let mut browser = Browser::start().await?;
    for (look, width, is_dark) in LOOKS {
        wear(&mut browser, width, is_dark).await?;
        for (name, path) in OUTSIDE {
            take(
                &mut browser,
                &hub,
                path,
                &folder.join(look).join(format!("{name}.png")),
            )
            .await?;
        }
    }
    browser.sign_in(&hub).await?;
    let shown = Shown::make(&hub, &mut browser).await?;
    for (look, width, is_dark) in LOOKS {
        wear(&mut browser, width, is_dark).await?;
        for (name, path) in PAGES {
            let path = shown.filled(path);
            let file = folder.join(look).join(format!("{name}.png"));
            take(&mut browser, &hub, &path, &file).await?;
            let of_readme = README.iter().find(|one| (one.0, one.1) == (name, look));
            if let (Some(folder), Some((.., file))) = (&readme, of_readme) {
                let screen = json!({"x": 0, "y": 0, "width": width, "height": SCREEN, "scale": 1});
                let png = picture(&mut browser, screen).await?;
                std::fs::write(folder.join(file), png::reduced(&png)?)?;
            }
        }
    }
    Ok(())
}

async fn wear(browser: &mut Browser, width: u32, is_dark: bool) -> Result<()> {
    let scheme = if is_dark { "dark" } else { "light" };
    let still = json!({"name": "prefers-reduced-motion", "value": "reduce"});
    let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}, still]});
    browser.ask("Emulation.setEmulatedMedia", media).await?;
    // Their room is none of the page's.
    let hidden = json!({"hidden": true});
    browser.ask("Emulation.setScrollbarsHidden", hidden).await?;
    let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
    browser
        .ask("Emulation.setDeviceMetricsOverride", metrics)
        .await
        .map(drop)
}

/// The whole page, up to what fits a screen or two; nothing on it may be wider than the window.
async fn take(browser: &mut Browser, hub: &Hub, path: &str, file: &Path) -> Result<()> {
    std::fs::create_dir_all(file.parent().context("a folder")?)?;
    browser.open(&format!("{}{path}", hub.url)).await?;
    browser
        .until(&format!(
            "document.readyState === 'complete' && (location.pathname + location.search) === {}",
            json!(path)
        ))
        .await?;
    browser.until("!!document.querySelector('main')").await?;
    let size = browser
        .value(
            "({width: document.documentElement.clientWidth, full: document.documentElement.scrollWidth, \
                 height: Math.min(document.documentElement.scrollHeight, 2400)})",
        )
        .await?;
    ensure!(
        size["full"] == size["width"],
        "{}: it is wider than the window: {size}",
        file.display()
    );
    let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
    let bytes = picture(browser, clip).await?;
    std::fs::write(file, bytes).with_context(|| file.display().to_string())
}

async fn picture(browser: &mut Browser, clip: Value) -> Result<Vec<u8>> {
    let ask = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
    let taken = browser.ask("Page.captureScreenshot", ask).await?;
    Ok(STANDARD.decode(taken["data"].as_str().context("a picture")?)?)
}
