use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::latest::Latest;
use crate::{Issue, Level, Priority, Project, Status};

fn issue() -> Issue {
    Issue {
        id: "5".to_owned(),
        short_id: "SHOP-1A".to_owned(),
        url: "https://errors.example.com/issues/5/".to_owned(),
        title: "TypeError: <!channel> *x*".to_owned(),
        culprit: "shop.pay".to_owned(),
        level: Level::Error,
        status: Status::Unresolved,
        substatus: "new".to_owned(),
        priority: Priority::High,
        assignee: Some("user:12".to_owned()),
        platform: "python".to_owned(),
        first_seen: 0,
        last_seen: 0,
        times_seen: 12_345,
        users_seen: 3,
        project: Project {
            id: "2".to_owned(),
            slug: "shop".to_owned(),
            name: "Shop".to_owned(),
            platform: None,
            organization: "example".to_owned(),
        },
        revision: 1,
        extra: "{}".to_owned(),
    }
}

fn card() -> Card {
    let event = json!({
        "environment": "production",
        "release": "shop@1.0",
        "tags": [["customer", "ACME <b>"], ["browser.name", "Firefox"]],
        "exception": {"values": [{"type": "TypeError", "stacktrace": {"frames": [
            {"function": "main", "filename": "app.py", "lineno": 1, "in_app": true},
            {"function": "lib", "filename": "lib.py", "lineno": 2, "in_app": false},
            {"function": "pay", "filename": "shop/pay.py", "lineno": 7, "in_app": true, "context_line": "  raise ```"},
        ]}}]},
    });
    Card {
        latest: Latest::read(event.as_object().expect("an object")),
        assignee: Some(crate::people::Party {
            id: "user:12".to_owned(),
            name: "Ada".to_owned(),
            emails: vec!["ada@example.com".to_owned()],
        }),
        tickets: Vec::new(),
        hours: vec![0, 1, 4, 8],
        issue: issue(),
        alert: None,
        gone: None,
    }
}

#[test]
fn a_sparkline_shows_something_where_there_was_something() {
    assert_eq!(sparkline(&[0, 1, 100]), "▁▂█");
    assert_eq!(sparkline(&[0, 0]), "▁▁");
    assert_eq!(sparkline(&[]), "");
    assert_eq!(sparkline(&[5]), "█");
    assert_eq!(sparkline(&[u64::MAX, 1, u64::MAX / 2]), "█▂▄");
    assert_eq!(count(0), "0");
    assert_eq!(count(1_234_567), "1,234,567");
}

