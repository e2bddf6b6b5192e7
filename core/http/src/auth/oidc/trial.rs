//! Trying a provider before people depend on it: what is right, and in plain words what is not.

use errand_model::single_sign_on::Client;

use super::exchange::{self, Brought, Refusal};
use super::knowledge;
use super::problem::Problem;
use super::wire::IdentityWire;

/// What was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Whether it is as it should be; none where that cannot be told.
    pub(crate) is_good: Option<bool>,
    /// What it is.
    pub(crate) text: String,
}

impl Finding {
    fn good(text: impl Into<String>) -> Self {
        Finding {
            is_good: Some(true),
            text: text.into(),
        }
    }

    fn bad(text: impl Into<String>) -> Self {
        Finding {
            is_good: Some(false),
            text: text.into(),
        }
    }
}

impl From<Problem> for Finding {
    fn from(problem: Problem) -> Self {
        Finding::bad(problem.to_string())
    }
}

/// Tries it as far as that goes without a person.
pub(crate) async fn run(wire: &dyn IdentityWire, client: &Client, redirect_uri: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let document = match knowledge::document(wire, &client.settings.issuer).await {
        Ok(document) => document,
        Err(problem) => return vec![problem.into()],
    };
    findings.push(Finding::good(
        "The provider is there, calls itself what is set, and offers the code flow with PKCE.",
    ));
    match knowledge::keys(wire, &document).await {
        Ok(keys) => findings.push(Finding::good(match keys.len() {
            1 => "It has a key to check its signatures with.".to_owned(),
            several => format!("It has {several} keys to check its signatures with."),
        })),
        Err(problem) => findings.push(problem.into()),
    }
    // Nothing that anybody was given: a provider that knows the client says that the code is wrong.
    let made_up = Brought {
        code: "errand-tries-whether-it-is-known",
        verifier: "errand-tries-whether-it-is-known-errand-tries-it",
        redirect_uri,
    };
    findings.push(match exchange::ask(wire, &document, client, &made_up).await {
        Ok(reply) => about_client(reply.status, &Refusal::of(&reply)),
        Err(problem) => problem.into(),
    });
    findings
}

fn about_client(status: u16, refusal: &Refusal) -> Finding {
    match refusal.error.as_str() {
        "invalid_grant" => Finding::good("It knows the client id, and the secret is right."),
        "invalid_client" => Finding::bad(format!(
            "It does not know the client, or the secret is wrong ({}).",
            refusal.said()
        )),
        "unauthorized_client" => Finding::bad(format!(
            "It knows the client, but does not let it use the code flow ({}).",
            refusal.said()
        )),
        _ => Finding {
            is_good: None,
            text: format!(
                "Whether client id and secret are right cannot be told: it answered {status} {}",
                refusal.said()
            ),
        },
    }
}
