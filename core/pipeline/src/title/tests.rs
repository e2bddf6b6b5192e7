use super::*;

fn name(json: &str) -> (String, String, serde_json::Value) {
    let event = Event::from_json(json.as_bytes())
        .expect("valid JSON")
        .expect("an object");
    let kind = kind(&event, None);
    let naming = of(&event, kind);
    let metadata = serde_json::from_str(&naming.metadata).expect("JSON");
    (naming.title, naming.culprit, metadata)
}

#[test]
fn an_error_is_called_by_type_and_first_line() {
    let (title, culprit, metadata) = name(
        r#"{"platform": "python", "exception": [
            {"type": "KeyError", "value": "cause"},
            {"type": "CheckoutError", "value": "no stock\nof anything", "stacktrace": {"frames": [
                {"function": "view", "module": "shop.views", "filename": "shop/views.py", "in_app": true},
                {"function": "get", "module": "orm", "filename": "orm.py", "in_app": false}]}}]}"#,
    );
    assert_eq!(title, "CheckoutError: no stock");
    assert_eq!(culprit, "shop.views in view");
    assert_eq!(metadata["type"], "CheckoutError");
    assert_eq!(metadata["value"], "no stock\nof anything");
    assert_eq!(metadata["filename"], "shop/views.py");
    assert_eq!(metadata["function"], "view");
}

#[test]
fn a_long_title_is_cut() {
    let json = format!(
        r#"{{"exception": [{{"type": "E", "value": "{}"}}]}}"#,
        "é".repeat(1_000)
    );
    let (title, ..) = name(&json);
    assert_eq!(title.chars().count(), 256);
    assert!(title.ends_with("..."));
}

#[test]
fn the_transaction_is_the_culprit_before_the_frame() {
    let frames =
        r#""exception": [{"type": "E", "stacktrace": {"frames": [{"function": "f", "filename": "a.js"}]}}]"#;
    let (_, culprit, _) = name(&format!(r#"{{"platform": "javascript", {frames}}}"#));
    assert_eq!(culprit, "f(a.js)");
    let (_, culprit, _) = name(&format!(r#"{{"transaction": "/cart", {frames}}}"#));
    assert_eq!(culprit, "/cart");
}

#[test]
fn a_message_is_called_by_its_first_line() {
    let (title, culprit, metadata) =
        name(r#"{"message": "  stock is low\nvery low", "request": {"url": "http://a/b"}}"#);
    assert_eq!(
        title, "<unlabeled event>",
        "the message is moved to its place before"
    );
    assert_eq!(culprit, "http://a/b");
    assert_eq!(metadata["title"], "<unlabeled event>");
    let (title, ..) = name(r#"{"logentry": {"message": "  stock is low\nvery low"}}"#);
    assert_eq!(title, "stock is low");
}

#[test]
fn a_synthetic_exception_is_called_by_its_place() {
    let (title, culprit, metadata) = name(
        r#"{"platform": "native", "exception": [{"type": "SIGSEGV", "mechanism": {"type": "signal", "synthetic": true},
            "stacktrace": {"frames": [{"function": "crash_here", "filename": "main.c", "in_app": true}]}}]}"#,
    );
    assert_eq!(title, "crash_here");
    assert_eq!(culprit, "");
    assert!(metadata.get("type").is_none());
}

#[test]
fn feedback_is_called_by_what_was_written() {
    let json = r#"{"contexts": {"feedback": {"message": "it broke", "contact_email": "ada@example.com"}}}"#;
    let event = Event::from_json(json.as_bytes())
        .expect("valid JSON")
        .expect("an object");
    let naming = of(&event, EventKind::Feedback);
    assert_eq!(naming.title, "User Feedback: it broke");
    assert!(naming.metadata.contains("ada@example.com"));
}
