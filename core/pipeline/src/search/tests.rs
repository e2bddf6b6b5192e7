use errand_model::Level;
use errand_model::issue::{Priority, Status, Substatus};
use errand_model::search::{Bound, Filter, Owner, Pattern, UserField};
use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T12:00:00Z").expect("a time")
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn filters(text: &str) -> Vec<(bool, Filter)> {
    let query = parse(text, now()).unwrap_or_else(|error| panic!("{text}: {error}"));
    query
        .terms
        .into_iter()
        .map(|term| (term.negated, term.filter))
        .collect()
}

fn one(text: &str) -> Filter {
    let mut filters = filters(text);
    assert_eq!(filters.len(), 1, "{text}");
    filters.remove(0).1
}

fn tag(key: &str, values: &[&str]) -> Filter {
    Filter::Tag {
        key: key.to_owned(),
        values: values.iter().map(|value| Pattern::parse(value)).collect(),
    }
}

#[test]
fn terms_are_read_in_order() {
    assert_eq!(
        filters(r#"is:unresolved !environment:staging release:shop@4.* "could not place" times_seen:>10"#),
        vec![
            (false, Filter::Status(Status::Unresolved)),
            (true, tag("environment", &["staging"])),
            (false, tag("release", &["shop@4.*"])),
            (false, Filter::Text("could not place".to_owned())),
            (
                false,
                Filter::TimesSeen(Bound {
                    lower: Some((10, false)),
                    upper: None
                })
            ),
        ]
    );
    assert_eq!(filters("  "), Vec::new());
}

#[test]
fn states() {
    assert_eq!(one("is:archived"), Filter::Status(Status::Ignored));
    assert_eq!(one("is:regressed"), Filter::Substatus(Substatus::Regressed));
    assert_eq!(one("is:unassigned"), Filter::Assigned(false));
    assert_eq!(
        one("level:[error, fatal]"),
        Filter::Level(vec![Level::Error, Level::Fatal])
    );
    assert_eq!(
        one("level:>=error"),
        Filter::Level(vec![Level::Error, Level::Fatal])
    );
    assert_eq!(one("issue.priority:high"), Filter::Priority(vec![Priority::High]));
    assert_eq!(one("assigned:me"), Filter::Assignee(Owner::Me));
    assert_eq!(
        one("assigned:#backend"),
        Filter::Assignee(Owner::Team("backend".to_owned()))
    );
    assert_eq!(one("has:license"), Filter::HasTag("license".to_owned()));
}

#[test]
fn tags_and_users() {
    assert_eq!(
        one(r#"license:["ABC 1", XYZ-*]"#),
        tag("license", &["ABC 1", "XYZ-*"])
    );
    assert_eq!(one("tags[level]:high"), tag("level", &["high"]));
    assert_eq!(one(r#"url:"http://a/\"b\"""#), tag("url", &["http://a/\"b\""]));
    assert_eq!(one("error.unhandled:true"), tag("handled", &["no"]));
    let email = Filter::User {
        field: UserField::Email,
        values: vec![Pattern::parse("ada@example.com")],
    };
    assert_eq!(one("user.email:ada@example.com"), email);
    assert_eq!(one("user:email:ada@example.com"), email);
}

#[test]
fn free_text_may_look_like_a_pair() {
    let text = |text: &str| Filter::Text(text.to_owned());
    assert_eq!(
        one("TypeError: x is undefined"),
        text("TypeError: x is undefined")
    );
    assert_eq!(one("http://example.com/a"), text("http://example.com/a"));
    assert_eq!(one("std::bad_alloc"), text("std::bad_alloc"));
    assert_eq!(one("message:stock"), text("stock"));
    assert_eq!(
        filters("one two !three"),
        vec![(false, text("one two")), (true, text("three"))]
    );
}

#[test]
fn times_are_relative_or_dates() {
    let since = |time: &str| Bound {
        lower: Some((at(time), true)),
        upper: None,
    };
    assert_eq!(
        one("firstSeen:-24h"),
        Filter::FirstSeen(since("2026-11-21T12:00:00Z"))
    );
    assert_eq!(one("age:-1w"), Filter::FirstSeen(since("2026-11-15T12:00:00Z")));
    assert_eq!(
        one("lastSeen:+7d"),
        Filter::LastSeen(Bound {
            lower: None,
            upper: Some((at("2026-11-15T12:00:00Z"), true))
        })
    );
    assert_eq!(
        one("lastSeen:2026-11-01"),
        Filter::LastSeen(Bound {
            lower: Some((at("2026-11-01T00:00:00Z"), true)),
            upper: Some((at("2026-11-02T00:00:00Z"), false))
        })
    );
    assert_eq!(
        one("lastSeen:>2026-11-01"),
        Filter::LastSeen(since("2026-11-02T00:00:00Z"))
    );
    assert_eq!(
        one("lastSeen:<2026-11-01T06:00:00Z"),
        Filter::LastSeen(Bound {
            lower: None,
            upper: Some((at("2026-11-01T06:00:00Z"), false))
        })
    );
}

#[test]
fn what_is_wrong_is_said_and_where() {
    let cases = [
        (
            "is:unresolved level:loud",
            "at character 20: 'level:' cannot be 'loud'; it is one of: debug, info",
        ),
        ("times_seen:many", "at character 11: 'times_seen:' takes a number"),
        ("age:yesterday", "at character 4: 'age:' takes a time"),
        (r#"a "b"#, "at character 2: the quote is not closed"),
        ("level:[error", "at character 6: the list is not closed"),
        ("is:", "at character 3: 'is:' has no value"),
        ("is:[new,ongoing]", "at character 3: 'is:' takes one value"),
        ("a OR b", "at character 2: 'OR' is not understood"),
    ];
    for (query, expected) in cases {
        let error = parse(query, now()).expect_err(query).to_string();
        assert!(error.starts_with(expected), "{query}: {error}");
    }
    assert!(parse(&"a:b ".repeat(41), now()).is_err());
    assert!(parse(&"a".repeat(5_000), now()).is_err());
}

#[test]
fn orders() {
    assert_eq!(parse_sort(""), Ok(Sort::LastSeen));
    assert_eq!(parse_sort("freq"), Ok(Sort::Events));
    let error = parse_sort("size").expect_err("unknown").to_string();
    assert!(
        error.contains("date, new, freq, user, trends, priority"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r#"([a-z.]{0,6}[:!"\[\],<>=+\-*\\ ]{0,3}[0-9a-zé]{0,4}){0,12}"#) {
        let _ = parse(&text, now());
    }
}