#[test]
fn foreign_text_stays_text_in_slack() {
    let slack = Mrkdwn;
    assert_eq!(
        slack.text("<!channel> & <@U1>"),
        "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    );
    assert_eq!(
        slack.link("https://x.example/?a=1&b=<2>|3", "a|b>c"),
        "<https://x.example/?a=1&amp;b=%3C2%3E%7C3|a b&gt;c>"
    );
    assert_eq!(slack.link("javascript:alert(1)", "x"), "x");
    let code = slack.block("a``` *b* <!here>");
    assert_eq!(code.matches("```").count(), 2, "{code}");
    assert!(!code.contains("<!"), "{code}");
    assert!(!slack.bold("a*b").contains("a*b"));
    assert_eq!(slack.bold(" "), "");
}

#[test]
fn foreign_text_stays_text_in_markdown() {
    let markdown = Markdown;
    let hostile = markdown.text("@everyone <b> [x](javascript:y) `z` #town :tada: https://evil.example");
    for bad in ["@everyone", "<b>", "[x]", "](", "#town", ":tada:", "https://"] {
        let is_escaped = |at: usize| hostile.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\\');
        assert!(
            hostile.match_indices(bad).all(|(at, _)| is_escaped(at)),
            "{bad} in {hostile}"
        );
    }
    assert_eq!(
        markdown.link("https://x.example/(a)", "t"),
        "[t](https://x.example/%28a%29)"
    );
    assert_eq!(markdown.block("a```b").matches("```").count(), 2);
    assert!(!markdown.block("@everyone").contains("@everyone"));
}

#[test]
fn line_breaks_and_turned_text_do_not_get_far() {
    assert_eq!(plain("a\r\nb\u{202e}c\u{7}d\u{2028}e", 100), "a bc d e");
    assert_eq!(plain("äöü", 2), "ä…");
    assert_eq!(plain(&"x".repeat(100_000), 10).chars().count(), 10);
}

#[test]
fn a_filter_holds_if_all_its_terms_do() {
    let card = card();
    for (filter, expected) in [
        ("", true),
        ("environment:production level:[error, fatal]", true),
        ("environment:prod", false),
        ("environment:prod*", true),
        ("!environment:staging customer:\"acme <b>\"", true),
        ("customer:*cm*b*", true),
        ("unheard:*", false),
        ("!unheard:*", true),
        ("assigned:ada@example.com priority:high project:shop", true),
        ("assigned:none", false),
        ("browser.name:firefox release:shop@*", true),
    ] {
        let parsed = Filter::parse(filter).expect(filter);
        assert_eq!(parsed.holds(&card.facts()), Ok(expected), "{filter}");
    }
    for wrong in ["production", "environment:", "level:[a,", "a:\"b", "level:[,]"] {
        assert!(Filter::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn rooms_are_those_whose_filter_holds_else_the_default() {
    let rules = BTreeMap::from([
        ("#shop".to_owned(), "project:shop".to_owned()),
        ("#all".to_owned(), String::new()),
        ("#other".to_owned(), "project:other".to_owned()),
    ]);
    let rooms = Rooms::parse("rooms", &rules, Some("#rest")).expect("rooms");
    assert_eq!(
        rooms.of(&card().facts()),
        Ok(vec!["#all".to_owned(), "#shop".to_owned()])
    );
    let owner = BTreeMap::from([(OWNER.to_owned(), String::new())]);
    let rooms = Rooms::parse("rooms", &owner, Some("#rest")).expect("rooms");
    assert_eq!(rooms.of(&card().facts()), Ok(vec!["ada@example.com".to_owned()]));
    let nobodys = Card {
        assignee: None,
        ..card()
    };
    assert_eq!(rooms.of(&nobodys.facts()), Ok(vec!["#rest".to_owned()]));
    let none = BTreeMap::from([("#other".to_owned(), "project:other".to_owned())]);
    let rooms = Rooms::parse("rooms", &none, Some("#rest")).expect("rooms");
    assert_eq!(rooms.of(&card().facts()), Ok(vec!["#rest".to_owned()]));
    let wrong = BTreeMap::from([("#a".to_owned(), "x".to_owned())]);
    let problems = Rooms::parse("rooms", &wrong, None).expect_err("a problem");
    assert!(
        problems[0].message.starts_with("#a: 'x' is no term"),
        "{problems:?}"
    );
}

#[test]
fn a_template_puts_foreign_text_in_as_text() {
    let template = Template::parse("*{short_id}* {title} {{x}} {events}/{users} {tag:customer}{tag:none}")
        .expect("read");
    let said = template.of(&card(), &Mrkdwn);
    assert!(
        said.starts_with("*SHOP-1A* TypeError: &lt;!channel&gt; "),
        "{said}"
    );
    assert!(said.ends_with(" {x} 12,345/3 ACME &lt;b&gt;"), "{said}");
    for wrong in ["{nothing}", "{title", "a } b", "{tag:}"] {
        assert!(Template::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_card_shows_the_frames_of_the_program_itself() {
    let card = card();
    assert_eq!(card.state(), "New in Shop");
    assert_eq!(card.trend().chars().count(), 4);
    let frames = card.frames(1_000);
    assert_eq!(frames, "pay · shop/pay.py:7\n    raise ```\nmain · app.py:1");
    assert_eq!(card.frames(10).chars().count(), 10);
    assert_eq!(
        card.whereabouts(),
        ["error", "production", "shop@1.0", "shop.pay"]
    );
}
