//! Signing in, signing out, and what is there for who has not.

use axum::http::{Method, StatusCode};
use errand_http::HttpConfig;

use super::browser::{Browser, invite};
use crate::support::Hub;

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_sign_in_and_comes_back() {
    let hub = Hub::start().await;
    let mut browser = Browser::new(&hub);
    let pages = [
        "/",
        "/issues?query=a",
        "/issues/1",
        "/projects",
        "/projects/shop/settings",
        "/demo",
        "/issues/1/events/2/raw",
    ];
    for path in pages {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(
            answer.header("location").starts_with("/sign-in"),
            "{path}: {}",
            answer.header("location")
        );
    }
    let to = browser.get("/issues?query=a").await.header("location").to_owned();
    assert_eq!(to, "/sign-in?next=%2Fissues%3Fquery%3Da");
    let page = browser.page(&to).await;
    assert!(page.contains(r#"name="next" value="/issues?query=a""#), "{page}");
    let (_, code) = invite(&hub).await;
    let answer = browser
        .post("/sign-in", &[("code", &code), ("next", "/issues?query=a")])
        .await;
    assert_eq!(answer.header("location"), "/issues?query=a");
    assert_eq!(
        browser.get(&to).await.status,
        StatusCode::SEE_OTHER,
        "who is signed in need not sign in"
    );
}

#[tokio::test]
async fn opening_a_link_does_not_use_it_up_but_its_button_does() {
    let hub = Hub::start().await;
    let (_, code) = invite(&hub).await;
    let mut browser = Browser::new(&hub);
    for _ in 0..2 {
        let page = browser.page(&format!("/sign-in/{code}")).await;
        assert!(page.contains(&format!(r#"name="code" value="{code}""#)), "{page}");
    }
    let whole = format!("http://hub.example/sign-in/{code}");
    let answer = browser.post("/sign-in", &[("code", &whole)]).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "a pasted link is as good as its code"
    );
    let again = Browser::new(&hub).post("/sign-in", &[("code", &code)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        again.text().contains("errand sign-in-link"),
        "the page says how to get another"
    );
    assert!(again.header("set-cookie").is_empty());
}

#[tokio::test]
async fn a_link_that_expired_signs_nobody_in() {
    let hub = Hub::start().await;
    let (_, code) = invite(&hub).await;
    hub.clock.advance_millis(3_601 * 1_000);
    let answer = Browser::new(&hub).post("/sign-in", &[("code", &code)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_from_plain_http() {
    let config = HttpConfig {
        public_url: "https://hub.example".to_owned(),
        ..HttpConfig::default()
    };
    let hub = Hub::with(config).await;
    let (_, code) = invite(&hub).await;
    let answer = Browser::new(&hub).post("/sign-in", &[("code", &code)]).await;
    let cookie = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let answer = browser.submit("/issues", "/sign-out", &[]).await;
    assert_eq!(answer.header("location"), "/sign-in");
    assert_eq!(browser.get("/issues").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn forms_without_the_sessions_token_or_of_other_sites_are_refused() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let forms = [
        "/sign-out",
        "/projects/new",
        "/projects/shop/keys",
        "/projects/shop/keys/1",
        "/projects/shop/settings",
        "/issues/actions",
        "/issues/1/actions",
        "/issues/1/comments",
        "/demo",
    ];
    for path in forms {
        for token in ["", "0123456789abcdef0123456789abcdef"] {
            let answer = browser.post(path, &[("csrf", token), ("name", "Evil")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    let elsewhere = [
        ("sec-fetch-site", "cross-site"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = browser
        .send(Method::POST, "/theme", &elsewhere, "theme=dark".to_owned())
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!browser.page("/projects").await.contains("Evil"));
}

#[tokio::test]
async fn colours_are_remembered_and_no_form_leads_to_another_site() {
    let hub = Hub::start().await;
    let mut browser = Browser::new(&hub);
    let answer = browser
        .post("/theme", &[("theme", "dark"), ("back", "//evil.example")])
        .await;
    assert_eq!(answer.header("location"), "/");
    assert!(
        browser
            .page("/sign-in")
            .await
            .contains(r#"<html lang="en" data-theme="dark">"#)
    );
    browser
        .post("/theme", &[("theme", "system"), ("back", "/sign-in")])
        .await;
    assert!(browser.page("/sign-in").await.contains(r#"<html lang="en">"#));
}
