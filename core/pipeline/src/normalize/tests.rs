use std::net::IpAddr;

use errand_model::event::Event;
use errand_model::{EventId, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::{ClientHints, Input};

const RECEIVED: &str = "2026-11-22T18:00:00Z";
const CLIENT: &str = "203.0.113.7";

fn input() -> Input<'static> {
    Input {
        body: b"",
        received: Timestamp::parse_rfc3339(RECEIVED).expect("a time"),
        client_ip: CLIENT.parse().ok(),
        user_agent: None,
        client_hints: ClientHints::default(),
        default_event_id: EventId([1; 16]),
    }
}

fn normalized_sent_at(event: &Value, sent_at: Option<&str>) -> Value {
    let text = event.to_string();
    let mut event = Event::from_json(text.as_bytes())
        .expect("valid JSON")
        .expect("an object");
    let sent_at = sent_at.and_then(Timestamp::parse_rfc3339);
    normalize(&mut event, EventId([1; 16]), &input(), sent_at, false);
    promote(&mut event);
    serde_json::to_value(&event).expect("writes")
}

fn normalized(event: &Value) -> Value {
    normalized_sent_at(event, None)
}

fn tags(event: &Value) -> Vec<(String, String)> {
    serde_json::from_value(event["tags"].clone()).unwrap_or_default()
}

fn tag(event: &Value, key: &str) -> Option<String> {
    tags(event)
        .into_iter()
        .find(|(known, _)| known == key)
        .map(|(_, value)| value)
}

fn seconds(text: &str) -> f64 {
    Timestamp::parse_rfc3339(text).expect("a time").micros() as f64 / 1e6
}

#[test]
fn times_are_corrected_by_what_the_sender_thought_the_time_was() {
    let event = |timestamp: &str| json!({"timestamp": timestamp, "breadcrumbs": [{"timestamp": timestamp}]});
    // A sender whose clock is two hours late.
    let late = normalized_sent_at(&event("2026-11-22T15:59:00Z"), Some("2026-11-22T16:00:00Z"));
    assert_eq!(late["timestamp"], seconds("2026-11-22T17:59:00Z"));
    assert_eq!(
        late["breadcrumbs"]["values"][0]["timestamp"],
        seconds("2026-11-22T17:59:00Z")
    );
    // One whose event waited a minute in a queue.
    let queued = normalized_sent_at(&event("2026-11-22T17:58:00Z"), Some("2026-11-22T17:59:00Z"));
    assert_eq!(queued["timestamp"], seconds("2026-11-22T17:58:00Z"));
    // Times that cannot be are those of receipt.
    for impossible in ["2026-10-01T00:00:00Z", "2026-11-22T18:02:00Z", "soon"] {
        assert_eq!(
            normalized(&event(impossible))["timestamp"],
            seconds(RECEIVED),
            "{impossible}"
        );
    }
    assert_eq!(
        normalized(&event("2026-11-22T18:00:59Z"))["timestamp"],
        seconds("2026-11-22T18:00:59Z")
    );
}

#[test]
fn levels_and_names_have_one_spelling() {
    let event = normalized(
        &json!({"level": "WARN", "platform": "Python", "release": " shop@1 ", "environment": "None"}),
    );
    assert_eq!(event["level"], "warning");
    assert_eq!(event["platform"], "python");
    assert_eq!(event["release"], "shop@1");
    assert!(event.get("environment").is_none());
    let event =
        normalized(&json!({"level": "loud", "release": "a/b", "dist": "1", "tags": {"environment": "prod"}}));
    assert_eq!(event["level"], "error");
    assert_eq!(event["platform"], "other");
    assert!(event.get("release").is_none() && event.get("dist").is_none());
    assert_eq!(event["environment"], "prod");
    assert_eq!(tag(&event, "environment").as_deref(), Some("prod"));
}

#[test]
fn messages_move_to_their_place() {
    let entry = |event: Value| normalized(&event)["logentry"].clone();
    assert_eq!(entry(json!({"message": "plain"})), json!({"formatted": "plain"}));
    assert_eq!(
        entry(json!({"logentry": {"message": "%s of %s", "params": ["one", 2]}})),
        json!({"message": "%s of %s", "formatted": "one of 2", "params": ["one", 2]})
    );
    assert_eq!(
        entry(json!({"message": "formatted", "logentry": {"message": "template %s"}})),
        json!({"formatted": "template %s"})
    );
    assert_eq!(
        entry(json!({"sentry.interfaces.Message": {"formatted": "old"}})),
        json!({"formatted": "old"})
    );
    assert_eq!(entry(json!({"message": ""})), Value::Null);
    let long = entry(json!({"message": "x".repeat(10_000)}));
    assert_eq!(long["formatted"].as_str().map(str::len), Some(8_192));
}

