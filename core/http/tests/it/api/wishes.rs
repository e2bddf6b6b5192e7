//! What somebody wants to hear of, over the API.

use axum::http::{Method, StatusCode};
use errand_model::access::{Role, Scope};
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, token_of};

errand_store::on_both_databases!(somebody_says_what_they_want_to_hear_of,);

const WISHES: &str = "/users/me/notifications/";

async fn somebody_says_what_they_want_to_hear_of(test: TestDb) {
    let api = Api::new(test).await;
    let ada = token_of(&api.hub, Scope::ALL, "ada@example.com", Role::Member).await;
    let call = async |method: Method, body: Option<Value>| api.call_as(&ada, method, WISHES, body).await;
    let usual = call(Method::GET, None).await.json();
    assert_eq!(usual["happenings"], json!(["assigned", "mentioned"]));
    assert_eq!((&usual["pace"], &usual["quiet"]), (&json!("soon"), &Value::Null));
    let shop = api.hub.project.id.to_string();
    let wanted = json!({"happenings": ["deployed", "new"], "projects": [shop], "pace": "daily",
        "quiet": {"from": 22, "to": 7}, "summaryHour": 9, "utcOffset": 330, "onlyMine": true});
    let set = call(Method::PUT, Some(wanted)).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    let read = call(Method::GET, None).await.json();
    assert_eq!(read, set.json());
    assert_eq!(read["happenings"], json!(["new", "deployed"]));
    assert_eq!(
        (&read["projects"], &read["pace"]),
        (&json!([shop]), &json!("daily"))
    );
    assert_eq!(read["quiet"], json!({"from": 22, "to": 7}));
    // What is not named stays, and the same hour twice is no quiet.
    let loud = call(Method::PUT, Some(json!({"quiet": {"from": 5, "to": 5}})))
        .await
        .json();
    assert_eq!((&loud["quiet"], &loud["summaryHour"]), (&Value::Null, &json!(9)));
    for (wrong, about) in [
        (json!({"summaryHour": 24}), "summaryHour"),
        (json!({"utcOffset": 900}), "utcOffset"),
        (json!({"quiet": {"from": 1, "to": 24}}), "quiet.to"),
        (json!({"projects": ["999"]}), "projects"),
        (json!({"channels": ["1"]}), "channels"),
        (json!({"pace": "hourly"}), "hourly"),
    ] {
        let answer = call(Method::PUT, Some(wrong.clone())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(about), "{wrong}: {detail}");
    }
    assert_eq!(call(Method::GET, None).await.json(), loud);
    assert_eq!(
        api.call(Method::GET, WISHES, None).await.status,
        StatusCode::NOT_FOUND
    );
    let reader = token_of(&api.hub, &[Scope::EventRead], "bob@example.com", Role::Member).await;
    let refused = api.call_as(&reader, Method::PUT, WISHES, Some(json!({}))).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
