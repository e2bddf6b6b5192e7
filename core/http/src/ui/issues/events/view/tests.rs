//! What a page makes of an event.

use errand_model::event::Event;

use super::copy::{Heading, markdown, plain};
use super::{EventView, values};

const EVENT: &str = r#"{
  "event_id": "94b7c070c3d34e55a612fa03c990e52a", "timestamp": 1790000000, "platform": "python",
  "release": "shop@1.0", "user": {"id": 7, "email": "kim@example.com"},
  "contexts": {"os": {"type": "os", "name": "Debian", "version": "12"}},
  "exception": {"values": [
    {"type": "KeyError", "value": "'cart'"},
    {"type": "CheckoutError", "value": "no `cart`", "mechanism": {"type": "django", "handled": false,
      "help_link": "javascript:alert(1)"},
     "stacktrace": {"frames": [
       {"filename": "django/base.py", "function": "call", "lineno": 5, "in_app": false},
       {"filename": "django/more.py", "function": "next", "lineno": 6, "in_app": false},
       {"filename": "shop/cart.py", "function": "checkout", "lineno": 3, "in_app": true,
        "pre_context": ["a = 1", "b = 2"], "context_line": "  raise CheckoutError()", "post_context": ["c = 3"],
        "vars": {"cart": null, "total": 12}}]}}]},
  "request": {"url": "https://shop.example/checkout", "method": "POST", "query_string": "step=2&name=Kim+B"},
  "breadcrumbs": [{"timestamp": 1789999990, "category": "query", "message": "SELECT 1"},
                  {"timestamp": 1789999999.5, "category": "ui.click", "message": "button"}]
}"#;

fn with_view(check: impl FnOnce(&EventView<'_>)) {
    let event = Event::from_json(EVENT.as_bytes())
        .expect("JSON")
        .expect("an event");
    check(&EventView::of(&event));
}

#[test]
fn the_newest_exception_and_frame_come_first_and_others_code_is_folded() {
    with_view(|view| {
        let kinds: Vec<_> = view.exceptions.iter().map(|exception| exception.kind).collect();
        assert_eq!(kinds, ["CheckoutError", "KeyError"]);
        assert!(view.exceptions[1].is_cause);
        let stack = view.exceptions[0].stack.as_ref().expect("a stack trace");
        let sections: Vec<_> = stack
            .sections
            .iter()
            .map(|section| (section.is_folded, section.frames.len()))
            .collect();
        assert_eq!(sections, [(false, 1), (true, 2)]);
        assert!(stack.sections[0].frames[0].is_open);
    });
}

#[test]
fn source_lines_are_numbered_around_the_call() {
    with_view(|view| {
        let stack = view.exceptions[0].stack.as_ref().expect("a stack trace");
        let frame = stack.frames().next().expect("a frame");
        let lines: Vec<_> = frame
            .source
            .iter()
            .map(|line| (line.number, line.is_hit))
            .collect();
        assert_eq!(
            lines,
            [
                (Some(1), false),
                (Some(2), false),
                (Some(3), true),
                (Some(4), false)
            ]
        );
        assert_eq!(frame.vars[0], values::Pair::new("cart", "null"));
    });
}

#[test]
fn what_an_event_calls_a_link_is_one_only_on_the_web() {
    with_view(|view| {
        assert_eq!(view.exceptions[0].help, None);
        let request = view.request.as_ref().expect("a request");
        assert_eq!(request.link, Some("https://shop.example/checkout"));
        assert_eq!(request.query[1], values::Pair::new("name", "Kim B"));
    });
}

#[test]
fn breadcrumbs_tell_how_long_before_they_were() {
    with_view(|view| {
        let told: Vec<_> = view
            .crumbs
            .iter()
            .map(|crumb| (crumb.before.as_str(), crumb.icon))
            .collect();
        assert_eq!(told, [("-0.50 s", "pointer"), ("-10.00 s", "database")]);
    });
}

#[test]
fn copies_hold_the_whole_chain_and_cannot_break_out_of_their_fence() {
    with_view(|view| {
        let heading = Heading {
            title: "CheckoutError: <b>",
            short_id: "SHOP-1",
            url: "http://hub/issues/1",
        };
        let text = plain(&heading, view);
        assert!(
            text.contains("  at checkout (shop/cart.py:3) [in-app]\n      raise CheckoutError()"),
            "{text}"
        );
        assert!(text.contains("Caused by: KeyError: 'cart'"), "{text}");
        let text = markdown(&heading, view);
        assert!(text.starts_with("### CheckoutError: \\<b\\>"), "{text}");
    });
}

#[test]
fn an_empty_event_is_shown_too() {
    let event = Event::from_json(b"{}").expect("JSON").expect("an event");
    let view = EventView::of(&event);
    assert!(view.exceptions.is_empty() && view.stack.is_none() && view.glance.is_empty());
}
