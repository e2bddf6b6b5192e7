use errand_plugin_sdk::chat::{Card, Note, Template};
use errand_plugin_sdk::latest::Latest;
use errand_plugin_sdk::people::Party;
use errand_plugin_sdk::{Issue, Level, Priority, Project, Status, Ticket};
use serde_json::{Value, json};

use crate::blocks::{self, Buttons};
use crate::digest::{Message, Told};

/// A card of which everything that programs say is `text`.
fn card(text: &str) -> Card {
    let frame =
        json!({"function": text, "filename": text, "lineno": 7, "in_app": true, "context_line": text});
    let event = json!({
        "environment": text,
        "release": text,
        "tags": [["customer", text]],
        "exception": {"values": [{"stacktrace": {"frames": vec![frame; 9]}}]},
    });
    let ticket = Ticket {
        system: "jira".to_owned(),
        id: "1".to_owned(),
        name: text.to_owned(),
        url: "https://jira.example/browse/SHOP-1".to_owned(),
        title: text.to_owned(),
        state: text.to_owned(),
        is_open: false,
        extra: "{}".to_owned(),
    };
    let mut card = Card::bare(&Issue {
        id: "5".to_owned(),
        short_id: "SHOP-1A".to_owned(),
        url: "https://errors.example.com/organizations/example/issues/5/".to_owned(),
        title: text.to_owned(),
        culprit: text.to_owned(),
        level: Level::Error,
        status: Status::Unresolved,
        substatus: "new".to_owned(),
        priority: Priority::High,
        assignee: Some("user:12".to_owned()),
        platform: "python".to_owned(),
        first_seen: 1_790_000_000_000,
        last_seen: 1_790_000_000_000,
        times_seen: 12_345,
        users_seen: 3,
        project: Project {
            id: "2".to_owned(),
            slug: "shop".to_owned(),
            name: text.to_owned(),
            platform: None,
            organization: "example".to_owned(),
        },
        revision: 1,
        extra: "{}".to_owned(),
    });
    card.latest = Latest::read(event.as_object().expect("an object"));
    card.assignee = Some(Party {
        id: "user:12".to_owned(),
        name: text.to_owned(),
        emails: vec!["ada@example.com".to_owned()],
    });
    card.tickets = vec![ticket; 9];
    card.hours = vec![3; 24];
    card.alert = Some(text.repeat(2));
    card
}

/// What Slack takes: <https://api.slack.com/reference/block-kit/blocks>.
fn fits(block: &Value) -> bool {
    let length = |text: &Value| text["text"].as_str().map_or(0, |text| text.chars().count());
    let some = |count: usize, most: usize| (1..=most).contains(&count);
    let list = |key: &str| block[key].as_array().cloned().unwrap_or_default();
    match block["type"].as_str().unwrap_or_default() {
        "header" => some(length(&block["text"]), 150),
        "section" if block["fields"].is_array() => {
            some(list("fields").len(), 10) && list("fields").iter().all(|field| some(length(field), 2_000))
        }
        "section" => some(length(&block["text"]), 3_000),
        "context" => list("elements")
            .iter()
            .all(|element| some(length(element), 3_000)),
        "actions" => some(list("elements").len(), 25),
        _ => false,
    }
}

/// What programs that anybody may have made fail can say.
fn hostile() -> [String; 6] {
    [
        "<!channel> <@U012AB3CD> <https://evil.example|x> *b* `c` ```d```".to_owned(),
        "&<>".repeat(40_000),
        "`".repeat(100_000),
        "🦀".repeat(100_000),
        "a\r\n\u{202e}b\u{0}".to_owned(),
        String::new(),
    ]
}

/// That Slack takes all of it, and calls nobody.
fn check(blocks: &[Value], text: &str) {
    assert!(blocks.len() <= 50);
    for block in blocks {
        assert!(fits(block), "{block}");
        let said = block.to_string();
        for mark in ["<!channel", "<@U012", "<https://evil", "\u{202e}"] {
            let is_plain = block["type"] == "header" && mark != "\u{202e}";
            assert!(is_plain || !said.contains(mark), "{mark} in {said}");
        }
    }
    assert!((1..=3_000).contains(&text.chars().count()));
    assert!(!text.contains("<!channel") && !text.contains("<@U012"), "{text}");
}

