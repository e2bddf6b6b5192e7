//! Events, stored as the engine would have stored them.

use errand_model::{EventId, IssueId};
use errand_pipeline::{ClientHints, Input, ProjectContext, digest};
use errand_store::codec;
use errand_store::persist::{Arrival, Persist, persist};
use serde_json::{Value, json};

use crate::support::Hub;

/// An error of a shop with all that a page can show.
pub(super) fn error(kind: &str, value: &str) -> Value {
    json!({
        "event_id": EventId::random(), "timestamp": 1_789_999_990, "platform": "python", "level": "error",
        "release": "shop@4.1.0", "environment": "production", "transaction": "/checkout",
        "user": {"id": "42", "email": "kim@example.com"}, "tags": {"license": "ACME-1", "docs": "https://docs.example/a"},
        "request": {"url": "https://shop.example/checkout", "method": "POST", "query_string": "step=pay",
            "headers": {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
            "cookies": {"basket": "3"}, "data": {"voucher": "SPRING"}},
        "contexts": {"runtime": {"name": "CPython", "version": "3.12.4"}},
        "breadcrumbs": [{"timestamp": 1_789_999_980, "category": "query", "message": "SELECT 1", "level": "warning"}],
        "extra": {"attempt": 3}, "modules": {"django": "5.1"},
        "sdk": {"name": "sentry.python", "version": "2.0.0"},
        "exception": {"values": [
            {"type": "SocketClosed", "value": "hung up"},
            {"type": kind, "value": value, "mechanism": {"type": "django", "handled": false}, "stacktrace": {
                "registers": {"rip": "0x1"},
                "frames": [
                    {"filename": "django/a.py", "function": "outer", "lineno": 1, "in_app": false},
                    {"filename": "django/b.py", "function": "inner", "lineno": 2, "in_app": false},
                    {"filename": "shop/cart.py", "function": format!("check_{kind}"), "lineno": 7, "in_app": true,
                     "context_line": "    raise it", "pre_context": ["def check():"], "post_context": [""],
                     "vars": {"cart": "<Cart>"}}]}}
        ]},
        "threads": {"values": [{"id": 1, "name": "MainThread", "crashed": true, "main": true,
            "stacktrace": {"frames": [{"function": "wait", "filename": "pool.c", "lineno": 3}]}}]}
    })
}

/// Stores an event as if it had been sent.
pub(super) async fn store(hub: &Hub, event: &Value) {
    store_envelope(hub, &format!("{{}}\n{{\"type\":\"event\"}}\n{event}\n")).await;
}

/// Stores an envelope as if it had been sent.
pub(super) async fn store_envelope(hub: &Hub, body: &str) {
    let input = Input {
        body: body.as_bytes(),
        received: hub.state.now(),
        client_ip: None,
        user_agent: None,
        client_hints: ClientHints::default(),
        default_event_id: EventId::random(),
    };
    let context = ProjectContext::compile(hub.project.id, &hub.project.settings).expect("settings");
    let mut envelope = digest(&input, &context).expect("an envelope");
    if let Some(event) = &mut envelope.event {
        event.payload = codec::compress(&event.payload).expect("compressed");
    }
    let arrival = Arrival {
        organization: hub.project.organization,
        project: hub.project.id,
        envelope,
    };
    let cx = Persist {
        clock: hub.clock.as_ref(),
        ids: &hub.state.ids,
        queue: "test",
    };
    persist(&hub.db.db, &cx, &[arrival], None).await.expect("stored");
}

/// Stores an event, and answers its issue.
pub(super) async fn issue(hub: &Hub, event: &Value) -> IssueId {
    store(hub, event).await;
    let id: EventId = event["event_id"].as_str().expect("an id").parse().expect("an id");
    let stored = errand_store::events::get(&hub.db.db, hub.project.id, id)
        .await
        .expect("read");
    stored.expect("the event is stored").issue
}
