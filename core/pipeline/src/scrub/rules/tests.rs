use errand_model::event::Event;
use errand_model::project::ProjectSettings;
use serde_json::{Value, json};

use super::*;
use crate::scrub::{Scrubber, preview};

fn settings(rules: &str) -> ProjectSettings {
    assert_eq!(problems(rules), [], "{rules}");
    ProjectSettings {
        scrub_defaults: false,
        scrub_rules: rules.to_owned(),
        scrub_salt: "salt".to_owned(),
        ..ProjectSettings::default()
    }
}

/// The event as it would be stored.
fn scrubbed(rules: &str, event: &Value) -> Value {
    let text = event.to_string();
    let mut event = Event::from_json(text.as_bytes())
        .expect("valid JSON")
        .expect("an object");
    let scrubber = Scrubber::compile(&settings(rules));
    scrubber.scrub(&mut event);
    let rewritten = scrubber.rewritten(&mut event).expect("there are rules");
    let read = Event::from_json(rewritten.as_bytes())
        .expect("valid")
        .expect("an object");
    serde_json::to_value(&read).expect("writes")
}

fn sample() -> Value {
    json!({
        "event_id": "94b7c070c3d34e55a612fa03c990e52a", "platform": "python", "release": "shop@1.0.0",
        "logentry": {"formatted": "mail to ada@example.com failed"},
        "exception": [{"type": "MailError", "module": "shop", "value": "ada@example.com refused",
            "stacktrace": {"frames": [{"function": "send", "filename": "/home/ada/shop.py", "lineno": 3,
                "vars": {"to": "ada@example.com", "count": "3"}, "context_line": "send('ada@example.com')"}]}}],
        "user": {"id": "42", "email": "ada@example.com", "ip_address": "203.0.113.7"},
        "tags": [["customer", "ACME-1234"], ["region", "eu"]],
        "request": {"url": "https://shop.example/", "headers": [["X-Customer", "ACME-1234"], ["Accept", "*/*"]]},
        "extra": {"order": {"card": "4111 1111 1111 1111", "total": 12.5, "paid": true}, "notes": ["ACME-7", "fine"]},
        "breadcrumbs": [{"category": "mail", "message": "to ada@example.com", "timestamp": 1.0}],
    })
}

#[test]
fn each_method_does_what_its_name_says() {
    for (rule, expected) in [
        (
            "[Mask] [Email addresses] from [$message]",
            "mail to *************** failed",
        ),
        ("[Remove] [Email addresses] from [$message]", "mail to  failed"),
        (
            "[Replace] [Email addresses] from [$message]",
            "mail to [Filtered] failed",
        ),
        (
            "[replace] [email addresses] with [who] from [logentry]",
            "mail to who failed",
        ),
    ] {
        let event = scrubbed(rule, &sample());
        assert_eq!(event["logentry"]["formatted"], expected, "{rule}");
        assert_eq!(event["extra"], sample()["extra"], "{rule}");
    }
    let event = scrubbed(
        "[Hash] [Anything] from [user.email] \n[Hash] [Email addresses] from [$error.value]",
        &sample(),
    );
    let hash = event["user"]["email"].as_str().expect("text");
    assert!(
        hash.len() == 20 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{hash}"
    );
    assert_eq!(
        event["exception"]["values"][0]["value"],
        format!("{hash} refused"),
        "the same for the same"
    );
    let other = ProjectSettings {
        scrub_salt: "other".to_owned(),
        ..settings("[Hash] [Anything] from [user.email]")
    };
    let payload = sample().to_string();
    let change = &preview(&other, payload.as_bytes()).expect("readable").changes[0];
    assert_ne!(
        change.after.as_deref(),
        Some(hash),
        "and another in another project"
    );
    let event = scrubbed("[Remove] [Anything] from [user.email]", &sample());
    assert_eq!(event["user"], json!({"id": "42", "ip_address": "203.0.113.7"}));
}

#[test]
fn places_are_named_by_paths_names_and_conditions() {
    let event = scrubbed(
        "[Mask] [/ACME-(\\d+)/] from [tags.customer || request.headers.x-customer]",
        &sample(),
    );
    assert_eq!(
        event["tags"],
        json!([["customer", "ACME-****"], ["region", "eu"]])
    );
    assert_eq!(event["request"]["headers"][0], json!(["X-Customer", "ACME-****"]));
    assert_eq!(event["extra"]["notes"][0], "ACME-7");
    let event = scrubbed(
        "[Mask] [/ACME-\\d+/] from [$string && !tags.customer && !extra.notes]",
        &sample(),
    );
    assert_eq!(event["tags"][0][1], "ACME-1234");
    assert_eq!(event["extra"]["notes"][0], "ACME-7");
    assert_eq!(event["request"]["headers"][0][1], "*********");
    let event = scrubbed("[Mask] [Anything] from [extra.order]", &sample());
    assert_eq!(
        event["extra"]["order"],
        json!({"card": "*******************", "total": "****", "paid": "****"})
    );
    let event = scrubbed(
        "[Remove] [Anything] from [**.card]\n[Remove] [Anything] from [tags.region]",
        &sample(),
    );
    assert_eq!(event["extra"]["order"], json!({"total": 12.5, "paid": true}));
    assert_eq!(event["tags"], json!([["customer", "ACME-1234"]]));
    let event = scrubbed("[Mask] [Email addresses] from [$frame.vars]", &sample());
    let frame = &event["exception"]["values"][0]["stacktrace"]["frames"][0];
    assert_eq!(frame["vars"]["to"], "***************");
    assert_eq!(frame["context_line"], "send('ada@example.com')");
    let quoted = json!({"extra": {"my field.": "secret"}});
    let event = scrubbed("[Remove] [Anything] from [extra.'My field.']", &quoted);
    assert!(event.get("extra").is_none(), "{event}");
}

