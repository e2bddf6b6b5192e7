//! Signing in by a provider: who gets in, as whom, and who does not.

mod answers;
mod owners;

use axum::http::StatusCode;
use errand_model::Secret;
use errand_model::access::Role;
use errand_model::single_sign_on::{Client, SingleSignOn};
use serde_json::{Value, json};

use super::browser::Browser;
use crate::provider::{CLIENT, ISSUER, SECRET};
use crate::support::{Answer, Hub};

/// Sets the provider.
async fn set(hub: &Hub, change: impl FnOnce(&mut SingleSignOn)) {
    let mut settings = SingleSignOn {
        name: "Acme <ID>".to_owned(),
        issuer: ISSUER.to_owned(),
        client_id: CLIENT.to_owned(),
        ..SingleSignOn::default()
    };
    change(&mut settings);
    let secret = Some(Secret::new(SECRET.to_owned()));
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let organization = hub.project.organization;
    let client = Client { settings, secret };
    errand_store::single_sign_on::set(&mut tx, hub.state.context(), organization, &client)
        .await
        .expect("set");
    tx.commit().await.expect("committed");
}

fn now(hub: &Hub) -> i64 {
    hub.state.now().micros() / 1_000_000
}

/// Goes to the provider; answers the path that it sends back to.
async fn goes(hub: &Hub, browser: &mut Browser<'_>, claims: &Value) -> String {
    let sent = browser.get("/sign-in/sso?next=/projects").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    hub.provider.says(sent.header("location"), now(hub), claims)
}

/// Goes to the provider and comes back.
async fn signs_in(hub: &Hub, browser: &mut Browser<'_>, claims: &Value) -> Answer {
    let back = goes(hub, browser, claims).await;
    browser.get(&back).await
}

async fn role_of(hub: &Hub, email: &str) -> Option<Role> {
    let person = errand_store::people::by_email(&hub.db.db, email)
        .await
        .expect("read");
    person.map(|person| person.role)
}

#[tokio::test]
async fn who_is_new_gets_in_where_that_is_allowed_and_is_known_from_then_on() {
    let hub = Hub::start().await;
    assert_eq!(
        Browser::new(&hub).get("/sign-in/sso").await.status,
        StatusCode::NOT_FOUND
    );
    set(&hub, |_| {}).await;
    let mut ada = Browser::new(&hub);
    let page = ada.page("/sign-in?next=/projects").await;
    assert!(page.contains("Sign in with Acme &#60;ID&#62;"), "{page}");
    assert!(page.contains("/sign-in/sso?next=%2Fprojects"), "{page}");
    let answer = signs_in(&hub, &mut ada, &json!({})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
    assert_eq!(role_of(&hub, "ada@example.com").await, None, "nobody was made");

    set(&hub, |settings| settings.newcomers = Some(Role::Support)).await;
    let answer = signs_in(&hub, &mut ada, &json!({})).await;
    assert_eq!(answer.header("location"), "/projects", "{}", answer.text());
    assert_eq!(role_of(&hub, "ada@example.com").await, Some(Role::Support));
    assert!(ada.page("/account").await.contains("Ada Byron"));
    // It is who they are there that counts from now on, not their address.
    let moved = json!({"email": "ada@other.example", "email_verified": false});
    let mut again = Browser::new(&hub);
    let answer = signs_in(&hub, &mut again, &moved).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(again.page("/account").await.contains("ada@example.com"));
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    let log = owner.page("/audit").await;
    for entry in [
        "came in by Acme &#60;ID&#62; as ada@example.com (support)",
        "signed in by Acme",
    ] {
        assert!(log.contains(entry), "{entry}: {log}");
    }
}

#[tokio::test]
async fn an_account_is_joined_by_an_address_that_the_provider_vouches_for_alone() {
    let hub = Hub::start().await;
    set(&hub, |_| {}).await;
    let mut with_link = Browser::of(&hub, "ada@example.com", Role::Admin).await;
    let unsure = json!({"email_verified": null});
    for claims in [
        json!({"email_verified": false}),
        json!({"email_verified": "false"}),
        unsure.clone(),
        json!({"email": null}),
    ] {
        *hub.provider.user_info.lock().expect("unpoisoned") = json!({"sub": "ada-at-id"});
        let answer = signs_in(&hub, &mut Browser::new(&hub), &claims).await;
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{claims}: {}",
            answer.text()
        );
    }
    // What another says who is not they counts for nothing.
    *hub.provider.user_info.lock().expect("unpoisoned") =
        json!({"sub": "somebody", "email": "ada@example.com", "email_verified": true});
    let answer = signs_in(&hub, &mut Browser::new(&hub), &json!({"email": null})).await;
    assert!(answer.text().contains("somebody else"), "{}", answer.text());
    *hub.provider.user_info.lock().expect("unpoisoned") =
        json!({"sub": "ada-at-id", "email": "Ada@Example.com", "email_verified": true});
    let answer = signs_in(&hub, &mut Browser::new(&hub), &json!({"email": null})).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(
        role_of(&hub, "ada@example.com").await,
        Some(Role::Admin),
        "the role stays"
    );
    // Who gets the address later is not who had it.
    let heir = json!({"sub": "heir"});
    let answer = signs_in(&hub, &mut Browser::new(&hub), &heir).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
    let me = with_link
        .submit("/account", "/account/single-sign-on", &[("action", "unlink")])
        .await;
    assert!(with_link.follow(&me).await.contains("It is unlinked."));
    let answer = signs_in(&hub, &mut Browser::new(&hub), &heir).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());

    set(&hub, |settings| settings.trusts_addresses = true).await;
    Browser::of(&hub, "bob@example.com", Role::Member).await;
    let mut bob = json!({"sub": "bob", "email": "bob@example.com", "email_verified": false});
    let answer = signs_in(&hub, &mut Browser::new(&hub), &bob).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "a no is a no");
    bob["email_verified"] = Value::Null;
    let answer = signs_in(&hub, &mut Browser::new(&hub), &bob).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

