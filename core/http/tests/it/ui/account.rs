//! One's own account: a password, signing in with it, and sessions.

use axum::http::StatusCode;

use super::browser::{Browser, invite};
use crate::support::{Answer, Hub};

const PASSWORD: &str = "correct horse battery";

async fn set_password(browser: &mut Browser<'_>, current: &str, new: &str) -> Answer {
    let fields = [("current", current), ("new", new), ("again", new)];
    browser.submit("/account", "/account/password", &fields).await
}

async fn sign_in(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    let fields = [("email", email), ("password", password), ("next", "/projects")];
    browser.post("/sign-in/password", &fields).await
}

#[tokio::test]
async fn who_set_a_password_signs_in_with_it() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    assert!(browser.page("/account").await.contains("Set the password"));
    let answer = set_password(&mut browser, "", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let mut other = Browser::new(&hub);
    let answer = sign_in(&mut other, " Ada@Example.com ", PASSWORD).await;
    assert_eq!(answer.header("location"), "/projects", "{}", answer.text());
    other.page("/projects").await;
    for (email, password) in [
        ("ada@example.com", "correct horse batterz"),
        ("ada@example.com", ""),
        ("nobody@example.com", PASSWORD),
    ] {
        let mut stranger = Browser::new(&hub);
        let answer = sign_in(&mut stranger, email, password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.text().contains("The address or the password is wrong."),
            "one answer for all"
        );
        assert!(answer.header("set-cookie").is_empty());
        assert!(!answer.text().contains(PASSWORD), "a password is never sent back");
    }
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_ends_other_sessions() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    set_password(&mut browser, "", PASSWORD).await;
    let mut other = Browser::new(&hub);
    sign_in(&mut other, "ada@example.com", PASSWORD).await;
    let fields = [
        ("new", "another fine password"),
        ("again", "yet another password"),
    ];
    let answer = browser.submit("/account", "/account/password", &fields).await;
    assert!(
        answer.text().contains("not typed the same twice"),
        "{}",
        answer.text()
    );
    for (current, new, problem) in [
        ("", "another fine password", "not your current password"),
        ("wrong", "another fine password", "not your current password"),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, "my ada@example.com", "Nobody should guess it"),
    ] {
        let answer = set_password(&mut browser, current, new).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(problem), "{}", answer.text());
    }
    let answer = set_password(&mut browser, PASSWORD, "another fine password").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    browser.page("/account").await;
    assert_eq!(
        other.get("/account").await.status,
        StatusCode::SEE_OTHER,
        "it was ended"
    );
    let mut late = Browser::new(&hub);
    assert_eq!(
        sign_in(&mut late, "ada@example.com", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the old one is worth nothing"
    );
}

#[tokio::test]
async fn who_guesses_waits_and_who_waited_is_let_in() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    set_password(&mut browser, "", PASSWORD).await;
    let mut stranger = Browser::new(&hub);
    for _ in 0..6 {
        let answer = sign_in(&mut stranger, "ada@example.com", "guess").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for password in ["guess", PASSWORD] {
        let answer = sign_in(&mut stranger, "ada@example.com", password).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.header("retry-after"), "30");
        assert!(answer.text().contains("try again in 30 s"), "{}", answer.text());
    }
    let elsewhere = sign_in(&mut stranger, "bob@example.com", "guess").await;
    assert_eq!(
        elsewhere.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "others do not wait"
    );
    hub.clock.advance_millis(30_000);
    let answer = sign_in(&mut stranger, "ada@example.com", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let again = sign_in(&mut Browser::new(&hub), "ada@example.com", "guess").await;
    assert_eq!(
        again.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "who succeeded is forgiven"
    );
}

#[tokio::test]
async fn sessions_are_seen_and_ended() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    set_password(&mut browser, "", PASSWORD).await;
    let mut others = [Browser::new(&hub), Browser::new(&hub), Browser::new(&hub)];
    for other in &mut others {
        sign_in(other, "ada@example.com", PASSWORD).await;
    }
    let page = browser.page("/account").await;
    assert_eq!(
        page.matches("last used").count(),
        7,
        "four, and three of them in a button's words"
    );
    assert_eq!(page.matches(">this one<").count(), 1);
    let form = page.split("action=\"/account/sessions/").nth(1).expect("a form");
    let id = form.split('"').next().expect("an id");
    browser
        .submit("/account", &format!("/account/sessions/{id}"), &[])
        .await;
    let answer = browser
        .submit("/account", &format!("/account/sessions/{id}"), &[])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "it is ended already");
    let mut still = 0;
    for other in &mut others {
        still += usize::from(other.get("/account").await.status == StatusCode::OK);
    }
    assert_eq!(still, 2);
    browser.submit("/account", "/account/sessions", &[]).await;
    for other in &mut others {
        assert_eq!(other.get("/account").await.status, StatusCode::SEE_OTHER);
    }
    browser.page("/account").await;
}

#[tokio::test]
async fn nobody_ends_anothers_session() {
    let hub = Hub::start().await;
    let mut ada = Browser::signed_in(&hub).await;
    let page = ada
        .submit("/people", "/people", &[("email", "bob@example.com")])
        .await;
    let mut bob = Browser::new(&hub);
    bob.post("/sign-in", &[("code", &link_in(page.text()))]).await;
    set_password(&mut bob, "", PASSWORD).await;
    let mut second = Browser::new(&hub);
    sign_in(&mut second, "bob@example.com", PASSWORD).await;
    let page = bob.page("/account").await;
    let form = page.split("action=\"/account/sessions/").nth(1).expect("a form");
    let id = form.split('"').next().expect("an id");
    let answer = ada
        .submit("/account", &format!("/account/sessions/{id}"), &[])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    second.page("/account").await;
}