#[test]
fn exceptions_that_say_nothing_are_dropped() {
    let event = normalized(&json!({
        "exception": {"values": [{}, {"type": "", "value": ""}, {"value": "shop.Error: no stock"}, {"type": "E"}]},
    }));
    let exceptions = event["exception"]["values"].as_array().expect("a list");
    assert_eq!(exceptions.len(), 2);
    assert_eq!(exceptions[0], json!({"type": "shop.Error", "value": "no stock"}));
    let event =
        normalized(&json!({"exception": [{"type": "E"}], "stacktrace": {"frames": [{"function": "f"}]}}));
    assert_eq!(
        event["exception"]["values"][0]["stacktrace"]["frames"][0]["function"],
        "f"
    );
    assert!(event.get("stacktrace").is_none());
}

#[test]
fn frames_get_paths_and_limits() {
    let frame = |frame: Value| {
        normalized(&json!({"stacktrace": {"frames": [frame]}}))["stacktrace"]["frames"][0].clone()
    };
    let web = frame(json!({"filename": "https://cdn.example/js/app.js?v=2", "lineno": -1}));
    assert_eq!(web["filename"], "/js/app.js");
    assert_eq!(web["abs_path"], "https://cdn.example/js/app.js?v=2");
    assert!(web.get("lineno").is_none());
    let file = frame(json!({"abs_path": "/srv/app.py"}));
    assert_eq!(file["filename"], "/srv/app.py");
    let sent = frame(json!({"filename": "app.py", "abs_path": "/srv/app.py"}));
    assert_eq!(sent["filename"], "app.py");

    let many: Vec<Value> = (0..300)
        .map(|line| json!({"function": "f", "lineno": line, "vars": {"a": 1}, "in_app": line >= 290}))
        .collect();
    let event = normalized(&json!({"stacktrace": {"frames": many}}));
    let frames = event["stacktrace"]["frames"].as_array().expect("a list");
    assert_eq!(frames.len(), 250);
    assert_eq!(
        (&frames[0]["lineno"], &frames[249]["lineno"]),
        (&json!(0), &json!(299))
    );
    assert_eq!(
        frames.iter().filter(|frame| frame.get("vars").is_some()).count(),
        50
    );
    assert!(
        frames[240..].iter().all(|frame| frame.get("vars").is_some()),
        "the program's own keep theirs"
    );
}

#[test]
fn requests_are_taken_apart() {
    let event = normalized(&json!({"request": {
        "url": "https://shop.example.com/cart?sku=1&q=a%20b#top", "method": "post", "data": "{\"a\": [1]}",
        "headers": {"user-agent": "x", "COOKIE": "a=1; b=2=3"}, "query_string": "",
    }}));
    let request = &event["request"];
    assert_eq!(request["url"], "https://shop.example.com/cart");
    assert_eq!(request["fragment"], "top");
    assert_eq!(request["method"], "POST");
    assert_eq!(request["headers"], json!([["User-Agent", "x"]]));
    assert_eq!(request["cookies"], json!([["a", "1"], ["b", "2=3"]]));
    assert_eq!(request["data"], json!({"a": [1]}));
    assert_eq!(request["inferred_content_type"], "application/json");
    assert!(
        request.get("query_string").is_none(),
        "the SDK said that there is none"
    );
    assert_eq!(
        tag(&event, "url").as_deref(),
        Some("https://shop.example.com/cart")
    );
    let event = normalized(&json!({"request": {"url": "/a?sku=1&q=a%20b", "data": "a=1&b=2",
        "headers": [["content-type", "application/x-www-form-urlencoded; charset=utf-8"]]}}));
    assert_eq!(
        event["request"]["query_string"],
        json!([["sku", "1"], ["q", "a b"]])
    );
    assert_eq!(event["request"]["data"], json!([["a", "1"], ["b", "2"]]));
}

