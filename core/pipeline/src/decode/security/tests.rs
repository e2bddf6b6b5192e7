use errand_model::EventId;
use serde_json::json;

use super::*;
use crate::enclose;
use crate::envelope::Envelope;

const CLASSIC: &str = r#"{"csp-report": {"document-uri": "https://shop.example.com/cart", "referrer": "https://a.example/",
    "violated-directive": "script-src https://shop.example.com 'unsafe-eval'", "blocked-uri": "https://evil.example/x.js",
    "original-policy": "script-src 'self'", "status-code": 200}}"#;

fn event(body: &str) -> Event<'static> {
    let envelopes =
        enclose::for_security_report(body.as_bytes(), Some("shop@1"), Some("prod"), || EventId([1; 16]));
    let envelopes = envelopes.expect("a report");
    assert_eq!(envelopes.len(), 1);
    let envelope = Envelope::parse(&envelopes[0].1).expect("well formed");
    let occurrence = occurrence(&envelope.items[0], 1).expect("readable");
    let json = serde_json::to_string(&occurrence.event).expect("writes");
    let json: &'static str = json.leak();
    Event::from_json(json.as_bytes())
        .expect("valid")
        .expect("an object")
}

fn text(event: &Event<'_>) -> String {
    event
        .logentry
        .as_ref()
        .and_then(LogEntry::text)
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_classic_csp_report() {
    let event = event(CLASSIC);
    assert_eq!(text(&event), "Blocked 'script' from 'evil.example'");
    assert_eq!(event.culprit.as_deref(), Some("script-src 'self' 'unsafe-eval'"));
    assert_eq!(event.release.as_deref(), Some("shop@1"));
    assert_eq!(event.environment.as_deref(), Some("prod"));
    assert_eq!(event.logger.as_deref(), Some("csp"));
    assert_eq!(event.tag("effective-directive"), Some("script-src"));
    assert_eq!(event.tag("blocked-uri"), Some("https://evil.example/x.js"));
    let csp = event.csp.expect("kept").value();
    assert_eq!(csp["effective_directive"], "script-src");
    assert_eq!(csp["document_uri"], "https://shop.example.com/cart");
    let request = event.request.expect("there");
    assert_eq!(request.url.as_deref(), Some("https://shop.example.com/cart"));
    assert_eq!(request.headers.get("Referer"), Some("https://a.example/"));
}

#[test]
fn a_report_of_the_reporting_api() {
    let body = json!([
        {"type": "deprecation", "body": {"id": "x"}},
        {"type": "csp-violation", "age": 1, "url": "https://shop.example.com/", "body": {
            "documentURL": "https://shop.example.com/", "blockedURL": "inline", "effectiveDirective": "style-src-elem",
            "originalPolicy": "p", "disposition": "enforce", "statusCode": 200, "lineNumber": 7}},
    ]);
    let event = event(&body.to_string());
    assert_eq!(text(&event), "Blocked inline 'style'");
    let csp = event.csp.expect("kept").value();
    assert_eq!(csp["blocked_uri"], "inline");
    assert_eq!(csp["line_number"], 7);
}

#[test]
fn what_is_blocked_is_named() {
    let report = |directive: &str, blocked: &str| {
        let body = json!({"csp-report": {"document-uri": "https://a.example/", "effective-directive": directive,
            "blocked-uri": blocked, "violated-directive": format!("{directive} 'unsafe-inline'")}});
        text(&event(&body.to_string()))
    };
    assert_eq!(
        report("img-src", "data:text/plain,x"),
        "Blocked 'image' from 'data'"
    );
    assert_eq!(
        report("img-src", "https://a.example/x.png"),
        "Blocked inline 'image'"
    );
    assert_eq!(report("script-src", "self"), "Blocked unsafe inline 'script'");
    assert_eq!(
        report("form-action", "https://b.example/"),
        "Blocked 'form' action to 'b.example'"
    );
    assert_eq!(
        report("base-uri", "https://b.example/"),
        "Blocked 'base-uri' from 'b.example'"
    );
}

#[test]
fn reports_on_certificates() {
    let expect_ct =
        event(r#"{"expect-ct-report": {"hostname": "a.example", "port": 443, "failure-mode": "enforce"}}"#);
    assert_eq!(text(&expect_ct), "Expect-CT failed for 'a.example'");
    assert_eq!(
        expect_ct.expectct.expect("kept").value()["failure_mode"],
        "enforce"
    );
    let staple =
        event(r#"{"expect-staple-report": {"hostname": "a.example", "response-status": "MISSING"}}"#);
    assert_eq!(text(&staple), "Expect-Staple failed for 'a.example'");
    assert_eq!(staple.tag("response_status"), Some("MISSING"));
    let hpkp =
        event(r#"{"hostname": "a.example", "port": 443, "known-pins": [], "include-subdomains": false}"#);
    assert_eq!(
        text(&hpkp),
        "Public key pinning validation failed for 'a.example'"
    );
    assert_eq!(hpkp.tag("include-subdomains"), Some("false"));
}

#[test]
fn what_is_no_report_is_refused() {
    for body in [
        "",
        "5",
        "{}",
        r#"{"csp-report": 5}"#,
        r#"{"csp-report": {}}"#,
        r#"{"expect-ct-report": {}}"#,
    ] {
        let refused = enclose::for_security_report(body.as_bytes(), None, None, || EventId([1; 16]));
        assert!(refused.is_err(), "{body}");
    }
}
