use errand_model::event::Event;
use proptest::prelude::*;

use super::glob::{Dialect, Glob, PathText};
use super::*;

fn path_matches(pattern: &str, path: &str) -> bool {
    let mut slashed = String::new();
    PathText::write(path, &mut slashed);
    Glob::new(pattern, Dialect::Path)
        .expect("a glob")
        .matches_path(PathText::read(path, &slashed))
}

fn name_matches(pattern: &str, name: &str) -> bool {
    Glob::new(pattern, Dialect::Name).expect("a glob").matches(name)
}

/// The `in_app` and category of each frame after the project's rules.
fn classify(rules: &str, event: &str) -> Vec<(Option<bool>, Option<String>)> {
    let rules = Rules::compile(rules, "").expect("valid rules");
    let event = Event::from_json(event.as_bytes())
        .expect("valid")
        .expect("an object");
    let exception = event.exception.first();
    let stack = exception
        .and_then(|exception| exception.stacktrace.as_ref())
        .or(event.stacktrace.as_ref());
    let mut frames = Frames::new(&stack.expect("a stack trace").frames, "other", |_| 0);
    rules.classify(&mut frames, exception.map(ExceptionFacts::of).unwrap_or_default());
    let name = |number| rules.categories().name(number).map(str::to_owned);
    frames
        .items
        .iter()
        .map(|frame| (frame.in_app, name(frame.category)))
        .collect()
}

fn in_app(rules: &str, event: &str) -> Vec<Option<bool>> {
    classify(rules, event)
        .into_iter()
        .map(|(in_app, _)| in_app)
        .collect()
}

const THREE: &str = r#"{"stacktrace": {"frames": [
    {"function": "a", "module": "m.a"}, {"function": "b", "module": "m.b"}, {"function": "c", "module": "x.c"}]}}"#;

#[test]
fn the_hubs_own_rules_are_valid() {
    Builtin::parse().expect("valid rules");
}

#[test]
fn stars_in_paths_stay_within_a_folder_and_double_stars_do_not() {
    assert!(path_matches("**/node_modules/**", "/app/node_modules/x/y.js"));
    assert!(path_matches("**/node_modules/**", "node_modules/y.js"));
    assert!(!path_matches("**/node_modules/**", "/app/my_node_modules/y.js"));
    assert!(path_matches("/app/*.js", "/app/y.js"));
    assert!(!path_matches("/app/*.js", "/app/x/y.js"));
    assert!(path_matches("/app/**/y.js", "/app/x/z/y.js"));
    assert!(path_matches("/app/**/y.js", "/app/y.js"));
    assert!(path_matches("**/y.js", "http://example.com/a/y.js"));
    assert!(path_matches("UIKit", "uikit"), "case does not matter");
    assert!(
        path_matches("c:/windows/**", r"C:\Windows\system32\x.dll"),
        "nor does the direction of slashes"
    );
    assert!(path_matches("**/*newrelic*/**", "/a/node-newrelic-1/b.js"));
    assert!(!path_matches("uikit", "/system/uikit"));
}

#[test]
fn stars_in_names_span_everything() {
    assert!(name_matches("std::*", "std::a::b"));
    assert!(name_matches("*::operator()*", "A::operator()"));
    assert!(!name_matches("std::*", "STD::a"), "case matters");
    assert!(name_matches("androidx.*.widget.*", "androidx.a.widget.B"));
    assert!(name_matches("?[[]KSCrash*", "-[KSCrash report]"));
    assert!(name_matches("{read,write}_all", "write_all"));
    assert!(name_matches(r"*::\{dtor\}", "A::{dtor}"));
    assert!(name_matches("[!a-c]x", "dx") && !name_matches("[!a-c]x", "bx"));
    assert!(name_matches("**/packages/flutter/**", "opt/packages/flutter/lib"));
}

#[test]
fn actions_reach_the_frame_those_above_or_those_below() {
    let yes = Some(true);
    assert_eq!(in_app("function:b +app", THREE), [None, yes, None]);
    assert_eq!(in_app("function:b ^+app", THREE), [None, None, yes]);
    assert_eq!(in_app("function:b v+app", THREE), [yes, None, None]);
    assert_eq!(in_app("function:b +app v-app", THREE), [Some(false), yes, None]);
}

#[test]
fn matchers_may_be_negated_and_ask_for_neighbours() {
    let yes = Some(true);
    assert_eq!(in_app("!function:b +app", THREE), [yes, None, yes]);
    assert_eq!(
        in_app("[ function:a ] | module:m.* +app", THREE),
        [None, yes, None]
    );
    assert_eq!(
        in_app("module:m.* | [ function:c ] +app", THREE),
        [None, yes, None]
    );
    assert_eq!(
        in_app("[ !function:a ] | module:* +app", THREE),
        [None, None, yes]
    );
}

#[test]
fn later_rules_see_what_earlier_ones_did() {
    let rules = "function:a category=base\n[ category:base ] | module:m.* category=next\ncategory:next +app";
    let found = classify(rules, THREE);
    assert_eq!(found[1], (Some(true), Some("next".to_owned())));
    assert_eq!(
        in_app("function:b +app\napp:yes v-app", THREE),
        [Some(false), Some(true), None]
    );
}

