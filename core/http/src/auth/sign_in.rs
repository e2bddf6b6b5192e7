//! Signing in with an address and a password, and what slows down who guesses.
//!
//! A try is counted before it is looked at, so that many at once are many; who succeeds is forgiven. Guessers of one
//! account from one address soon wait long. An account that is guessed from everywhere waits briefly at most: or else
//! anybody could lock anybody out.

use std::net::IpAddr;

use errand_model::patience::Patience;
use errand_model::{Secret, Timestamp};
use errand_store::people::Person;
use errand_store::{passwords, sign_in_failures};

use crate::AppState;
use crate::error::Error;

/// One account, tried from one address.
const PAIR: Patience = Patience {
    free: 5,
    first_seconds: 30,
    most_seconds: 900,
};
/// Any accounts, tried from one address. An office may share one.
const ADDRESS: Patience = Patience {
    free: 50,
    first_seconds: 30,
    most_seconds: 900,
};
/// One account, tried from anywhere.
const ACCOUNT: Patience = Patience {
    free: 50,
    first_seconds: 15,
    most_seconds: 60,
};

/// What became of a try.
#[derive(Debug)]
pub(crate) enum Tried {
    /// They are who they say.
    In(Person),
    /// There is no such account, or the password is not its.
    Wrong,
    /// Too many failed: nothing is looked at until then.
    Wait(Timestamp),
}

/// Finds out who signs in.
pub(crate) async fn with_password(
    state: &AppState,
    email: &str,
    password: Secret<String>,
    from: Option<IpAddr>,
) -> Result<Tried, Error> {
    let subjects = Subjects::of(email, from);
    if let Some(until) = subjects.count(state).await? {
        return Ok(Tried::Wait(until));
    }
    let (person, hash) = passwords::by_email(&state.db, email).await?.unzip();
    if !state.passwords.is_right(password, hash).await? {
        return Ok(Tried::Wrong);
    }
    match person {
        Some(person) => {
            subjects.forgive(state).await?;
            Ok(Tried::In(person))
        }
        None => Ok(Tried::Wrong),
    }
}

/// What a try has in common with others.
struct Subjects([(String, Patience); 3]);

impl Subjects {
    fn of(email: &str, from: Option<IpAddr>) -> Self {
        let account = email.trim().to_lowercase();
        let address = from.map_or_else(|| "nowhere".to_owned(), network);
        Subjects([
            (format!("account {account} from {address}"), PAIR),
            (format!("address {address}"), ADDRESS),
            (format!("account {account}"), ACCOUNT),
        ])
    }

    /// Counts a try, unless one of them has to wait.
    async fn count(&self, state: &AppState) -> Result<Option<Timestamp>, Error> {
        let now = state.now();
        let mut tx = state.db.begin().await?;
        let mut wait = None;
        for (subject, patience) in &self.0 {
            let failed = sign_in_failures::of(&mut tx, now, subject).await?;
            let until = failed.and_then(|(failures, last)| patience.until(failures, last));
            wait = wait.max(until.filter(|until| *until > now));
        }
        if wait.is_none() {
            for (subject, _) in &self.0 {
                sign_in_failures::add(&mut tx, state.context(), subject).await?;
            }
        }
        tx.commit().await?;
        Ok(wait)
    }

    async fn forgive(&self, state: &AppState) -> Result<(), Error> {
        let mut tx = state.db.begin().await?;
        for (subject, _) in &self.0 {
            sign_in_failures::clear(&mut tx, subject).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The address, or of IPv6 the network, for one who has one of those has all its addresses.
pub(crate) fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
