use errand_model::ProjectId;
use errand_model::digested::DigestedEnvelope;
use errand_model::outcome::{Category, Outcome};
use errand_model::project::ProjectSettings;
use serde_json::{Value, json};

use super::*;
use crate::normalize::client::ClientHints;
use crate::{Input, ProjectContext, digest};

const ADDRESS: [u8; 4] = [203, 0, 113, 7];

fn digested(filters: &Filters, user_agent: Option<&str>, body: &str) -> DigestedEnvelope {
    let settings = ProjectSettings {
        filters: filters.clone(),
        ..ProjectSettings::default()
    };
    let project = ProjectContext::compile(ProjectId(7), &settings).expect("compiles");
    let input = Input {
        body: body.as_bytes(),
        received: errand_model::Timestamp::from_seconds(1_790_000_000),
        client_ip: Some(ADDRESS.into()),
        user_agent,
        client_hints: ClientHints::default(),
        default_event_id: errand_model::EventId([1; 16]),
    };
    digest(&input, &project).expect("well formed")
}

/// Why the event is not taken.
fn reason_of(filters: &Filters, event: &Value) -> Option<String> {
    let digested = digested(filters, None, &format!("{{}}\n{{\"type\":\"event\"}}\n{event}"));
    assert_eq!(digested.event.is_none(), digested.filtered.is_some());
    let mut filtered = digested
        .outcomes
        .iter()
        .filter(|item| item.outcome == Outcome::Filtered);
    filtered.next().map(|item| item.reason.clone())
}

fn agent(user_agent: &str) -> Value {
    json!({"platform": "javascript", "request": {"headers": [["User-Agent", user_agent]]}})
}

fn thrown(kind: &str, value: &str) -> Value {
    json!({"exception": [{"type": kind, "value": value}]})
}

fn assert_filtered(filters: &Filters, reason: &str, filtered: &[Value], taken: &[Value]) {
    for event in filtered {
        assert_eq!(reason_of(filters, event).as_deref(), Some(reason), "{event}");
        assert_eq!(reason_of(&Filters::default(), event), None, "{event}");
    }
    for event in taken {
        assert_eq!(reason_of(filters, event), None, "{event}");
    }
}

#[test]
fn old_browsers_go_by_family_and_version() {
    let filters = Filters {
        legacy_browsers: vec!["ie".to_owned(), "safari_pre_6".to_owned(), "chrome".to_owned()],
        ..Filters::default()
    };
    let chrome = |version| {
        agent(&format!(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        ))
    };
    let safari = |version| {
        agent(&format!(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_3) AppleWebKit/537.75.14 (KHTML, like Gecko) Version/{version} Safari/7046A194A"
        ))
    };
    assert_filtered(
        &filters,
        "legacy-browsers",
        &[
            agent("Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko"),
            agent(
                "Mozilla/5.0 (compatible; MSIE 9.0; Windows Phone OS 7.5; Trident/5.0; IEMobile/9.0; NOKIA; Lumia 710)",
            ),
            chrome(110),
            safari("5.0.2"),
        ],
        &[
            chrome(111),
            safari("6.0"),
            agent("Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Firefox/60.0"),
            agent("curl/8.0"),
            json!({"contexts": {"browser": {"name": "Chrome"}}}),
            json!({"contexts": {"browser": "Chrome 3"}}),
        ],
    );
}

#[test]
fn extensions_are_known_by_what_they_say_and_where_they_are() {
    let filters = Filters {
        browser_extensions: true,
        ..Filters::default()
    };
    let at = |path: &str| {
        json!({"exception": [{"type": "Error", "value": "x", "stacktrace": {"frames": [
            {"abs_path": "https://shop.example/app.js"}, {"abs_path": path}, {"abs_path": "<anonymous>"}]}}]})
    };
    assert_filtered(
        &filters,
        "browser-extensions",
        &[
            thrown("Error", "Extension context invalidated."),
            thrown("TypeError", "can't access dead object"),
            at("chrome-extension://abcdef/content.js"),
            at("safari-web-extension://abcdef/content.js"),
            at("https://fscr.kaspersky-labs.com/B-9B72-7B7/main.js"),
        ],
        &[
            thrown("Error", "it broke"),
            at("https://shop.example/chrome-extension/app.js"),
            json!({"message": "Extension context invalidated."}),
        ],
    );
}

