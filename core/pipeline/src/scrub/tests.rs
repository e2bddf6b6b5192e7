use serde_json::{Value, json};

use super::*;

fn scrubbed_with(settings: &ProjectSettings, event: &Value) -> Value {
    let text = event.to_string();
    let mut event = Event::from_json(text.as_bytes())
        .expect("valid JSON")
        .expect("an object");
    Scrubber::compile(settings).scrub(&mut event);
    serde_json::to_value(&event).expect("writes")
}

fn scrubbed(event: &Value) -> Value {
    scrubbed_with(&ProjectSettings::default(), event)
}

#[test]
fn values_under_telling_keys_go() {
    let event = scrubbed(&json!({
        "extra": {"db_password": "hunter2", "nested": {"list": [{"ApiKey": 7, "fine": "yes"}]}, "has_token": true},
        "contexts": {"state": {"auth": {"deep": ["a"]}}},
        "exception": [{"stacktrace": {"frames": [{"function": "f", "vars": {"secret_key": "'x'", "n": "1"}}]}}],
        "user": {"id": "1", "data": {"token": "t"}},
        "breadcrumbs": [{"data": {"headers": {"Authorization": "abc"}}}],
    }));
    assert_eq!(event["extra"]["db_password"], FILTERED);
    assert_eq!(
        event["extra"]["nested"]["list"][0],
        json!({"ApiKey": FILTERED, "fine": "yes"})
    );
    assert_eq!(event["extra"]["has_token"], true);
    assert_eq!(event["contexts"]["state"]["auth"], FILTERED);
    let frame = &event["exception"]["values"][0]["stacktrace"]["frames"][0];
    assert_eq!(frame["vars"], json!({"secret_key": FILTERED, "n": "1"}));
    assert_eq!(event["user"]["data"]["token"], FILTERED);
    assert_eq!(
        event["breadcrumbs"]["values"][0]["data"]["headers"]["Authorization"],
        FILTERED
    );
}

#[test]
fn a_key_cannot_hide_behind_an_escape() {
    let json = br#"{"extra": {"a": {"pass\u0077ord": "hunter2"}}}"#;
    let mut event = Event::from_json(json).expect("valid JSON").expect("an object");
    Scrubber::compile(&ProjectSettings::default()).scrub(&mut event);
    assert!(!event.extra.get("a").expect("kept").get().contains("hunter2"));
}

#[test]
fn requests_lose_their_credentials() {
    let event = scrubbed(&json!({"request": {
        "url": "https://ada:hunter2@example.com/cart",
        "headers": [["Authorization", "Bearer abcdefgh"], ["X-Csrf", "x"], ["Accept", "*/*"]],
        "cookies": [["sessionid", "abc"], ["theme", "dark"]],
        "query_string": [["access_token", "abc"], ["page", "2"]],
        "data": {"password": "hunter2", "sku": "A-1"},
    }}));
    let request = &event["request"];
    assert_eq!(request["url"], "https://[Filtered]@example.com/cart");
    assert_eq!(
        request["headers"],
        json!([
            ["Authorization", FILTERED],
            ["X-Csrf", FILTERED],
            ["Accept", "*/*"]
        ])
    );
    assert_eq!(
        request["cookies"],
        json!([["sessionid", FILTERED], ["theme", "dark"]])
    );
    assert_eq!(
        request["query_string"],
        json!([["access_token", FILTERED], ["page", "2"]])
    );
    assert_eq!(request["data"], json!({"password": FILTERED, "sku": "A-1"}));
}

#[test]
fn secrets_go_out_of_texts() {
    let cases = [
        ("card 4111 1111 1111 1111 declined", "card [Filtered] declined"),
        (
            "order 4111 1111 1111 1112 unknown",
            "order 4111 1111 1111 1112 unknown",
        ),
        (
            "account GB82 WEST 1234 5698 7654 32 closed",
            "account [Filtered] closed",
        ),
        (
            "ssn 078-05-1120 and phone 666-05-1120",
            "ssn [Filtered] and phone 666-05-1120",
        ),
        ("sent Bearer abc.def-ghi_jkl", "sent Bearer [Filtered]"),
        (
            "GET https://a/b?x=1&api_key=abc&y=2",
            "GET https://a/b?x=1&api_key=[Filtered]&y=2",
        ),
        (
            "connect postgres://app:s3cret@db:5432/shop",
            "connect postgres://[Filtered]@db:5432/shop",
        ),
        (
            "key -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- left",
            "key [Filtered] left",
        ),
        (
            "dsn http://0123456789abcdef@127.0.0.1/1",
            "dsn http://0123456789abcdef@127.0.0.1/1",
        ),
        ("at 1795372162347000 nothing", "at 1795372162347000 nothing"),
    ];
    for (text, clean) in cases {
        let event = scrubbed(&json!({
            "exception": [{"type": "E", "value": text}],
            "breadcrumbs": [{"message": text, "data": {"note": text}}],
        }));
        assert_eq!(event["exception"]["values"][0]["value"], clean);
        assert_eq!(event["breadcrumbs"]["values"][0]["message"], clean);
        assert_eq!(event["breadcrumbs"]["values"][0]["data"]["note"], clean);
    }
}

#[test]
fn projects_add_fields_and_except_some() {
    let settings = ProjectSettings {
        sensitive_fields: vec!["Iban.Number".to_owned(), String::new()],
        safe_fields: vec!["token_type".to_owned()],
        ..ProjectSettings::default()
    };
    let event = scrubbed_with(
        &settings,
        &json!({"extra": {"my_iban.number": "x", "token_type": "y", "ibanxnumber": "z"}}),
    );
    assert_eq!(
        event["extra"],
        json!({"my_iban.number": FILTERED, "token_type": "y", "ibanxnumber": "z"})
    );
}

#[test]
fn without_the_defaults_only_the_projects_fields_go() {
    let mut settings = ProjectSettings {
        scrub_defaults: false,
        ..ProjectSettings::default()
    };
    let event = json!({"extra": {"password": "4111 1111 1111 1111", "mine": "x"}});
    assert_eq!(scrubbed_with(&settings, &event), event);
    settings.sensitive_fields.push("mine".to_owned());
    assert_eq!(scrubbed_with(&settings, &event)["extra"]["mine"], FILTERED);
}

#[test]
fn addresses_go_where_the_project_says_so() {
    let settings = ProjectSettings {
        scrub_ip_addresses: true,
        ..ProjectSettings::default()
    };
    let event = scrubbed_with(
        &settings,
        &json!({
            "user": {"id": "1", "ip_address": "203.0.113.7"},
            "request": {"env": {"REMOTE_ADDR": "203.0.113.7", "SERVER_NAME": "a"}, "headers": [["X-Forwarded-For", "203.0.113.7"]]},
        }),
    );
    assert!(!event.to_string().contains("203.0.113.7"));
    assert_eq!(event["request"]["env"]["SERVER_NAME"], "a");
}
