//! Teams: making, browsing, joining, asking; and who sees whose projects, on pages and in the API.

use axum::http::{Method, StatusCode};
use errand_model::access::Role;

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

/// Ada, who made the closed team Payments and gave it the only project, in which an issue is; answers its address.
async fn closed_team<'h>(hub: &'h Hub) -> (Browser<'h>, String) {
    let issue = seed::issue(hub, &seed::error("ValueError", "no such voucher")).await;
    let mut ada = Browser::of(hub, "ada@example.com", Role::Member).await;
    let fields = [("name", "Payments"), ("closed", "on")];
    let made = ada.submit("/teams/new", "/teams/new", &fields).await;
    assert_eq!(made.header("location"), "/teams/payments", "{}", made.text());
    let fields = [("project", "shop"), ("action", "add")];
    ada.submit("/teams/payments", "/teams/payments/projects", &fields)
        .await;
    (ada, format!("/issues/{issue}"))
}

#[tokio::test]
async fn what_only_a_closed_team_has_nobody_else_sees() {
    let hub = Hub::start().await;
    let (mut ada, issue) = closed_team(&hub).await;
    let mut bob = Browser::of(&hub, "bob@example.com", Role::Member).await;
    let id = issue.trim_start_matches("/issues/").to_owned();
    let hidden = [
        issue.clone(),
        format!("{issue}/events"),
        format!("{issue}/events/latest/raw"),
        "/projects/shop".to_owned(),
        "/projects/shop/keys".to_owned(),
        "/projects/shop/releases".to_owned(),
        "/api/0/projects/acme/shop/".to_owned(),
        "/api/0/projects/acme/shop/issues/".to_owned(),
        "/api/0/organizations/acme/shortids/SHOP-1/".to_owned(),
        format!("/api/0/issues/{id}/"),
        format!("/api/0/organizations/acme/issues/{id}/events/"),
    ];
    for path in &hidden {
        assert_eq!(ada.get(path).await.status, StatusCode::OK, "{path}");
        assert_eq!(bob.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for list in [
        "/issues",
        "/projects",
        "/teams/payments",
        "/api/0/projects/",
        "/api/0/organizations/acme/issues/",
    ] {
        let (seen, unseen) = (ada.page(list).await, bob.page(list).await);
        let telling = if list.contains("issues") {
            "no such voucher"
        } else {
            "Shop"
        };
        assert!(
            seen.contains(telling) && !unseen.contains(telling),
            "{list}: {unseen}"
        );
    }
    let fields = [("action", "resolve"), ("id", &id)];
    bob.submit("/issues", "/issues/actions", &fields).await;
    assert!(
        ada.page("/issues").await.contains("no such voucher"),
        "he resolved nothing"
    );
    // Who runs the hub sees everything; who is let in sees what is the team's.
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    owner.page(&issue).await;
    ada.submit(
        "/teams/payments",
        "/teams/payments/settings",
        &[("name", "Payments")],
    )
    .await;
    bob.page(&issue).await;
}

#[tokio::test]
async fn who_wants_into_a_closed_team_asks_and_a_member_answers() {
    let hub = Hub::start().await;
    let (mut ada, issue) = closed_team(&hub).await;
    let mut bob = Browser::of(&hub, "bob@example.com", Role::Support).await;
    assert!(bob.page("/teams").await.contains("Ask to join"));
    // The button of an open team does not open a closed one.
    let asked = bob
        .submit("/teams", "/teams/payments/membership", &[("action", "join")])
        .await;
    assert!(bob.follow(&asked).await.contains("is asked to let you in"));
    assert_eq!(
        bob.get(&issue).await.status,
        StatusCode::NOT_FOUND,
        "asking is not being in"
    );
    let page = ada.page("/teams/payments").await;
    assert!(
        page.contains("Who asks to join") && page.contains("bob@example.com"),
        "{page}"
    );
    let bob_id = errand_store::people::by_email(&hub.db.db, "bob@example.com").await;
    let bob_id = bob_id.expect("read").expect("he is there").id.to_string();
    for (action, is_in) in [("decline", false), ("add", true)] {
        let fields = [("person", bob_id.as_str()), ("action", action)];
        // Nobody lets themselves in.
        let himself = bob.submit("/teams", "/teams/payments/members", &fields).await;
        assert_eq!(himself.status, StatusCode::FORBIDDEN);
        ada.submit("/teams/payments", "/teams/payments/members", &fields)
            .await;
        assert_eq!(bob.get(&issue).await.status == StatusCode::OK, is_in, "{action}");
        assert!(
            !ada.page("/teams/payments").await.contains("Who asks to join"),
            "{action}"
        );
    }
    bob.submit("/teams", "/teams/payments/membership", &[("action", "leave")])
        .await;
    assert_eq!(bob.get(&issue).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_who_is_in_a_team_runs_it() {
    let hub = Hub::start().await;
    let (_, _) = closed_team(&hub).await;
    let mut bob = Browser::of(&hub, "bob@example.com", Role::Member).await;
    for (path, fields) in [
        ("/teams/payments/settings", vec![("name", "Mine")]),
        (
            "/teams/payments/projects",
            vec![("project", "shop"), ("action", "remove")],
        ),
        (
            "/teams/payments/members",
            vec![("person", "1"), ("action", "add")],
        ),
        ("/teams/payments/delete", vec![]),
    ] {
        let refused = bob.submit("/teams/new", path, &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn teams_are_joined_and_left_over_the_api_too() {
    let hub = Hub::start().await;
    let (mut ada, _) = closed_team(&hub).await;
    let mut bob = Browser::of(&hub, "bob@example.com", Role::Member).await;
    let mine = "/api/0/organizations/acme/members/me/teams/payments/";
    let asked = bob.send(Method::POST, mine, &[], String::new()).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
    assert_eq!(asked.json()["isPending"], true);
    let members = ada.get("/api/0/organizations/acme/members/").await.json();
    let members = members.as_array().expect("a list").clone();
    let bobs = members.iter().find(|member| member["email"] == "bob@example.com");
    let id = bobs.expect("he is there")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let his = format!("/api/0/organizations/acme/members/{id}/teams/payments/");
    let let_in = ada.send(Method::POST, &his, &[], String::new()).await;
    assert_eq!(let_in.status, StatusCode::CREATED, "{}", let_in.text());
    let projects = bob.get("/api/0/teams/acme/payments/projects/").await.json();
    assert_eq!(projects[0]["slug"], "shop");
    let left = bob.send(Method::DELETE, mine, &[], String::new()).await;
    assert_eq!(left.json()["isMember"], false);
    let json = [("content-type", "application/json")];
    let body = r#"{"name": "Data", "isOpen": false}"#.to_owned();
    let refused = bob
        .send(Method::PUT, "/api/0/teams/acme/payments/", &json, body)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_administrative_is_written_down() {
    let hub = Hub::start().await;
    let (mut ada, _) = closed_team(&hub).await;
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    owner
        .submit(
            "/people",
            "/people",
            &[("email", "eve@example.com"), ("role", "support")],
        )
        .await;
    // What did not come about is nothing to write down.
    let problem = owner
        .submit("/people", "/people", &[("email", "no address")])
        .await;
    assert_eq!(problem.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ada.get("/audit").await.status, StatusCode::FORBIDDEN);
    let page = owner.page("/audit").await;
    for told in [
        "invited eve@example.com as support",
        "made the closed team #payments",
        "gave shop to #payments",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("no address"));
    let only = owner.page("/audit?of=people").await;
    assert!(
        only.contains("invited eve") && !only.contains("#payments"),
        "{only}"
    );
    let entries = owner
        .get("/api/0/organizations/acme/audit-logs/?event=teams")
        .await
        .json();
    assert_eq!(entries[0]["actor"], "ada");
    assert_eq!(entries[0]["event"], "teams create");
    assert_eq!(entries[0]["request"], "POST /teams/payments/projects");
}