#[test]
fn whatever_programs_say_a_card_is_within_slacks_limits_and_calls_nobody() {
    let template =
        Template::parse("*{state}* {link} {title}\n{culprit} {tag:customer} {trend}").expect("a template");
    for text in &hostile() {
        for template in [None, Some(&template)] {
            let card = card(text);
            let blocks = blocks::of(&card, template, &Buttons::all("Jira"));
            check(&blocks, &blocks::summary(&card));
        }
    }
}

/// An issue of which somebody is told, with as many notes as there may be.
fn told(text: &str, notes: usize) -> Told {
    let note = Note {
        what: text.to_owned(),
        quote: Some(text.chars().take(500).collect()),
        link: None,
        concerns: Vec::new(),
        is_quiet: false,
    };
    Told {
        card: card(text),
        notes: vec![note; notes],
    }
}

#[test]
fn whatever_programs_say_a_direct_message_is_within_slacks_limits_and_calls_nobody() {
    for text in &hostile() {
        let alone = Message::about(&told(text, 5), None);
        check(&alone.blocks, &alone.text);
        let list = Message::list("20 issues in Shop", &vec![told(text, 2); 20], 480);
        check(&list.blocks, &list.text);
    }
}

#[test]
fn a_list_names_each_issue_how_it_stands_and_what_happened() {
    let mut one = told("it broke", 1);
    one.notes[0].what = "Comment by Bob".to_owned();
    one.notes[0].quote = Some("look *here*".to_owned());
    let list = Message::list("2 issues in Shop", &[one, told("so did this", 0)], 3);
    let said: Vec<&str> = list
        .blocks
        .iter()
        .filter_map(|block| {
            block["text"]["text"]
                .as_str()
                .or_else(|| block["elements"][0]["text"].as_str())
        })
        .collect();
    let url = "https://errors.example.com/organizations/example/issues/5/";
    let title = |title: &str| format!("🔴 <{url}|{title}>\nSHOP-1A · New in ");
    assert_eq!(said[0], "*2 issues in Shop*");
    assert!(said[1].starts_with(&title("it broke")), "{said:?}");
    assert!(
        said[1].ends_with(" · Comment by Bob: look \u{2060}*\u{2060}here\u{2060}*\u{2060}"),
        "{said:?}"
    );
    assert!(said[2].starts_with(&title("so did this")), "{said:?}");
    assert_eq!(said[3], "<https://errors.example.com/issues|… and 3 more issues>");
    assert_eq!(list.text, "2 issues in Shop: it broke · so did this");
}

#[test]
fn buttons_are_those_that_make_sense() {
    let mut card = card("it broke");
    let ids = |card: &Card| {
        let blocks = blocks::of(card, None, &Buttons::all("Jira"));
        let actions = blocks
            .last()
            .map(|block| block["elements"].clone())
            .unwrap_or_default();
        let ids = actions.as_array().cloned().unwrap_or_default().into_iter();
        ids.filter_map(|element| Some(element["action_id"].as_str()?.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&card),
        ["resolve", "archive", "assign", "ticket", "open", "more"]
    );
    card.tickets[0].is_open = true;
    assert_eq!(ids(&card), ["resolve", "archive", "assign", "open", "more"]);
    card.issue.status = Status::Resolved;
    assert_eq!(ids(&card), ["reopen", "open"]);
    card.gone = Some("Deleted".to_owned());
    let blocks = blocks::of(&card, None, &Buttons::all("Jira"));
    assert!(blocks.iter().all(|block| block["type"] != "actions"));
    let card = self::card("it broke");
    let blocks = blocks::of(&card, None, &Buttons::default());
    assert!(
        blocks.iter().all(|block| block["type"] != "actions"),
        "nobody could press them"
    );
}