#[test]
fn crawlers_are_known_by_how_they_name_themselves() {
    let filters = Filters {
        web_crawlers: true,
        ..Filters::default()
    };
    assert_filtered(
        &filters,
        "web-crawlers",
        &[
            agent("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
            agent("Twitterbot/1.0"),
            agent("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
            agent("Mozilla/5.0 (compatible; SomethingNew crawler)"),
        ],
        &[
            agent(
                "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36",
            ),
            agent("Slackbot 1.0(+https://api.slack.com/robots)"),
            agent("Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"),
            json!({"platform": "python"}),
        ],
    );
    // The connection's own User-Agent is the user's only where the program runs at the user's.
    for (platform, is_filtered) in [("javascript", true), ("python", false)] {
        let body = format!("{{}}\n{{\"type\":\"event\"}}\n{{\"platform\":\"{platform}\"}}");
        let digested = digested(&filters, Some("Googlebot/2.1"), &body);
        assert_eq!(digested.filtered.is_some(), is_filtered, "{platform}");
    }
}

#[test]
fn localhost_is_where_the_page_or_the_user_is() {
    let filters = Filters {
        localhost: true,
        ..Filters::default()
    };
    let url = |url: &str| json!({"request": {"url": url}});
    let host = |host: &str| json!({"request": {"headers": [["Host", host]]}});
    assert_filtered(
        &filters,
        "localhost",
        &[
            url("http://localhost:3000/cart"),
            url("http://shop.localhost/"),
            url("https://ada:x@127.0.0.1/cart"),
            url("http://[::1]:8000/"),
            url("file:///home/ada/index.html"),
            host("localhost:3000"),
            json!({"user": {"ip_address": "127.0.0.1"}}),
            json!({"user": {"ip_address": "::1"}}),
        ],
        &[
            url("https://localhost.example/"),
            url("https://shop.example/?next=http://localhost/"),
            host("localhost.example"),
            json!({"user": {"ip_address": "192.0.2.7"}}),
            json!({"server_name": "localhost"}),
        ],
    );
}

#[test]
fn patterns_are_held_against_the_whole_text_in_any_case() {
    let filters = Filters {
        releases: vec!["shop@1.*".to_owned(), "*-dev".to_owned()],
        ..Filters::default()
    };
    let release = |release: &str| json!({ "release": release });
    assert_filtered(
        &filters,
        "release-version",
        &[release("shop@1.2.3"), release("Shop@2.0-DEV")],
        &[release("shop@2.0"), release("x-shop@1.0"), json!({})],
    );
    let filters = Filters {
        error_messages: vec!["typeerror: *failed to fetch*".to_owned(), "hello*".to_owned()],
        ..Filters::default()
    };
    assert_filtered(
        &filters,
        "error-message",
        &[
            thrown("TypeError", "NetworkError:\nFailed to fetch /cart"),
            json!({"message": "Hello there"}),
            json!({"exception": [{"type": "TypeError", "value": "Failed to fetch"}, {"type": "Error", "value": "outer"}]}),
        ],
        &[
            thrown("Error", "Failed to fetch"),
            thrown("RangeError", "say hello"),
        ],
    );
}

#[test]
fn addresses_are_the_senders_and_the_users() {
    let networks = |text: &str| Filters {
        ip_addresses: vec![text.to_owned()],
        ..Filters::default()
    };
    let event = json!({"user": {"ip_address": "2001:db8::7"}});
    for hit in ["203.0.113.0/24", "203.0.113.7", "2001:db8::/32"] {
        assert_eq!(
            reason_of(&networks(hit), &event).as_deref(),
            Some("ip-address"),
            "{hit}"
        );
    }
    for miss in ["203.0.113.8", "198.51.100.0/24", "2001:db9::/32", "nonsense"] {
        assert_eq!(reason_of(&networks(miss), &event), None, "{miss}");
    }
}

#[test]
fn what_came_with_a_filtered_event_goes_with_it_and_the_rest_stays() {
    let filters = Filters {
        releases: vec!["bad".to_owned()],
        ..Filters::default()
    };
    let id = "94b7c070c3d34e55a612fa03c990e52a";
    let other = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let body = format!(
        "{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\"}}\n{{\"release\":\"bad\",\"message\":\"x\"}}\n\
         {{\"type\":\"attachment\",\"length\":5,\"filename\":\"a\"}}\nhello\n\
         {{\"type\":\"user_report\"}}\n{{\"event_id\":\"{id}\",\"comments\":\"a\"}}\n\
         {{\"type\":\"user_report\"}}\n{{\"event_id\":\"{other}\",\"comments\":\"b\"}}"
    );
    let digested = digested(&filters, None, &body);
    assert_eq!(digested.filtered.map(|id| id.to_string()).as_deref(), Some(id));
    assert!(digested.attachments.is_empty() && digested.event.is_none());
    assert_eq!(digested.user_reports.len(), 1);
    assert!(!digested.is_spent(), "a report is left");
    let count = |category, outcome| -> i64 {
        let found = digested.outcomes.iter();
        let found = found.filter(|item| (item.category, item.outcome) == (category, outcome));
        found.map(|item| item.quantity).sum()
    };
    assert_eq!(count(Category::Error, Outcome::Filtered), 1);
    assert_eq!(count(Category::Attachment, Outcome::Filtered), 5);
    assert_eq!(count(Category::Attachment, Outcome::Accepted), 0);
    assert_eq!(count(Category::Feedback, Outcome::Filtered), 1);
    assert_eq!(count(Category::Feedback, Outcome::Accepted), 1);
}

#[test]
fn what_cannot_be_read_is_told_before_it_is_saved() {
    assert_eq!(check(&Filters::default()), []);
    let filters = Filters {
        releases: vec!["[a".to_owned()],
        error_messages: vec!["x".repeat(257)],
        ip_addresses: vec!["192.0.2.0/33".to_owned(), "192.0.2.1".to_owned()],
        legacy_browsers: vec!["netscape".to_owned()],
        ..Filters::default()
    };
    let fields: Vec<_> = check(&filters).into_iter().map(|problem| problem.field).collect();
    for field in ["releases", "error_messages", "ip_addresses", "legacy_browsers"] {
        assert!(fields.contains(&field), "{field}: {fields:?}");
    }
    let many = Filters {
        releases: vec!["a".to_owned(); 201],
        ..Filters::default()
    };
    assert_eq!(check(&many).len(), 1);
}
