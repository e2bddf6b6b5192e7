//! What keeps others out: planted sessions, forms of other sites, addresses that lead elsewhere.

use axum::http::{Method, StatusCode};
use errand_model::access::Role;

use super::browser::Browser;
use crate::support::Hub;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn a_session_that_was_planted_is_not_taken_and_no_form_leads_elsewhere() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let fields = [("new", PASSWORD), ("again", PASSWORD)];
    ada.submit("/account", "/account/password", &fields).await;
    let planted = "0".repeat(64);
    let cookie = format!("errand-session={planted}");
    let headers = [
        ("cookie", cookie.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    for next in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/%09/evil.example",
    ] {
        let body = format!("email=ada@example.com&password=correct+horse+battery&next={next}");
        let answer = hub
            .request(Method::POST, "/sign-in/password", &headers, body)
            .await;
        assert_eq!(answer.header("location"), "/", "{next}");
        let set = answer.header("set-cookie").to_owned();
        assert!(
            set.starts_with("errand-session=") && !set.contains(&planted),
            "{set}"
        );
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
        let answer = hub.request(Method::GET, "/account", &headers, "").await;
        assert!(
            answer.header("location").starts_with("/sign-in"),
            "the planted one is nobody's"
        );
        let path = format!("/sign-in?next={next}");
        let signed_in = ada.get(&path).await;
        assert_eq!(signed_in.header("location"), "/", "{path}");
    }
}

#[tokio::test]
async fn other_sites_send_no_form_and_no_form_goes_without_its_token() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Owner).await;
    for (method, path, _) in errand_http::access::rules::lines() {
        if method.is_safe() || path.contains('{') {
            continue;
        }
        for headers in [
            [("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "same-site")],
            [("origin", "https://evil.example")],
        ] {
            let answer = ada.send(method.clone(), path, &headers, String::new()).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{method} {path} {headers:?}"
            );
            assert!(answer.text().contains("another site"), "{method} {path}");
        }
    }
    for path in [
        "/people",
        "/organization",
        "/account/tokens",
        "/account/two-factor",
        "/teams/new",
        "/projects/new",
    ] {
        let answer = ada
            .post(path, &[("name", "x"), ("action", "begin"), ("csrf", "0")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}
