use super::*;

fn read(json: &str) -> Event<'_> {
    Event::from_json(json.as_bytes())
        .expect("valid JSON")
        .expect("an object")
}

#[test]
fn a_field_of_the_wrong_type_reads_as_absent_and_costs_nothing_else() {
    let event = read(r#"{"level": ["x"], "platform": 5, "exception": 7, "release": "a@1", "tags": null}"#);
    assert_eq!(event.level, None);
    assert_eq!(event.platform.as_deref(), Some("5"));
    assert!(event.exception.is_empty());
    assert_eq!(event.release.as_deref(), Some("a@1"));
}

#[test]
fn exceptions_come_in_three_shapes() {
    for json in [
        r#"{"exception": {"values": [{"type": "E"}]}}"#,
        r#"{"exception": [{"type": "E"}, null]}"#,
        r#"{"exception": {"type": "E"}}"#,
    ] {
        let event = read(json);
        assert_eq!(event.exception.len(), 1, "{json}");
        assert_eq!(event.exception[0].kind.as_deref(), Some("E"));
    }
}

#[test]
fn tags_come_as_map_or_pairs() {
    assert_eq!(read(r#"{"tags": {"a": 1, "b": true}}"#).tag("b"), Some("true"));
    assert_eq!(
        read(r#"{"tags": [["a", "1"], ["b", null], null, 5]}"#)
            .tags
            .0
            .len(),
        1
    );
}

#[test]
fn unknown_keys_survive_writing() {
    let event = read(r#"{"new_thing": {"deep": [1, 2]}, "user": {"id": 5, "plan": "pro"}}"#);
    let written = serde_json::to_value(&event).expect("writes");
    assert_eq!(written["new_thing"]["deep"][1], 2);
    assert_eq!(written["user"]["plan"], "pro");
    assert_eq!(written["user"]["id"], "5");
}

#[test]
fn text_is_borrowed_unless_escaped() {
    let event = read(r#"{"release": "plain", "dist": "a\nb"}"#);
    assert!(matches!(event.release, Some(Cow::Borrowed(_))));
    assert!(matches!(event.dist, Some(Cow::Owned(_))));
}

#[test]
fn times_are_numbers_or_text() {
    let micros = |json: &str| read(json).timestamp.map(|moment| moment.0.micros());
    assert_eq!(
        micros(r#"{"timestamp": 1700000000.5}"#),
        Some(1_700_000_000_500_000)
    );
    assert_eq!(
        micros(r#"{"timestamp": "2023-11-14T22:13:20.5Z"}"#),
        Some(1_700_000_000_500_000)
    );
    assert_eq!(
        micros(r#"{"timestamp": "2023-11-14T22:13:20.5"}"#),
        Some(1_700_000_000_500_000)
    );
    assert_eq!(micros(r#"{"timestamp": "soon"}"#), None);
    assert_eq!(micros(r#"{"timestamp": 1e300}"#), None);
}

#[test]
fn broken_json_is_an_error() {
    assert!(Event::from_json(b"{\"a\": ").is_err());
    assert!(Event::from_json(b"{} trailing").is_err());
    assert!(Event::from_json(b"{\"a\": \"\xff\"}").is_err());
    assert!(Event::from_json(b"[]").expect("valid JSON").is_none());
}

#[test]
fn a_list_that_is_too_long_keeps_its_ends() {
    let frames: Vec<String> = (0..10_000)
        .map(|line| format!(r#"{{"lineno": {line}}}"#))
        .collect();
    let json = format!(r#"{{"stacktrace": {{"frames": [{}]}}}}"#, frames.join(","));
    let event = read(&json);
    let frames = &event.stacktrace.as_ref().expect("a stack trace").frames;
    assert_eq!(frames.len(), 250);
    assert_eq!(frames[0].lineno, Some(0));
    assert_eq!(frames[249].lineno, Some(9_999));
}

#[test]
fn what_is_nested_too_deep_is_an_error() {
    let nested = |levels: usize| {
        format!(
            r#"{{"extra": {{"a": {}{}}}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert!(Event::from_json(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert!(Event::from_json(nested(MAX_DEPTH + 1).as_bytes()).is_err());
    assert!(Event::from_json(nested(100_000).as_bytes()).is_err());
    let brackets_in_text = format!(r#"{{"extra": {{"a": "{}\\\"["}}}}"#, "[".repeat(1_000));
    assert!(Event::from_json(brackets_in_text.as_bytes()).is_ok());
}

#[test]
fn bags_have_a_bound() {
    let keys: Vec<String> = (0..5_000).map(|n| format!(r#""k{n}": 1"#)).collect();
    let json = format!(r#"{{"extra": {{{0}}}, "tags": {{{0}}}, {0}}}"#, keys.join(","));
    let event = read(&json);
    assert_eq!(event.extra.0.len(), 1_000);
    assert_eq!(event.tags.0.len(), 1_000);
    assert_eq!(event.other.0.len(), 1_000);
}

#[test]
fn a_number_that_no_reader_takes_is_an_error() {
    let long = "9".repeat(400);
    for number in ["1e999", "-1E+400", &long] {
        let json = format!(r#"{{"extra": {{"a": [{number}], "b": "4e5"}}}}"#);
        assert!(Event::from_json(json.as_bytes()).is_err(), "{number}");
    }
    for number in ["1e308", "1e-999", "\"1e999\"", "\"\\\"1e999\""] {
        let json = format!(r#"{{"extra": {{"a": [{number}]}}}}"#);
        let event = Event::from_json(json.as_bytes())
            .expect(number)
            .expect("an object");
        assert!(event.extra.get("a").expect("kept").value().is_array(), "{number}");
    }
}
