//! Every page in a real browser, in light and dark, over an event that is hostile in every field: axe finds nothing
//! serious, and no script of the event runs.
//!
//! Which pages there are is read from the rules of access, so that a new one is looked at too. With
//! `ERRAND_TEST_PICTURES=DIR` each is drawn there in light, in dark, and as wide as a phone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use errand_tests::{Hub, Project, event, eventually, root};
use serde_json::json;

use crate::browser::{Browser, is_there};
use crate::sdks::sdks;

/// What runs if anything of an event does: each way in by which text becomes script.
const HOSTILE: &str = "\"'><script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\"><svg onload=window.pwned=1>\
                       </textarea></title><a href=javascript:window.pwned=1>javascript:window.pwned=1</a>{{7*7}}";

/// Routes that answer with no page of their own: files, ways on to another page, and what has to be begun elsewhere.
const NO_PAGES: [&str; 18] = [
    "/",
    "/assets/{version}/{name}",
    "/issues/{id}/events/{event}/attachments/{attachment}",
    "/issues/{id}/events/{event}/markdown",
    "/issues/{id}/events/{event}/raw",
    "/issues/{id}/events/{event}/text",
    "/issues/{id}/live",
    "/issues/{id}/plugin-actions/{installation}/{action}",
    "/issues/live",
    "/mail/stop/{link}",
    "/password/reset/{link}",
    "/plugins/granted",
    "/projects/{slug}/live",
    "/register/{link}",
    "/reports/answer.json",
    "/reports/table.csv",
    "/sign-in/sso",
    "/sign-in/sso/return",
];

/// The routes of all pages, as the rules of access have them.
pub(crate) fn routes() -> Result<Vec<String>> {
    let rules = std::fs::read_to_string(root().join("core/http/src/access/rules.txt"))?;
    let mut routes = Vec::new();
    for line in rules.lines().filter(|line| line.starts_with("GET")) {
        let path = line.split_whitespace().find(|word| word.starts_with('/'));
        let path = path.context("a rule has a path")?;
        let is_page = !path.starts_with("/api/") && !path.starts_with("/organizations/");
        if is_page && !NO_PAGES.contains(&path) {
            routes.push(path.to_owned());
        }
    }
    Ok(routes)
}

/// A hub with something on every page.
struct Stage {
    hub: Hub,
    issue: String,
    installation: String,
    report: String,
    dashboard: String,
}

impl Stage {
    async fn set() -> Result<Self> {
        let hub = Hub::start().await?;
        let project = hub.project("Shop").await?;
        let added = ["plugin", "add", "webhook", "--set", "url=http://127.0.0.1:9/hook"];
        let installation = hub.cli_json(&added).await?;
        let installation = installation["id"].as_str().map(str::to_owned);
        let issue = send(&hub, &project).await?;
        Ok(Stage {
            hub,
            issue,
            installation: installation.context("the id of the plugin")?,
            report: String::new(),
            dashboard: String::new(),
        })
    }

    /// The addresses of all pages.
    fn pages(&self) -> Result<Vec<String>> {
        routes()?.iter().map(|route| self.filled(route)).collect()
    }

    fn filled(&self, path: &str) -> Result<String> {
        let id = match path.split('/').nth(1) {
            Some("plugins") => &self.installation,
            Some("reports") => &self.report,
            Some("dashboards") => &self.dashboard,
            _ => &self.issue,
        };
        let slug = if path.starts_with("/teams/") {
            "payments"
        } else {
            "shop"
        };
        let filled = [
            ("{id}", id.as_str()),
            ("{slug}", slug),
            ("{event}", "latest"),
            ("{key}", "evil"),
            ("{plugin}", "webhook"),
            ("{version}", "shop@1.0.0"),
            ("{code}", "0123"),
        ]
        .iter()
        .fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
        ensure!(!filled.contains('{'), "what stands for a part of {path}?");
        Ok(filled)
    }
}

