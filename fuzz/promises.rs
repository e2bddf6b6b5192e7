//! What the pipeline promises of any bytes.

use std::sync::LazyLock;

use errand_model::event::Event;
use errand_model::project::ProjectSettings;
use errand_model::{EventId, ProjectId, Timestamp};
use errand_pipeline::{ClientHints, Input, ProjectContext, check, digest, warm_up};

static PROJECT: LazyLock<ProjectContext> = LazyLock::new(|| {
    // Once, and not as the slow input of whichever comes first.
    warm_up();
    ProjectContext::compile(ProjectId(1), &ProjectSettings::default()).expect("the defaults compile")
});

/// Panics where a promise is broken.
pub fn hold(body: &[u8]) {
    let input = Input {
        body,
        received: Timestamp::from_seconds(1_790_000_000),
        client_ip: Some([203, 0, 113, 7].into()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"),
        client_hints: ClientHints::default(),
        default_event_id: EventId([1; 16]),
    };
    let digested = digest(&input, &PROJECT);
    assert_eq!(
        check(body).err(),
        digested.as_ref().err().cloned(),
        "check and digest disagree"
    );
    let Ok(Some(event)) = digested.map(|digested| digested.event) else {
        return;
    };
    let read = Event::from_json(&event.payload).expect("what is stored can be read");
    assert!(read.is_some(), "what is stored is an object");
    serde_json::from_slice::<serde_json::Value>(&event.payload).expect("what is stored can be shown");
    assert!(!event.hashes.is_empty(), "every event has a hash");
}
