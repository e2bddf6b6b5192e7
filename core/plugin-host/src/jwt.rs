//! JSON Web Tokens, signed with an installation's secret. The plugin says the claims and never sees the token.

use errand_model::Timestamp;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::Value;

/// Bytes of the claims.
const MAX_CLAIMS: usize = 4 << 10;
/// Seconds that a token may live: should one leak by ways of the other side, it is of no use for long.
const MAX_LIFE: i64 = 3_600;

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// HMAC-SHA256 with the secret's text.
    Hs256,
    /// RSA, PKCS #1 padding, SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    const fn name(self) -> jsonwebtoken::Algorithm {
        match self {
            Algorithm::Hs256 => jsonwebtoken::Algorithm::HS256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        }
    }

    fn key(self, secret: &str) -> Option<EncodingKey> {
        let secret = secret.as_bytes();
        match self {
            Algorithm::Hs256 => Some(EncodingKey::from_secret(secret)),
            Algorithm::Rs256 => EncodingKey::from_rsa_pem(secret).ok(),
            Algorithm::Es256 => EncodingKey::from_ec_pem(secret).ok(),
        }
    }
}

/// Why there is no token. Says nothing of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwtError {
    #[error("the claims are no JSON object, or longer than {MAX_CLAIMS} bytes")]
    Claims,
    #[error("the claims need 'exp', in seconds and no later than an hour from now")]
    Life,
    #[error("the secret is no private key in PEM for this algorithm")]
    Key,
}

