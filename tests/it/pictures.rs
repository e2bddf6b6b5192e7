//! Pictures of every page in light, in dark and as wide as a phone: `cargo xtask screenshots`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_tests::{Hub, Project};
use serde_json::{Value, json};

use crate::browser::{Browser, is_there};

/// How a page is looked at: its name, its width, and whether the system is dark.
const LOOKS: [(&str, u32, bool); 3] = [
    ("light", 1280, false),
    ("dark", 1280, true),
    ("phone", 390, false),
];

/// Pages that need nothing filled in, by the names of their pictures.
const PAGES: [(&str, &str); 27] = [
    ("stream", "/issues"),
    (
        "stream-priority",
        "/issues?query=is%3Aunresolved&sort=priority&project=checkout",
    ),
    ("issue", "{issue}"),
    ("issue-events", "{issue}/events"),
    ("issue-tags", "{issue}/tags"),
    ("issue-activity", "{issue}/activity"),
    ("issue-deliveries", "{issue}/deliveries"),
    ("issue-grouping", "{issue}/grouping"),
    ("issue-similar", "{issue}/similar"),
    ("support", "/support?q=ACME-7"),
    ("support-empty", "/support"),
    ("support-timeline", "/support/timeline?q=kim%40example.com"),
    ("support-fields", "/support/fields"),
    ("projects", "/projects"),
    ("project-new", "/projects/new"),
    ("project", "/projects/checkout"),
    ("project-keys", "/projects/checkout/keys"),
    ("project-settings", "/projects/checkout/settings"),
    ("project-ownership", "/projects/checkout/ownership"),
    ("project-rules", "/projects/checkout/rules"),
    ("project-releases", "/projects/checkout/releases"),
    ("plugins", "/plugins"),
    ("plugins-new", "/plugins/new"),
    ("people", "/people"),
    ("account", "/account"),
    ("account-notifications", "/account/notifications"),
    ("demo", "/demo"),
];

/// What goes wrong in the shop: type, value, function, file, level, project, and how often.
const ERRORS: [(&str, &str, &str, &str, &str, usize, u32); 7] = [
    (
        "TypeError",
        "Cannot read properties of undefined (reading 'price')",
        "renderCart",
        "src/cart/summary.ts",
        "error",
        1,
        34,
    ),
    (
        "PaymentDeclined",
        "card was declined: insufficient funds",
        "charge",
        "shop/payments/gateway.py",
        "error",
        0,
        22,
    ),
    (
        "OperationalError",
        "could not connect to server: Connection refused",
        "connect",
        "shop/db/pool.py",
        "fatal",
        0,
        17,
    ),
    (
        "KeyError",
        "'shipping_address'",
        "place_order",
        "shop/orders/place.py",
        "error",
        0,
        12,
    ),
    (
        "ValidationError",
        "voucher SPRING-26 has expired",
        "redeem",
        "shop/vouchers/rules.py",
        "warning",
        0,
        9,
    ),
    (
        "ChunkLoadError",
        "Loading chunk 14 failed",
        "requireEnsure",
        "src/runtime.ts",
        "error",
        1,
        6,
    ),
    (
        "TimeoutError",
        "the stock service did not answer within 3 s",
        "reserve",
        "shop/stock/client.py",
        "error",
        0,
        4,
    ),
];

const DAY: f64 = 86_400.0;