#[tokio::test]
async fn whose_domain_is_not_taken_gets_in_neither_new_nor_known_nor_linked() {
    let hub = Hub::start().await;
    set(&hub, |settings| settings.newcomers = Some(Role::Member)).await;
    let claims = json!({});
    let answer = signs_in(&hub, &mut Browser::new(&hub), &claims).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    set(&hub, |settings| {
        settings.newcomers = Some(Role::Member);
        settings.domains = vec!["acme.example".to_owned()];
    })
    .await;
    for claims in [
        claims,
        json!({"sub": "eve", "email": "eve@evil-acme.example"}),
        json!({"sub": "eve", "email": "eve@acme.example@evil.example"}),
        json!({"sub": "eve", "email": "eve@acme.example", "email_verified": false}),
    ] {
        let answer = signs_in(&hub, &mut Browser::new(&hub), &claims).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{claims}");
    }
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    let answer = links(
        &hub,
        &mut owner,
        &json!({"sub": "eve", "email": "eve@evil.example"}),
    )
    .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
    let fine = json!({"sub": "kim", "email": "kim@Acme.Example"});
    let answer = signs_in(&hub, &mut Browser::new(&hub), &fine).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

/// Goes to the provider from the account page, and comes back.
async fn links(hub: &Hub, browser: &mut Browser<'_>, claims: &Value) -> Answer {
    let back = goes_to_link(hub, browser, claims).await;
    browser.get(&back).await
}

async fn goes_to_link(hub: &Hub, browser: &mut Browser<'_>, claims: &Value) -> String {
    let fields = [("action", "link")];
    let answer = browser
        .submit("/account", "/account/single-sign-on", &fields)
        .await;
    let page = answer.text().replace("&#38;", "&");
    let (_, rest) = page
        .split_once(&format!("href=\"{ISSUER}"))
        .expect("the way there");
    let (rest, _) = rest.split_once('"').expect("its end");
    hub.provider.says(&format!("{ISSUER}{rest}"), now(hub), claims)
}

#[tokio::test]
async fn an_account_is_linked_by_who_is_signed_in_to_it() {
    let hub = Hub::start().await;
    set(&hub, |_| {}).await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    // Another address, which need not be hers: she proved both.
    let private = json!({"sub": "private", "email": "ada@home.example", "email_verified": false});
    let answer = links(&hub, &mut ada, &private).await;
    assert!(
        ada.follow(&answer)
            .await
            .contains("where your address is ada@home.example")
    );
    let mut elsewhere = Browser::new(&hub);
    assert_eq!(
        signs_in(&hub, &mut elsewhere, &private).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(elsewhere.page("/account").await.contains("ada@example.com"));
    // Nobody else takes it, nor does what one began end in another's session.
    let mut bob = Browser::of(&hub, "bob@example.com", Role::Owner).await;
    let answer = links(&hub, &mut bob, &private).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
    let back = goes_to_link(&hub, &mut bob, &json!({"sub": "mallory"})).await;
    bob.submit("/account", "/sign-out", &[]).await;
    let answer = bob.get(&back).await;
    assert!(answer.text().contains("no longer signed in"), "{}", answer.text());
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    let log = owner.page("/audit").await;
    assert!(log.contains("linked Acme"), "{log}");
    let people = owner.page("/people").await;
    assert!(people.contains("single sign-on</span>"), "{people}");
    let ada = errand_store::people::by_email(&hub.db.db, "ada@example.com")
        .await
        .expect("read");
    let path = format!("/people/{}", ada.expect("there").id);
    owner.submit("/people", &path, &[("action", "identity")]).await;
    let answer = signs_in(&hub, &mut Browser::new(&hub), &private).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
}

#[tokio::test]
async fn the_session_is_a_new_one_and_a_second_factor_is_the_providers_business() {
    let hub = Hub::start().await;
    set(&hub, |_| {}).await;
    Browser::of(&hub, "ada@example.com", Role::Member).await;
    let ada = errand_store::people::by_email(&hub.db.db, "ada@example.com")
        .await
        .expect("read");
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let ada = ada.expect("there").id;
    errand_store::two_factor::begin(&mut tx, hub.state.context(), ada)
        .await
        .expect("begun");
    errand_store::two_factor::confirm(&mut tx, ada).await.expect("on");
    tx.commit().await.expect("committed");
    let planted = ("errand-session".to_owned(), "0".repeat(64));
    let mut browser = Browser::with_cookies(&hub, vec![planted.clone()]);
    let answer = signs_in(&hub, &mut browser, &json!({})).await;
    assert_eq!(answer.header("location"), "/projects", "{}", answer.text());
    browser.page("/account").await;
    let mut planter = Browser::with_cookies(&hub, vec![planted]);
    assert_eq!(planter.get("/account").await.status, StatusCode::SEE_OTHER);
    // Whoever is in already goes on without the provider.
    let answer = browser.get("/sign-in/sso?next=//evil.example").await;
    assert_eq!(answer.header("location"), "/");
}
