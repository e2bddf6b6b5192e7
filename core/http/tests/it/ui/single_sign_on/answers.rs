//! What comes back from a provider: of another browser, too late, twice, or wrong.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use errand_model::access::Role;
use serde_json::json;

use super::{goes, now, role_of, set, signs_in};
use crate::support::Hub;
use crate::ui::browser::Browser;

#[tokio::test]
async fn what_was_begun_in_one_browser_ends_there_once_and_in_time() {
    let hub = Hub::start().await;
    set(&hub, |settings| settings.newcomers = Some(Role::Member)).await;
    let mut ada = Browser::new(&hub);
    let back = goes(&hub, &mut ada, &json!({})).await;
    let begun_elsewhere = async |browser: &mut Browser<'_>, path: &str| {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.text().contains("begin again"), "{}", answer.text());
        assert!(answer.header("set-cookie").contains("Max-Age=0"));
    };
    // Somebody lures another into their own sign-in: it is not that browser's.
    begun_elsewhere(&mut Browser::new(&hub), &back).await;
    let mut mallory = Browser::new(&hub);
    goes(&hub, &mut mallory, &json!({"sub": "mallory"})).await;
    begun_elsewhere(&mut mallory, &back).await;
    // The cookie is worth nothing with another state.
    let mut other = Browser::new(&hub);
    goes(&hub, &mut other, &json!({})).await;
    begun_elsewhere(&mut other, "/sign-in/sso/return?code=code-0&state=").await;

    assert_eq!(ada.get(&back).await.header("location"), "/projects");
    let (cookies, replayed) = (ada.forgotten(), back);
    let mut thief = Browser::with_cookies(&hub, cookies);
    begun_elsewhere(&mut thief, &replayed).await;

    let mut slow = Browser::new(&hub);
    let back = goes(&hub, &mut slow, &json!({})).await;
    hub.clock.advance_millis(600_000);
    begun_elsewhere(&mut slow, &back).await;
}

#[tokio::test]
async fn what_is_wrong_with_an_answer_is_said_in_words() {
    let hub = Hub::start().await;
    set(&hub, |settings| settings.newcomers = Some(Role::Member)).await;
    let now = now(&hub);
    for (claims, words) in [
        (json!({"nonce": "another"}), "another sign-in (nonce)"),
        (json!({"aud": "another"}), "another client (aud)"),
        (json!({"iss": "https://evil.example"}), "another issuer (iss)"),
        (json!({"exp": now - 500}), "expired (exp)"),
        (json!({"sub": null}), "claim sub"),
    ] {
        let answer = signs_in(&hub, &mut Browser::new(&hub), &claims).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
    let mut browser = Browser::new(&hub);
    let back = goes(&hub, &mut browser, &json!({})).await;
    let (_, state) = back.split_once("state=").expect("a state");
    let denied = format!(
        "/sign-in/sso/return?error=access_denied&error_description=%3Cb%3Enot+you%0d%0a&state={state}"
    );
    let answer = browser.get(&denied).await;
    assert!(
        answer.text().contains("access_denied &#60;b&#62;not you"),
        "{}",
        answer.text()
    );
    // A code that the provider does not know; and another provider's answer (RFC 9207).
    for (twist, words) in [
        ("&x=", "invalid_grant"),
        ("&iss=https://evil.example&x=", "Another provider"),
    ] {
        let mut browser = Browser::new(&hub);
        let back = goes(&hub, &mut browser, &json!({})).await;
        let back = back.replace("code=", "code=no-") + twist;
        let answer = browser.get(&back).await;
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
    assert_eq!(role_of(&hub, "ada@example.com").await, None);
}

#[tokio::test]
async fn a_provider_changes_its_keys_and_is_not_asked_for_them_again_and_again() {
    let hub = Hub::start().await;
    set(&hub, |settings| settings.newcomers = Some(Role::Member)).await;
    for _ in 0..3 {
        let answer = signs_in(&hub, &mut Browser::new(&hub), &json!({})).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let asked = || hub.provider.keys_asked.load(Ordering::SeqCst);
    assert_eq!(asked(), 1);
    hub.provider.rotate();
    for _ in 0..5 {
        let answer = signs_in(&hub, &mut Browser::new(&hub), &json!({})).await;
        assert!(answer.text().contains("does not list"), "{}", answer.text());
    }
    assert_eq!(asked(), 1, "not before a minute is over");
    hub.clock.advance_millis(60_000);
    for _ in 0..3 {
        let answer = signs_in(&hub, &mut Browser::new(&hub), &json!({})).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }
    assert_eq!(asked(), 2);
}
