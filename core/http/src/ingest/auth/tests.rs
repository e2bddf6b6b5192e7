use axum::http::Request;

use super::*;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn key_of(
    uri: &str,
    headers: &[(&str, &str)],
    path_key: Option<&str>,
) -> Result<Option<PublicKey>, AuthError> {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    key_of_request(&parts, path_key)
}

fn key() -> PublicKey {
    PublicKey::parse(KEY).expect("a key")
}

#[test]
fn every_form_gives_the_key() {
    let sentry =
        format!("Sentry sentry_version=7, sentry_client=raven/1.0, sentry_key={KEY}, sentry_secret=x");
    let lower = format!("sentry sentry_key={KEY}");
    let flags = format!("Sentry sentry_key={KEY}:no-cache,sentry_version=7.0");
    let basic = format!("Basic {}", STANDARD.encode(format!("{KEY}:")));
    let query = format!("/?sentry_key={KEY}&sentry_version=7&sentry_client=a%2F1");
    for headers in [
        [("x-sentry-auth", sentry.as_str())],
        [("X-Sentry-Auth", lower.as_str())],
        [("x-sentry-auth", flags.as_str())],
        [("authorization", sentry.as_str())],
        [("authorization", basic.as_str())],
    ] {
        assert_eq!(key_of("/", &headers, None), Ok(Some(key())), "{headers:?}");
    }
    assert_eq!(key_of(&query, &[], None), Ok(Some(key())));
    assert_eq!(key_of("/", &[], Some(KEY)), Ok(Some(key())));
    assert_eq!(key_of("/", &[], None), Ok(None));
}

#[test]
fn two_forms_at_once_are_refused_even_if_they_agree() {
    let sentry = format!("Sentry sentry_key={KEY}");
    let query = format!("/?sentry_key={KEY}");
    let header = [("x-sentry-auth", sentry.as_str())];
    assert_eq!(key_of(&query, &header, None), Err(AuthError::Multiple));
    assert_eq!(key_of("/", &header, Some(KEY)), Err(AuthError::Multiple));
    assert_eq!(key_of(&query, &[], Some(KEY)), Err(AuthError::Multiple));
    let twice = [
        ("x-sentry-auth", sentry.as_str()),
        ("authorization", sentry.as_str()),
    ];
    assert_eq!(key_of("/", &twice, None), Err(AuthError::Multiple));
}

#[test]
fn authorization_of_somebody_else_is_no_second_payload() {
    let sentry = format!("Sentry sentry_key={KEY}");
    let proxy = format!("Basic {}", STANDARD.encode("user:password"));
    for other in ["Bearer abc", proxy.as_str()] {
        let headers = [("x-sentry-auth", sentry.as_str()), ("authorization", other)];
        assert_eq!(
            key_of("/?sentry_release=1", &headers, None),
            Ok(Some(key())),
            "{other}"
        );
    }
}

#[test]
fn what_is_malformed_says_where_and_how() {
    let check = |uri: &str, headers: &[(&str, &str)], expected: &str| {
        let error = key_of(uri, headers, None).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    };
    let in_header = "bad authorization in the X-Sentry-Auth header";
    check(
        "/",
        &[("x-sentry-auth", "Basic x")],
        &format!("{in_header}: it has to start with 'Sentry '"),
    );
    check(
        "/",
        &[("x-sentry-auth", "Sentry x=1")],
        &format!("{in_header}: sentry_key is missing"),
    );
    check(
        "/",
        &[("x-sentry-auth", "Sentry sentry_key=abc")],
        &format!("{in_header}: the key has to be 32 hexadecimal digits"),
    );
    let newer = format!("Sentry sentry_key={KEY}, sentry_version=8");
    check(
        "/",
        &[("x-sentry-auth", newer.as_str())],
        &format!("{in_header}: sentry_version has to be a number up to 7"),
    );
    check(
        "/?sentry_version=7",
        &[],
        "bad authorization in the query string: sentry_key is missing",
    );
    check(
        "/",
        &[("authorization", "Basic !!!")],
        "bad authorization in the Authorization header: it is not base64 of 'key:'",
    );
}

#[test]
fn an_envelope_names_its_dsn() {
    let project = ProjectId(42);
    let expected = Dsn { key: key(), project };
    for dsn in [
        format!("https://{KEY}@errors.example.com/42"),
        format!("http://{KEY}:secret@host:9000/a/path/42"),
    ] {
        let envelope = format!("{{\"dsn\":\"{dsn}\"}}\n{{}}");
        assert_eq!(dsn_of_envelope(envelope.as_bytes()), Ok(Some(expected)), "{dsn}");
    }
    assert_eq!(dsn_of_envelope(b"{}\n\"dsn\""), Ok(None));
    assert_eq!(dsn_of_envelope(b"{\"dsn\":null}"), Ok(None));
    assert!(dsn_of_envelope(b"{\"dsn\":\"https://host/42\"}").is_err());
}
