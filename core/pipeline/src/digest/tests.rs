use errand_model::issue::EventKind;
use errand_model::outcome::{Category, Outcome};
use errand_model::project::ProjectSettings;
use errand_model::{Level, ProjectId, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::normalize::client::ClientHints;

pub(super) fn project() -> ProjectContext {
    ProjectContext::compile(ProjectId(7), &ProjectSettings::default()).expect("the defaults compile")
}

pub(super) fn input(body: &[u8]) -> Input<'_> {
    Input {
        body,
        received: Timestamp::parse_rfc3339("2026-11-22T18:29:30Z").expect("a time"),
        client_ip: Some([203, 0, 113, 7].into()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"),
        client_hints: ClientHints::default(),
        default_event_id: EventId([1; 16]),
    }
}

fn digested(body: &str) -> DigestedEnvelope {
    digest(&input(body.as_bytes()), &project()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn event(json: &Value) -> (DigestedEvent, Value) {
    let body = format!("{{}}\n{{\"type\":\"event\"}}\n{json}");
    let event = digested(&body).event.expect("an event");
    let payload = serde_json::from_slice(&event.payload).expect("JSON");
    (event, payload)
}

#[test]
fn an_error_becomes_all_that_is_stored_of_it() {
    let (event, payload) = event(&json!({
        "event_id": "94b7c070c3d34e55a612fa03c990e52a", "platform": "python", "timestamp": "2026-11-22T18:29:13Z",
        "release": "shop@4.12.0", "environment": "production", "transaction": "/cart", "logger": "shop",
        "user": {"id": "1042", "email": "ada@example.com"}, "tags": {"license": "ABC-1"},
        "extra": {"password": "hunter2"}, "future_field": {"kept": true},
        "exception": [{"type": "KeyError", "value": "sku", "stacktrace": {"frames": [
            {"function": "view", "module": "shop.views", "filename": "shop/views.py", "in_app": true}]}}],
    }));
    assert_eq!(event.event_id.to_string(), "94b7c070c3d34e55a612fa03c990e52a");
    assert_eq!(event.title, "KeyError: sku");
    assert_eq!(event.culprit, "/cart");
    assert_eq!((event.kind, event.level), (EventKind::Error, Level::Error));
    assert_eq!(event.platform, "python");
    assert_eq!(event.release.as_deref(), Some("shop@4.12.0"));
    assert_eq!(event.user.map(|user| user.key).as_deref(), Some("id:1042"));
    assert!(!event.hashes.is_empty());
    assert!(event.tags.contains(&("license".to_owned(), "ABC-1".to_owned())));
    assert!(
        event
            .tags
            .contains(&("release".to_owned(), "shop@4.12.0".to_owned()))
    );
    assert_eq!(payload["extra"]["password"], "[Filtered]");
    assert_eq!(payload["future_field"], json!({"kept": true}));
    assert_eq!(payload["type"], "error");
    assert_eq!(payload["event_id"], "94b7c070c3d34e55a612fa03c990e52a");
}

#[test]
fn ids_come_from_the_envelope_the_event_or_the_hub() {
    let id = |header: &str, event: &str| {
        let body = format!("{header}\n{{\"type\":\"event\"}}\n{event}");
        let digested = digested(&body)
            .event
            .map(|event| event.event_id.to_string()[..2].to_owned());
        let identified = check_and_identify(body.as_bytes())
            .expect("well formed")
            .expect("an event");
        let identified = identified.map_or("01".to_owned(), |id| id.to_string()[..2].to_owned());
        assert_eq!(digested.as_deref(), Some(identified.as_str()));
        identified
    };
    let of_header = r#"{"event_id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    let of_event = r#"{"event_id": "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb"}"#;
    assert_eq!(id(of_header, of_event), "aa");
    assert_eq!(id("{}", of_event), "bb");
    assert_eq!(id("{}", r#"{"event_id": "no id"}"#), "01");
}

#[test]
fn every_item_has_one_outcome() {
    let digested = digested(concat!(
        "{\"event_id\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n",
        "{\"type\":\"session\"}\n{\"started\":\"2026-11-22T18:29:22Z\",\"attrs\":{\"release\":\"a\"}}\n",
        "{\"type\":\"session\"}\n{}\n",
        "{\"type\":\"sessions\"}\n{\"aggregates\":[{\"exited\":3,\"crashed\":1}],\"attrs\":{\"release\":\"a\"}}\n",
        "{\"type\":\"client_report\"}\n{\"discarded_events\":[{\"reason\":\"sample_rate\",\"category\":\"error\",\"quantity\":6}]}\n",
        "{\"type\":\"check_in\"}\n{\"monitor_slug\":\"nightly\",\"status\":\"ok\"}\n",
        "{\"type\":\"log\",\"item_count\":12}\n{}\n",
        "{\"type\":\"hologram\"}\nwhatever\n",
        "{\"type\":\"attachment\",\"length\":4,\"filename\":\"a.txt\"}\nabcd\n",
        "{\"type\":\"user_report\"}\n{\"event_id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"comments\":\"it broke\"}\n",
        "{\"type\":\"transaction\"}\n{\"type\":\"transaction\"}",
    ));
    assert!(digested.event.is_none());
    let outcomes: Vec<_> = digested
        .outcomes
        .iter()
        .map(|one| (one.category, one.outcome, one.reason.as_str(), one.quantity))
        .collect();
    assert_eq!(
        outcomes,
        vec![
            (Category::Session, Outcome::Accepted, "", 1),
            (Category::Session, Outcome::Invalid, "unreadable", 1),
            (Category::Session, Outcome::Accepted, "", 4),
            (Category::Error, Outcome::ClientDiscard, "sample_rate", 6),
            (Category::Internal, Outcome::Accepted, "", 1),
            (Category::Monitor, Outcome::Unsupported, "not_used_yet", 1),
            (Category::LogItem, Outcome::Unsupported, "not_used_yet", 12),
            (Category::Default, Outcome::Unsupported, "unknown_item", 1),
            (Category::Attachment, Outcome::Accepted, "", 4),
            (Category::Feedback, Outcome::Accepted, "", 1),
            (Category::Transaction, Outcome::Unsupported, "not_used_yet", 1),
        ]
    );
    assert_eq!(digested.attachments[0].content, b"abcd");
    assert_eq!(digested.attachments[0].event_id.to_string(), "a".repeat(32));
    assert_eq!(digested.user_reports[0].comments, "it broke");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn sessions_are_counted_where_they_begin_and_by_what_went_wrong() {
    let reports = |header: &str, kind: &str, item: Value| {
        digested(&format!("{header}\n{{\"type\":\"{kind}\"}}\n{item}\n")).sessions
    };
    let attrs = json!({"release": "shop@1.0", "environment": "production"});
    let session = |fields: Value| {
        let mut item = json!({"sid": "94b7c070c3d34e55a612fa03c990e52a", "did": "ada", "attrs": attrs,
            "started": "2026-11-22T17:59:59Z", "timestamp": "2026-11-22T18:29:22Z"});
        item.as_object_mut()
            .expect("an object")
            .extend(fields.as_object().expect("fields").clone());
        let report = reports("{}", "session", item).remove(0);
        assert_eq!(
            report.minute,
            Timestamp::parse_rfc3339("2026-11-22T17:59:00Z").expect("a time")
        );
        assert_eq!(
            (report.release.as_str(), report.environment.as_str()),
            ("shop@1.0", "production")
        );
        assert!(report.session.is_some() && report.user.as_deref() == Some("ada"));
        let counts = report.counts;
        [counts.started, counts.errored, counts.abnormal, counts.crashed]
    };
    for (fields, expected) in [
        (json!({"init": true, "status": "ok"}), [1, 0, 0, 0]),
        (json!({"status": "exited"}), [0, 0, 0, 0]),
        (json!({"status": "ok", "errors": 1}), [0, 1, 0, 0]),
        (
            json!({"init": true, "status": "crashed", "errors": 1}),
            [1, 1, 0, 1],
        ),
        (json!({"status": "abnormal"}), [0, 1, 1, 0]),
        (json!({"status": "unhandled"}), [0, 1, 0, 0]),
        (json!({"status": "of the future"}), [0, 0, 0, 0]),
    ] {
        assert_eq!(session(fields.clone()), expected, "{fields}");
    }

    let counts = json!({"attrs": {"release": "shop@1.0"}, "aggregates": [
        {"started": "2026-11-22T18:29:00Z", "exited": 7, "errored": 2, "crashed": 1},
        {"started": 1_795_365_000, "abnormal": 1, "did": "ada"},
    ]});
    let all = reports("{}", "sessions", counts);
    let counts: Vec<_> = all
        .iter()
        .map(|one| (one.counts.started, one.counts.errored, one.counts.crashed))
        .collect();
    assert_eq!(counts, [(10, 3, 1), (1, 1, 0)]);
    assert!(
        all.iter()
            .all(|one| one.session.is_none() && one.environment.is_empty())
    );

    // A sender whose clock is a day behind.
    let behind = json!({"init": true, "started": "2026-11-21T18:20:00Z", "attrs": attrs});
    let moved = reports(r#"{"sent_at": "2026-11-21T18:29:30Z"}"#, "session", behind).remove(0);
    assert_eq!(
        moved.minute,
        Timestamp::parse_rfc3339("2026-11-22T18:20:00Z").expect("a time")
    );
    for untimely in [
        json!("2026-11-17T18:00:00Z"),
        json!("2026-11-22T18:31:00Z"),
        json!(true),
    ] {
        let item = json!({"init": true, "started": untimely, "attrs": attrs});
        assert_eq!(reports("{}", "session", item), []);
    }
    for bad in [
        json!({"release": ""}),
        json!({"release": "a", "environment": "x".repeat(65)}),
    ] {
        let item = json!({"init": true, "started": "2026-11-22T18:00:00Z", "attrs": bad});
        assert_eq!(reports("{}", "session", item), []);
    }
}

#[test]
fn feedback_and_crashes_are_events() {
    let feedback =
        digested("{}\n{\"type\":\"feedback\"}\n{\"contexts\":{\"feedback\":{\"message\":\"it broke\"}}}");
    let feedback = feedback.event.expect("an event");
    assert_eq!(
        (feedback.kind, feedback.title.as_str()),
        (EventKind::Feedback, "User Feedback: it broke")
    );
    let crash =
        digested("{}\n{\"type\":\"attachment\",\"attachment_type\":\"event.minidump\",\"length\":4}\nMDMP");
    assert_eq!(crash.attachments.len(), 1);
    let event = crash.event.expect("an event");
    assert_eq!(event.level, Level::Fatal);
    assert_eq!(
        event.title,
        "Minidump: The program crashed; the report is attached"
    );
    assert_eq!(crash.attachments[0].event_id, event.event_id);
}

#[test]
fn a_security_report_knows_the_browser_that_sent_it() {
    let report = r#"{"csp-report":{"document-uri":"https://a.example/","effective-directive":"img-src","blocked-uri":"https://b.example/x"}}"#;
    let event = digested(&format!("{{}}\n{{\"type\":\"raw_security\"}}\n{report}"))
        .event
        .expect("an event");
    assert_eq!(event.kind, EventKind::Csp);
    assert_eq!(event.title, "Blocked 'image' from 'b.example'");
    assert_eq!(event.culprit, "img-src");
    assert!(
        event
            .tags
            .contains(&("browser.name".to_owned(), "Firefox".to_owned())),
        "{:?}",
        event.tags
    );
}

#[test]
fn numbers_that_json_does_not_know_cost_themselves_alone() {
    let body =
        "{}\n{\"type\":\"event\"}\n{\"message\": \"m\", \"extra\": {\"a\": NaN, \"b\": [-Infinity, 1]}}";
    let event = digested(body).event.expect("an event");
    let payload: Value = serde_json::from_slice(&event.payload).expect("JSON");
    assert_eq!(payload["extra"], json!({"b": [null, 1]}));
    assert_eq!(check(body.as_bytes()), Ok(()));
}

#[test]
fn half_an_emoji_costs_itself_alone() {
    let body = r#"{}
{"type":"event"}
{"message": "cut \ud83d", "extra": {"a": "cut \ud83d", "b": "\ud83d\ude00"}}"#;
    let event = digested(body).event.expect("an event");
    assert_eq!(event.title, "cut \u{fffd}");
    let payload: Value = serde_json::from_slice(&event.payload).expect("JSON");
    assert_eq!(payload["extra"], json!({"a": "cut \u{fffd}", "b": "\u{1f600}"}));
}

#[test]
fn bad_events_are_refused_with_a_reason() {
    let deep = format!(
        "{{\"extra\":{{\"a\":{}{}}}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for (payload, expected) in [
        (
            b"[]".to_vec(),
            "item 1 (event) cannot be read: it is not a JSON object",
        ),
        (
            b"{\"a\": }".to_vec(),
            "item 1 (event) cannot be read: expected value at line 1",
        ),
        (
            b"{\"a\": \"\xff\xfe\"}".to_vec(),
            "item 1 (event) cannot be read: invalid utf-8",
        ),
        (
            deep.into_bytes(),
            "item 1 (event) cannot be read: nested deeper than 128 levels",
        ),
        (b"".to_vec(), "item 1 (event) cannot be read: EOF"),
    ] {
        let mut body = b"{}\n{\"type\":\"event\"}\n".to_vec();
        body.extend(payload);
        let error = check(&body).expect_err("refused");
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(digest(&input(&body), &project()).expect_err("refused"), error);
    }
}

#[test]
fn million_item_lists_are_bounded() {
    let body = |field: &str, item: &str| {
        let items = vec![item; (1 << 20) / (item.len() + 1) - 100].join(",");
        format!("{{}}\n{{\"type\":\"event\"}}\n{{\"{field}\": [{items}]}}")
    };
    for (field, item) in [
        ("exception", "{\"type\":\"E\"}"),
        ("breadcrumbs", "{}"),
        ("threads", "{}"),
        ("tags", "[\"a\",\"b\"]"),
        ("fingerprint", "\"\""),
    ] {
        let event = digested(&body(field, item)).event.expect("an event");
        assert!(
            event.payload.len() < 32 * 1_024,
            "{field}: {}",
            event.payload.len()
        );
    }
}
