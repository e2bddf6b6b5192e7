//! A provider of OpenID Connect, played: it checks what the hub sends, and says what a test has it say.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use errand_http::auth::oidc::wire::{IdentityWire, Question, Reply};
use errand_model::Secret;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

pub(crate) const ISSUER: &str = "https://id.example.com";
pub(crate) const CLIENT: &str = "errand";
pub(crate) const SECRET: &str = "s3cret of the client";

/// See the top.
pub(crate) struct PlayedProvider {
    key: Mutex<(String, EncodingKey, Value)>,
    /// What each code is good for.
    codes: Mutex<HashMap<String, Granted>>,
    made: AtomicUsize,
    /// How often its keys were asked for.
    pub(crate) keys_asked: AtomicUsize,
    /// What is other than usual in its document.
    pub(crate) document: Mutex<Value>,
    /// What it says at its userinfo endpoint.
    pub(crate) user_info: Mutex<Value>,
}

struct Granted {
    claims: Value,
    challenge: String,
    redirect_uri: String,
}

impl Default for PlayedProvider {
    fn default() -> Self {
        PlayedProvider {
            key: Mutex::new(pair("first")),
            codes: Mutex::default(),
            made: AtomicUsize::new(0),
            keys_asked: AtomicUsize::new(0),
            document: Mutex::new(json!({})),
            user_info: Mutex::new(Value::Null),
        }
    }
}

fn pair(id: &str) -> (String, EncodingKey, Value) {
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("made");
    let read = Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("read");
    let x = URL_SAFE_NO_PAD.encode(read.public_key().as_ref());
    let listed = json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "use": "sig", "x": x});
    (id.to_owned(), EncodingKey::from_ed_der(made.as_ref()), listed)
}

impl PlayedProvider {
    /// Signs with another key from now on.
    pub(crate) fn rotate(&self) {
        *self.key.lock().expect("unpoisoned") = pair("second");
    }

    /// Somebody signs in at the address that the hub sent them to; answers the path that they come back by. What is said of
    /// them are the usual claims, with these in their place.
    pub(crate) fn says(&self, sent_to: &str, now: i64, claims: &Value) -> String {
        let url = Url::parse(sent_to).expect("an address");
        assert!(sent_to.starts_with(&format!("{ISSUER}/auth?")), "{sent_to}");
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", "http://127.0.0.1:9000/sign-in/sso/return"),
            ("code_challenge_method", "S256"),
            ("scope", "openid email profile"),
        ] {
            assert_eq!(asked[name], value, "{name}");
        }
        let mut said = json!({"iss": ISSUER, "aud": CLIENT, "sub": "ada-at-id", "nonce": asked["nonce"], "iat": now,
            "exp": now + 300, "email": "ada@example.com", "email_verified": true, "name": "Ada Byron"});
        for (name, value) in claims.as_object().expect("claims") {
            said[name] = value.clone();
        }
        let code = format!("code-{}", self.made.fetch_add(1, Ordering::SeqCst));
        let granted = Granted {
            claims: said,
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
        };
        self.codes
            .lock()
            .expect("unpoisoned")
            .insert(code.clone(), granted);
        format!("/sign-in/sso/return?code={code}&state={}", asked["state"])
    }

    fn answer(&self, question: &Question) -> (u16, Value) {
        let path = question
            .url
            .strip_prefix(ISSUER)
            .expect("it is the provider that is asked");
        match (path, &question.form) {
            ("/.well-known/openid-configuration", None) => {
                let mut document = json!({"issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/auth"),
                    "token_endpoint": format!("{ISSUER}/token"), "jwks_uri": format!("{ISSUER}/keys"),
                    "userinfo_endpoint": format!("{ISSUER}/me")});
                let other = self.document.lock().expect("unpoisoned");
                for (name, value) in other.as_object().expect("an object") {
                    document[name] = value.clone();
                }
                (200, document)
            }
            ("/keys", None) => {
                self.keys_asked.fetch_add(1, Ordering::SeqCst);
                let key = self.key.lock().expect("unpoisoned");
                (200, json!({"keys": [key.2]}))
            }
            ("/me", None) => {
                let asked = question
                    .authorization
                    .as_ref()
                    .map(|header| header.reveal().as_str());
                assert_eq!(asked, Some("Bearer access"));
                (200, self.user_info.lock().expect("unpoisoned").clone())
            }
            ("/token", Some(form)) => self.token(question, form.reveal()),
            _ => (404, Value::Null),
        }
    }

    fn token(&self, question: &Question, form: &str) -> (u16, Value) {
        let wanted = format!(
            "Basic {}",
            STANDARD.encode(format!("{CLIENT}:s3cret+of+the+client"))
        );
        let proof = question
            .authorization
            .as_ref()
            .map(|proof| proof.reveal().as_str());
        if proof != Some(wanted.as_str()) {
            return (401, json!({"error": "invalid_client"}));
        }
        let sent: HashMap<String, String> = url::form_urlencoded::parse(form.as_bytes())
            .into_owned()
            .collect();
        let granted = self.codes.lock().expect("unpoisoned").remove(&sent["code"]);
        let is_theirs = |granted: &Granted| {
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(sent["code_verifier"].as_bytes()));
            granted.challenge == challenge && granted.redirect_uri == sent["redirect_uri"]
        };
        let Some(granted) = granted.filter(is_theirs) else {
            return (
                400,
                json!({"error": "invalid_grant", "error_description": "unknown <code>"}),
            );
        };
        let key = self.key.lock().expect("unpoisoned");
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.0.clone());
        let token = encode(&header, &granted.claims, &key.1).expect("signed");
        let answer = json!({"id_token": token, "access_token": "access", "token_type": "Bearer"});
        (200, answer)
    }
}

impl IdentityWire for PlayedProvider {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Reply, String>> {
        let (status, body) = self.answer(&question);
        let body = Secret::new(body.to_string().into_bytes());
        std::future::ready(Ok(Reply { status, body })).boxed()
    }
}