fn event(kind: usize, n: u32, now: f64) -> Value {
    let (name, value, function, file, level, project, often) = ERRORS[kind];
    let platform = if project == 1 { "javascript" } else { "python" };
    let user = (n * 7 + u32::try_from(kind).unwrap_or(0)) % 23;
    let names = ["kim", "ada", "grace", "alan", "edsger", "barbara", "tim"];
    let email = format!("{}@example.com", names[user as usize % names.len()]);
    let back = DAY * 13.0 * f64::from(often - n) / f64::from(often);
    json!({
        "event_id": uuid::Uuid::new_v4().simple().to_string(), "timestamp": now - back.powf(1.02).min(13.0 * DAY),
        "platform": platform, "level": level, "environment": "production",
        "release": if n.is_multiple_of(3) { "shop@4.2.0" } else { "shop@4.1.3" }, "transaction": "/checkout",
        "user": {"id": format!("{}", 4_000 + user), "email": email, "ip_address": format!("203.0.113.{user}")},
        "tags": {"license": format!("ACME-{}", user % 9), "order": format!("{}", 70_000 + n)},
        "request": {"url": "https://shop.example/checkout", "method": "POST", "headers": {
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}},
        "contexts": {"runtime": {"name": "CPython", "version": "3.13.1"}, "os": {"name": "Linux", "version": "6.12"}},
        "breadcrumbs": [
            {"timestamp": now - back - 4.0, "category": "http", "type": "http", "message": "GET /cart", "level": "info"},
            {"timestamp": now - back - 2.0, "category": "query", "message": "SELECT * FROM baskets WHERE id = 7", "level": "info"},
            {"timestamp": now - back - 1.0, "category": "payment", "message": "the bank answered 402", "level": "warning"}],
        "sdk": {"name": "sentry.python", "version": "2.40.0"},
        "exception": {"values": [{"type": name, "value": value, "mechanism": {"type": "generic", "handled": kind % 2 == 1},
            "stacktrace": {"frames": [
                {"filename": "django/core/handlers/base.py", "module": "django.core.handlers.base", "function": "get_response",
                 "lineno": 197, "in_app": false},
                {"filename": "shop/checkout/views.py", "module": "shop.checkout.views", "function": "post", "lineno": 61,
                 "in_app": true, "pre_context": ["def post(request):", "    basket = Basket.of(request)"],
                 "context_line": "    return pay(basket)", "post_context": ["", "def pay(basket):"]},
                {"filename": file, "function": function, "lineno": 112, "in_app": true,
                 "pre_context": ["    if not basket.lines:", "        return None"],
                 "context_line": "    total = sum(line.price for line in basket.lines)",
                 "post_context": ["    return total"], "vars": {"basket": "<Basket 7>", "attempt": 2}}]}}]}
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "pictures are of the present, as the hub sees it"
)]
async fn seed(hub: &Hub) -> Result<Vec<Project>> {
    let projects = vec![hub.project("Checkout").await?, hub.project("Storefront").await?];
    let sdks = [hub.sdk(&projects[0])?, hub.sdk(&projects[1])?];
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs_f64();
    for (kind, (.., project, often)) in ERRORS.iter().enumerate() {
        for n in 1..=*often {
            let status = sdks[*project].send(&event(kind, n, now)).await?.status;
            ensure!(status == 200, "{status}");
        }
    }
    hub.cli_json(&[
        "plugin",
        "add",
        "webhook",
        "--set",
        "url=https://example.com/hook",
    ])
    .await?;
    hub.drained().await?;
    let api = hub.api().await?;
    let issues = api.get("/api/0/organizations/default/issues/").await?;
    let of = |kind: &str| {
        let all = issues.as_array().into_iter().flatten();
        let mut found = all.filter(|issue| {
            issue["title"]
                .as_str()
                .is_some_and(|title| title.starts_with(kind))
        });
        found
            .next()
            .and_then(|issue| issue["id"].as_str())
            .map(str::to_owned)
    };
    let payment = of("PaymentDeclined").context("an issue")?;
    let ticket = json!({"serviceType": "zendesk/acme.zendesk.com", "identifier": "4711", "displayName": "#4711",
        "webUrl": "https://acme.zendesk.com/agent/tickets/4711", "title": "My card does not work", "state": "open"});
    api.post(&format!("/api/0/issues/{payment}/external-issues/"), &ticket)
        .await?;
    let text = json!({"text": "The bank changed its codes on Monday. @grace, can you ask them?"});
    api.post(&format!("/api/0/issues/{payment}/comments/"), &text)
        .await?;
    let voucher = of("ValidationError").context("an issue")?;
    let resolved = json!({"status": "resolvedInNextRelease"});
    api.put(&format!("/api/0/issues/{voucher}/"), &resolved).await?;
    Ok(projects)
}

#[tokio::test]
#[ignore = "makes pictures, and proves nothing by itself: cargo xtask screenshots"]
async fn every_page_in_light_dark_and_on_a_phone() -> Result<()> {
    ensure!(is_there(), "pictures need chromium");
    let folder =
        PathBuf::from(std::env::var_os("ERRAND_PICTURES").context("ERRAND_PICTURES names a folder")?);
    let hub = Hub::start().await?;
    seed(&hub).await?;
    let mut browser = Browser::start().await?;
    browser.sign_in(&hub).await?;
    browser
        .open(&format!("{}/issues?query=PaymentDeclined", hub.url))
        .await?;
    browser.until("!!document.querySelector('[data-row]')").await?;
    let issue = browser
        .value("document.querySelector('[data-row]').dataset.row")
        .await?;
    let issue = issue.as_str().context("an issue")?.to_owned();
    for (look, width, is_dark) in LOOKS {
        let folder = folder.join(look);
        std::fs::create_dir_all(&folder)?;
        let scheme = if is_dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.ask("Emulation.setEmulatedMedia", media).await?;
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        browser.ask("Emulation.setDeviceMetricsOverride", metrics).await?;
        for (name, path) in PAGES {
            let path = path.replace("{issue}", &issue);
            browser.open(&format!("{}{path}", hub.url)).await?;
            take(&mut browser, &folder.join(format!("{name}.png"))).await?;
        }
    }
    Ok(())
}

/// The whole page, up to what fits a screen or two; nothing on it may be wider than the window.
async fn take(browser: &mut Browser, file: &Path) -> Result<()> {
    browser
        .until("document.readyState === 'complete' && !!document.querySelector('main')")
        .await?;
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
    let ask = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
    let taken = browser.ask("Page.captureScreenshot", ask).await?;
    let bytes = STANDARD.decode(taken["data"].as_str().context("a picture")?)?;
    std::fs::write(file, bytes).with_context(|| file.display().to_string())
}
