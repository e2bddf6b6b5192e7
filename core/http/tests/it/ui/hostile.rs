//! Nothing that an event brings runs in the browser of who looks at it.

use errand_model::EventId;
use serde_json::json;

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

const EVIL: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'";

#[tokio::test]
async fn hostile_text_is_text_on_every_page() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let event = json!({
        "event_id": EventId::random(), "level": "error", "platform": EVIL, "release": EVIL, "environment": "e",
        "transaction": EVIL, "server_name": EVIL, "logger": EVIL, "culprit": EVIL,
        "exception": {"values": [{"type": EVIL, "value": EVIL, "module": EVIL,
            "mechanism": {"type": EVIL, "help_link": "javascript:alert(1)", "data": {"<b>": EVIL}},
            "stacktrace": {"frames": [{"filename": EVIL, "function": EVIL, "abs_path": "javascript:alert(1)", "lineno": 1,
                "in_app": true, "context_line": EVIL, "pre_context": [EVIL], "vars": {EVIL: EVIL}}]}}]},
        "request": {"url": "javascript:alert(1)", "method": EVIL, "query_string": EVIL, "headers": {"X-Evil": EVIL}, "data": EVIL},
        "breadcrumbs": [{"category": EVIL, "message": EVIL, "data": {"url": EVIL}}],
        "user": {"id": EVIL, "email": EVIL}, "tags": {"evil": EVIL, "link": "javascript:alert(1)"},
        "contexts": {"<script>": {"name": EVIL}}, "extra": {EVIL: EVIL}, "modules": {EVIL: EVIL},
        "sdk": {"name": EVIL, "version": EVIL}
    });
    let issue = seed::issue(&hub, &event).await;
    let url = format!("/issues/{issue}");
    let mut pages = vec![
        "/issues".to_owned(),
        "/issues?query=%22%3Cscript%3E%22".to_owned(),
        "/projects".to_owned(),
        "/projects/shop".to_owned(),
    ];
    pages.extend(
        [
            "",
            "/events",
            "/tags",
            "/tags/evil",
            "/activity",
            "/deliveries",
            "/grouping",
        ]
        .map(|path| format!("{url}{path}")),
    );
    for path in pages {
        let page = browser.page(&path).await;
        assert!(!page.contains("<script>alert"), "{path}: {page}");
        assert!(!page.contains("<img src=x"), "{path}");
        assert!(!page.contains("href=\"javascript:"), "{path}");
    }
    for copy in ["raw", "text", "markdown"] {
        let answer = browser.get(&format!("{url}/events/latest/{copy}")).await;
        assert!(!answer.header("content-type").contains("html"), "{copy}");
    }
}

#[tokio::test]
async fn pages_run_no_script_but_the_hubs_own() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    for path in ["/issues", "/sign-in/abc", "/nowhere"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy").to_owned();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        // Styles and scripts come from files alone, so that the policy needs no exception.
        let page = answer.text();
        assert!(
            !page.contains(" style=") && !page.contains(" onclick=") && !page.contains("<style"),
            "{path}"
        );
    }
    let page = browser.page("/issues").await;
    for kind in ["app.css", "app.js"] {
        let at = page.find(kind).expect("the page names it");
        let start = page[..at].rfind('"').expect("an attribute") + 1;
        let answer = browser.get(&page[start..at + kind.len()]).await;
        assert!(
            answer.status.is_success() && answer.header("cache-control").contains("immutable"),
            "{kind}"
        );
    }
}