#[test]
fn matchers_may_ask_for_the_exception() {
    let event = r#"{"exception": [{"type": "Timeout", "value": "5 s", "mechanism": {"type": "signal"},
        "stacktrace": {"frames": [{"function": "a"}]}}]}"#;
    for rule in [
        "error.type:Time*",
        "error.value:\"5 s\"",
        "mechanism:signal",
        "!error.type:Other",
    ] {
        assert_eq!(
            in_app(&format!("{rule} function:a +app"), event),
            [Some(true)],
            "{rule}"
        );
    }
    assert_eq!(in_app("error.type:Other function:a +app", event), [None]);
}

#[test]
fn families_tell_platforms_apart() {
    let event = r#"{"stacktrace": {"frames": [
        {"function": "a", "platform": "cocoa"}, {"function": "a", "platform": "node"}, {"function": "a"}]}}"#;
    let (yes, no) = (Some(true), None);
    assert_eq!(in_app("family:native function:a +app", event), [yes, no, no]);
    assert_eq!(
        in_app("family:javascript,other function:a +app", event),
        [no, yes, yes]
    );
    assert_eq!(in_app("family:all function:a +app", event), [yes, yes, yes]);
}

#[test]
fn what_is_wrong_is_said_with_line_and_column() {
    for (rules, line, column, word) in [
        ("function:a -group\nfuncion:b -group", 2, 1, "funcion"),
        ("function:a", 1, 11, "expected an action"),
        ("-group", 1, 1, "expected a matcher"),
        ("function:a -grup", 1, 12, "grup"),
        ("function:a max-frames=many", 1, 23, "many"),
        ("function:\"a -group", 1, 10, "never closed"),
        ("app:perhaps +app", 1, 1, "perhaps"),
        ("function:[a -group", 1, 1, "`[` without `]`"),
        ("[ function:a | function:b -group", 1, 14, "expected `]`"),
    ] {
        let error = Rules::compile(rules, "").expect_err(rules);
        assert_eq!((error.line, error.column), (line, column), "{rules}: {error}");
        assert!(error.message.contains(word), "{rules}: {error}");
        assert_eq!(error.text, RuleText::StackTrace);
    }
    for (rules, column, word) in [
        ("error.type:A", 13, "->"),
        ("error.type:A ->", 16, "what to group by"),
        ("kind:A -> a", 1, "kind"),
        ("error.type:A -> a colour=\"b\"", 19, "colour"),
        ("-> a", 3, "expected a matcher"),
        ("error.type:A -> {{ type", 17, "without"),
    ] {
        let error = Rules::compile("", rules).expect_err(rules);
        assert_eq!(error.column, column, "{rules}: {error}");
        assert!(error.message.contains(word), "{rules}: {error}");
        assert_eq!(error.text, RuleText::Fingerprint);
    }
}

#[test]
fn comments_blank_lines_and_old_flags_are_read_over() {
    let rules = "# a comment\n\n  function:a -group # behind a rule\nfunction:b +sentinel ^-prefix invert-stacktrace=1";
    Rules::compile(rules, "# nothing\n").expect("valid rules");
}

proptest! {
    #[test]
    fn reading_rules_never_panics(text in "\\PC{0,80}") {
        let _ = Rules::compile(&text, "");
        let _ = Rules::compile("", &text);
    }

    #[test]
    fn reading_what_looks_like_rules_never_panics(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "function:", "path:", "\"", "a", "**", "/", "*", "[", "]", "{", "}", "|", "!", " ", "+app", "^-group",
                "category=", "max-frames=", "9", "->", "{{", "}}", "tags.", "title=", ",", "\\", "é", "\n",
            ]),
            0..24,
        )
    ) {
        let text = parts.concat();
        let _ = Rules::compile(&text, "");
        let _ = Rules::compile("", &text);
    }

    #[test]
    fn a_glob_of_stars_and_letters_matches_like_its_regular_expression(
        pattern in "[ab*]{1,8}", name in "[ab]{0,10}"
    ) {
        let expected = regex::Regex::new(&format!("^{}$", pattern.replace('*', ".*"))).expect("valid");
        prop_assert_eq!(name_matches(&pattern, &name), expected.is_match(&name));
    }

    #[test]
    fn the_index_finds_every_rule_that_matches(
        functions in prop::collection::vec("[ab]{1,4}", 1..6),
        patterns in prop::collection::vec("[ab*]{1,4}", 1..6),
    ) {
        let rules: String = patterns.iter().map(|pattern| format!("function:{pattern} +app\n")).collect();
        let frames: Vec<_> = functions.iter().map(|name| format!(r#"{{"function": "{name}"}}"#)).collect();
        let event = format!(r#"{{"stacktrace": {{"frames": [{}]}}}}"#, frames.join(","));
        let expected: Vec<_> = functions
            .iter()
            .map(|name| patterns.iter().any(|pattern| name_matches(pattern, name)).then_some(true))
            .collect();
        prop_assert_eq!(in_app(&rules, &event), expected);
    }
}
