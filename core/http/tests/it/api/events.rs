//! Events: a real one of an SDK, as the pipeline stores it and the API shows it.

use axum::http::{Method, StatusCode};
use errand_model::EventId;
use errand_model::digested::Attachment;
use errand_pipeline::{ClientHints, Input, ProjectContext, digest};
use errand_store::persist::Arrival;
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, cursor};

errand_store::on_both_databases!(
    an_event_is_shown_as_sentry_shows_it,
    an_event_is_found_by_every_name_it_has,
    an_event_says_what_was_stored_and_why_it_is_grouped_so,
    an_event_knows_its_neighbours,
    events_come_in_pages,
    events_are_found_by_what_they_say,
    attachments_are_downloaded,
);

const ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";

/// Digests and stores an SDK's event.
async fn send(api: &Api, event: &Value) {
    let header = json!({"event_id": event["event_id"]});
    let body = format!("{header}\n{{\"type\":\"event\"}}\n{event}\n");
    let input = Input {
        body: body.as_bytes(),
        received: api.hub.state.now(),
        client_ip: None,
        user_agent: None,
        client_hints: ClientHints::default(),
        default_event_id: EventId([7; 16]),
    };
    let project = &api.hub.project;
    let context = ProjectContext::compile(project.id, &project.settings).expect("settings");
    let mut envelope = digest(&input, &context).expect("an envelope");
    if let Some(event) = &mut envelope.event {
        event.payload = errand_store::codec::compress(&event.payload).expect("compressed");
    }
    api.store_all(&[Arrival {
        organization: project.organization,
        project: project.id,
        envelope,
    }])
    .await;
}

fn sdk_event() -> Value {
    json!({
        "event_id": ID,
        "timestamp": 1_789_999_000,
        "platform": "python",
        "level": "error",
        "release": "shop@1.0",
        "environment": "production",
        "dist": "7",
        "transaction": "/checkout",
        "sdk": {"name": "sentry.python", "version": "2.75.0"},
        "exception": {"values": [{
            "type": "ValueError",
            "value": "no such card",
            "module": "builtins",
            "mechanism": {"type": "excepthook", "handled": false},
            "stacktrace": {"frames": [
                {"filename": "lib/wsgi.py", "function": "run", "lineno": 5, "in_app": false},
                {
                    "filename": "shop/pay.py",
                    "abs_path": "/srv/shop/pay.py",
                    "module": "shop.pay",
                    "function": "pay",
                    "lineno": 12,
                    "colno": 3,
                    "pre_context": ["def pay(card):"],
                    "context_line": "    raise ValueError",
                    "post_context": [""],
                    "in_app": true,
                    "vars": {"card": "none"},
                },
            ]},
        }]},
        "logentry": {"message": "paying %s", "formatted": "paying ada", "params": ["ada"]},
        "request": {
            "url": "https://shop.example/checkout",
            "method": "POST",
            "query_string": "step=2",
            "headers": {"Accept": "text/html"},
        },
        "user": {"id": "42", "email": "ada@example.com"},
        "tags": {"license": "ABC-1"},
        "contexts": {"runtime": {"name": "CPython", "version": "3.11.7"}},
        "extra": {"cart": [1, 2]},
        "modules": {"flask": "3.0"},
        "breadcrumbs": {"values": [{"timestamp": 1_789_998_999, "category": "query", "message": "SELECT 1"}]},
    })
}

async fn an_event_is_shown_as_sentry_shows_it(test: TestDb) {
    let api = Api::new(test).await;
    send(&api, &sdk_event()).await;
    let event = api.get(&format!("/projects/acme/shop/events/{ID}/")).await;
    for (field, expected) in [
        ("id", json!(ID)),
        ("eventID", json!(ID)),
        ("projectID", json!(api.hub.project.id.to_string())),
        ("title", json!("ValueError: no such card")),
        ("culprit", json!("/checkout")),
        ("location", json!("shop/pay.py")),
        ("message", json!("paying ada")),
        ("platform", json!("python")),
        ("type", json!("error")),
        ("event.type", json!("error")),
        ("dist", json!("7")),
        ("environment", json!("production")),
        ("dateCreated", json!("2026-09-21T13:56:40Z")),
        ("dateReceived", json!("2026-09-21T14:13:20Z")),
        ("sdk", json!({"name": "sentry.python", "version": "2.75.0"})),
        ("context", json!({"cart": [1, 2]})),
        ("packages", json!({"flask": "3.0"})),
        ("nextEventID", json!(null)),
        ("previousEventID", json!(null)),
        ("userReport", json!(null)),
        ("errors", json!([])),
        ("_meta", json!({})),
    ] {
        assert_eq!(event[field], expected, "{field}");
    }
    assert_eq!(event["release"]["version"], "shop@1.0");
    assert_eq!(event["user"]["email"], "ada@example.com");
    assert_eq!(event["contexts"]["runtime"]["name"], "CPython");
    let tags = event["tags"].as_array().expect("tags");
    for (key, value) in [
        ("license", "ABC-1"),
        ("release", "shop@1.0"),
        ("environment", "production"),
        ("handled", "no"),
    ] {
        assert!(
            tags.contains(&json!({"key": key, "value": value})),
            "{key}: {tags:?}"
        );
    }
    assert!(event["size"].as_i64() > Some(500));
    assert_eq!(event["fingerprints"].as_array().map(Vec::len), Some(1));
    check_entries(&event["entries"]);
}

