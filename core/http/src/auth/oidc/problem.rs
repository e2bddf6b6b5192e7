//! Why nobody is let in by the provider: what is wrong with its answer, or that the hub itself has a fault.

use super::admit::Refusal;
use crate::error::Error;

/// Why a provider's answer is not taken, for people to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// What the provider says or does.
    #[error("{0}")]
    Provider(String),
    /// Its ID token.
    #[error("The provider's ID token is not taken: {0}.")]
    Token(#[from] TokenProblem),
    /// Who it is that came.
    #[error("{0}")]
    Refused(#[from] Refusal),
}

impl Problem {
    /// What the provider says or does, in words.
    pub(super) fn provider(words: impl Into<String>) -> Self {
        Problem::Provider(words.into())
    }
}

/// What keeps somebody from signing in: a fault of the hub, or something to be told.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The hub's.
    Hub(Error),
    /// The provider's, or of what is set.
    Told(Problem),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Hub(error.into())
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Told(problem)
    }
}

/// Why an ID token is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenProblem {
    #[error("it is no signed token")]
    Malformed,
    #[error("it is signed by '{0}', which is not taken here")]
    Algorithm(String),
    #[error("it demands an extension (crit) that is not known here")]
    Critical,
    #[error("it is signed with a key that the provider does not list")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it lacks the claim {0}, or has it in a shape that makes no sense")]
    Claim(&'static str),
    #[error("it was made by another issuer (iss)")]
    Issuer,
    #[error("it was made for another client (aud)")]
    Audience,
    #[error("it was given to another client (azp)")]
    AuthorizedParty,
    #[error("it has expired (exp); is the hub's clock right?")]
    Expired,
    #[error("it was made in the future (iat, nbf); is the hub's clock right?")]
    Future,
    #[error("it belongs to another sign-in (nonce)")]
    Nonce,
}
