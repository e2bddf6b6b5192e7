//! Who may do what: every route of pages and API, asked by somebody of every role.

use axum::http::{Method, StatusCode};
use errand_http::access::rules::{self, Rule};
use errand_model::access::{Role, Scope};
use errand_store::tokens::NewToken;

use crate::support::Hub;

/// What the guard says, and nothing else does.
const DENIED: &str = "may not";

/// Somebody of a role: the cookie of their browser.
async fn somebody(hub: &Hub, role: Role) -> String {
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let cx = hub.state.context();
    let person = errand_store::people::create(&mut tx, cx, &format!("{role}@example.com"), "", role)
        .await
        .expect("made");
    let device = errand_store::sessions::Device::default();
    let secret = errand_store::sessions::create(&mut tx, cx, person.id, 3_600, &device)
        .await
        .expect("made");
    tx.commit().await.expect("committed");
    format!("errand-session={}", secret.reveal())
}

/// The route with something in every place.
fn filled(hub: &Hub, path: &str) -> String {
    let known = [
        ("{organization}", "acme"),
        ("{project}", "shop"),
        ("{slug}", "shop"),
        ("{event}", "9ec79c33ec9942ab8353589fcb2e04dc"),
        ("{plugin}", "team-chat"),
        ("{version}", "1.0.0"),
    ];
    let path = known
        .iter()
        .fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        let is_place = part.starts_with('{');
        filled.push('/');
        filled.push_str(if is_place { "1" } else { part });
    }
    assert!(hub.project.slug == "shop" && !filled.contains('{'), "{filled}");
    filled
}

/// The lines that matter most, by hand: so that a slip in the table shows.
const BY_HAND: [(Role, Method, &str, bool); 12] = [
    (Role::Owner, Method::POST, "/people", true),
    (Role::Admin, Method::POST, "/people", true),
    (Role::Member, Method::POST, "/people", false),
    (Role::Member, Method::POST, "/projects/new", true),
    (Role::Member, Method::GET, "/plugins/new", false),
    (Role::Support, Method::GET, "/issues", true),
    (Role::Support, Method::POST, "/issues/1/comments", true),
    (Role::Support, Method::POST, "/issues/1/plugin-actions/1/1", true),
    (Role::Support, Method::POST, "/issues/1/actions", false),
    (Role::Support, Method::POST, "/projects/shop/settings", false),
    (Role::ReadOnly, Method::GET, "/issues", true),
    (Role::ReadOnly, Method::POST, "/issues/1/comments", false),
];

async fn is_denied(hub: &Hub, method: Method, path: &str, cookie: &str) -> bool {
    let headers = [("cookie", cookie), ("sec-fetch-site", "same-origin")];
    let answer = hub.request(method.clone(), path, &headers, "").await;
    assert!(
        !answer.status.is_server_error() && answer.status != StatusCode::UNAUTHORIZED,
        "{method} {path}: {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    answer.status == StatusCode::FORBIDDEN && String::from_utf8_lossy(&answer.body).contains(DENIED)
}

#[tokio::test]
async fn each_role_may_what_the_table_says_on_every_route_and_no_more() {
    let hub = Hub::start().await;
    for role in Role::ALL {
        let cookie = somebody(&hub, role).await;
        for (method, path, rule) in rules::lines() {
            // It ends the session that the next line needs.
            if path == "/sign-out" {
                continue;
            }
            let path = filled(&hub, path);
            let denied = is_denied(&hub, method.clone(), &path, &cookie).await;
            assert_eq!(denied, !rule.allows(role), "{role}: {method} {path}");
        }
        for (of, method, path, may) in BY_HAND {
            if of == role {
                assert_eq!(
                    is_denied(&hub, method, path, &cookie).await,
                    !may,
                    "{role}: {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn who_is_not_signed_in_gets_nowhere_but_to_what_is_open() {
    let hub = Hub::start().await;
    for (method, path, rule) in rules::lines() {
        let filled = filled(&hub, path);
        let answer = hub.request(method.clone(), &filled, &[], "").await;
        let is_sent_away = match path.starts_with("/api/") {
            true => answer.status == StatusCode::UNAUTHORIZED,
            false => answer.header("location").starts_with("/sign-in"),
        };
        match rule {
            Rule::Open => assert!(!is_sent_away || path == "/sign-in", "{method} {path}"),
            _ => assert!(is_sent_away, "{method} {path}: {}", answer.status),
        }
    }
}

#[tokio::test]
async fn a_token_may_no_more_than_the_person_for_whom_it_acts() {
    let hub = Hub::start().await;
    let cookie = somebody(&hub, Role::Support).await;
    let person = errand_store::people::by_email(&hub.db.db, "support@example.com").await;
    let new = NewToken {
        name: "script",
        organization: hub.project.organization,
        person: person.expect("read").map(|person| person.id),
        scopes: Scope::ALL,
        expires: None,
    };
    let mut tx = hub.db.db.begin().await.expect("a transaction");
    let made = errand_store::tokens::create(&mut tx, hub.state.context(), new).await;
    let (_, secret) = made.expect("made");
    tx.commit().await.expect("committed");
    let auth = format!("Bearer {}", secret.reveal());
    let status = async |method: Method, path: &str| {
        let headers = [
            ("authorization", auth.as_str()),
            ("content-type", "application/json"),
        ];
        hub.request(method, path, &headers, "{}").await.status
    };
    assert_eq!(
        status(Method::GET, "/api/0/organizations/acme/issues/").await,
        StatusCode::OK
    );
    for (method, path) in [
        (Method::PUT, "/api/0/organizations/acme/issues/?id=1"),
        (Method::DELETE, "/api/0/projects/acme/shop/"),
        (Method::GET, "/api/0/projects/acme/shop/keys/"),
    ] {
        assert_eq!(
            status(method.clone(), path).await,
            StatusCode::FORBIDDEN,
            "{method} {path}"
        );
    }
    // Nor does it give to another token what it has no right to.
    let headers = [("cookie", cookie.as_str()), ("content-type", "application/json")];
    for (scope, expected) in [
        ("event:read", StatusCode::CREATED),
        ("event:write", StatusCode::FORBIDDEN),
    ] {
        let body = format!(r#"{{"name": "x", "scopes": ["{scope}"]}}"#);
        let path = "/api/0/organizations/acme/org-auth-tokens/";
        let answer = hub.request(Method::POST, path, &headers, body).await;
        assert_eq!(answer.status, expected, "{scope}: {}", answer.text());
    }
}
