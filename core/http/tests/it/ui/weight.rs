//! How much pages weigh on a bad line.

use axum::http::Method;
use serde_json::json;

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

/// Bytes that a page takes when nothing of it is kept, and when what can be kept is.
const FIRST: usize = 150_000;
const AGAIN: usize = 30_000;

async fn weight(browser: &mut Browser<'_>, path: &str) -> usize {
    let headers = [("accept-encoding", "gzip")];
    let answer = browser.send(Method::GET, path, &headers, String::new()).await;
    assert_eq!(answer.status, 200, "{path}");
    assert_eq!(answer.header("content-encoding"), "gzip", "{path}");
    answer.body.len()
}

/// An event as long as real ones are: deep stack, many breadcrumbs.
fn long(kind: &str) -> serde_json::Value {
    let mut event = seed::error(kind, "the basket is gone, and with it all that was in it");
    let frame = |n: usize| {
        json!({"filename": format!("shop/module_{n}.py"), "function": format!("step_{n}"), "lineno": n + 1,
            "in_app": n.is_multiple_of(3), "context_line": format!("    result = step_{}(basket, customer)", n + 1),
            "pre_context": ["def step():", "    basket = load()", "    customer = basket.customer"],
            "post_context": ["    if result is None:", "        raise LookupError(basket)"],
            "vars": {"basket": format!("<Basket {n}>"), "customer": "<Customer 7>"}})
    };
    event["exception"]["values"][1]["stacktrace"]["frames"] = (0..60).map(frame).collect();
    let crumb = |n: i64| {
        json!({"timestamp": 1_789_999_900 + n, "category": "query", "level": "info",
            "message": format!("SELECT id, name, price FROM lines WHERE basket = {n}")})
    };
    event["breadcrumbs"] = (0..100).map(crumb).collect();
    event
}

#[tokio::test]
async fn pages_are_light() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    for n in 0..60 {
        let kind = format!(
            "Some{}Error",
            ['A', 'B', 'C'][n % 3].to_string().repeat(n / 3 + 1)
        );
        seed::store(&hub, &long(&kind)).await;
    }
    let issue = seed::issue(&hub, &long("LongError")).await;
    let page = browser.page("/issues").await;
    let mut assets: Vec<&str> = page
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    assets
        .iter_mut()
        .for_each(|path| *path = path.split('#').next().unwrap_or(path));
    assets.sort_unstable();
    assets.dedup();
    assert!(assets.len() >= 3, "{assets:?}");
    let mut kept = 0;
    for path in assets {
        let answer = browser
            .send(Method::GET, path, &[("accept-encoding", "gzip")], String::new())
            .await;
        assert!(answer.header("cache-control").contains("immutable"), "{path}");
        kept += answer.body.len();
    }
    for path in [
        "/issues".to_owned(),
        format!("/issues/{issue}"),
        format!("/issues/{issue}/events"),
        "/support?q=kim%40example.com".to_owned(),
        "/support/timeline?q=kim%40example.com".to_owned(),
    ] {
        let bytes = weight(&mut browser, &path).await;
        assert!(
            bytes <= AGAIN && bytes + kept <= FIRST,
            "{path}: {bytes} bytes, and {kept} that are kept"
        );
    }
    let plain = browser.get("/issues").await;
    assert_eq!(
        plain.header("content-encoding"),
        "",
        "who did not ask gets it plain"
    );
}
