//! What is kept, by the API: of the hub, of a project, and of facts.

use axum::http::{Method, StatusCode};
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::Api;

errand_store::on_both_databases!(what_is_kept_is_read_and_set_and_the_rest_stays);

const HUB: &str = "/organizations/acme/retention/";

async fn what_is_kept_is_read_and_set_and_the_rest_stays(test: TestDb) {
    let api = Api::new(test).await;
    api.store([api.event("a"), api.event("b")]).await;
    let before = api.get(HUB).await;
    assert_eq!(
        (&before["events"]["days"], &before["facts"]["bytes"]),
        (&json!(null), &json!(null)),
        "nothing is dropped until somebody says so"
    );
    assert!(before["events"]["storedBytes"].as_i64() > Some(0), "{before}");

    let bounds = json!({"events": {"days": 90}, "facts": {"days": 200, "bytes": 5_000_000}});
    let set = api.put(HUB, bounds).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    let set = api
        .put(HUB, json!({"events": {"bytes": 1_000}, "facts": {"days": 0}}))
        .await;
    let set = set.json();
    assert_eq!(
        (&set["events"]["days"], &set["events"]["bytes"]),
        (&json!(90), &json!(1_000))
    );
    assert_eq!(
        (&set["facts"]["days"], &set["facts"]["bytes"]),
        (&json!(null), &json!(5_000_000))
    );
    assert_eq!(api.get(HUB).await, set);

    let path = format!("/projects/acme/{}/retention/", api.hub.project.slug);
    assert_eq!(api.get(&path).await["days"], json!(null));
    let of_project = api.put(&path, json!({"days": 7})).await.json();
    assert_eq!(
        (&of_project["days"], &of_project["bytes"]),
        (&json!(7), &json!(null))
    );
    assert_eq!(api.get(HUB).await["events"]["days"], 90, "the hub's are its own");

    for wrong in [
        json!({"events": {"days": -1}}),
        json!({"facts": {"days": 40_000}}),
    ] {
        let refused = api.refusal(Method::PUT, HUB, Some(wrong)).await;
        assert!(refused.contains("0 to 36500"), "{refused}");
    }
    assert_eq!(api.get(HUB).await, set, "what is refused changes nothing");
}
