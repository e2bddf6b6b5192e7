//! Releases and deploys, as clients of Sentry make them.

use axum::http::{Method, StatusCode};
use errand_model::access::Scope;
use errand_store::testing::TestDb;
use serde_json::{Value, json};

use super::support::{Api, token};

errand_store::on_both_databases!(
    a_release_is_made_and_said_more_of,
    a_release_of_several_projects_is_one,
    a_deploy_brings_the_fix,
    a_release_is_put_aside_or_deleted,
);

const RELEASES: &str = "/organizations/acme/releases/";
const ONE: &str = "/organizations/acme/releases/shop%401.1/";

async fn made(api: &Api, path: &str, body: Value) -> Value {
    let answer = api.post(path, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{path}: {}", answer.text());
    answer.json()
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_release_is_made_and_said_more_of(test: TestDb) {
    let api = Api::new(test).await;
    let new = json!({"version": "shop@1.1", "projects": ["shop"], "url": "https://example.com/1.1"});
    let release = made(&api, RELEASES, new.clone()).await;
    assert_eq!(release["shortVersion"], "1.1");
    assert_eq!(release["versionInfo"]["package"], "shop");
    assert_eq!(
        (&release["dateReleased"], &release["firstEvent"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(release["projects"][0]["slug"], "shop");
    let again = api.post(RELEASES, new).await;
    assert_eq!(again.status, StatusCode::ALREADY_REPORTED, "{}", again.text());

    let said = json!({
        "dateReleased": "2026-09-21T15:00:00Z",
        "ref": "main",
        "commits": [{"id": "94b7c07070c3d3", "message": "Mend it"}, {"id": "5c1ee3a0"}],
    });
    let answer = api.put("/projects/acme/shop/releases/shop%401.1/", said).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let release = api.get(ONE).await;
    assert_eq!(release, answer.json());
    assert_eq!(release["dateReleased"], "2026-09-21T15:00:00Z");
    assert_eq!(
        (&release["ref"], &release["url"]),
        (&json!("main"), &json!("https://example.com/1.1"))
    );
    assert_eq!(
        (&release["commitCount"], &release["lastCommit"]["id"]),
        (&json!(2), &json!("94b7c07070c3d3"))
    );
    let previous = api
        .get("/organizations/acme/releases/shop%401.2/previous-with-commits/")
        .await;
    assert_eq!(previous["version"], "shop@1.1");
    assert_eq!(api.get(&format!("{ONE}previous-with-commits/")).await, json!({}));
    assert_eq!(api.get("/organizations/acme/repos/").await, json!([]));

    for (body, field) in [
        (json!({"projects": ["shop"]}), "version"),
        (json!({"version": "a/b", "projects": ["shop"]}), "version"),
        (json!({"version": "a"}), "projects"),
        (json!({"version": "a", "projects": ["other"]}), "projects"),
        (
            json!({"version": "a", "projects": ["shop"], "url": "javascript:x"}),
            "url",
        ),
        (
            json!({"version": "a", "projects": ["shop"], "dateReleased": "soon"}),
            "dateReleased",
        ),
    ] {
        let wrong = api.refusal(Method::POST, RELEASES, Some(body)).await;
        assert!(wrong.starts_with(&format!("{field}:")), "{wrong}");
    }
    for path in [
        "/organizations/acme/releases/none/",
        "/organizations/acme/releases/none/deploys/",
    ] {
        let answer = api.call(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

async fn a_release_of_several_projects_is_one(test: TestDb) {
    let api = Api::new(test).await;
    let till = api.project("Till").await;
    let mut event = api.event("a");
    event.release = Some("acme@2".to_owned());
    api.store([event]).await;
    let new = json!({"version": "acme@2", "projects": [till.id.0]});
    made(&api, RELEASES, new).await;
    let all = api.get(RELEASES).await;
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    let projects = all[0]["projects"].as_array().expect("projects");
    let new_issues = |slug: &str| {
        projects
            .iter()
            .find(|project| project["slug"] == slug)
            .map(|project| &project["newGroups"])
    };
    assert_eq!(
        (new_issues("shop"), new_issues("till")),
        (Some(&json!(1)), Some(&json!(0)))
    );
    assert_eq!(all[0]["newGroups"], 1);
    let of_till = api.get("/projects/acme/till/releases/acme%402/").await;
    assert_eq!(
        (&of_till["newGroups"], &of_till["firstEvent"]),
        (&json!(0), &Value::Null)
    );
    // Of one project alone.
    let path = "/organizations/acme/releases/acme%402/deploys/";
    let wrong = api
        .refusal(
            Method::POST,
            path,
            Some(json!({"environment": "x", "projects": ["none"]})),
        )
        .await;
    assert!(wrong.starts_with("projects:"), "{wrong}");
    made(
        &api,
        path,
        json!({"environment": "production", "projects": ["till"]}),
    )
    .await;
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_deploy_brings_the_fix(test: TestDb) {
    let api = Api::new(test).await;
    let mut event = api.event("a");
    event.release = Some("shop@1.0".to_owned());
    api.store([event]).await;
    let issue = format!("/issues/{}/", api.issue("a").await);
    let resolved = api.put(&issue, json!({"status": "resolvedInNextRelease"})).await;
    assert_eq!(resolved.status, StatusCode::OK, "{}", resolved.text());
    made(
        &api,
        "/projects/acme/shop/releases/",
        json!({"version": "shop@1.1"}),
    )
    .await;
    let details = api.get(&issue).await;
    assert_eq!(details["statusDetails"], json!({"inRelease": "shop@1.1"}));

    let deploy = json!({
        "environment": "production",
        "name": "Friday",
        "url": "https://ci.example.com/7",
        "dateFinished": "2026-09-21T16:00:00Z",
    });
    let deployed = made(&api, &format!("{ONE}deploys/"), deploy).await;
    assert_eq!(deployed["environment"], "production");
    assert_eq!(api.get(&format!("{ONE}deploys/")).await, json!([deployed]));
    let release = api.get(ONE).await;
    assert_eq!(
        (&release["deployCount"], &release["lastDeploy"]),
        (&json!(1), &deployed)
    );
    let details = api.get(&issue).await;
    assert_eq!(
        details["statusDetails"],
        json!({
            "inRelease": "shop@1.1",
            "deployed": {
                "release": "shop@1.1",
                "environment": "production",
                "date": "2026-09-21T16:00:00Z",
                "url": "https://ci.example.com/7",
            },
        })
    );
    let activity = &details["activity"][0];
    assert_eq!(activity["type"], "fix_deployed");
    assert_eq!(activity["data"]["environment"], "production");

    for (body, field) in [
        (json!({}), "environment"),
        (json!({"environment": "a/b"}), "environment"),
        (json!({"environment": "a", "url": "ftp://x"}), "url"),
        (json!({"environment": "a", "dateStarted": "soon"}), "dateStarted"),
    ] {
        let wrong = api
            .refusal(Method::POST, &format!("{ONE}deploys/"), Some(body))
            .await;
        assert!(wrong.starts_with(&format!("{field}:")), "{wrong}");
    }

    // Where customers are is the project's to say.
    let put = api
        .put("/projects/acme/shop/", json!({"productionEnvironments": ["eu"]}))
        .await;
    assert_eq!(put.json()["productionEnvironments"], json!(["eu"]));
}

async fn a_release_is_put_aside_or_deleted(test: TestDb) {
    let api = Api::new(test).await;
    let mut event = api.event("a");
    event.release = Some("shop@1.0".to_owned());
    api.store([event]).await;
    made(
        &api,
        RELEASES,
        json!({"version": "shop@1.1", "projects": ["shop"]}),
    )
    .await;
    let seen = "/organizations/acme/releases/shop%401.0/";
    let refused = api.refusal(Method::DELETE, seen, None).await;
    assert!(refused.contains("archived, not deleted"), "{refused}");
    let archived = api.put(seen, json!({"status": "archived"})).await;
    assert_eq!(archived.json()["status"], "archived");
    // As Sentry's command line does it.
    for status in ["open", "archived"] {
        let said = json!({"version": "shop@1.0", "projects": [], "status": status});
        let answer = api.post(RELEASES, said).await;
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (StatusCode::ALREADY_REPORTED, &json!(status))
        );
    }
    let open = api.get(&format!("{RELEASES}?status=open")).await;
    assert_eq!(open.as_array().map(Vec::len), Some(1));
    assert_eq!(open[0]["version"], "shop@1.1");
    assert_eq!(api.delete(ONE).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(&format!("{RELEASES}?status=open")).await, json!([]));
}

#[tokio::test]
async fn a_build_machine_needs_one_scope() {
    let api = Api::new(TestDb::sqlite().await).await;
    let new = || Some(json!({"version": "shop@1.1", "projects": ["shop"]}));
    let builds = token(&api.hub, &[Scope::ProjectReleases]).await;
    let answer = api.call_as(&builds, Method::POST, RELEASES, new()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    assert_eq!(
        api.call_as(&builds, Method::GET, ONE, None).await.status,
        StatusCode::OK
    );
    let denied = api
        .call_as(&builds, Method::GET, "/projects/acme/shop/", None)
        .await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    let reads = token(&api.hub, &[Scope::ProjectRead]).await;
    assert_eq!(
        api.call_as(&reads, Method::GET, ONE, None).await.status,
        StatusCode::OK
    );
    let denied = api.call_as(&reads, Method::POST, RELEASES, new()).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
}
