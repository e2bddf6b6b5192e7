//! Releases: their list, and the page of each.

use axum::http::StatusCode;
use errand_model::Clock;
use errand_model::lifecycle::Actor;
use errand_store::issues::{self, By, Resolve};
use errand_store::releases::{self, Details, NewDeploy};

use super::browser::Browser;
use super::seed;
use crate::support::Hub;

async fn make(hub: &Hub, version: &str) {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let details = Details {
        url: Some("https://example.com/changes".to_owned()),
        ..Details::default()
    };
    let (cx, by) = (hub.state.context(), By::new(Actor::System));
    let made = releases::create(&mut tx, cx, &by, &[hub.project.id], version, &details).await;
    assert!(made.expect("made"));
    tx.commit().await.expect("committed");
}

async fn deploy(hub: &Hub, version: &str) {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let new = NewDeploy {
        version,
        environment: "production",
        name: Some("Friday"),
        url: None,
        started: None,
        finished: hub.clock.now(),
    };
    let (cx, by) = (hub.state.context(), By::new(Actor::System));
    releases::deploy(&mut tx, cx, &by, std::slice::from_ref(&hub.project), new)
        .await
        .expect("deployed");
    tx.commit().await.expect("committed");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_release_shows_what_is_new_and_fixed_and_where_it_went() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let list = "/projects/shop/releases";
    assert!(browser.page(list).await.contains("No release yet"));
    let issue = seed::issue(&hub, &seed::error("CartError", "gone")).await;
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let by = By::new(Actor::System);
    issues::resolve(
        &mut tx,
        hub.state.context(),
        &by,
        &[issue],
        &Resolve::InNextRelease,
    )
    .await
    .expect("resolved");
    tx.commit().await.expect("committed");
    let url = format!("/issues/{issue}");
    assert!(
        browser
            .page(&url)
            .await
            .contains("in the next release, not deployed yet")
    );
    make(&hub, "shop@4.2.0").await;
    assert!(
        browser
            .page(&url)
            .await
            .contains("in release shop@4.2.0, not deployed yet")
    );

    let page = browser.page(list).await;
    let order = [page.find("shop@4.2.0"), page.find("shop@4.1.0")];
    assert!(order[0].is_some() && order[0] < order[1], "{page}");
    assert!(page.contains("not yet"), "{page}");
    let broken = browser.page("/projects/shop/releases/shop%404%2E1%2E0").await;
    assert!(
        broken.contains("CartError") && broken.contains("Nothing is resolved in this release"),
        "{broken}"
    );
    let mended = "/projects/shop/releases/shop%404.2.0";
    let page = browser.page(mended).await;
    assert!(
        page.contains("CartError") && page.contains("Nothing happened here first"),
        "{page}"
    );
    assert!(
        page.contains("sentry-cli deploys new --release shop@4.2.0"),
        "{page}"
    );
    assert!(page.contains(r#"href="https://example.com/changes""#), "{page}");

    deploy(&hub, "shop@4.2.0").await;
    let page = browser.page(mended).await;
    assert!(
        page.contains("Friday") && page.contains("in production"),
        "{page}"
    );
    let page = browser.page(&url).await;
    assert!(
        page.contains("in release shop@4.2.0, deployed to production"),
        "{page}"
    );
    assert!(page.contains(">Deployed<"), "{page}");
    let page = browser.page(&format!("{url}/activity")).await;
    assert!(
        page.contains("deployed the fix to production with shop@4.2.0"),
        "{page}"
    );

    let nowhere = browser.get("/projects/shop/releases/shop@9").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_release_shows_how_its_sessions_went() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let counts =
        r#"{"attrs":{"release":"shop@4.2.0"},"aggregates":[{"exited":199,"crashed":1,"did":"ada"}]}"#;
    seed::store_envelope(&hub, &format!("{{}}\n{{\"type\":\"sessions\"}}\n{counts}\n")).await;
    let page = browser.page("/projects/shop/releases").await;
    assert!(page.contains("99.50 %"), "{page}");
    let page = browser.page("/projects/shop/releases/shop@4.2.0").await;
    assert!(
        page.contains("Crash-free sessions") && page.contains("99.50 %"),
        "{page}"
    );
    assert!(
        page.contains("Crash-free users") && page.contains("0.00 %"),
        "{page}"
    );
}

#[tokio::test]
async fn what_a_release_is_called_is_text() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    let hostile = "<img src=x>\"&'@1.0";
    make(&hub, hostile).await;
    for page in [
        "/projects/shop/releases",
        "/projects/shop/releases/%3Cimg%20src%3Dx%3E%22%26%27%401.0",
    ] {
        let page = browser.page(page).await;
        assert!(
            page.contains("&#60;img src=x&#62;") && !page.contains("<img src=x>"),
            "{page}"
        );
    }
}
