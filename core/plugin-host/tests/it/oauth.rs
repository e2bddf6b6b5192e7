//! Accounts of other systems: the hub gets tokens, renews them, and shows them to nobody.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::{InstallationId, Secret};
use errand_plugin_host::{AskForAccess, Attempt, MemoryGrants, Options, PluginHost};
use serde_json::{Value, json};

use crate::harness::{behave, call, host_with, local, said, written};
use crate::remote::{Arrived, Remote};

/// An authorization server that takes each refresh token once, with a page that only its newest token opens.
#[derive(Default)]
struct Server {
    given: AtomicUsize,
    /// The refresh token that it takes next.
    next_refresh: Mutex<Option<String>>,
    /// What it answers instead.
    trouble: Mutex<Option<(StatusCode, Value)>>,
}

impl Server {
    fn answer(&self, request: &Arrived) -> (StatusCode, String) {
        let newest = format!("access-{}", self.given.load(Ordering::SeqCst));
        match request.uri.path() {
            "/token" => self.token(request),
            _ if request.header("authorization") == format!("Bearer {newest}") => {
                (StatusCode::OK, format!("hello, {newest}"))
            }
            _ => (
                StatusCode::UNAUTHORIZED,
                format!("not you, {}", request.header("authorization")),
            ),
        }
    }

    fn token(&self, request: &Arrived) -> (StatusCode, String) {
        if let Some((status, body)) = self.trouble.lock().expect("no panic").clone() {
            return (status, body.to_string());
        }
        let form: Vec<(String, String)> = form(request);
        let field = |name: &str| {
            form.iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let mut next = self.next_refresh.lock().expect("no panic");
        let is_known = match field("grant_type").as_deref() {
            Some("refresh_token") => field("refresh_token") == *next,
            Some("client_credentials") => request.header("authorization") == "Basic aXQ6c2hlZXA=",
            Some("authorization_code") => field("code").as_deref() == Some("the-code"),
            _ => false,
        };
        if !is_known {
            let sent = field("refresh_token").unwrap_or_default();
            let refusal =
                json!({"error": "invalid_grant", "error_description": format!("{sent} is used up")});
            return (StatusCode::BAD_REQUEST, refusal.to_string());
        }
        let number = self.given.fetch_add(1, Ordering::SeqCst) + 1;
        *next = Some(format!("refresh-{number}"));
        let tokens = json!({
            "access_token": format!("access-{number}"), "refresh_token": format!("refresh-{number}"),
            "token_type": "bearer", "expires_in": 3600,
        });
        (StatusCode::OK, tokens.to_string())
    }

    fn be_trouble(&self, trouble: Option<(StatusCode, Value)>) {
        *self.trouble.lock().expect("no panic") = trouble;
    }
}

fn form(request: &Arrived) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&request.body)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}

/// A server that takes the refresh token `refresh-0`, and a host that may reach it.
struct Stage {
    server: Arc<Server>,
    remote: Remote,
    host: PluginHost,
    clock: Arc<errand_model::ManualClock>,
}

impl Stage {
    async fn new() -> Self {
        let server = Arc::new(Server::default());
        *server.next_refresh.lock().expect("no panic") = Some("refresh-0".to_owned());
        let answering = Arc::clone(&server);
        let remote = Remote::start(move |request| answering.answer(request)).await;
        let (host, clock) = host_with(&local(), &Arc::default()).await;
        Stage {
            server,
            remote,
            host,
            clock,
        }
    }

    fn config(&self) -> Value {
        json!({
            "behaviour": "use account", "url": self.remote.url(""), "client": "it", "client_secret": "sheep",
            "account": "refresh-0",
        })
    }

    async fn use_account(&self) -> Attempt {
        behave(&self.host, self.config()).await
    }

    /// Requests for tokens so far.
    fn asked(&self) -> Vec<Arrived> {
        let mut arrived = self.remote.arrived();
        arrived.retain(|request| request.uri.path() == "/token");
        arrived
    }
}

#[tokio::test]
async fn a_token_is_had_for_a_refresh_token_and_used_until_it_expires() {
    let stage = Stage::new().await;
    let first = stage.use_account().await;
    assert_eq!(first.outcome, AttemptOutcome::Done, "{:?}", said(&first));
    assert_eq!(stage.use_account().await.outcome, AttemptOutcome::Done);
    assert_eq!(stage.asked().len(), 1, "a token is used again");
    let fields = form(&stage.asked()[0]);
    for field in [
        ("grant_type", "refresh_token"),
        ("refresh_token", "refresh-0"),
        ("client_id", "it"),
        ("client_secret", "sheep"),
    ] {
        assert!(
            fields.contains(&(field.0.to_owned(), field.1.to_owned())),
            "{fields:?}"
        );
    }

    // Shortly before it expires another one is had, with the refresh token that came with the first.
    stage.clock.advance_millis(3_590_000);
    assert_eq!(stage.use_account().await.outcome, AttemptOutcome::Done);
    let asked = stage.asked();
    assert_eq!(asked.len(), 2);
    assert!(form(&asked[1]).contains(&("refresh_token".to_owned(), "refresh-1".to_owned())));

    // The plugin saw none of it, though the other side told it, and the record says that the hub asked.
    let written = written(&first);
    for secret in ["access-1", "refresh-", "sheep"] {
        assert!(!written.contains(secret), "{written}");
    }
    assert!(written.contains("hello, [redacted]"), "{written}");
    let urls: Vec<_> = first
        .requests
        .iter()
        .map(|request| request.url.as_str())
        .collect();
    assert_eq!(urls, [stage.remote.url("/token"), stage.remote.url("/me")]);
}

