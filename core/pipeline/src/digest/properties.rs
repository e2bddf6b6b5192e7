//! What must hold of any bytes: nothing panics, `check` agrees with `digest`, what is written can be read.

use std::sync::LazyLock;

use errand_model::event::Event;
use proptest::prelude::*;

use super::tests::{input, project};
use super::{check, digest};
use crate::ProjectContext;

static PROJECT: LazyLock<ProjectContext> = LazyLock::new(project);

/// One of each kind of envelope, to be mutilated.
const SEEDS: [&str; 5] = [
    concat!(
        "{\"event_id\":\"e8a34170a3b2451bba592f86cd7c1b54\",\"sent_at\":\"2026-11-22T18:29:22.485Z\"}\n",
        "{\"type\":\"event\",\"length\":409}\n",
        "{\"exception\":{\"values\":[{\"type\":\"TypeError\",\"value\":\"x is 4111 1111 1111 1111\",\"stacktrace\":{\"frames\":[",
        "{\"filename\":\"http://a/b.js?c\",\"function\":\"r\",\"in_app\":true,\"lineno\":15,\"vars\":{\"token\":\"\\u0041b\"}}]}}]},",
        "\"request\":{\"url\":\"http://a/b?c=d#e\",\"headers\":{\"user-agent\":\"HeadlessChrome/156.0.0.0\",\"cookie\":\"a=b\"}},",
        "\"user\":{\"ip_address\":\"{{auto}}\"},\"tags\":{\"a\":\"b\"},\"extra\":{\"a\":NaN},\"message\":\"%s and %s\"}",
    ),
    "{}\n{\"type\":\"event\"}\n{\"logentry\":{\"message\":\"{} %(a)s\",\"params\":{\"a\":[1]}},\"breadcrumbs\":[{\"data\":{\"auth\":1}}]}",
    "{}\n{\"type\":\"raw_security\"}\n{\"csp-report\":{\"document-uri\":\"http://a\",\"violated-directive\":\"img-src\"}}",
    "{}\n{\"type\":\"attachment\",\"length\":3}\nabc\n{\"type\":\"client_report\"}\n{\"discarded_events\":[]}",
    "{}\n{\"type\":\"feedback\"}\n{\"contexts\":{\"feedback\":{\"message\":\"m\"}},\"fingerprint\":[\"{{ default }}\",\"a\"]}",
];

/// One edit: at a place, something else.
#[derive(Clone, Debug)]
struct Edit {
    at: prop::sample::Index,
    removed: usize,
    inserted: Vec<u8>,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            "{", "}", "[", "]", "\"", "\\", "\n", ":", ",", "null", "NaN", "-1", "1e999", "\\u", "\\ud800",
            "é", "%s"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let edit = (any::<prop::sample::Index>(), 0_usize..4, piece);
    prop::collection::vec(
        edit.prop_map(|(at, removed, inserted)| Edit {
            at,
            removed,
            inserted,
        }),
        0..6,
    )
}

fn mutilate(seed: &str, edits: &[Edit]) -> Vec<u8> {
    let mut bytes = seed.as_bytes().to_vec();
    for edit in edits {
        let at = edit.at.index(bytes.len() + 1);
        let end = (at + edit.removed).min(bytes.len());
        bytes.splice(at..end, edit.inserted.iter().copied());
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn check_takes_what_digest_takes_and_nothing_panics(seed in 0..SEEDS.len(), edits in edits()) {
        let body = mutilate(SEEDS[seed], &edits);
        let digested = digest(&input(&body), &PROJECT);
        match (check(&body), &digested) {
            (Ok(()), Ok(_)) => {}
            (Err(checked), Err(digested)) => prop_assert_eq!(&checked, digested),
            (checked, digested) => prop_assert!(false, "check said {:?}, digest {:?}", checked, digested),
        }
        if let Ok(Some(event)) = digested.map(|digested| digested.event) {
            prop_assert!(Event::from_json(&event.payload).is_ok_and(|event| event.is_some()));
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&event.payload).is_ok());
            prop_assert!(!event.hashes.is_empty());
            let mut keys: Vec<_> = event.tags.iter().map(|(key, _)| key).collect();
            keys.sort();
            keys.dedup();
            prop_assert_eq!(keys.len(), event.tags.len());
        }
    }
}
