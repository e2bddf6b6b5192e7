//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes in its place.

use errand_model::patience::Patience;
use errand_model::{Secret, Timestamp, UserId};
use errand_store::two_factor::{self, Seed};
use errand_store::{Tx, sign_in_failures};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Builder, Secret as TotpSecret, Totp};

use crate::AppState;
use crate::error::Error;

/// Guesses at one person's codes.
const GUESSES: Patience = Patience {
    free: 5,
    first_seconds: 30,
    most_seconds: 900,
};

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It was right, and is used up.
    Right,
    /// It was wrong, or used already.
    Wrong,
    /// Too many were wrong: nothing is looked at until then.
    Wait(Timestamp),
}

/// Checks a code of somebody, and uses it up. A try is counted before it is looked at.
pub(crate) async fn check(state: &AppState, person: UserId, code: &str) -> Result<Checked, Error> {
    let subject = format!("second factor of {person}");
    let mut tx = state.db.begin().await?;
    let failed = sign_in_failures::of(&mut tx, state.now(), &subject).await?;
    let until = failed.and_then(|(failures, last)| GUESSES.until(failures, last));
    if let Some(until) = until.filter(|until| *until > state.now()) {
        return Ok(Checked::Wait(until));
    }
    sign_in_failures::add(&mut tx, state.context(), &subject).await?;
    let is_right = uses(state, &mut tx, person, code).await?;
    if is_right {
        sign_in_failures::clear(&mut tx, &subject).await?;
    }
    tx.commit().await?;
    Ok(if is_right { Checked::Right } else { Checked::Wrong })
}

async fn uses(state: &AppState, tx: &mut Tx, person: UserId, code: &str) -> Result<bool, Error> {
    let Some(factor) = two_factor::of(&mut *tx, person).await? else {
        return Ok(false);
    };
    let plain: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(step) = step_of(&factor.seed, &plain, state.now())? {
        return Ok(two_factor::use_step(tx, person, step).await?);
    }
    Ok(factor.is_on && two_factor::use_code(tx, person, &plain).await?)
}

/// The step whose code it is: the one now, the one before or the one after.
fn step_of(seed: &Secret<Seed>, code: &str, now: Timestamp) -> Result<Option<u64>, Error> {
    let seconds = u64::try_from(now.micros() / 1_000_000).unwrap_or(0);
    Ok(totp(seed)?.check(code, seconds))
}

fn totp(seed: &Secret<Seed>) -> Result<Totp, Error> {
    let secret = TotpSecret::new_stack(*seed.reveal());
    let made = Builder::new().with_secret(secret).build();
    made.map_err(|why| Error::internal(format!("a second factor cannot be used: {why}")))
}

/// What an app reads from the picture, and what a person types where it cannot.
pub(crate) struct Enrolment {
    /// The secret in base 32, in groups.
    pub(crate) typed: String,
    /// `otpauth://…`
    pub(crate) url: String,
}

/// What somebody gives to their app.
pub(crate) fn enrolment(seed: &Secret<Seed>, email: &str) -> Enrolment {
    let base32 = TotpSecret::new_stack(*seed.reveal()).to_base32();
    let email = utf8_percent_encode(email, NON_ALPHANUMERIC);
    let groups: Vec<String> = base32
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    Enrolment {
        url: format!("otpauth://totp/Errand:{email}?secret={base32}&issuer=Errand"),
        typed: groups.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed and the codes of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = Secret::new(*b"12345678901234567890");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            let now = Timestamp::from_seconds(seconds);
            let step = u64::try_from(seconds / 30).expect("positive");
            assert_eq!(
                step_of(&seed, code, now).expect("checked"),
                Some(step),
                "{seconds}"
            );
            assert_eq!(step_of(&seed, code, now.plus_seconds(90)).expect("checked"), None);
            assert_eq!(step_of(&seed, "", now).expect("checked"), None);
        }
    }

    #[test]
    fn an_app_is_told_whose_code_it_is() {
        let enrolment = enrolment(&Secret::new(*b"12345678901234567890"), "ada@example.com");
        assert_eq!(
            enrolment.url,
            "otpauth://totp/Errand:ada%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Errand"
        );
        assert!(enrolment.typed.starts_with("GEZD GNBV "));
    }
}