#[tokio::test]
async fn many_calls_at_once_renew_once() {
    let stage = Stage::new().await;
    let (a, b, c, d) = tokio::join!(
        stage.use_account(),
        stage.use_account(),
        stage.use_account(),
        stage.use_account()
    );
    for attempt in [a, b, c, d] {
        assert_eq!(attempt.outcome, AttemptOutcome::Done, "{:?}", said(&attempt));
    }
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_renewed_once() {
    let stage = Stage::new().await;
    assert_eq!(stage.use_account().await.outcome, AttemptOutcome::Done);
    // Somebody over there takes the token back.
    stage.server.given.fetch_add(6, Ordering::SeqCst);
    let attempt = stage.use_account().await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done, "{:?}", said(&attempt));
    let statuses: Vec<_> = attempt.requests.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(401), Some(200), Some(200)]);
}

#[tokio::test]
async fn a_call_that_is_cut_off_while_a_token_is_renewed_does_not_lose_it() {
    let stage = Stage::new().await;
    {
        let using = stage.use_account();
        tokio::pin!(using);
        // Given up as soon as the request for tokens is there: its answer would be lost with the call.
        while stage.asked().is_empty() {
            tokio::select! {
                _ = &mut using => break,
                () = tokio::time::sleep(std::time::Duration::from_millis(1)) => {}
            }
        }
    }
    let attempt = stage.use_account().await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done, "{:?}", said(&attempt));
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn access_that_has_ended_is_for_an_admin_and_trouble_is_for_later() {
    let stage = Stage::new().await;
    stage
        .server
        .be_trouble(Some((StatusCode::SERVICE_UNAVAILABLE, json!({}))));
    let attempt = stage.use_account().await;
    assert!(
        matches!(&attempt.outcome, AttemptOutcome::Retry { message, .. } if message.contains("answered 503")),
        "{:?}",
        attempt.outcome
    );
    stage.server.be_trouble(None);
    *stage.server.next_refresh.lock().expect("no panic") = None;
    let attempt = stage.use_account().await;
    let AttemptOutcome::Auth { message } = &attempt.outcome else {
        panic!("{:?}", attempt.outcome);
    };
    assert!(
        message.contains("grant it again on the page of the plugin"),
        "{message}"
    );
    assert!(
        message.contains("invalid_grant: [redacted] is used up"),
        "{message}"
    );
    assert!(!written(&attempt).contains("refresh-0"));
}

#[tokio::test]
async fn a_client_acts_in_its_own_name() {
    let stage = Stage::new().await;
    let mut config = stage.config();
    config["target"] = json!(stage.remote.url(""));
    let attempt = behave(&stage.host, config.clone()).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done, "{:?}", said(&attempt));
    assert!(form(&stage.asked()[0]).contains(&("scope".to_owned(), "read".to_owned())));
    config["client_secret"] = json!("wolf");
    stage.clock.advance_millis(3_600_000);
    let attempt = behave(&stage.host, config).await;
    assert!(
        matches!(&attempt.outcome, AttemptOutcome::Auth { message } if message.contains("access is refused")),
        "{:?}",
        attempt.outcome
    );
}

#[tokio::test]
async fn what_a_person_grants_counts_from_then_on() {
    let stage = Stage::new().await;
    let mut config = stage.config();
    config["account"] = Value::Null;
    let attempt = behave(&stage.host, config.clone()).await;
    assert!(
        matches!(&attempt.outcome, AttemptOutcome::Auth { message } if message.contains("was not granted yet")),
        "{:?}",
        attempt.outcome
    );
    let redirect_uri = "https://hub.example/plugins/granted";
    let ask = AskForAccess {
        redirect_uri,
        state: "the-state",
        challenge: "the-challenge",
    };
    let page = stage
        .host
        .access_page("behaviours", &config, "account", ask)
        .expect("a page");
    assert!(page.starts_with("https://literal.test/authorize?audience=api&response_type=code&client_id=it"));
    assert!(page.ends_with(
        "&state=the-state&code_challenge=the-challenge&code_challenge_method=S256&scope=read+write"
    ));
    let bring = async |code: &str| {
        let proof = (
            Secret::new(code.to_owned()),
            Secret::new("the-verifier".to_owned()),
        );
        let whose = (InstallationId(3), &config, &Grant::default());
        stage
            .host
            .take_access("behaviours", whose, "account", proof, redirect_uri)
            .await
    };
    let refused = bring("another-code")
        .await
        .expect_err("it is not theirs")
        .to_string();
    assert!(
        refused.contains("what was granted is refused") && !refused.contains("another-code"),
        "{refused}"
    );
    bring("the-code").await.expect("tokens");
    let fields = form(&stage.asked()[1]);
    assert!(
        fields.contains(&("code_verifier".to_owned(), "the-verifier".to_owned())),
        "{fields:?}"
    );
    assert!(fields.contains(&("redirect_uri".to_owned(), redirect_uri.to_owned())));
    assert_eq!(behave(&stage.host, config).await.outcome, AttemptOutcome::Done);
}

#[tokio::test]
async fn hubs_that_share_a_database_do_not_use_a_refresh_token_twice() {
    let stage = Stage::new().await;
    let grants = Arc::new(MemoryGrants::default());
    let options = Options {
        grants: Arc::clone(&grants) as Arc<dyn errand_plugin_host::Grants>,
        ..local()
    };
    let (one, _) = host_with(&options, &Arc::default()).await;
    let (other, _) = host_with(&options, &Arc::default()).await;
    let (a, b) = tokio::join!(
        behave(&one, stage.config()),
        other.deliver("behaviours", call(stage.config()))
    );
    assert_eq!(
        (a.outcome, b.outcome),
        (AttemptOutcome::Done, AttemptOutcome::Done)
    );
    assert_eq!(stage.asked().len(), 1);
}
