//! Getting in: registering and another password by mail, the second factor, tokens.

use axum::http::{Method, StatusCode};
use errand_model::access::Role;
use totp_rs::{Builder, Secret, Totp};

use super::browser::Browser;
use crate::support::{Answer, Hub};

const PASSWORD: &str = "correct horse battery";

/// Lets people with addresses of example.com register, as support.
async fn open_to_a_domain(hub: &Hub) -> Browser<'_> {
    let mut owner = Browser::of(hub, "owner@example.com", Role::Owner).await;
    let fields = [
        ("registration", "domains"),
        ("domains", "Example.com"),
        ("role", "support"),
    ];
    let saved = owner.submit("/organization", "/organization", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    owner
}

/// The path of the link in the only mail that came.
async fn link_in_mail(hub: &Hub, to: &str) -> String {
    let mails = hub.post.opened().await;
    let [mail] = mails.as_slice() else {
        panic!("{} mails came", mails.len());
    };
    assert_eq!(mail.to, to);
    let text = mail.text.reveal();
    let link = text
        .lines()
        .find(|line| line.starts_with("http"))
        .expect("a link");
    link.trim_start_matches("http://127.0.0.1:9000").to_owned()
}

fn chosen() -> [(&'static str, &'static str); 3] {
    [("name", "Bob"), ("new", PASSWORD), ("again", PASSWORD)]
}

async fn sign_in(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    let fields = [("email", email), ("password", password), ("next", "/projects")];
    browser.post("/sign-in/password", &fields).await
}

#[tokio::test]
async fn who_has_an_address_of_the_domain_registers_by_a_link() {
    let hub = Hub::start().await;
    let closed = Browser::new(&hub)
        .post("/register", &[("email", "bob@example.com")])
        .await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN);
    let mut owner = open_to_a_domain(&hub).await;
    let mut bob = Browser::new(&hub);
    assert!(bob.page("/sign-in").await.contains("href=\"/register\""));
    for other in ["bob@evil.example", "bob@example.com@evil.example", "bob"] {
        let answer = bob.post("/register", &[("email", other)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{other}");
    }
    bob.post("/register", &[("email", "Bob@Example.com")]).await;
    let link = link_in_mail(&hub, "Bob@Example.com").await;
    let weak = bob
        .post(&link, &[("name", "Bob"), ("new", "short"), ("again", "short")])
        .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = bob.post(&link, &chosen()).await;
    assert_eq!(made.header("location"), "/teams", "{}", made.text());
    assert!(bob.page("/account").await.contains("Support"));
    let again = Browser::new(&hub).post(&link, &chosen()).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "it works once");
    let log = owner.page("/audit").await;
    assert!(log.contains("registered as bob@example.com (support)"), "{log}");
    assert!(!log.contains(&link), "a link is a secret");
}