#[test]
fn addresses_are_filled_in_where_the_sdk_wants_it() {
    let address = |event: Value| normalized(&event)["user"]["ip_address"].clone();
    let client = json!(CLIENT);
    assert_eq!(address(json!({"user": {"ip_address": "{{auto}}"}})), client);
    assert_eq!(
        address(json!({"user": {"ip_address": "198.51.100.1"}})),
        "198.51.100.1"
    );
    assert_eq!(address(json!({"user": {"ip_address": "nowhere"}})), Value::Null);
    assert_eq!(address(json!({"platform": "javascript"})), client);
    assert_eq!(address(json!({"platform": "python"})), Value::Null);
    assert_eq!(
        address(json!({"platform": "python", "request": {"env": {"REMOTE_ADDR": "198.51.100.2"}}})),
        "198.51.100.2"
    );
    assert_eq!(
        address(json!({"platform": "python", "sdk": {"settings": {"infer_ip": "auto"}}})),
        client
    );
    let never = json!({"settings": {"infer_ip": "never"}});
    assert_eq!(
        address(json!({"platform": "javascript", "sdk": never})),
        Value::Null
    );
    assert_eq!(
        address(json!({"user": {"id": "1", "ip_address": "{{auto}}"}, "sdk": never})),
        Value::Null
    );
}

#[test]
fn users_are_told_apart_by_the_first_field_that_is_there() {
    let key = |user: Value| {
        let text = json!({"user": user}).to_string();
        let event = Event::from_json(text.as_bytes())
            .expect("valid JSON")
            .expect("an object");
        identify(&event).map(|user| user.key)
    };
    assert_eq!(key(json!({"id": 42, "email": "a@b.c"})).as_deref(), Some("id:42"));
    assert_eq!(
        key(json!({"email": "a@b.c", "username": "ada"})).as_deref(),
        Some("email:a@b.c")
    );
    assert_eq!(
        key(json!({"username": "ada", "ip_address": CLIENT})).as_deref(),
        Some("username:ada")
    );
    assert_eq!(
        key(json!({"ip_address": CLIENT})),
        CLIENT.parse::<IpAddr>().ok().map(|ip| format!("ip:{ip}"))
    );
    assert_eq!(key(json!({"plan": "pro"})), None);
}

#[test]
fn tags_are_cleaned_and_derived() {
    let event = normalized(&json!({
        "tags": {"my tag": " a\nb ", "empty": "", "release": "fake", "level": "fake", "long": "x".repeat(300), "browser": "Mine"},
        "release": "shop@1", "server_name": "web-1", "transaction": "/cart", "environment": "prod",
        "contexts": {"runtime": {"name": "CPython", "version": "3.13.1"}, "browser": {"name": "Firefox", "version": "138.0"},
            "device": {"model": "iPhone15,2", "family": "iPhone"}, "os": {"raw_description": "Microsoft Windows 10.0.19042"}},
        "exception": [{"type": "E", "mechanism": {"type": "excepthook", "handled": false}}],
    }));
    for (key, value) in [
        ("my-tag", "a b"),
        ("release", "shop@1"),
        ("level", "error"),
        ("server_name", "web-1"),
        ("transaction", "/cart"),
        ("environment", "prod"),
        ("runtime", "CPython 3.13.1"),
        ("runtime.name", "CPython"),
        ("browser", "Mine"),
        ("browser.name", "Firefox"),
        ("device", "iPhone15,2"),
        ("device.family", "iPhone"),
        ("os", "Windows 10.0.19042"),
        ("os.name", "Windows"),
        ("mechanism", "excepthook"),
        ("handled", "no"),
    ] {
        assert_eq!(tag(&event, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(tag(&event, "empty"), None);
    assert_eq!(tag(&event, "long").map(|value| value.len()), Some(200));
    let mut keys: Vec<String> = tags(&event).into_iter().map(|(key, _)| key).collect();
    keys.sort();
    let count = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), count, "each key stands once");
}

#[test]
fn bags_are_cut() {
    let event = normalized(&json!({
        "extra": {"large": ["x".repeat(10_000), "y".repeat(10_000), "z".repeat(10_000)], "small": 1},
        "stacktrace": {"frames": [{"function": "f", "vars": {"a": "v".repeat(5_000), "b": 1}}]},
        "breadcrumbs": (0..150).map(|n| json!({"message": n.to_string(), "level": "log"})).collect::<Vec<_>>(),
    }));
    assert!(event["extra"]["large"].to_string().len() < 17_000);
    assert_eq!(event["extra"]["small"], 1);
    assert!(event["stacktrace"]["frames"][0]["vars"].to_string().len() < 2_200);
    let breadcrumbs = event["breadcrumbs"]["values"].as_array().expect("a list");
    assert_eq!(breadcrumbs.len(), 100);
    assert_eq!(breadcrumbs[99], json!({"message": "149", "level": "info"}));
}
