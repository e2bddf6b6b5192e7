//! Projects and their keys.

use axum::http::{Method, StatusCode};
use errand_store::testing::TestDb;
use serde_json::json;

use super::support::Api;

errand_store::on_both_databases!(
    a_project_is_made_changed_and_deleted,
    keys_are_made_changed_and_deleted,
    sentrys_clients_make_projects_in_teams,
    inbound_filters_are_switched_as_sentrys_clients_do,
);

async fn a_project_is_made_changed_and_deleted(test: TestDb) {
    let api = Api::new(test).await;
    let body = json!({"name": "Ware House", "platform": "node", "unknown": 1});
    let made = api.post("/organizations/acme/projects/", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    assert_eq!(made["slug"], "ware-house");
    assert_eq!(made["platform"], "node");
    assert_eq!(made["organization"]["slug"], "acme");
    assert_eq!(api.get("/projects/acme/ware-house/").await, made);

    let rules = "stack.function:main -app";
    let changed = json!({"name": "Stock", "groupingEnhancements": rules, "allowedDomains": ["https://a.example"],
        "scrubIPAddresses": true, "safeFields": ["token_count"]});
    let changed = api.put("/projects/acme/ware-house/", changed).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let changed = changed.json();
    assert_eq!(changed["name"], "Stock");
    assert_eq!(changed["groupingEnhancements"], rules);
    assert_eq!(changed["allowedDomains"], json!(["https://a.example"]));
    assert_eq!(changed["scrubIPAddresses"], true);
    assert_eq!(changed["dataScrubberDefaults"], true);
    assert_eq!(api.get("/projects/acme/ware-house/").await, changed);

    let wrong = json!({"fingerprintingRules": "nonsense"});
    let wrong = api
        .refusal(Method::PUT, "/projects/acme/ware-house/", Some(wrong))
        .await;
    assert!(
        wrong.starts_with("fingerprintingRules: 'nonsense' is not allowed"),
        "{wrong}"
    );
    let wrong = api
        .refusal(
            Method::PUT,
            "/projects/acme/ware-house/",
            Some(json!({"name": 7})),
        )
        .await;
    assert!(
        wrong.starts_with("name: invalid type: integer `7`, expected a string"),
        "{wrong}"
    );

    let mut event = api.event("a");
    event.project = made["id"].as_str().expect("an id").parse().expect("a number");
    event.user = Some(super::support::user("1", "a@example.com"));
    event.tags = super::support::tags(&[("a", "b")]);
    api.store([event]).await;
    assert_eq!(
        api.get("/projects/acme/ware-house/issues/")
            .await
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let deleted = api.delete("/projects/acme/ware-house/").await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", deleted.text());
    let gone = api.call(Method::GET, "/projects/acme/ware-house/", None).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(api.get("/projects/").await.as_array().map(Vec::len), Some(1));
}

async fn sentrys_clients_make_projects_in_teams(test: TestDb) {
    let api = Api::new(test).await;
    api.post("/organizations/acme/teams/", json!({"name": "core"}))
        .await;
    let made = api
        .post("/teams/acme/core/projects/", json!({"name": "App"}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let nowhere = api
        .post("/teams/acme/none/projects/", json!({"name": "App"}))
        .await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    let taken = api
        .post(
            "/organizations/acme/projects/",
            json!({"name": "App", "slug": "app"}),
        )
        .await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
}

async fn keys_are_made_changed_and_deleted(test: TestDb) {
    let api = Api::new(test).await;
    let first = &api.get("/projects/acme/shop/keys/").await[0];
    let public = first["public"].as_str().expect("a key");
    let project = api.hub.project.id;
    assert_eq!(first["id"], public);
    assert_eq!(
        first["dsn"]["public"],
        format!("http://{public}@127.0.0.1:9000/{project}")
    );
    assert_eq!(first["projectId"], project.0);
    assert_eq!(first["isActive"], true);
    assert_eq!(first["rateLimit"], json!(null));

    let body = json!({"name": "Mobile", "rateLimit": {"count": 5, "window": 60}});
    let made = api.post("/projects/acme/shop/keys/", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    assert_eq!(made["label"], "Mobile");
    assert_eq!(made["rateLimit"], json!({"window": 60, "count": 5}));
    let path = format!(
        "/projects/acme/shop/keys/{}/",
        made["id"].as_str().expect("an id")
    );
    let changed = api.put(&path, json!({"isActive": false})).await.json();
    assert_eq!(changed["isActive"], false);
    assert_eq!(changed["rateLimit"]["count"], 5, "what is not named stays");
    let changed = api.put(&path, json!({"rateLimit": null})).await.json();
    assert_eq!(changed["rateLimit"], json!(null));
    let inactive = api.get("/projects/acme/shop/keys/?status=inactive").await;
    assert_eq!(inactive, json!([changed]));
    let wrong = api
        .refusal(Method::GET, "/projects/acme/shop/keys/?status=some", None)
        .await;
    assert_eq!(
        wrong,
        "status: 'some' is not allowed; allowed is active, inactive"
    );
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.delete(&path).await.status, StatusCode::NOT_FOUND);
}

async fn inbound_filters_are_switched_as_sentrys_clients_do(test: TestDb) {
    let api = Api::new(test).await;
    let path = "/projects/acme/shop/filters/";
    let filters = api.get(path).await;
    let ids: Vec<_> = filters
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(
        ids,
        [
            "browser-extensions",
            "legacy-browsers",
            "localhost",
            "web-crawlers"
        ]
    );
    assert!(
        filters
            .as_array()
            .expect("a list")
            .iter()
            .all(|one| one["active"] == false)
    );

    for (filter, body) in [
        ("localhost", json!({"active": true})),
        (
            "legacy-browsers",
            json!({"subfilters": ["safari_pre_6", "ie", "ie"]}),
        ),
    ] {
        let answer = api.put(&format!("{path}{filter}/"), body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    }
    let filters = api.get(path).await;
    assert_eq!(filters[1]["active"], json!(["ie", "safari_pre_6"]));
    assert_eq!(filters[2]["active"], true);
    api.put(&format!("{path}legacy-browsers/"), json!({"active": true}))
        .await;
    assert_eq!(api.get(path).await[1]["active"].as_array().map(Vec::len), Some(8));
    api.put(&format!("{path}legacy-browsers/"), json!({"active": false}))
        .await;
    assert_eq!(api.get(path).await[1]["active"], false);

    what_is_no_filter_is_refused(&api, path).await;
}

async fn what_is_no_filter_is_refused(api: &Api, path: &str) {
    let unknown = json!({"subfilters": ["netscape"]});
    let wrong = api
        .refusal(Method::PUT, &format!("{path}legacy-browsers/"), Some(unknown))
        .await;
    assert!(
        wrong.contains("netscape") && wrong.contains("opera_mini"),
        "{wrong}"
    );
    let gone = api.put(&format!("{path}nothing/"), json!({"active": true})).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);

    let options = json!({"options": {"filters:releases": "1.*\n\n2.0", "filters:blacklisted_ips": "192.0.2.7", "other": 7}});
    let changed = api.put("/projects/acme/shop/", options).await.json();
    assert_eq!(changed["options"]["filters:releases"], "1.*\n2.0");
    assert_eq!(changed["options"]["filters:blacklisted_ips"], "192.0.2.7");
    let options = json!({"options": {"filters:blacklisted_ips": "nowhere"}});
    let wrong = api
        .refusal(Method::PUT, "/projects/acme/shop/", Some(options))
        .await;
    assert!(wrong.contains("nowhere"), "{wrong}");
}
