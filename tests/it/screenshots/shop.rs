//! What the pictures show: two weeks of a made-up shop's errors, and what people and plugins did about them.

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Project};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::pages;

/// What stands for the parts in braces of an address.
pub(super) struct Shown {
    issue: String,
    installation: String,
    report: String,
    dashboard: String,
}

impl Shown {
    /// Fills a hub in.
    pub(super) async fn make(hub: &Hub, browser: &mut Browser) -> Result<Self> {
        let installation = seed(hub).await?;
        pages::furnish(browser, hub).await?;
        let (report, dashboard) = pages::report(browser, hub).await?;
        browser
            .open(&format!("{}/issues?query=PaymentDeclined", hub.url))
            .await?;
        browser.until("!!document.querySelector('[data-row]')").await?;
        let row = browser
            .value("document.querySelector('[data-row]').dataset.row")
            .await?;
        let issue = row.as_str().and_then(|row| row.rsplit('/').next());
        Ok(Shown {
            issue: issue.context("an issue")?.to_owned(),
            installation,
            report,
            dashboard,
        })
    }

    /// An address with all its parts.
    pub(super) fn filled(&self, path: &str) -> String {
        [
            ("{issue}", &self.issue),
            ("{installation}", &self.installation),
            ("{report}", &self.report),
            ("{dashboard}", &self.dashboard),
        ]
        .iter()
        .fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
    }
}

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
async fn seed(hub: &Hub) -> Result<String> {
    let projects: [Project; 2] = [hub.project("Checkout").await?, hub.project("Storefront").await?];
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
    let added = [
        "plugin",
        "add",
        "webhook",
        "--set",
        "url=https://example.com/hook",
    ];
    let installation = hub.cli_json(&added).await?;
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
    let installation = installation["id"].as_str().context("the id of the plugin")?;
    Ok(installation.to_owned())
}
