//! What a provider says of itself (OpenID Connect Discovery 1.0), and whether the hub can work with it.

use errand_model::single_sign_on::is_safe_address;
use serde::Deserialize;

use super::problem::Problem;
use super::token::ALGORITHMS;
use super::wire::said;

/// How the hub proves to the token endpoint who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// In the header `Authorization`.
    Basic,
    /// In the form.
    Post,
}

/// The document, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Document {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    pub(super) userinfo_endpoint: Option<String>,
    response_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether people are sent back with the name of the provider (RFC 9207).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the document is.
pub(super) fn address(issuer: &str) -> String {
    format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    )
}

impl Document {
    /// Reads what a provider answered, and checks that it is the one that was asked for.
    pub(super) fn read(body: &[u8], issuer: &str) -> Result<Self, Problem> {
        let document: Document = serde_json::from_slice(body).map_err(|why| {
            Problem::provider(format!(
                "{} is no discovery document: {why}. Is the issuer right?",
                address(issuer)
            ))
        })?;
        document.check(issuer)?;
        Ok(document)
    }

    fn check(&self, issuer: &str) -> Result<(), Problem> {
        if self.issuer != issuer {
            return Err(Problem::provider(format!(
                "The provider calls itself '{}', and '{issuer}' is set: the two have to be the same, to the last slash.",
                said(&self.issuer)
            )));
        }
        let addresses = [
            ("authorization_endpoint", Some(&self.authorization_endpoint)),
            ("token_endpoint", Some(&self.token_endpoint)),
            ("jwks_uri", Some(&self.jwks_uri)),
            ("userinfo_endpoint", self.userinfo_endpoint.as_ref()),
        ];
        for (name, address) in addresses {
            if let Some(address) = address.filter(|address| !is_safe_address(address)) {
                return Err(Problem::provider(format!(
                    "The provider's {name} is '{}': it has to begin with https://.",
                    said(address)
                )));
            }
        }
        let lacks = |listed: &Option<Vec<String>>, wanted: &[&str]| {
            let lists = listed.as_ref();
            lists.is_some_and(|listed| !listed.iter().any(|one| wanted.contains(&one.as_str())))
        };
        if lacks(&self.response_types_supported, &["code"]) {
            return Err(Problem::provider(
                "The provider does not offer the authorization code flow (response type 'code').",
            ));
        }
        if lacks(&self.code_challenge_methods_supported, &["S256"]) {
            return Err(Problem::provider("The provider does not offer PKCE with S256."));
        }
        let algorithms = ALGORITHMS.map(|(name, _)| name);
        if lacks(&self.id_token_signing_alg_values_supported, &algorithms) {
            return Err(Problem::provider(format!(
                "The provider signs ID tokens in no way that is taken here; one of {} is needed.",
                algorithms.join(", ")
            )));
        }
        Ok(())
    }

    /// How the hub proves who it is with a secret.
    pub(super) fn proof(&self) -> Result<Proof, Problem> {
        let Some(offered) = &self.token_endpoint_auth_methods_supported else {
            return Ok(Proof::Basic);
        };
        let offers = |wanted: &str| offered.iter().any(|one| one == wanted);
        match (offers("client_secret_basic"), offers("client_secret_post")) {
            (true, _) => Ok(Proof::Basic),
            (false, true) => Ok(Proof::Post),
            (false, false) => Err(Problem::provider(
                "The provider takes no client secret (neither client_secret_basic nor client_secret_post): \
                 register the hub as a public client.",
            )),
        }
    }

    /// Whether people may have been sent back by this provider (RFC 9207): another's answer is mixed up with it.
    pub(super) fn sent(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => iss == self.issuer,
            None => !self.authorization_response_iss_parameter_supported,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example.com/acme";

    fn good() -> Value {
        json!({"issuer": ISSUER, "authorization_endpoint": "https://id.example.com/auth",
            "token_endpoint": "https://id.example.com/token", "jwks_uri": "https://id.example.com/keys"})
    }

    fn with(field: &str, value: Value) -> Result<Document, Problem> {
        let mut changed = good();
        changed[field] = value;
        Document::read(changed.to_string().as_bytes(), ISSUER)
    }

    #[test]
    fn a_provider_that_cannot_be_worked_with_is_told_why() {
        assert!(Document::read(good().to_string().as_bytes(), ISSUER).is_ok());
        for (field, value, word) in [
            (
                "issuer",
                json!("https://id.example.com/acme/"),
                "to the last slash",
            ),
            (
                "token_endpoint",
                json!("http://id.example.com/token"),
                "token_endpoint",
            ),
            ("userinfo_endpoint", json!("ftp://x"), "userinfo_endpoint"),
            ("jwks_uri", json!(null), "no discovery document"),
            ("response_types_supported", json!(["id_token"]), "code flow"),
            ("code_challenge_methods_supported", json!(["plain"]), "S256"),
            (
                "id_token_signing_alg_values_supported",
                json!(["HS256", "none"]),
                "RS256",
            ),
        ] {
            let said = with(field, value).expect_err("refused").to_string();
            assert!(said.contains(word), "{field}: {said}");
        }
        assert!(Document::read(b"<html>", ISSUER).is_err());
    }

    #[test]
    fn the_secret_goes_as_the_provider_takes_it() {
        let proof = |methods: Value| {
            let document = with("token_endpoint_auth_methods_supported", methods).expect("read");
            document.proof()
        };
        assert_eq!(proof(json!(null)).ok(), Some(Proof::Basic));
        assert_eq!(proof(json!(["client_secret_post"])).ok(), Some(Proof::Post));
        assert_eq!(
            proof(json!(["client_secret_post", "client_secret_basic"])).ok(),
            Some(Proof::Basic)
        );
        assert!(proof(json!(["private_key_jwt"])).is_err());
    }

    #[test]
    fn an_answer_of_another_provider_is_not_taken() {
        let strict = with("authorization_response_iss_parameter_supported", json!(true)).expect("read");
        assert!(strict.sent(Some(ISSUER)));
        assert!(!strict.sent(None) && !strict.sent(Some("https://evil.example")));
        let old = with("userinfo_endpoint", json!(null)).expect("read");
        assert!(old.sent(None) && !old.sent(Some("https://evil.example")));
    }
}