#[tokio::test]
async fn the_answer_does_not_tell_who_has_an_account() {
    let hub = Hub::start().await;
    open_to_a_domain(&hub).await;
    for path in ["/password/forgot", "/register"] {
        let mut answers = Vec::new();
        for email in ["owner@example.com", "nobody@example.com"] {
            let answer = Browser::new(&hub).post(path, &[("email", email)]).await;
            assert_eq!(answer.status, StatusCode::OK);
            answers.push(answer.text().replace(email, "…"));
            hub.post.opened().await;
        }
        // The nonce of the page is another each time.
        assert!(answers[0] == answers[1], "{path}");
    }
    for _ in 0..10 {
        Browser::new(&hub)
            .post("/password/forgot", &[("email", "owner@example.com")])
            .await;
    }
    assert!(hub.post.opened().await.len() <= 3, "nobody's mailbox is flooded");
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_a_link_that_works_once_and_ends_all_sessions() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let mut stranger = Browser::new(&hub);
    stranger
        .post("/password/forgot", &[("email", "ada@example.com")])
        .await;
    let first = link_in_mail(&hub, "ada@example.com").await;
    stranger
        .post("/password/forgot", &[("email", "ada@example.com")])
        .await;
    let link = link_in_mail(&hub, "ada@example.com").await;
    assert_eq!(
        stranger.get(&first).await.status,
        StatusCode::NOT_FOUND,
        "the newest alone works"
    );
    stranger.page(&link).await;
    let set = stranger.post(&link, &chosen()).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    assert_eq!(
        ada.get("/account").await.status,
        StatusCode::SEE_OTHER,
        "her session is ended"
    );
    assert_eq!(
        stranger.post(&link, &chosen()).await.status,
        StatusCode::NOT_FOUND
    );
    let answer = sign_in(&mut Browser::new(&hub), "ada@example.com", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    stranger
        .post("/password/forgot", &[("email", "ada@example.com")])
        .await;
    let late = link_in_mail(&hub, "ada@example.com").await;
    hub.clock.advance_millis(3_600_000);
    assert_eq!(
        stranger.post(&late, &chosen()).await.status,
        StatusCode::NOT_FOUND,
        "for an hour"
    );
}

/// What somebody's app shows.
struct App(Totp);

impl App {
    fn of(page: &str) -> Self {
        let (_, typed) = page.split_once("type <code class=\"mono\">").expect("the secret");
        let typed: String = typed
            .chars()
            .take_while(|c| *c != '<')
            .filter(|c| *c != ' ')
            .collect();
        let secret = Secret::try_from_base32(typed).expect("base 32");
        App(Builder::new().with_secret(secret).build().expect("a good secret"))
    }

    fn code(&self, hub: &Hub) -> String {
        let seconds = hub.state.now().micros() / 1_000_000;
        self.0
            .generate(u64::try_from(seconds).expect("positive"))
            .to_string()
    }
}

/// Turns it on; answers the app and the recovery codes.
async fn turn_on(hub: &Hub, browser: &mut Browser<'_>) -> (App, Vec<String>) {
    let fields = [("new", PASSWORD), ("again", PASSWORD)];
    browser.submit("/account", "/account/password", &fields).await;
    let page = browser
        .submit("/account", "/account/two-factor", &[("action", "begin")])
        .await;
    let app = App::of(page.text());
    assert!(page.text().contains("<svg class=\"qr\""));
    let fields = [("action", "confirm"), ("code", "000000")];
    let wrong = browser.submit("/account", "/account/two-factor", &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = app.code(hub);
    let fields = [("action", "confirm"), ("code", code.as_str())];
    let page = browser.submit("/account", "/account/two-factor", &fields).await;
    let (_, listed) = page.text().split_once("<pre tabindex=\"0\">").expect("the codes");
    let (listed, _) = listed.split_once("</pre>").expect("an end");
    (app, listed.lines().map(str::to_owned).collect())
}

/// Gives the right password; answers what the second page has to send along.
async fn half_in(browser: &mut Browser<'_>) -> String {
    let answer = sign_in(browser, "ada@example.com", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.header("set-cookie").is_empty(), "half is not in");
    let (_, step) = answer
        .text()
        .split_once("name=\"step\" value=\"")
        .expect("a step");
    step.split('"').next().expect("its end").to_owned()
}

async fn second(browser: &mut Browser<'_>, step: &str, code: &str) -> Answer {
    let fields = [("step", step), ("code", code), ("next", "/projects")];
    browser.post("/sign-in/second", &fields).await
}

#[tokio::test]
async fn who_has_a_second_factor_is_asked_for_it_and_no_code_works_twice() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let (app, recovery) = turn_on(&hub, &mut ada).await;
    assert_eq!(recovery.len(), 10);
    let mut other = Browser::new(&hub);
    let step = half_in(&mut other).await;
    let replayed = second(&mut other, &step, &app.code(&hub)).await;
    assert_eq!(
        replayed.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the code that turned it on"
    );
    hub.clock.advance_millis(30_000);
    let code = app.code(&hub);
    let answer = second(&mut other, &step, &code).await;
    assert_eq!(answer.header("location"), "/projects", "{}", answer.text());
    other.page("/projects").await;
    let gone = second(&mut Browser::new(&hub), &step, &code).await;
    assert_eq!(gone.header("location"), "/sign-in", "neither does the step");
    let step = half_in(&mut Browser::new(&hub)).await;
    assert_eq!(
        second(&mut Browser::new(&hub), &step, &code).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let typed = recovery[0].to_uppercase().replace('-', " ");
    for (code, expected) in [
        (&typed, StatusCode::SEE_OTHER),
        (&recovery[0], StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let step = half_in(&mut Browser::new(&hub)).await;
        let answer = second(&mut Browser::new(&hub), &step, code).await;
        assert_eq!(answer.status, expected, "a recovery code signs in once");
    }
    assert!(ada.page("/account").await.contains("9 recovery codes left"));
}

#[tokio::test]
async fn who_guesses_codes_waits_and_a_link_asks_for_one_too() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Member).await;
    let (app, _) = turn_on(&hub, &mut ada).await;
    let mut guesser = Browser::new(&hub);
    let step = half_in(&mut guesser).await;
    for _ in 0..6 {
        let answer = second(&mut guesser, &step, "123456").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    hub.clock.advance_millis(29_000);
    let waits = second(&mut guesser, &step, &app.code(&hub)).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    hub.clock.advance_millis(31_000);
    let answer = second(&mut guesser, &step, &app.code(&hub)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    // A link from the page People is a first factor as well; and who runs the hub turns the second off.
    let mut owner = Browser::of(&hub, "owner@example.com", Role::Owner).await;
    let ada_id = errand_store::people::by_email(&hub.db.db, "ada@example.com").await;
    let path = format!("/people/{}", ada_id.expect("read").expect("she is there").id);
    let page = owner.submit("/people", &path, &[("action", "link")]).await;
    let (_, link) = page.text().split_once("/sign-in/").expect("a link");
    let code: String = link.chars().take_while(char::is_ascii_hexdigit).collect();
    let mut by_link = Browser::new(&hub);
    let answer = by_link.post("/sign-in", &[("code", &code)]).await;
    assert!(answer.text().contains("Your second factor"), "{}", answer.text());
    owner.submit("/people", &path, &[("action", "factor")]).await;
    let answer = sign_in(&mut Browser::new(&hub), "ada@example.com", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(
        owner
            .page("/audit")
            .await
            .contains("turned the second factor of ada@example.com off")
    );
}

#[tokio::test]
async fn a_token_is_shown_once_and_may_no_more_than_its_maker() {
    let hub = Hub::start().await;
    let mut ada = Browser::of(&hub, "ada@example.com", Role::Support).await;
    let page = ada.page("/account/tokens").await;
    assert!(
        page.contains("value=\"event:read\"") && !page.contains("value=\"event:write\""),
        "{page}"
    );
    let fields = [("name", "script"), ("scope", "event:write"), ("days", "30")];
    let refused = ada.submit("/account/tokens", "/account/tokens", &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let fields = [("name", "script"), ("scope", "event:read"), ("days", "30")];
    let made = ada.submit("/account/tokens", "/account/tokens", &fields).await;
    let (_, secret) = made
        .text()
        .split_once("<pre tabindex=\"0\">")
        .expect("the secret");
    let secret = secret.split('<').next().expect("its end").to_owned();
    let page = ada.page("/account/tokens").await;
    assert!(
        page.contains("never used") && !page.contains(&secret),
        "shown once"
    );
    let auth = format!("Bearer {secret}");
    let headers = [("authorization", auth.as_str())];
    let list = "/api/0/organizations/acme/issues/";
    assert_eq!(
        hub.request(Method::GET, list, &headers, "").await.status,
        StatusCode::OK
    );
    assert!(ada.page("/account/tokens").await.contains("last used"));
    // Nobody else sees or revokes it, but who runs the hub.
    let mut bob = Browser::of(&hub, "bob@example.com", Role::Member).await;
    assert!(
        !bob.page("/api/0/organizations/acme/org-auth-tokens/")
            .await
            .contains("script")
    );
    let form = page.split("action=\"/account/tokens/").nth(1).expect("a form");
    let path = format!("/account/tokens/{}", form.split('"').next().expect("an id"));
    let not_his = bob.submit("/account/tokens", &path, &[]).await;
    assert_eq!(not_his.status, StatusCode::NOT_FOUND);
    hub.clock.advance_millis(31 * 86_400_000);
    assert_eq!(
        hub.request(Method::GET, list, &headers, "").await.status,
        StatusCode::UNAUTHORIZED,
        "expired"
    );
}
