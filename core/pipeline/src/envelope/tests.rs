use super::*;

fn parse(text: &str) -> Result<Envelope<'_>, Malformed> {
    Envelope::parse(text.as_bytes())
}

fn kinds_and_payloads<'a>(envelope: &Envelope<'a>) -> Vec<(ItemKind, &'a [u8])> {
    envelope
        .items
        .iter()
        .map(|item| (item.kind, item.payload))
        .collect()
}

fn message(envelope: &str) -> String {
    parse(envelope).expect_err(envelope).to_string()
}

#[test]
fn items_have_a_length_or_end_at_a_newline() {
    let envelope = parse(concat!(
        "{\"event_id\":\"94b7c070-c3d3-4e55-a612-fa03c990e52a\",\"dsn\":\"http://k@h/1\"}\n",
        "{\"type\":\"attachment\",\"length\":5,\"filename\":\"a.txt\"}\n",
        "a\nb\r\n\n",
        "{\"type\":\"session\"}\r\n",
        "{\"sid\":1}\r\n",
        "\n",
        "{\"type\":\"event\"}\n",
        "{}",
    ))
    .expect("well formed");
    assert_eq!(envelope.header.dsn.as_deref(), Some("http://k@h/1"));
    assert_eq!(
        kinds_and_payloads(&envelope),
        vec![
            (ItemKind::Attachment, b"a\nb\r\n".as_slice()),
            (ItemKind::Session, b"{\"sid\":1}\r"),
            (ItemKind::Event, b"{}"),
        ]
    );
    assert_eq!(envelope.event_item().map(|(number, _)| number), Some(3));
}

#[test]
fn an_empty_envelope_is_one() {
    for text in ["{}", "{}\n", "{}\n\n\n"] {
        assert!(parse(text).expect("well formed").items.is_empty());
    }
    let empty_payload =
        parse("{}\n{\"type\":\"attachment\",\"length\":0}\n\n{\"type\":\"session\"}").expect("well formed");
    assert_eq!(
        kinds_and_payloads(&empty_payload),
        vec![(ItemKind::Attachment, &b""[..]), (ItemKind::Session, b"")]
    );
}

#[test]
fn kinds_of_tomorrow_are_kept() {
    let envelope = parse("{}\n{\"type\":\"hologram\",\"length\":3}\nabc\n{\"type\":\"event\"}\n{}")
        .expect("well formed");
    assert_eq!(envelope.items[0].kind, ItemKind::Unknown);
    assert_eq!(envelope.items[1].kind, ItemKind::Event);
}

#[test]
fn broken_framing_says_where() {
    for (envelope, expected) in [
        ("", "the envelope header is not valid: it is empty"),
        ("[]", "the envelope header is not valid: it is not a JSON object"),
        (
            "{\"event_id\":\"x\"}",
            "the envelope header is not valid: event_id: 'x' is not an event id",
        ),
        (
            "{\"sent_at\":\"2026-11-22T18:29:22Z\",\"sent_at\":\"2026-11-22T18:29:22Z\"}",
            "the envelope header is not valid: duplicate field `sent_at`",
        ),
        (
            "{}\nnot json\n{}",
            "the header of item 1 is not valid: it is not a JSON object",
        ),
        (
            "{}\n{\"length\":2}\n{}",
            "the header of item 1 is not valid: it names no type",
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":-2}\n{}",
            "the header of item 1 is not valid: invalid value",
        ),
        (
            "{}\n{\"type\":\"event\",\"length\":9}\n{}",
            "item 1 says it has 9 bytes, but only 2 are left",
        ),
        (
            "{}\n{\"type\":\"session\"}\n{}\n{\"type\":\"event\",\"length\":1}\n{}",
            "item 2 says it has 1 bytes, but no newline follows them",
        ),
        (
            "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"transaction\"}\n{}",
            "item 2 (transaction) is a second event",
        ),
    ] {
        assert!(
            message(envelope).starts_with(expected),
            "{envelope}: {}",
            message(envelope)
        );
    }
    assert!(Envelope::parse(b"{}\n{\"type\":\"\xff\"}\n").is_err());
}

#[test]
fn limits_are_413() {
    let large = format!("{{}}\n{{\"type\":\"event\"}}\n{}", " ".repeat((1 << 20) + 1));
    let many = format!("{{}}\n{}", "{\"type\":\"client_report\"}\n{}\n".repeat(1_001));
    let sessions = format!("{{}}\n{}", "{\"type\":\"session\"}\n{}\n".repeat(101));
    for envelope in [large, many, sessions] {
        assert!(parse(&envelope).expect_err("too large").is_too_large());
    }
    let fits = format!("{{}}\n{}", "{\"type\":\"session\"}\n{}\n".repeat(100));
    assert!(parse(&fits).is_ok());
}
