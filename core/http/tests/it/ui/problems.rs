//! Pages that say what went wrong: nobody is left there without a way on.

use axum::http::{Method, StatusCode};
use errand_model::access::Role;

use super::browser::Browser;
use crate::support::Hub;

const MENU: &str = r#"<nav aria-label="Main">"#;

#[tokio::test]
async fn an_error_has_the_menu_and_the_colours_of_who_looks() {
    let hub = Hub::start().await;
    let mut ada = Browser::signed_in(&hub).await;
    ada.post("/theme", &[("theme", "dark")]).await;
    for path in ["/issues/4711", "/nowhere/at/all", "/issues?project=none"] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let page = answer.text();
        assert!(
            page.contains(MENU) && page.contains("Account of Ada Byron"),
            "{path}: {page}"
        );
        assert!(page.contains(r#"data-theme="dark""#), "{path}: {page}");
    }
    let mut nobody = Browser::new(&hub);
    let answer = nobody.get("/nowhere/at/all").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!answer.text().contains(MENU), "{}", answer.text());
}

#[tokio::test]
async fn who_may_not_finds_back_to_where_they_came_from() {
    let hub = Hub::start().await;
    let mut kim = Browser::of(&hub, "kim@example.com", Role::Member).await;
    let from = |at: &'static str| [("host", "hub:8000"), ("referer", at)];
    let answer = kim
        .send(
            Method::GET,
            "/storage",
            &from("http://hub:8000/issues?query=a"),
            String::new(),
        )
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let page = answer.text();
    assert!(
        page.contains(MENU) && page.contains(r#"href="/issues?query=a">Go back</a>"#),
        "{page}"
    );
    for elsewhere in [
        "http://evil.example/issues",
        "http://hub:8000/storage",
        "nonsense",
    ] {
        let answer = kim
            .send(Method::GET, "/storage", &from(elsewhere), String::new())
            .await;
        assert!(
            !answer.text().contains("Go back"),
            "{elsewhere}: {}",
            answer.text()
        );
    }
}