/// Sends an event that is hostile wherever it can be; answers its issue.
async fn send(hub: &Hub, project: &Project) -> Result<String> {
    let mut hostile = event("Hostile", "ada");
    let frame = json!({"filename": HOSTILE, "function": HOSTILE, "module": HOSTILE, "abs_path": "javascript:window.pwned=1",
        "lineno": 1, "in_app": true, "context_line": HOSTILE, "pre_context": [HOSTILE], "vars": {HOSTILE: HOSTILE}});
    for (field, value) in [
        (
            "exception",
            json!({"values": [{"type": HOSTILE, "value": HOSTILE, "module": HOSTILE, "stacktrace": {"frames": [frame]},
            "mechanism": {"type": HOSTILE, "help_link": "javascript:window.pwned=1", "data": {HOSTILE: HOSTILE}}}]}),
        ),
        ("release", json!("shop@1.0.0")),
        ("environment", json!("production")),
        ("message", json!(HOSTILE)),
        ("logger", json!(HOSTILE)),
        ("transaction", json!(HOSTILE)),
        ("server_name", json!(HOSTILE)),
        (
            "tags",
            json!({"evil": HOSTILE, "url": "javascript:window.pwned=1"}),
        ),
        (
            "user",
            json!({"id": HOSTILE, "email": HOSTILE, "username": HOSTILE, "data": {HOSTILE: HOSTILE}}),
        ),
        (
            "request",
            json!({"url": "javascript:window.pwned=1", "method": HOSTILE, "query_string": HOSTILE,
            "headers": {"X-Evil": HOSTILE}, "cookies": {"a": HOSTILE}, "data": HOSTILE}),
        ),
        (
            "breadcrumbs",
            json!([{"category": HOSTILE, "message": HOSTILE, "type": HOSTILE, "data": {"url": HOSTILE}}]),
        ),
        (
            "contexts",
            json!({"evil": {"name": HOSTILE, "url": "javascript:window.pwned=1"}, "os": {"name": HOSTILE}}),
        ),
        ("extra", json!({HOSTILE: {"deep": [HOSTILE]}})),
        ("modules", json!({HOSTILE: HOSTILE})),
        ("sdk", json!({"name": HOSTILE, "version": HOSTILE})),
        ("fingerprint", json!([HOSTILE])),
    ] {
        hostile[field] = value;
    }
    ensure!(hub.sdk(project)?.send(&hostile).await?.status == 200, "refused");
    let api = hub.api().await?;
    eventually("the issue", || async {
        let issues = api.get("/api/0/organizations/default/issues/").await?;
        Ok(issues[0]["id"].as_str().map(str::to_owned))
    })
    .await
}

/// The script of axe.
pub(crate) fn axe(sdks: &Path) -> Result<String> {
    std::fs::read_to_string(sdks.join("node_modules/axe-core/axe.min.js"))
        .context("axe is installed by `cargo xtask test`")
}

/// What axe finds on the page, of what is serious or critical.
pub(crate) async fn findings(browser: &mut Browser, axe: &str, only: &str) -> Result<Vec<String>> {
    browser.value(&format!("{axe}; true")).await?;
    let run = format!(
        "axe.run(document, {{resultTypes: ['violations'], {only}}}).then((found) => JSON.stringify(found.violations
            .filter((one) => ['serious', 'critical'].includes(one.impact))
            .map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 200)).slice(0, 3).join(' | '))))"
    );
    let found = browser.promised(&run).await?;
    Ok(serde_json::from_str(found.as_str().context("what axe says")?)?)
}

async fn wear(browser: &mut Browser, scheme: &str) -> Result<()> {
    // Colours half way from one to the other are nobody's.
    let still = json!({"name": "prefers-reduced-motion", "value": "reduce"});
    let features = [json!({"name": "prefers-color-scheme", "value": scheme}), still];
    browser
        .ask("Emulation.setEmulatedMedia", json!({ "features": features }))
        .await
        .map(drop)
}

