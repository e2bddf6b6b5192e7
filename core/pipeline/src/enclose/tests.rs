use super::*;
use crate::envelope::{Envelope, ItemKind};

fn kinds_and_payloads<'a>(envelope: &Envelope<'a>) -> Vec<(ItemKind, &'a [u8])> {
    envelope
        .items
        .iter()
        .map(|item| (item.kind, item.payload))
        .collect()
}

const ID: EventId = EventId([9; 16]);

#[test]
fn store_payloads_come_in_three_forms() {
    use base64::Engine as _;
    let json = br#"{"event_id": "94b7c070c3d34e55a612fa03c990e52a", "message": "m"}"#;
    let base64 = STANDARD.encode(json);
    let mut zlib = vec![0; 1_024];
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let length = compressor.zlib_compress(json, &mut zlib).expect("fits");
    let zlib = STANDARD.encode(&zlib[..length]);
    for body in [json.as_slice(), base64.as_bytes(), zlib.as_bytes()] {
        let (id, envelope) = for_store_payload(body, ID).expect("readable");
        assert_eq!(id.to_string(), "94b7c070c3d34e55a612fa03c990e52a");
        let envelope = Envelope::parse(&envelope).expect("well formed");
        assert_eq!(envelope.header.event_id, Some(id));
        assert_eq!(
            kinds_and_payloads(&envelope),
            vec![(ItemKind::Event, json.as_slice())]
        );
    }
    assert_eq!(for_store_payload(b"{}", ID).expect("readable").0, ID);
    for body in ["", "what is this?", "aGVsbG8="] {
        assert!(for_store_payload(body.as_bytes(), ID).is_err(), "{body}");
    }
}

#[test]
fn a_minidump_brings_its_event_along() {
    let dump = File {
        name: "crash.dmp",
        content_type: None,
        content: b"MDMP and more",
    };
    let log = File {
        name: "log.txt",
        content_type: Some("text/plain"),
        content: b"line\nline",
    };
    let fields = [("sentry[release]".to_owned(), "game@1".to_owned())];
    let (id, envelope) = for_minidump(dump, &[log], &fields, ID).expect("a minidump");
    assert_eq!(id, ID);
    let envelope = Envelope::parse(&envelope).expect("well formed");
    assert_eq!(
        kinds_and_payloads(&envelope),
        vec![
            (ItemKind::Event, br#"{"release":"game@1"}"#.as_slice()),
            (ItemKind::Attachment, dump.content),
            (ItemKind::Attachment, log.content),
        ]
    );
    assert_eq!(
        envelope.items[1].header.attachment_type.as_deref(),
        Some("event.minidump")
    );
    let text = File {
        content: b"hello",
        ..dump
    };
    assert!(for_minidump(text, &[], &fields, ID).is_err());
}

#[test]
fn built_envelopes_are_read_back() {
    let payload = b"line\n\nline\n";
    let meta = ItemMeta {
        kind: "attachment",
        filename: Some("a \"b\"\n.txt"),
        ..ItemMeta::default()
    };
    let bytes = Builder::new(Some(ID))
        .item(meta, payload)
        .item(meta, b"")
        .finish();
    let envelope = Envelope::parse(&bytes).expect("well formed");
    assert_eq!(
        kinds_and_payloads(&envelope),
        vec![(ItemKind::Attachment, &payload[..]), (ItemKind::Attachment, b"")]
    );
    assert_eq!(
        envelope.items[0].header.filename.as_deref(),
        Some("a \"b\"\n.txt")
    );

    let report = Report {
        event_id: ID,
        name: "Ada",
        email: "ada@example.com",
        comments: "it broke",
    };
    let bytes = for_user_report(&report);
    assert_eq!(
        Envelope::parse(&bytes).expect("well formed").items[0].kind,
        ItemKind::UserReport
    );
}
