//! What plugins were told, why, and again.

use axum::http::{Method, StatusCode};
use errand_model::delivery::{AttemptOutcome, Unowed};
use errand_store::deliveries::{self, Attempt, Claimed, Ended, Hosts, NewDelivery, Want};
use errand_store::lifecycle::FannedOut;
use errand_store::testing::TestDb;
use errand_store::{installations, lifecycle};
use serde_json::{Value, json};

use super::support::Api;

errand_store::on_both_databases!(
    a_delivery_is_shown_with_its_attempts_and_tried_again,
    many_dead_letters_are_tried_again,
    it_is_said_why_plugins_were_told_or_not,
    a_destination_that_is_down_shows,
    a_plugin_is_held_and_let_go_by_hand,
    a_delivery_of_another_organization_is_none,
);

const PLUGINS: &str = "/organizations/acme/plugins/";

/// Configures a plugin; answers its id.
async fn install(api: &Api, name: &str) -> String {
    let body = json!({"plugin": "webhook", "name": name, "config": {"url": "http://far.example"}});
    let made = api.post(PLUGINS, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    made.json()["id"].as_str().expect("an id").to_owned()
}

/// Owes what happened to `to`, and says that it is not owed to `not_to`.
async fn fan_out(api: &Api, to: &str, not_to: Option<(&str, Unowed)>) {
    let db = &api.hub.db.db;
    let mut tx = db.begin().await.expect("begin");
    let events = lifecycle::pending(&mut tx, 100).await.expect("pending");
    let new: Vec<NewDelivery> = events
        .iter()
        .map(|event| NewDelivery {
            installation: to.parse().expect("an id"),
            lifecycle: event.id,
            project: event.project,
            telling: errand_model::telling::Telling::Each,
            issue: event.issue,
        })
        .collect();
    deliveries::insert(&mut tx, api.hub.state.context(), &new)
        .await
        .expect("insert");
    let passed_over = not_to.map(|(id, why)| (id.parse().expect("an id"), why));
    let done: Vec<FannedOut> = events
        .iter()
        .map(|event| FannedOut {
            event: event.id,
            passed_over: passed_over.into_iter().collect(),
        })
        .collect();
    lifecycle::mark_fanned_out(&mut tx, &done).await.expect("mark");
    tx.commit().await.expect("commit");
}

async fn claim(api: &Api) -> Vec<Claimed> {
    let db = &api.hub.db.db;
    let due = installations::that_are_due(db, api.hub.state.now())
        .await
        .expect("read");
    let wants: Vec<Want> = due
        .iter()
        .map(|installation| Want {
            installation: installation.id,
            limit: 100,
            hosts: Hosts::AllBut(Vec::new()),
            together: 100,
        })
        .collect();
    let claimed = deliveries::claim(db, api.hub.state.context(), &wants, 60).await;
    claimed.expect("claim").into_iter().flatten().collect()
}

/// Tries all that is due, with that outcome.
async fn attempt(api: &Api, outcome: &AttemptOutcome) {
    let ended: Vec<Ended> = claim(api)
        .await
        .into_iter()
        .map(|claimed| Ended {
            claimed,
            attempt: Attempt {
                started: api.hub.state.now(),
                wall_ms: 12,
                cpu_ms: 3,
                memory_bytes: 65_536,
                outcome: outcome.clone(),
                log: r#"[{"severity":"info","message":"posted"}]"#.to_owned(),
                requests: r#"[{"method":"POST","url":"http://far.example/","status":404}]"#.to_owned(),
                explanation: Some("the rule says so".to_owned()),
                changes: Vec::new(),
            },
            settings_as_of: api.hub.state.now(),
            host: "far.example".to_owned(),
        })
        .collect();
    let mut tx = api.hub.db.db.begin().await.expect("begin");
    deliveries::finish(&mut tx, api.hub.state.context(), &ended)
        .await
        .expect("finish");
    tx.commit().await.expect("commit");
}

fn gone() -> AttemptOutcome {
    AttemptOutcome::Permanent {
        message: "answered 404".to_owned(),
    }
}

async fn list(api: &Api, plugin: &str, query: &str) -> Vec<Value> {
    let path = format!("{PLUGINS}{plugin}/deliveries/{query}");
    api.get(&path).await.as_array().expect("a list").clone()
}

async fn a_delivery_is_shown_with_its_attempts_and_tried_again(test: TestDb) {
    let api = Api::new(test).await;
    let plugin = install(&api, "hook").await;
    api.store([api.event("a")]).await;
    fan_out(&api, &plugin, None).await;
    let waiting = list(&api, &plugin, "").await.remove(0);
    assert_eq!(
        (&waiting["state"], &waiting["isReplay"]),
        (&json!("waiting"), &json!(false))
    );
    let path = format!(
        "/organizations/acme/deliveries/{}/",
        waiting["id"].as_str().expect("an id")
    );
    let early = api.post(&format!("{path}replay/"), json!({})).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "it is tried anyway");
    attempt(&api, &gone()).await;
    let dead = api.get(&path).await;
    assert_eq!(
        (&dead["state"], &dead["reason"]),
        (&json!("dead"), &json!("answered 404"))
    );
    let tried = &dead["attemptList"][0];
    assert_eq!(
        (&tried["outcome"], &tried["cpuMs"], &tried["memoryBytes"]),
        (&json!("permanent"), &json!(3), &json!(65_536))
    );
    assert_eq!(tried["requests"][0]["status"], 404);
    assert_eq!(tried["log"][0]["message"], "posted");
    let rehearsed = api.post(&format!("{path}dry-run/"), json!({})).await;
    assert_eq!(rehearsed.status, StatusCode::OK, "{}", rehearsed.text());
    assert_eq!(rehearsed.json()["requests"][0]["method"], "POST");
    assert_eq!(api.get(&path).await, dead, "a rehearsal changes nothing");
    let again = api.post(&format!("{path}replay/"), json!({})).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{}", again.text());
    let again = api.get(&path).await;
    assert_eq!(
        (&again["state"], &again["isReplay"], &again["attempts"]),
        (&json!("waiting"), &json!(true), &json!(0))
    );
    assert_eq!(
        again["attemptList"].as_array().map(Vec::len),
        Some(1),
        "what was stays"
    );
}