async fn an_event_is_found_by_every_name_it_has(test: TestDb) {
    let api = Api::new(test).await;
    send(&api, &sdk_event()).await;
    let event = api.get(&format!("/projects/acme/shop/events/{ID}/")).await;
    let issue = event["groupID"].as_str().expect("an issue").to_owned();
    let path = format!("/issues/{issue}/events/");
    for name in ["latest", "oldest", "recommended", ID] {
        assert_eq!(api.get(&format!("{path}{name}/")).await, event, "{name}");
    }
    let found = api.get(&format!("/organizations/acme/eventids/{ID}/")).await;
    assert_eq!(found["event"], event);
    assert_eq!(found["projectSlug"], "shop");
    assert_eq!(found["groupId"], issue.as_str());
    let wrong = api
        .refusal(Method::GET, "/projects/acme/shop/events/12/", None)
        .await;
    assert!(wrong.starts_with("event: '12' is not allowed"), "{wrong}");
    let gone = api
        .call(Method::GET, &format!("{path}{}/", EventId::random()), None)
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

async fn an_event_says_what_was_stored_and_why_it_is_grouped_so(test: TestDb) {
    let api = Api::new(test).await;
    send(&api, &sdk_event()).await;
    let event = api.get(&format!("/projects/acme/shop/events/{ID}/")).await;
    let stored = api.get(&format!("/projects/acme/shop/events/{ID}/json/")).await;
    assert_eq!(stored["exception"]["values"][0]["type"], "ValueError");
    let why = api
        .get(&format!("/projects/acme/shop/events/{ID}/grouping-info/"))
        .await;
    let hashes: Vec<_> = why["variants"]
        .as_object()
        .expect("variants")
        .values()
        .map(|it| &it["hash"])
        .collect();
    assert!(hashes.contains(&&event["fingerprints"][0]), "{why}");
}

fn check_entries(entries: &Value) {
    let entries = entries.as_array().expect("entries");
    let kinds: Vec<&Value> = entries.iter().map(|entry| &entry["type"]).collect();
    assert_eq!(kinds, ["exception", "message", "request", "breadcrumbs"]);
    let exception = &entries[0]["data"]["values"][0];
    assert_eq!(exception["type"], "ValueError");
    assert_eq!(
        exception["mechanism"],
        json!({"type": "excepthook", "handled": false})
    );
    assert_eq!(entries[0]["data"]["hasSystemFrames"], true);
    let frame = &exception["stacktrace"]["frames"][1];
    for (field, expected) in [
        ("filename", json!("shop/pay.py")),
        ("absPath", json!("/srv/shop/pay.py")),
        ("module", json!("shop.pay")),
        ("function", json!("pay")),
        ("lineNo", json!(12)),
        ("colNo", json!(3)),
        ("inApp", json!(true)),
        (
            "context",
            json!([[11, "def pay(card):"], [12, "    raise ValueError"], [13, ""]]),
        ),
        ("vars", json!({"card": "none"})),
        ("platform", json!("python")),
        ("rawFunction", json!(null)),
    ] {
        assert_eq!(frame[field], expected, "{field}");
    }
    assert_eq!(
        entries[1]["data"],
        json!({"formatted": "paying ada", "message": "paying %s", "params": ["ada"]})
    );
    let request = &entries[2]["data"];
    assert_eq!(request["method"], "POST");
    assert_eq!(request["query"], json!([["step", "2"]]));
    assert_eq!(request["headers"], json!([["Accept", "text/html"]]));
    let crumb = &entries[3]["data"]["values"][0];
    assert_eq!(crumb["category"], "query");
    assert_eq!(crumb["level"], "info");
    assert_eq!(crumb["timestamp"], "2026-09-21T13:56:39Z");
}

async fn an_event_knows_its_neighbours(test: TestDb) {
    let api = Api::new(test).await;
    let events = [api.event("a"), api.event("a"), api.event("a")];
    let ids: Vec<String> = events.iter().map(|event| event.event_id.to_string()).collect();
    for event in events {
        api.store([event]).await;
    }
    let path = format!("/issues/{}/events/", api.issue("a").await);
    let middle = api.get(&format!("{path}{}/", ids[1])).await;
    assert_eq!(middle["previousEventID"], ids[0].as_str());
    assert_eq!(middle["nextEventID"], ids[2].as_str());
    assert_eq!(
        api.get(&format!("{path}oldest/")).await["eventID"],
        ids[0].as_str()
    );
    assert_eq!(
        api.get(&format!("{path}latest/")).await["nextEventID"],
        Value::Null
    );
}

async fn events_come_in_pages(test: TestDb) {
    let api = Api::new(test).await;
    api.store((0..9).map(|_| api.event("a"))).await;
    let path = format!("/issues/{}/events/?limit=4", api.issue("a").await);
    let mut ids = Vec::new();
    let mut page = String::new();
    loop {
        let answer = api.call(Method::GET, &format!("{path}{page}"), None).await;
        let rows = answer.json();
        ids.extend(
            rows.as_array()
                .expect("a list")
                .iter()
                .map(|row| row["id"].to_string()),
        );
        // What comes in meanwhile is newer than what is left.
        api.store([api.event("a")]).await;
        match cursor(&answer, "next") {
            Some(next) => page = format!("&cursor={next}"),
            None => break,
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((count, ids.len()), (9, 9));
    let summary = &api.get(&path).await[0];
    assert_eq!(summary["event.type"], "error");
    assert_eq!(summary["title"], "Error: a");
    assert_eq!(summary.get("entries"), None);
    let full = &api.get(&format!("{path}&full=true")).await[0];
    assert_eq!(full["entries"][0]["type"], "exception");
}

async fn events_are_found_by_what_they_say(test: TestDb) {
    let api = Api::new(test).await;
    let mut ids = Vec::new();
    for nth in 0..6_i64 {
        let mut event = api.event("a");
        event.tags = vec![
            ("license".to_owned(), format!("L-{}", nth % 3)),
            (
                "environment".to_owned(),
                if nth < 4 { "production" } else { "dev" }.to_owned(),
            ),
        ];
        event.title = format!("Error: order {nth}");
        event.timestamp = event.timestamp.plus_seconds(-3_600 * nth);
        ids.push(event.event_id.to_string());
        api.store([event]).await;
    }
    let issue = &api.get("/organizations/acme/issues/").await[0]["id"];
    let path = format!("/issues/{}/events/", issue.as_str().expect("an issue"));
    let found = async |query: &str| -> Vec<usize> {
        let rows = api.get(&format!("{path}?{query}")).await;
        let rows = rows.as_array().expect("a list").clone();
        let place = |row: &Value| ids.iter().position(|id| row["eventID"] == id.as_str());
        rows.iter().map(|row| place(row).expect("one of them")).collect()
    };
    assert_eq!(found("query=license:L-1").await, [4, 1]);
    assert_eq!(found("query=license:L-1&sort=timestamp").await, [1, 4]);
    assert_eq!(found("environment=dev").await, [5, 4]);
    assert_eq!(found("query=%22ORDER%203%22").await, [3]);
    assert_eq!(found("statsPeriod=150m").await, [2, 1, 0]);
    assert_eq!(found("query=timestamp:-150m+!license:L-0").await, [2, 1]);
    let long_ago = found("start=2000-01-01T00:00:00Z&end=2001-01-01T00:00:00Z").await;
    assert!(long_ago.is_empty(), "{long_ago:?}");
    for wrong in [
        "query=level:loud",
        "sort=loudness",
        "statsPeriod=soon",
        "start=noon",
    ] {
        let path = format!("{path}?{wrong}");
        api.refusal(Method::GET, &path, None).await;
    }
}

async fn attachments_are_downloaded(test: TestDb) {
    let api = Api::new(test).await;
    let event = api.event("a");
    let (id, received) = (event.event_id, event.received);
    let mut arrival = Arrival {
        organization: api.hub.project.organization,
        project: api.hub.project.id,
        envelope: errand_model::digested::DigestedEnvelope::default(),
    };
    arrival.envelope.attachments.push(Attachment {
        project: api.hub.project.id,
        event_id: id,
        name: "log \"1\".html".to_owned(),
        content_type: "text/html".to_owned(),
        kind: "event.attachment".to_owned(),
        content: b"<script>".to_vec(),
        received,
    });
    api.store([event]).await;
    api.store_all(&[arrival]).await;
    let path = format!("/projects/acme/shop/events/{id}/attachments/");
    let all = api.get(&path).await;
    let file = &all[0];
    assert_eq!(file["name"], "log \"1\".html");
    assert_eq!(file["mimetype"], "text/html");
    assert_eq!(file["size"], 8);
    assert_eq!(file["type"], "event.attachment");
    let of_issue = format!("/issues/{}/attachments/", api.issue("a").await);
    assert_eq!(api.get(&of_issue).await, all);
    let path = format!("{path}{}/", file["id"].as_str().expect("an id"));
    assert_eq!(api.get(&path).await, *file);
    let answer = api.call(Method::GET, &format!("{path}?download=1"), None).await;
    assert_eq!(answer.body, b"<script>");
    assert_eq!(
        answer.header("content-type"),
        "application/octet-stream",
        "no browser shows it as a page"
    );
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment; filename*=UTF-8''log")
    );
}