async fn draw(browser: &mut Browser, folder: &Path, page: &str, scheme: &str, width: u32) -> Result<()> {
    let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
    browser.ask("Emulation.setDeviceMetricsOverride", size).await?;
    let wanted = json!({"format": "png", "captureBeyondViewport": true});
    let drawn = browser.ask("Page.captureScreenshot", wanted).await?;
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(drawn["data"].as_str().context("a picture")?)?;
    let name: String = page
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    std::fs::write(
        folder.join(format!("{}-{scheme}-{width}.png", name.trim_matches('-'))),
        bytes,
    )?;
    browser
        .ask("Emulation.clearDeviceMetricsOverride", json!({}))
        .await
        .map(drop)
}

/// Looks at one page; answers what is wrong with it.
async fn look(
    browser: &mut Browser,
    url: &str,
    page: &str,
    axe: &str,
    pictures: Option<&Path>,
) -> Result<Vec<String>> {
    browser.open(&format!("{url}{page}")).await?;
    let at = json!(page);
    browser
        .until(&format!(
            "document.readyState === 'complete' && (location.pathname + location.search) === {at}"
        ))
        .await?;
    let mut wrong = Vec::new();
    let title = browser.value("document.title").await?;
    let is_error = matches!(
        title.as_str(),
        Some("Not found · Errand" | "The hub failed · Errand" | "Not allowed · Errand")
    );
    if is_error {
        wrong.push(format!("no page, but: {title}"));
    }
    // Whatever reacts to the pointer or the focus has its chance.
    browser
        .value("document.querySelectorAll('main *').forEach((one) => { one.dispatchEvent(new Event('mouseover')); }); true")
        .await?;
    if browser
        .value("window.pwned === undefined && !document.querySelector('a[href^=\"javascript:\" i]')")
        .await?
        != json!(true)
    {
        wrong.push("a script of the event ran, or can be clicked on".to_owned());
    }
    let seen = wrong.into_iter().map(|what| format!("{page}: {what}"));
    let mut seen: Vec<String> = seen.collect();
    seen.extend(self::seen(browser, page, axe, pictures).await?);
    Ok(seen)
}

/// What is wrong with the page on a phone: it is read without being moved from side to side, and a thumb hits what it means.
async fn on_a_phone(browser: &mut Browser) -> Result<Vec<String>> {
    let size = json!({"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true});
    browser.ask("Emulation.setDeviceMetricsOverride", size).await?;
    let wrong = browser.value(ON_A_PHONE).await?;
    browser
        .ask("Emulation.clearDeviceMetricsOverride", json!({}))
        .await?;
    Ok(serde_json::from_str(wrong.as_str().context("what is wrong")?)?)
}

/// Links within a line of text are as high as it is; all else is 24 pixels at least, but for boxes that have a label to be hit.
const ON_A_PHONE: &str = r"(() => {
    const wrong = [];
    const width = document.documentElement.scrollWidth;
    if (width > 390) wrong.push(`${width} pixels wide`);
    for (const one of document.querySelectorAll('a, button, input, select, summary, textarea')) {
        const { width, height } = (one.matches('label > input') ? one.parentElement : one).getBoundingClientRect();
        const isText = one.matches('a') && getComputedStyle(one).display === 'inline';
        const isSeen = one.checkVisibility() && !one.closest('.hidden-label, .skip');
        if (isSeen && !isText && (width < 24 || height < 24)) wrong.push(`${Math.round(width)} by ${Math.round(height)}: ${one.outerHTML.slice(0, 120)}`);
    }
    return JSON.stringify(wrong.slice(0, 5));
})()";

