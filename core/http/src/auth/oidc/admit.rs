//! Whom the hub lets in of those whom the provider knows.
//!
//! By what the provider calls them, once that is known here; before, by their address, and then only where the provider says
//! that it is theirs: or else anybody who can write any address into their account there would be let into anybody's here.

use errand_model::single_sign_on::SingleSignOn;
use errand_store::people::{self, Person};
use errand_store::single_sign_on;
use errand_store::{Context, Tx};

use super::arrival::Arrival;
use crate::error::Error;

/// Who came in.
#[derive(Debug)]
pub(crate) enum Admitted {
    /// Somebody who came by the provider before.
    Known(Person),
    /// Somebody who had an account, by the address.
    Joined(Person),
    /// Somebody new.
    New(Person),
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("The provider says no e-mail address of you: it has to hand out the scope 'email'.")]
    NoAddress,
    #[error(
        "The provider does not say that your e-mail address is yours (email_verified): have it confirm the address first."
    )]
    NotVerified,
    #[error("People with an address of your domain are not let in here.")]
    Domain,
    #[error("Nobody has an account here with your address: ask an administrator to invite you.")]
    Nobody,
    #[error(
        "The account of your address belongs to somebody else at the provider: ask an administrator to unlink it."
    )]
    Taken,
    #[error("At the provider you are somebody who has another account here: sign in with that one.")]
    Another,
}

/// Decides it, and writes down what follows from it.
pub(crate) async fn admit(
    tx: &mut Tx,
    cx: Context<'_>,
    settings: &SingleSignOn,
    arrival: &Arrival,
) -> Result<Result<Admitted, Refusal>, Error> {
    let identity = (arrival.issuer.as_str(), arrival.subject.as_str());
    let email = address(settings, arrival);
    if let Err(refusal) = email
        && !settings.domains.is_empty()
    {
        return Ok(Err(refusal));
    }
    if let Some(person) = single_sign_on::by_identity(&mut *tx, identity.0, identity.1).await? {
        let said = arrival.email.as_deref().unwrap_or_default();
        single_sign_on::used(tx, cx.now(), identity, said).await?;
        return Ok(Ok(Admitted::Known(person)));
    }
    let email = match email {
        Ok(email) => email,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (person, is_new) = match (people::by_email(&mut *tx, email).await?, settings.newcomers) {
        (Some(person), _) => (person, false),
        (None, None) => return Ok(Err(Refusal::Nobody)),
        (None, Some(role)) => match people::create(tx, cx, email, &arrival.name, role).await {
            Ok(person) => (person, true),
            Err(errand_store::Error::Invalid { .. }) => return Ok(Err(Refusal::NoAddress)),
            Err(error) => return Err(error.into()),
        },
    };
    let is_linked = single_sign_on::link(tx, cx, person.id, identity, email).await?;
    Ok(match (is_linked, is_new) {
        (false, _) => Err(Refusal::Taken),
        (true, true) => Ok(Admitted::New(person)),
        (true, false) => Ok(Admitted::Joined(person)),
    })
}

/// Their address, if it is theirs and of a domain that is taken.
pub(crate) fn address<'a>(settings: &SingleSignOn, arrival: &'a Arrival) -> Result<&'a str, Refusal> {
    let email = arrival.email.as_deref().ok_or(Refusal::NoAddress)?;
    if !arrival.is_verified.unwrap_or(settings.trusts_addresses) {
        return Err(Refusal::NotVerified);
    }
    match settings.takes(email) {
        true => Ok(email),
        false => Err(Refusal::Domain),
    }
}