#[test]
fn what_events_are_grouped_and_found_by_stays() {
    let event = scrubbed("[Mask] [Anything] from [**]", &sample());
    for field in ["event_id", "platform", "release"] {
        assert_eq!(event[field], sample()[field], "{field}");
    }
    let exception = &event["exception"]["values"][0];
    assert_eq!(
        (&exception["type"], &exception["module"]),
        (&json!("MailError"), &json!("shop"))
    );
    let frame = &exception["stacktrace"]["frames"][0];
    assert_eq!(
        (&frame["function"], &frame["lineno"]),
        (&json!("send"), &json!(3))
    );
    assert_eq!(frame["filename"], "/home/ada/shop.py");
    assert_eq!(event["breadcrumbs"]["values"][0]["category"], "mail");
    assert!(!event.to_string().contains("example.com"), "{event}");
}

#[test]
fn named_patterns_find_what_they_name() {
    for (name, text, left) in [
        (
            "Credit card numbers",
            "a 4111 1111 1111 1111 b GB82 WEST 1234 5698 7654 32",
            "a  b GB82 WEST 1234 5698 7654 32",
        ),
        ("Bank account numbers", "a GB82 WEST 1234 5698 7654 32 b", "a  b"),
        ("US social security numbers", "a 078-05-1120 b", "a  b"),
        (
            "Auth in URLs",
            "https://ada:x@shop.example/",
            "https://@shop.example/",
        ),
        ("Bearer tokens", "Bearer abcdefgh.ijk", "Bearer "),
        (
            "IP addresses",
            "at 12:30:15 from 203.0.113.7, 2001:db8::7 and ::1. x1.2.3.4",
            "at 12:30:15 from ,  and . x1.2.3.4",
        ),
        ("UUIDs", "id 94b7c070-c3d3-4e55-a612-fa03c990e52a.", "id ."),
        ("MAC addresses", "00:1B:44:11:3A:B7 is it", " is it"),
        (
            "Usernames in filepaths",
            r"/home/ada/x and C:\Users\bob\y",
            r"/home//x and C:\Users\\y",
        ),
        ("Password fields", "hunter2", "hunter2"),
        ("/a(b)?c/", "ac abc", "ac ac"),
    ] {
        let rule = format!("[Remove] [{name}] from [extra.text]");
        let event = scrubbed(&rule, &json!({"extra": {"text": text}}));
        assert_eq!(event["extra"]["text"], left, "{name}");
    }
    let event = scrubbed(
        "[Remove] [Password fields] from [**]",
        &json!({"extra": {"my_password": "x", "a": "b"}}),
    );
    assert_eq!(event["extra"], json!({"a": "b"}));
}

#[test]
fn what_is_wrong_with_a_line_is_said_with_its_number() {
    for (line, expected) in [
        ("mask everything", "a rule is"),
        ("[Burn] [Anything] from [extra]", "none of Mask"),
        ("[Mask] [Names] from [extra]", "no pattern"),
        ("[Mask] [/(/] from [extra]", "cannot be read"),
        ("[Mask] [/a*/] from [extra]", "fits nothing"),
        ("[Mask] [/(a{500}){500}/] from [extra]", "too large"),
        ("[Mask] [Anything] from [$nothing]", "$message"),
        ("[Mask] [Anything] from [extra..a]", "no part of a path"),
        ("[Mask] [Anything] from [**.a.**.b.**]", "at most"),
        ("[Mask] [Anything] from [extra.'a]", "not closed"),
        ("[Mask] [Anything] with [x] from [extra]", "only Replace"),
        ("[Mask] [Anything] from [extra] please", "behind the rule"),
    ] {
        let found = problems(&format!("# for people\n\n{line}"));
        assert_eq!(found.len(), 1, "{line}: {found:?}");
        assert_eq!(found[0].line, 3, "{line}");
        assert!(found[0].text.contains(expected), "{line}: {}", found[0].text);
    }
    let many = "[Mask] [Anything] from [extra]\n".repeat(51);
    assert_eq!(problems(&many).len(), 1);
}

#[test]
fn the_preview_says_what_would_change_and_changes_nothing() {
    let payload = sample().to_string();
    let mut settings =
        settings("[Mask] [Email addresses] from [$message]\n[Remove] [Anything] from [user.email]");
    settings.scrub_defaults = true;
    let told = preview(&settings, payload.as_bytes()).expect("readable");
    let changes: Vec<_> = told
        .changes
        .iter()
        .map(|change| {
            (
                change.path.as_str(),
                change.before.as_str(),
                change.after.as_deref(),
            )
        })
        .collect();
    assert!(
        changes.contains(&("user.email", "ada@example.com", None)),
        "{changes:?}"
    );
    let card = ("extra.order.card", "4111 1111 1111 1111", Some("[Filtered]"));
    assert!(changes.contains(&card), "{changes:?}");
    assert_eq!(changes.len(), 3, "{changes:?}");
    assert_eq!(preview(&settings, b"no JSON"), None);
}

#[test]
fn what_cannot_be_walked_goes() {
    let text = sample().to_string();
    let mut event = Event::from_json(text.as_bytes())
        .expect("valid")
        .expect("an object");
    crate::scrub::strip(&mut event);
    let stored = serde_json::to_string(&event).expect("writes");
    assert!(
        !stored.contains("ada@example.com") && !stored.contains("ACME"),
        "{stored}"
    );
    assert!(
        stored.contains("MailError") && stored.contains("shop@1.0.0"),
        "{stored}"
    );
}