/// A token that says `claims`.
pub(crate) fn sign(
    algorithm: Algorithm,
    key_id: Option<&str>,
    claims: &str,
    secret: &str,
    now: Timestamp,
) -> Result<String, JwtError> {
    if claims.len() > MAX_CLAIMS {
        return Err(JwtError::Claims);
    }
    let read: Value = serde_json::from_str(claims).map_err(|_| JwtError::Claims)?;
    let expires = read.as_object().ok_or(JwtError::Claims)?.get("exp");
    let expires = expires.and_then(Value::as_i64).ok_or(JwtError::Life)?;
    if expires > now.seconds().saturating_add(MAX_LIFE) {
        return Err(JwtError::Life);
    }
    let mut header = Header::new(algorithm.name());
    header.kid = key_id.map(str::to_owned);
    let key = algorithm.key(secret).ok_or(JwtError::Key)?;
    jsonwebtoken::encode(&header, &read, &key).map_err(|_| JwtError::Key)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use ring::rand::SystemRandom;
    use ring::rsa;
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
    };
    use serde_json::json;
    use sha2::Sha256;

    use super::*;

    fn hmac(secret: &str, signed: &str) -> Option<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(signed.as_bytes());
        Some(mac.finalize().into_bytes().to_vec())
    }

    /// A key for this test alone.
    const RSA_KEY: &str = "\
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCvysU1LkC9rkLlK9SdRAsu8oee4CmPL8f4/SZOAOJpos26yVCA\
Q9fGln/eRVAgIw2OT8sxrSBkqfmz4dcAkRiyaoemSWMLCA2FVN3s92bx+2/xS48lkuXangn9PRm09Jf5ry7m339i4+KplaOksUFh\
SfQ+NI10MAakivNXvE0lMirBO0H/wGPnRRK1fzVvbenf9rCKi+w+iPpvJLu0miFS2GKLSKKfnOCSbXiFlNP31jbyK8G0FqD0GsId\
YMCjQLn4+PfekTP3N8E8iTC9Ui061XHJPL1KjvbKMjxyT8N5MMd8s0bpyeMe5z8Lehe7ajEmUB5S1U4Sju5K/O7g4F3vAgMBAAEC\
ggEAMRqodJ77aaCcQgy4wsdHgnEvzgLayQr1RolcIkzf8dcOtZ7XVETfKLNQe4OMCrYP6tFCNpmgI05RmFw85QUiy2+zfZEhT+sL\
b9ORfEhtYqm0Dshm7311pFgh/TGMlT3/l7jGFqqWmEaEwY8xm2cCFs2EIr4mRy7FJEBGEhtgx0Mg1OFk7a3pC19O7cfBJZhnH1/i\
CLTth0maCJNI3msPOnSwOxeH9e0Tb2eJ0GpstUSaqEP3/HkNsbV5f5GNZoD9xS2TZdNFduLTQdMeoIFhJ2BoKvpGDBzT1kEo/BAO\
cULkBR6brOTmsbduStdINJ+IWuAAGtburNm08ThjIkszVQKBgQD2RzQ+kJ3QzsQVw0w+vBK8Nx2LI+U0Qfg0No3euhdAIQF2wamr\
ctfGTdq3DbGYrvdkrugl+PjBo75WmG6SqZhwg7mrQH8h/aZt21cms0AI+ImF1Aos5m8ETOKvEepCFKcIZuptL/WqiWx7sBgsyIFx\
rflPwDte1cDOkvC4Vxf8hQKBgQC2u0KU1TNGhZT5YP/jQ8pQYNKxlyJ5h9MMJzBKYymMEr8+S/+C0+aDOAXc4oGO0OV6k8abnq+7\
LqvDTc5U7ySRHDSkcGOfF9/J2577qXRgs6FAiQgCkqpnkDJCWw+dcL3VUdZnaa2TIRvsPFY0lynCpVBhqqym6/jB4S8wd3Hk4wKB\
gQDAeh3m1/e/fhnaOGyaizrJRvocCM3V7ckiZZCzhhUt1Z3jRrBogrUJE0fg0R8ACZ7oXZqqMs+X53WXEEM69LljFlBB+4Jg+nDc\
YxTV9joRyM0SfwoE1YPmhICV+xZu1t1Ev8pv04/Y3NagRJxgQ8SHKEU1gzPjhoPN7yGbsNXaUQKBgC4SkPsNtlv1mlY2Ss52bTBO\
+VCllp+ly2SpDNf0oKkcoPOIHehSnTBAk9nZkmj76qA5Wj4qiIxdfBlGKNvpYALmZa+AVt3qGxa+NRum4hzvrZyj8E0VxblO9h0c\
8Jb1sidy9ugkEQujsXKi0+l2o6TcIaQ+cEG2BYZ8zHUf6KuZAoGADHFYAdZ9P5uIQSaQ4fnhezCEm06h99ryHKSzDlM4MGDRvEHc\
aMcdeo0+tHKZKc8bT+wR93gXHvyFCZrR4+dtVqIMcoz8qeVcv2mN5Y5j9sp4d+zcttXUe39Q8oz/I/fM8MxZrqveBanaK0pRQLRj\
doWgWtCq/Mm/QrbLFAujOLM=";
    const CLAIMS: &str = r#"{"iss":"errand","exp":1790000600}"#;

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_790_000_000)
    }

    fn pem(der: &str) -> String {
        let label = "PRIVATE KEY";
        format!("-----BEGIN {label}-----\n{der}\n-----END {label}-----\n")
    }

    fn verify(token: &str, algorithm: &'static dyn VerificationAlgorithm, public: &[u8]) {
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
        UnparsedPublicKey::new(algorithm, public)
            .verify(signed.as_bytes(), &signature)
            .expect("the signature is right");
    }

    #[test]
    fn a_token_says_its_claims_under_an_hmac() {
        let token = sign(Algorithm::Hs256, Some("k1"), CLAIMS, "secret", now()).expect("a token");
        let parts: Vec<_> = token.split('.').collect();
        let read = |part: &str| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
        };
        assert_eq!(read(parts[0]), json!({"alg": "HS256", "typ": "JWT", "kid": "k1"}));
        assert_eq!(read(parts[1]), json!({"iss": "errand", "exp": 1_790_000_600}));
        let signed = format!("{}.{}", parts[0], parts[1]);
        assert_eq!(URL_SAFE_NO_PAD.decode(parts[2]).ok(), hmac("secret", &signed));
    }

    #[test]
    fn private_keys_sign() {
        let der = STANDARD.decode(RSA_KEY).expect("base64");
        let public = rsa::KeyPair::from_pkcs8(&der)
            .expect("a key")
            .public()
            .as_ref()
            .to_vec();
        let token = sign(Algorithm::Rs256, None, CLAIMS, &pem(RSA_KEY), now()).expect("a token");
        verify(&token, &RSA_PKCS1_2048_8192_SHA256, &public);

        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random).expect("a key");
        let token = sign(
            Algorithm::Es256,
            None,
            CLAIMS,
            &pem(&STANDARD.encode(&der)),
            now(),
        )
        .expect("a token");
        verify(&token, &ECDSA_P256_SHA256_FIXED, key.public_key().as_ref());
    }

    #[test]
    fn what_makes_no_token_says_why_and_nothing_of_the_secret() {
        let try_signing = |algorithm, claims| sign(algorithm, None, claims, "no key", now());
        for claims in ["", "[]", "{", "\"exp\""] {
            assert_eq!(
                try_signing(Algorithm::Hs256, claims),
                Err(JwtError::Claims),
                "{claims}"
            );
        }
        for claims in ["{}", r#"{"exp":"soon"}"#, r#"{"exp":1790003601}"#] {
            assert_eq!(
                try_signing(Algorithm::Hs256, claims),
                Err(JwtError::Life),
                "{claims}"
            );
        }
        for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
            assert_eq!(try_signing(algorithm, CLAIMS), Err(JwtError::Key));
        }
    }
}