#[tokio::test]
async fn a_name_is_changed() {
    let hub = Hub::start().await;
    let mut browser = Browser::signed_in(&hub).await;
    browser
        .submit("/account", "/account", &[("name", "Countess Lovelace")])
        .await;
    assert!(browser.page("/account").await.contains("Countess Lovelace"));
    browser.submit("/account", "/account", &[("name", " ")]).await;
    assert!(
        browser
            .page("/account")
            .await
            .contains("A name has 1 to 100 characters.")
    );
}

#[tokio::test]
async fn an_invitation_goes_by_mail_and_nobody_else_sees_its_link() {
    let hub = Hub::start().await;
    let mut ada = Browser::signed_in(&hub).await;
    let fields = [("email", "bob@example.com"), ("by", "mail")];
    let page = ada.submit("/people", "/people", &fields).await;
    assert!(
        page.text().contains("A link was sent to bob@example.com") && !page.text().contains("/sign-in/"),
        "{}",
        page.text()
    );
    let mails = hub.post.opened().await;
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "bob@example.com"));
    let code = link_in(mails[0].text.reveal());
    let mut bob = Browser::new(&hub);
    bob.post("/sign-in", &[("code", &code)]).await;
    assert!(bob.page("/account").await.contains("bob@example.com"));
}

#[tokio::test]
async fn administrators_invite_and_others_do_not() {
    let hub = Hub::start().await;
    let mut ada = Browser::signed_in(&hub).await;
    let fields = [("email", "Bob@Example.com"), ("name", "Bob")];
    let page = ada.submit("/people", "/people", &fields).await;
    let code = link_in(page.text());
    let mut bob = Browser::new(&hub);
    bob.post("/sign-in", &[("code", &code)]).await;
    let page = bob.page("/people").await;
    assert!(
        page.contains("bob@example.com") && !page.contains("Invite somebody"),
        "{page}"
    );
    let refused = bob
        .submit("/account", "/people", &[("email", "eve@example.com")])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let twice = ada.submit("/people", "/people", &fields).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.text().contains("is here already"), "{}", twice.text());
    let odd = ada.submit("/people", "/people", &[("email", "no address")]).await;
    assert!(odd.text().contains("somebody@example.com"), "{}", odd.text());
    assert!(!ada.page("/people").await.contains("eve@"));
}

#[tokio::test]
async fn there_is_always_an_administrator() {
    let hub = Hub::start().await;
    let mut ada = Browser::signed_in(&hub).await;
    let page = ada
        .submit("/people", "/people", &[("email", "bob@example.com")])
        .await;
    let form = page.text().split("action=\"/people/").nth(1).expect("a form");
    let bob = format!("/people/{}", form.split('"').next().expect("an id"));
    let again = ada.submit("/people", &bob, &[("action", "link")]).await;
    let mut browser = Browser::new(&hub);
    browser
        .post("/sign-in", &[("code", &link_in(again.text()))])
        .await;
    for action in ["role", "link"] {
        let fields = [("action", action), ("role", "admin")];
        let refused = browser.submit("/account", &bob, &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    ada.submit("/people", &bob, &[("action", "role"), ("role", "admin")])
        .await;
    let page = browser.page("/people").await;
    assert!(page.contains("Invite somebody"), "{page}");
    let fields = [("action", "role"), ("role", "member")];
    let themselves = browser.submit("/people", &bob, &fields).await;
    assert_eq!(themselves.status, StatusCode::BAD_REQUEST);
    let odd = browser.submit("/people", &bob, &[("action", "king")]).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_owners_make_owners_and_speak_for_them() {
    let hub = Hub::start().await;
    let mut ada = Browser::signed_in(&hub).await;
    let owner = errand_store::people::by_email(&hub.db.db, "ada@example.com").await;
    let owner = format!("/people/{}", owner.expect("read").expect("she is there").id);
    let fields = [("email", "bob@example.com"), ("role", "admin")];
    let page = ada.submit("/people", "/people", &fields).await;
    let mut bob = Browser::new(&hub);
    bob.post("/sign-in", &[("code", &link_in(page.text()))]).await;
    for (action, role) in [("link", ""), ("role", "read-only")] {
        let refused = bob
            .submit("/people", &owner, &[("action", action), ("role", role)])
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{action}");
    }
    let fields = [("email", "eve@example.com"), ("role", "owner")];
    let refused = bob.submit("/people", "/people", &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    let page = ada.submit("/people", "/people", &fields).await;
    assert!(
        page.text().contains("A link for eve@example.com"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_link_by_the_command_line_still_works_beside_a_password() {
    let hub = Hub::start().await;
    let (_, code) = invite(&hub).await;
    let page = Browser::new(&hub).page("/sign-in").await;
    assert!(
        page.contains("name=\"password\"") && page.contains("name=\"code\""),
        "{page}"
    );
    let answer = Browser::new(&hub).post("/sign-in", &[("code", &code)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

/// The code in the link that a page shows.
fn link_in(page: &str) -> String {
    let link = page.split("/sign-in/").nth(1).expect("a link");
    link.chars().take_while(char::is_ascii_hexdigit).collect()
}
