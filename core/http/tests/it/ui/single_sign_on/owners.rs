//! What owners set: the provider, and whether there are passwords.

use axum::http::StatusCode;
use errand_model::Secret;
use errand_model::access::Role;
use serde_json::json;

use super::{links, set};
use crate::provider::{CLIENT, ISSUER, SECRET};
use crate::support::Hub;
use crate::ui::browser::Browser;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn without_passwords_nobody_signs_in_by_one_and_links_still_work() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Owner).await;
    let fields = [("new", PASSWORD), ("again", PASSWORD)];
    ada.submit("/account", "/account/password", &fields).await;
    let in_mail = Browser::new(&hub)
        .post("/password/forgot", &[("email", "ada@example.com")])
        .await;
    assert_eq!(in_mail.status, StatusCode::OK);
    let mails = hub.post.opened().await;
    let link = mails[0]
        .text
        .reveal()
        .lines()
        .find(|line| line.starts_with("http"))
        .expect("a link")
        .to_owned();
    let link = link.trim_start_matches("http://127.0.0.1:9000").to_owned();
    set(&hub, |settings| settings.passwords = false).await;

    let page = Browser::new(&hub).page("/sign-in").await;
    assert!(
        !page.contains("/sign-in/password") && page.contains("A sign-in code"),
        "{page}"
    );
    let sign_in = [("email", "ada@example.com"), ("password", PASSWORD)];
    let reset = [("new", PASSWORD), ("again", PASSWORD)];
    let email = [("email", "ada@example.com")];
    for (path, fields) in [
        ("/sign-in/password", sign_in.as_slice()),
        ("/password/forgot", &email),
        ("/register", &email),
        (&link, &reset),
    ] {
        let answer = Browser::new(&hub).post(path, fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.text().contains("passwords are switched off"), "{path}");
    }
    assert!(hub.post.opened().await.is_empty());
    assert!(!ada.page("/account").await.contains("/account/password"));
    let fields = [
        ("current", PASSWORD),
        ("new", "another password"),
        ("again", "another password"),
    ];
    let answer = ada.submit("/account", "/account/password", &fields).await;
    assert!(ada.follow(&answer).await.contains("passwords are switched off"));
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    owner.page("/organization/single-sign-on").await;
}

const PATH: &str = "/organization/single-sign-on";

/// The form, filled in.
fn with<'f>(issuer: &'f str, secret: &'f str, action: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("issuer", issuer),
        ("client_id", CLIENT),
        ("client_secret", secret),
        ("domains", "Example.com, @acme.example"),
        ("newcomers", "member"),
        ("passwords", "on"),
        ("action", action),
    ]
}

#[tokio::test]
async fn a_provider_is_tried_before_it_counts() {
    let hub = Hub::start().await;
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    let answer = owner
        .submit(PATH, PATH, &with("http://id.example.com", "", "try"))
        .await;
    assert!(
        answer.text().contains("begins with https://"),
        "{}",
        answer.text()
    );
    let answer = owner.submit(PATH, PATH, &with(ISSUER, "wrong", "try")).await;
    assert!(answer.text().contains("the secret is wrong"), "{}", answer.text());
    let answer = owner.submit(PATH, PATH, &with(ISSUER, SECRET, "try")).await;
    assert!(answer.text().contains("the secret is right"), "{}", answer.text());
    assert!(answer.text().contains("Type it once more"), "nothing is kept");
    let answer = owner.submit(PATH, PATH, &with(ISSUER, "", "save")).await;
    assert!(
        answer.text().contains("or say that there is none"),
        "{}",
        answer.text()
    );
    *hub.provider.document.lock().expect("unpoisoned") = json!({"issuer": "https://id.example.com/"});
    let answer = owner.submit(PATH, PATH, &with(ISSUER, SECRET, "try")).await;
    assert!(answer.text().contains("to the last slash"), "{}", answer.text());
    assert!(!Browser::new(&hub).page("/sign-in").await.contains("/sign-in/sso"));
}

#[tokio::test]
async fn an_owner_sets_the_provider_and_the_secret_goes_to_nobody_else() {
    let hub = Hub::start().await;
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    let answer = owner.submit(PATH, PATH, &with(ISSUER, SECRET, "save")).await;
    let page = owner.follow(&answer).await;
    assert!(
        page.contains("example.com\nacme.example") && !page.contains(SECRET),
        "{page}"
    );
    let answer = owner.submit(PATH, PATH, &with(ISSUER, "", "try")).await;
    assert!(
        answer.text().contains("the secret is right"),
        "it stays: {}",
        answer.text()
    );
    let read = async || {
        let read = errand_store::single_sign_on::of(&hub.db.db, hub.project.organization).await;
        read.expect("read").expect("set")
    };
    assert_eq!(read().await.secret, Some(Secret::new(SECRET.to_owned())));
    // A provider that lets its owner not in is not the only way in.
    let mut without = with(ISSUER, "", "save");
    without.retain(|(name, _)| *name != "passwords");
    let answer = owner.submit(PATH, PATH, &without).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    links(&hub, &mut owner, &json!({})).await;
    let answer = owner.submit(PATH, PATH, &without).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(!read().await.settings.passwords);
    let mut elsewhere = with("https://evil.example", "", "save");
    let answer = owner.submit(PATH, PATH, &elsewhere).await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it goes to nobody else"
    );
    elsewhere.push(("is_public", "on"));
    owner.submit(PATH, PATH, &elsewhere).await;
    assert_eq!(read().await.secret, None);
    let log = owner.page("/audit").await;
    assert!(
        log.contains("single sign-on: https://id.example.com as errand") && !log.contains(SECRET),
        "{log}"
    );
    owner.submit(PATH, PATH, &[("action", "remove")]).await;
    assert!(!Browser::new(&hub).page("/sign-in").await.contains("/sign-in/sso"));
}