async fn many_dead_letters_are_tried_again(test: TestDb) {
    let api = Api::new(test).await;
    let plugin = install(&api, "hook").await;
    api.store((0..5).map(|n| api.event(&format!("g{n}")))).await;
    fan_out(&api, &plugin, None).await;
    attempt(&api, &gone()).await;
    assert_eq!(list(&api, &plugin, "?state=dead").await.len(), 5);
    assert_eq!(list(&api, &plugin, "?state=done").await.len(), 0);
    let path = format!("{PLUGINS}{plugin}/deliveries/replay/");
    let none = api.post(&path, json!({"reason": "answered 500"})).await;
    assert_eq!(none.json(), json!({"replayed": 0, "more": false}));
    let all = api
        .post(&path, json!({"reason": "404", "since": "2020-01-01T00:00:00Z"}))
        .await;
    assert_eq!(all.status, StatusCode::ACCEPTED, "{}", all.text());
    assert_eq!(all.json(), json!({"replayed": 5, "more": false}));
    assert_eq!(list(&api, &plugin, "?state=waiting").await.len(), 5);
    let wrong = api
        .refusal(Method::POST, &path, Some(json!({"state": "leased"})))
        .await;
    assert!(wrong.starts_with("state: 'leased' is not allowed"), "{wrong}");
    let wrong = api
        .refusal(Method::POST, &path, Some(json!({"since": "tuesday"})))
        .await;
    assert!(wrong.starts_with("since: 'tuesday'"), "{wrong}");
}

