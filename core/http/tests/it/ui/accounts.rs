//! Access to other systems that somebody grants in the browser.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use errand_model::Secret;
use errand_model::grant::Grant;
use errand_store::installations::{self, Installation, NewInstallation};
use sha2::{Digest as _, Sha256};

use super::browser::Browser;
use crate::support::Hub;

async fn install(hub: &Hub) -> Installation {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let new = NewInstallation {
        organization: hub.project.organization,
        project: None,
        plugin: "tickets",
        name: "Tickets",
        config: Secret::new(r#"{"account":"brought"}"#.to_owned()),
        grant: Grant::default(),
    };
    let made = installations::create(&mut tx, hub.state.context(), new)
        .await
        .expect("made");
    installations::pause(&mut tx, made.id, "the access has ended")
        .await
        .expect("paused");
    tx.commit().await.expect("committed");
    made
}

async fn stands(hub: &Hub, made: &Installation) -> Installation {
    let found = installations::by_id(&hub.db.db, made.id).await.expect("read");
    found.expect("there")
}

/// The value of a parameter of the link that leads to who grants access.
fn parameter(page: &str, name: &str) -> String {
    let page = page.replace("&#38;", "&");
    let (_, rest) = page.split_once(&format!("{name}=")).expect("the parameter");
    rest.split(['&', '"']).next().expect("a value").to_owned()
}

#[tokio::test]
async fn access_is_granted_by_who_went_for_it_and_what_was_held_goes_on() {
    let hub = Hub::start().await;
    let made = install(&hub).await;
    let mut browser = Browser::signed_in(&hub).await;
    let accounts = format!("/plugins/{}/accounts", made.id);
    assert!(browser.page("/plugins").await.contains(&accounts));
    assert!(browser.page(&accounts).await.contains("The &#60;account&#62;"));

    let path = format!("{accounts}/account");
    let answer = browser.submit(&accounts, &path, &[("action", "ask")]).await;
    let page = answer.text().to_owned();
    assert_eq!(answer.status, StatusCode::OK, "{page}");
    let (state, challenge) = (parameter(&page, "state"), parameter(&page, "code_challenge"));

    // Somebody else's answer is not taken, nor this one in somebody else's browser.
    let page = follow(&mut browser, "/plugins/granted?state=other&code=good").await;
    assert!(page.contains("not the grant that was begun here"), "{page}");
    let answer = browser.submit(&accounts, &path, &[("action", "ask")]).await;
    assert_ne!(parameter(answer.text(), "state"), state, "each grant has its own");
    let (state, challenge) = match challenge == parameter(answer.text(), "code_challenge") {
        true => panic!("each grant has its own"),
        false => (
            parameter(answer.text(), "state"),
            parameter(answer.text(), "code_challenge"),
        ),
    };
    let mut stranger = Browser::new(&hub);
    let answer = stranger
        .get(&format!("/plugins/granted?state={state}&code=good"))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header("location").starts_with("/sign-in"));
    assert!(hub.plugins.brought.lock().expect("no panic").is_empty());

    let page = follow(&mut browser, &format!("/plugins/granted?state={state}&code=good")).await;
    assert!(page.contains("Tickets has access now"), "{page}");
    let now = stands(&hub, &made).await;
    assert_eq!((now.paused, now.config.reveal().as_str()), (None, "{}"));
    {
        let brought = hub.plugins.brought.lock().expect("no panic");
        let verifier = brought[0].verifier.reveal();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
            challenge
        );
        assert!(brought[0].redirect_uri.ends_with("/plugins/granted"));
    }
    let log = browser.page("/audit").await;
    assert!(
        log.contains("let Tickets use an account of another system"),
        "{log}"
    );
    // It is good for once.
    let page = follow(&mut browser, &format!("/plugins/granted?state={state}&code=good")).await;
    assert!(page.contains("not the grant that was begun here"), "{page}");
}

#[tokio::test]
async fn access_that_is_refused_changes_nothing_and_is_said() {
    let hub = Hub::start().await;
    let made = install(&hub).await;
    let mut browser = Browser::signed_in(&hub).await;
    let accounts = format!("/plugins/{}/accounts", made.id);
    let path = format!("{accounts}/account");
    let answer = browser.submit(&accounts, &path, &[("action", "ask")]).await;
    let state = parameter(answer.text(), "state");
    let refused = format!("/plugins/granted?state={state}&error=access_denied&error_description=%3Cb%3E");
    let page = follow(&mut browser, &refused).await;
    assert!(page.contains("Access was not granted: access_denied"), "{page}");
    assert!(stands(&hub, &made).await.paused.is_some(), "it is still held");
    assert!(hub.plugins.brought.lock().expect("no panic").is_empty());
    // The grant that was begun is over.
    let page = follow(&mut browser, &format!("/plugins/granted?state={state}&code=good")).await;
    assert!(page.contains("not the grant that was begun here"), "{page}");
    assert!(
        !browser
            .page("/audit")
            .await
            .contains("use an account of another system")
    );
}

async fn follow(browser: &mut Browser<'_>, path: &str) -> String {
    let answer = browser.get(path).await;
    browser.follow(&answer).await
}

#[tokio::test]
async fn a_refresh_token_is_taken_and_forgotten_and_never_shown() {
    let hub = Hub::start().await;
    let made = install(&hub).await;
    let mut browser = Browser::signed_in(&hub).await;
    let accounts = format!("/plugins/{}/accounts", made.id);
    let path = format!("{accounts}/account");
    let bring = [("action", "bring"), ("token", "s3cret-token")];
    let answer = browser.submit(&accounts, &path, &bring).await;
    let page = browser.follow(&answer).await;
    assert!(
        !page.contains("s3cret-token") && page.contains("granted"),
        "{page}"
    );
    let now = stands(&hub, &made).await;
    assert_eq!(now.config.reveal(), r#"{"account":"s3cret-token"}"#);
    assert_eq!(now.paused, None);
    let answer = browser.submit(&accounts, &path, &[("action", "forget")]).await;
    browser.follow(&answer).await;
    assert_eq!(stands(&hub, &made).await.config.reveal(), "{}");
    let elsewhere = format!("{accounts}/other");
    let answer = browser.submit(&accounts, &elsewhere, &[("action", "ask")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
