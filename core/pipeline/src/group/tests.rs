use errand_model::event::{Event, Raw};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn grouped(json: &Value, rules: &Rules) -> Grouping {
    let text = json.to_string();
    let mut event = Event::from_json(text.as_bytes())
        .expect("valid")
        .expect("an object");
    normalize_stacktraces(&mut event, rules);
    group(&event, rules)
}

fn hashes(json: &Value) -> Vec<GroupHash> {
    grouped(json, &Rules::default()).hashes().collect()
}

fn error(function: &str, value: &str) -> Value {
    json!({"platform": "python", "exception": [{"type": "E", "value": value, "stacktrace": {"frames": [
        {"function": function, "module": "shop", "in_app": true},
        {"function": "send", "module": "lib", "in_app": false},
    ]}}]})
}

#[test]
fn the_stack_trace_decides_and_the_message_does_not() {
    assert_eq!(
        hashes(&error("pay", "no stock of 5")),
        hashes(&error("pay", "something else"))
    );
    assert_ne!(
        hashes(&error("pay", "no stock")),
        hashes(&error("ship", "no stock"))
    );
}

#[test]
fn the_programs_own_frames_are_looked_up_before_all_frames() {
    let grouping = grouped(&error("pay", ""), &Rules::default());
    let names: Vec<_> = grouping.variants.iter().map(|variant| variant.name).collect();
    assert_eq!(names, ["app", "system"]);
    assert_eq!(grouping.hashes().count(), 2);
}

#[test]
fn there_is_always_a_hash() {
    assert_eq!(
        hashes(&json!({})),
        ["d41d8cd98f00b204e9800998ecf8427e".parse().expect("a hash")]
    );
}

#[test]
fn checksums_are_taken_as_they_are_or_hashed() {
    let md5 = "0123456789abcdef0123456789abcdef";
    assert_eq!(
        hashes(&json!({"checksum": md5, "message": "x"})),
        [md5.parse().expect("a hash")]
    );
    let other = grouped(&json!({"checksum": "mine"}), &Rules::default());
    assert_eq!(other.variants[0].name, "hashed-checksum");
}

#[test]
fn a_rule_names_the_issue() {
    let rules = Rules::compile(
        "",
        r#"error.type:E -> e, {{ function }} title="{{ type }} in {{ stack.function }}""#,
    );
    let rules = rules.expect("valid rules");
    let grouping = grouped(&error("pay", "a"), &rules);
    assert_eq!(grouping.title.as_deref(), Some("E in pay"));
    assert_eq!(grouping.variants[0].name, "custom-fingerprint");
    assert_ne!(hashes(&error("pay", "a")), grouping.hashes().collect::<Vec<_>>());
}

#[test]
fn preparing_twice_changes_nothing() {
    let rules = Rules::compile(
        "function:pay -app\nmodule:lib category=lib\ncategory:lib +app",
        "",
    )
    .expect("valid");
    let text = error("pay", "").to_string();
    let mut event = Event::from_json(text.as_bytes())
        .expect("valid")
        .expect("an object");
    normalize_stacktraces(&mut event, &rules);
    let once = event.clone();
    normalize_stacktraces(&mut event, &rules);
    assert_eq!(event, once);
    // Without the rules all is as the SDK sent it.
    normalize_stacktraces(&mut event, &Rules::default());
    let frames = &event.exception[0]
        .stacktrace
        .as_ref()
        .expect("a stack trace")
        .frames;
    assert_eq!((frames[0].in_app, frames[1].in_app), (Some(true), Some(false)));
}

#[test]
fn a_tree_of_exceptions_without_end_is_taken_as_a_chain() {
    let wrapped = |id: i64, parent: i64| {
        json!({"type": "G", "value": "g", "mechanism": {
        "type": "x", "exception_id": id, "parent_id": parent, "is_exception_group": true}})
    };
    assert_eq!(
        hashes(&json!({"exception": [wrapped(1, 0), wrapped(0, 1)]})).len(),
        1
    );
    let plain = |id: i64, parent: i64| {
        json!({"type": "E", "mechanism": {
        "type": "x", "exception_id": id, "parent_id": parent}})
    };
    assert_eq!(hashes(&json!({"exception": [plain(1, 0), plain(0, 1)]})).len(), 1);
}

const PLATFORMS: [&str; 9] = [
    "python",
    "javascript",
    "node",
    "java",
    "native",
    "cocoa",
    "csharp",
    "php",
    "ruby",
];
const WORDS: [&str; 14] = [
    "main",
    "std::rt::lang_start",
    "abort",
    "a.b.C$$Lambda$1/0x",
    "foo(int) const",
    "<redacted>",
    "Object.x",
    "?",
    "android.view.View",
    "http://a.example/x.js",
    "/usr/lib/libx.so",
    "app/node_modules/y.js",
    "block in x",
    "eval",
];