async fn it_is_said_why_plugins_were_told_or_not(test: TestDb) {
    let api = Api::new(test).await;
    let (told, deaf) = (install(&api, "told").await, install(&api, "deaf").await);
    let elsewhere = api.project("Elsewhere").await;
    let other = json!({"plugin": "webhook", "name": "other", "project": elsewhere.slug});
    api.post(PLUGINS, other).await;
    api.store([api.event("a")]).await;
    let issue = api.issue("a").await;
    let path = format!("/issues/{issue}/plugin-decisions/");
    let verdicts = async || -> Vec<(String, String)> {
        let happened = api.get(&path).await;
        assert_eq!(happened[0]["event"], "issue.created");
        let plugins = happened[0]["plugins"].as_array().expect("a list").clone();
        let text = |plugin: &Value, key: &str| plugin[key].as_str().expect("text").to_owned();
        plugins
            .iter()
            .map(|plugin| (text(plugin, "name"), text(plugin, "verdict")))
            .collect()
    };
    let all = |of: [&str; 3]| -> Vec<(String, String)> {
        let names = ["told", "deaf", "other"];
        names
            .iter()
            .zip(of)
            .map(|(name, verdict)| ((*name).to_owned(), verdict.to_owned()))
            .collect()
    };
    assert_eq!(verdicts().await, all(["pending", "pending", "other_project"]));
    fan_out(&api, &told, Some((&deaf, Unowed::Unsubscribed))).await;
    assert_eq!(
        verdicts().await,
        all(["waiting", "unsubscribed", "other_project"])
    );
    api.put(&format!("{PLUGINS}{told}/"), json!({"paused": true}))
        .await;
    assert_eq!(verdicts().await, all(["paused", "unsubscribed", "other_project"]));
    api.put(&format!("{PLUGINS}{told}/"), json!({"paused": false}))
        .await;
    attempt(&api, &gone()).await;
    assert_eq!(verdicts().await, all(["dead", "unsubscribed", "other_project"]));
    api.hub.clock.advance_millis(1_000);
    install(&api, "later").await;
    let last = verdicts().await.pop().expect("four");
    assert_eq!(last, ("later".to_owned(), "too_early".to_owned()));
    let reason = &api.get(&path).await[0]["plugins"][0]["reason"];
    assert_eq!(reason, "it was given up: answered 404");
}

async fn a_destination_that_is_down_shows(test: TestDb) {
    let api = Api::new(test).await;
    let plugin = install(&api, "hook").await;
    api.store((0..5).map(|n| api.event(&format!("g{n}")))).await;
    fan_out(&api, &plugin, None).await;
    let failed = AttemptOutcome::Retry {
        message: "answered 502".to_owned(),
        after_ms: None,
    };
    attempt(&api, &failed).await;
    let shown = api.get(&format!("{PLUGINS}{plugin}/")).await;
    let destination = &shown["destinations"][0];
    assert_eq!(
        (
            &destination["host"],
            &destination["circuit"],
            &destination["failures"]
        ),
        (&json!("far.example"), &json!("open"), &json!(5))
    );
    assert_eq!(destination["reason"], "answered 502");
    let waiting = list(&api, &plugin, "").await;
    assert_eq!(waiting[0]["destination"], "far.example");
    api.hub.clock.advance_millis(60_000);
    let shown = api.get(PLUGINS).await;
    assert_eq!(shown[0]["destinations"][0]["circuit"], "half_open");
    // Whoever changes the settings has mended something: it is tried at once.
    let changed = api
        .put(
            &format!("{PLUGINS}{plugin}/"),
            json!({"config": {"url": "http://b"}}),
        )
        .await;
    assert_eq!(changed.json()["destinations"], json!([]));
    assert_eq!(claim(&api).await.len(), 5);
}

async fn a_plugin_is_held_and_let_go_by_hand(test: TestDb) {
    let api = Api::new(test).await;
    let plugin = install(&api, "hook").await;
    let path = format!("{PLUGINS}{plugin}/");
    api.store([api.event("a")]).await;
    fan_out(&api, &plugin, None).await;
    let held = api.put(&path, json!({"paused": true})).await.json();
    assert_eq!(held["paused"], "paused by hand");
    assert_eq!(claim(&api).await.len(), 0);
    let held = api
        .put(&path, json!({"paused": true, "config": {"url": "http://b"}}))
        .await
        .json();
    assert_eq!(held["paused"], "paused by hand", "new settings, and still held");
    let free = api.put(&path, json!({"paused": false})).await.json();
    assert_eq!(free["paused"], Value::Null);
    assert_eq!(claim(&api).await.len(), 1);
}

async fn a_delivery_of_another_organization_is_none(test: TestDb) {
    let api = Api::new(test).await;
    let plugin = install(&api, "hook").await;
    api.store([api.event("a")]).await;
    fan_out(&api, &plugin, None).await;
    let id = list(&api, &plugin, "").await[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut tx = api.hub.db.db.begin().await.expect("begin");
    let cx = api.hub.state.context();
    errand_store::organizations::create(&mut tx, cx, "Other", None)
        .await
        .expect("made");
    tx.commit().await.expect("commit");
    for (method, end) in [
        (Method::GET, ""),
        (Method::POST, "replay/"),
        (Method::POST, "dry-run/"),
    ] {
        let path = format!("/organizations/other/deliveries/{id}/{end}");
        let answer = api.call(method, &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}
