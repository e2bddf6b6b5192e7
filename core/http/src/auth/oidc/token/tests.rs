use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{EncodingKey, Header as Head, encode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::*;

const ISSUER: &str = "https://id.example.com";
const CLIENT: &str = "errand";
const NONCE: &str = "n-0S6";
const NOW: i64 = 1_790_000_000;

/// A key of a provider, and how it is listed.
struct Pair {
    signs: EncodingKey,
    listed: Value,
    public: Vec<u8>,
}

fn ed25519(id: &str) -> Pair {
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("made");
    let public = Ed25519KeyPair::from_pkcs8(made.as_ref())
        .expect("read")
        .public_key()
        .as_ref()
        .to_vec();
    Pair {
        signs: EncodingKey::from_ed_der(made.as_ref()),
        listed: json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": URL_SAFE_NO_PAD.encode(&public)}),
        public,
    }
}

fn p256(id: &str) -> Pair {
    let random = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("made");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random);
    let public = pair.expect("read").public_key().as_ref().to_vec();
    let (x, y) = public[1..].split_at(32);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    Pair {
        signs: EncodingKey::from_ec_der(made.as_ref()),
        listed: json!({"kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "alg": "ES256", "x": x, "y": y}),
        public,
    }
}

fn keys(listed: &[&Value]) -> Keys {
    Keys::read(json!({ "keys": listed }).to_string().as_bytes()).expect("keys")
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": CLIENT, "sub": "ada", "nonce": NONCE, "iat": NOW - 1, "exp": NOW + 300})
}

fn head(algorithm: Algorithm, id: &str) -> Head {
    let mut head = Head::new(algorithm);
    head.kid = Some(id.to_owned());
    head
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        nonce: NONCE,
        now: Timestamp::from_seconds(NOW),
    }
}

/// A token put together by hand.
fn raw(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (header, claims) = (header.to_string(), claims.to_string());
    format!(
        "{}.{}.{}",
        part(header.as_bytes()),
        part(claims.as_bytes()),
        part(signature)
    )
}

#[test]
fn a_token_of_either_kind_of_key_is_taken() {
    let (ed, ec) = (ed25519("ed"), p256("ec"));
    let keys = keys(&[&ed.listed, &ec.listed]);
    for (algorithm, id, pair) in [(Algorithm::EdDSA, "ed", &ed), (Algorithm::ES256, "ec", &ec)] {
        let token = encode(&head(algorithm, id), &claims(), &pair.signs).expect("signed");
        let read = check(&token, &keys, &expected()).expect("taken");
        assert_eq!(read["sub"], "ada");
        // A provider with one key need not name it.
        let token = encode(&Head::new(algorithm), &claims(), &pair.signs).expect("signed");
        assert!(check(&token, &keys, &expected()).is_ok(), "{id}");
    }
}

#[test]
fn each_claim_that_is_wrong_or_missing_is_named() {
    use TokenProblem::{Audience, AuthorizedParty, Claim, Expired, Future, Issuer, Nonce};
    let pair = ed25519("ed");
    let keys = keys(&[&pair.listed]);
    let long = "x".repeat(256);
    for (name, value, wanted) in [
        ("iss", json!("https://id.example.com/"), Issuer),
        ("iss", json!("https://evil.example"), Issuer),
        ("iss", json!(null), Claim("iss")),
        ("aud", json!("another"), Audience),
        ("aud", json!(["another"]), Audience),
        ("aud", json!([]), Audience),
        ("aud", json!(null), Claim("aud")),
        ("aud", json!([CLIENT, "another"]), AuthorizedParty),
        ("azp", json!("another"), AuthorizedParty),
        ("azp", json!(7), AuthorizedParty),
        ("exp", json!(NOW - 120), Expired),
        ("exp", json!("soon"), Claim("exp")),
        ("exp", json!(null), Claim("exp")),
        ("iat", json!(NOW + 121), Future),
        ("iat", json!(null), Claim("iat")),
        ("nbf", json!(NOW + 121), Future),
        ("nbf", json!("later"), Claim("nbf")),
        ("nonce", json!("another"), Nonce),
        ("nonce", json!(""), Nonce),
        ("nonce", json!(null), Claim("nonce")),
        ("sub", json!(""), Claim("sub")),
        ("sub", json!(long), Claim("sub")),
        ("sub", json!(42), Claim("sub")),
    ] {
        let mut wrong = claims();
        wrong[name] = value.clone();
        let token = encode(&head(Algorithm::EdDSA, "ed"), &wrong, &pair.signs).expect("signed");
        assert_eq!(check(&token, &keys, &expected()), Err(wanted), "{name}: {value}");
    }
}

#[test]
fn what_is_a_little_off_or_more_than_needed_is_taken() {
    let pair = ed25519("ed");
    let keys = keys(&[&pair.listed]);
    for (name, value) in [
        ("exp", json!(NOW - 60)),
        ("iat", json!(NOW + 60)),
        ("exp", json!(1_790_000_000.5)),
        ("azp", json!(CLIENT)),
        ("aud", json!([CLIENT])),
    ] {
        let mut odd = claims();
        odd[name] = value;
        let token = encode(&head(Algorithm::EdDSA, "ed"), &odd, &pair.signs).expect("signed");
        assert!(check(&token, &keys, &expected()).is_ok(), "{odd}");
    }
    let mut several = claims();
    several["aud"] = json!([CLIENT, "another"]);
    several["azp"] = json!(CLIENT);
    let token = encode(&head(Algorithm::EdDSA, "ed"), &several, &pair.signs).expect("signed");
    assert!(check(&token, &keys, &expected()).is_ok());
}

#[test]
fn nothing_is_taken_that_anybody_could_have_made() {
    let pair = p256("ec");
    let keys = keys(&[&pair.listed]);
    let refused = |token: &str| check(token, &keys, &expected()).expect_err("refused");
    for none in ["none", "None", "NONE", ""] {
        let token = raw(&json!({"alg": none, "kid": "ec"}), &claims(), b"");
        assert_eq!(refused(&token), TokenProblem::Algorithm(none.to_owned()));
    }
    // Signed with what everybody knows, as if it were a secret: the public key in each form that a library may have.
    let listed = pair.listed.to_string();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(&pair.public)
    );
    for public in [pair.public.as_slice(), listed.as_bytes(), pem.as_bytes()] {
        let secret = EncodingKey::from_secret(public);
        let token = encode(&head(Algorithm::HS256, "ec"), &claims(), &secret).expect("signed");
        assert_eq!(refused(&token), TokenProblem::Algorithm("HS256".to_owned()));
    }
    // A secret key in the provider's list is no key to check with.
    let oct = json!({"kty": "oct", "kid": "ec", "k": "c2VjcmV0"});
    assert!(Keys::read(json!({ "keys": [oct] }).to_string().as_bytes()).is_err());
    let other = p256("ec");
    let token = encode(&head(Algorithm::ES256, "ec"), &claims(), &other.signs).expect("signed");
    assert_eq!(refused(&token), TokenProblem::Signature);
    let token = encode(&head(Algorithm::ES256, "ec"), &claims(), &pair.signs).expect("signed");
    let (signed, _) = token.rsplit_once('.').expect("a signature");
    assert_eq!(refused(&format!("{signed}.")), TokenProblem::Signature);
    let (header, signature) = (
        signed.split('.').next().expect("one"),
        token.rsplit('.').next().expect("one"),
    );
    let mut richer = claims();
    richer["sub"] = json!("owner");
    let payload = URL_SAFE_NO_PAD.encode(richer.to_string());
    assert_eq!(
        refused(&format!("{header}.{payload}.{signature}")),
        TokenProblem::Signature
    );
}