fn word() -> impl Strategy<Value = Option<&'static str>> {
    prop::option::of(prop::sample::select(WORDS.to_vec()))
}

prop_compose! {
    fn frame()(
        function in word(), module in word(), path in word(), package in word(),
        line in word(), in_app in prop::option::of(any::<bool>()),
        platform in prop::option::of(prop::sample::select(PLATFORMS.to_vec())),
    ) -> Value {
        json!({"function": function, "module": module, "abs_path": path, "package": package,
            "context_line": line, "in_app": in_app, "platform": platform})
    }
}

prop_compose! {
    fn exception()(
        kind in word(), value in prop::option::of("[a-z0-9 .:=@'\n]{0,24}"),
        frames in prop::option::of(prop::collection::vec(frame(), 0..6)),
        synthetic in any::<bool>(), id in 0_i64..4, parent in prop::option::of(0_i64..4), wraps in any::<bool>(),
    ) -> Value {
        json!({"type": kind, "value": value, "stacktrace": frames.map(|frames| json!({"frames": frames})),
            "mechanism": {"type": "generic", "synthetic": synthetic, "exception_id": id, "parent_id": parent,
                "is_exception_group": wraps}})
    }
}

prop_compose! {
    fn event()(
        platform in prop::sample::select(PLATFORMS.to_vec()),
        exceptions in prop::collection::vec(exception(), 0..4),
        frames in prop::option::of(prop::collection::vec(frame(), 0..4)),
        message in prop::option::of("[a-z0-9 .:=@'\n]{0,24}"),
        fingerprint in prop::option::of(prop::collection::vec(
            prop::sample::select(vec!["{{ default }}", "mine", "{{ type }}", "{{default}}"]), 0..3)),
        crashed in prop::option::of(any::<bool>()),
    ) -> Value {
        json!({"platform": platform, "exception": exceptions, "message": message, "fingerprint": fingerprint,
            "threads": [{"id": 1, "crashed": crashed, "stacktrace": frames.map(|frames| json!({"frames": frames}))}]})
    }
}

proptest! {
    #[test]
    fn the_explanation_is_of_what_was_hashed(json in event()) {
        let rules = Rules::compile("function:main ^-group max-frames=2\nmodule:android.* min-frames=2", "type:abort -> a, {{ default }}");
        let rules = rules.expect("valid rules");
        let text = json.to_string();
        let mut event = Event::from_json(text.as_bytes()).expect("valid").expect("an object");
        normalize_stacktraces(&mut event, &rules);
        let grouping = group(&event, &rules);
        let explanation = explain(&event, &rules);
        prop_assert_eq!(grouping.variants.len(), explanation.variants.len());
        for variant in &grouping.variants {
            let explained = &explanation.variants[variant.name];
            prop_assert_eq!(variant.hash.map(|hash| hash.to_string()), explained.hash.clone());
            prop_assert!(explained.is_consistent(), "{}: {:?}", variant.name, explained);
        }
        prop_assert!(grouping.hashes().next().is_some());
    }

    #[test]
    fn tags_and_extra_do_not_matter(json in event(), key in "[a-z]{1,8}", value in "[a-z]{1,8}") {
        let mut more = json.clone();
        more["tags"] = json!({ key.clone(): value.clone() });
        more["extra"] = json!({ key: value });
        prop_assert_eq!(hashes(&json), hashes(&more));
    }

    #[test]
    fn preparing_is_final(json in event()) {
        let rules = Rules::default();
        let text = json.to_string();
        let mut event = Event::from_json(text.as_bytes()).expect("valid").expect("an object");
        normalize_stacktraces(&mut event, &rules);
        let once = event.clone();
        normalize_stacktraces(&mut event, &rules);
        prop_assert_eq!(event, once);
    }
}

#[test]
fn the_bag_of_a_frame_keeps_what_others_put_there() {
    let text = r#"{"platform": "native", "stacktrace": {"frames": [
        {"function": "abort", "package": "libsystem_c.dylib", "data": {"mine": [1, 2]}}]}}"#;
    let mut event = Event::from_json(text.as_bytes())
        .expect("valid")
        .expect("an object");
    normalize_stacktraces(&mut event, &Rules::default());
    let frame = &event.stacktrace.as_ref().expect("a stack trace").frames[0];
    let data = frame.data.as_ref().map(Raw::value).expect("a bag");
    assert_eq!(data, json!({"mine": [1, 2], "category": "throw"}));
}