/// Looks at the page that is open, in light and in dark; answers what is wrong with it.
pub(crate) async fn seen(
    browser: &mut Browser,
    page: &str,
    axe: &str,
    pictures: Option<&Path>,
) -> Result<Vec<String>> {
    wear(browser, "light").await?;
    let mut wrong = findings(browser, axe, "").await?;
    wrong.extend(on_a_phone(browser).await?);
    if let Some(folder) = pictures {
        for (scheme, width) in [("light", 1280), ("light", 390)] {
            draw(browser, folder, page, scheme, width).await?;
        }
    }
    wear(browser, "dark").await?;
    wrong.extend(findings(browser, axe, "runOnly: ['color-contrast']").await?);
    if let Some(folder) = pictures {
        draw(browser, folder, page, "dark", 1280).await?;
    }
    wear(browser, "light").await?;
    Ok(wrong.into_iter().map(|what| format!("{page}: {what}")).collect())
}

/// A closed team with a project, and a token, so that their pages show something.
pub(crate) async fn furnish(browser: &mut Browser, hub: &Hub) -> Result<()> {
    browser.open(&format!("{}/teams/new", hub.url)).await?;
    browser.fill_in("#name", "Payments").await?;
    browser.click("button.primary", "Create").await?;
    browser.says("you are in it").await?;
    browser.open(&format!("{}/account/tokens", hub.url)).await?;
    browser.fill_in("#name", "Build machine").await?;
    browser.click("button.primary", "Create").await?;
    browser.says("It is shown only now.").await
}

/// A report over time and a dashboard that it is on; answers their ids.
pub(crate) async fn report(browser: &mut Browser, hub: &Hub) -> Result<(String, String)> {
    let asked = "/reports?measure=events&by=release&then=level&span=24h&step=hour";
    browser.open(&format!("{}{asked}", hub.url)).await?;
    browser.fill_in("#name", "Errors by release").await?;
    browser.click("button.primary", "Keep it").await?;
    browser.says("is kept").await?;
    let report = last_of_path(browser).await?;
    browser.open(&format!("{}/dashboards", hub.url)).await?;
    browser.fill_in("#name", "Checkout").await?;
    browser.click("button.primary", "Make it").await?;
    browser.says("is there").await?;
    browser.click("button.primary", "Put on it").await?;
    browser.says("Kept").await?;
    Ok((report, last_of_path(browser).await?))
}

async fn last_of_path(browser: &mut Browser) -> Result<String> {
    let id = browser.value("location.pathname.split('/').pop()").await?;
    Ok(id.as_str().context("a path")?.to_owned())
}

#[tokio::test]
async fn no_page_shuts_anybody_out_and_none_runs_what_an_event_brings() -> Result<()> {
    let Some(sdks) = sdks().filter(|_| is_there()) else {
        return Ok(());
    };
    let axe = axe(&sdks)?;
    let pictures = std::env::var_os("ERRAND_TEST_PICTURES").map(PathBuf::from);
    if let Some(folder) = &pictures {
        std::fs::create_dir_all(folder)?;
    }
    let mut stage = Stage::set().await?;
    let mut browser = Browser::start().await?;
    let mut wrong = Vec::new();
    wear(&mut browser, "light").await?;
    for page in ["/sign-in", "/sign-in/0123", "/register", "/password/forgot"] {
        wrong.extend(look(&mut browser, &stage.hub.url, page, &axe, pictures.as_deref()).await?);
    }
    browser.sign_in(&stage.hub).await?;
    furnish(&mut browser, &stage.hub).await?;
    (stage.report, stage.dashboard) = report(&mut browser, &stage.hub).await?;
    let mut pages = stage.pages()?;
    pages.push("/reports?measure=users&by=browser.name&then=&span=7d".to_owned());
    ensure!(pages.len() > 30, "{pages:?}");
    for page in pages.iter().filter(|page| *page != "/sign-in") {
        wrong.extend(look(&mut browser, &stage.hub.url, page, &axe, pictures.as_deref()).await?);
    }
    browser.open(&format!("{}/account", stage.hub.url)).await?;
    browser.click("button", "Turn it on").await?;
    browser.says("Scan this").await?;
    let found = findings(&mut browser, &axe, "").await?;
    wrong.extend(found.into_iter().map(|what| format!("second factor: {what}")));
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