#[test]
fn keys_are_used_for_what_they_are_for() {
    let (ed, ec) = (ed25519("ed"), p256("ec"));
    let keys_of = |listed: &[&Value]| keys(listed);
    let token = encode(&head(Algorithm::EdDSA, "new"), &claims(), &ed.signs).expect("signed");
    assert_eq!(
        check(&token, &keys_of(&[&ed.listed]), &expected()),
        Err(TokenProblem::UnknownKey)
    );
    // A key of one kind does not check what another signed, whatever it is called.
    let token = encode(&head(Algorithm::EdDSA, "ec"), &claims(), &ed.signs).expect("signed");
    assert_eq!(
        check(&token, &keys_of(&[&ec.listed]), &expected()),
        Err(TokenProblem::UnknownKey)
    );
    let mut for_encryption = ec.listed.clone();
    for_encryption["use"] = json!("enc");
    let mut for_other = ec.listed.clone();
    for_other["alg"] = json!("ES384");
    let token = encode(&head(Algorithm::ES256, "ec"), &claims(), &ec.signs).expect("signed");
    for listed in [&for_encryption, &for_other] {
        assert_eq!(
            check(&token, &keys_of(&[listed, &ed.listed]), &expected()),
            Err(TokenProblem::UnknownKey),
            "{listed}"
        );
    }
    // What makes no sense is passed over.
    let odd = json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"});
    assert!(check(&token, &keys_of(&[&odd, &json!(7), &ec.listed]), &expected()).is_ok());
}

#[test]
fn what_is_no_token_is_said_to_be_none() {
    let pair = ed25519("ed");
    let keys = keys(&[&pair.listed]);
    for text in ["", ".", "..", "a.b.c", "e30.e30.", "\u{fffd}.e30.e30"] {
        assert_eq!(
            check(text, &keys, &expected()),
            Err(TokenProblem::Malformed),
            "{text}"
        );
    }
    let long = raw(&json!({"alg": "EdDSA"}), &json!({"x": "x".repeat(LONGEST)}), b"");
    assert_eq!(check(&long, &keys, &expected()), Err(TokenProblem::Malformed));
    let critical = raw(
        &json!({"alg": "EdDSA", "crit": ["b64"], "b64": false}),
        &claims(),
        b"",
    );
    assert_eq!(check(&critical, &keys, &expected()), Err(TokenProblem::Critical));
}
