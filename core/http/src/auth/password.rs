//! Passwords: what is a good one, making their hashes, checking them.
//!
//! Argon2id with the parameters that OWASP recommends takes 19 MiB and some 20 ms, on purpose: so it runs on threads of its
//! own, and few at a time.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use errand_model::Secret;
use tokio::sync::Semaphore;

use crate::error::Error;

/// Characters of the shortest password.
pub(crate) const SHORTEST: usize = 12;
/// Characters of the longest one: hashing more costs and says nothing.
pub(crate) const LONGEST: usize = 200;

/// Hashes that are made at once.
const AT_ONCE: usize = 2;

/// The hash of no password that anybody has: who has none takes as long to be refused as who has one.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$ZXJyYW5kLW5vYm9keXM$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Makes and checks hashes of passwords, a few at a time.
#[derive(Debug)]
pub(crate) struct Passwords {
    room: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Passwords {
            room: Semaphore::new(AT_ONCE),
        }
    }

    /// The hash of a password, as it is stored.
    pub(crate) async fn hash(&self, password: Secret<String>) -> Result<String, Error> {
        self.work(move || {
            let hash = Argon2::default().hash_password(password.reveal().as_bytes());
            hash.map(|hash| hash.to_string())
        })
        .await?
        .map_err(|why| Error::internal(Unhashable(why.to_string())))
    }

    /// Whether a password is that of the hash; of none it never is, after as long.
    pub(crate) async fn is_right(
        &self,
        password: Secret<String>,
        hash: Option<String>,
    ) -> Result<bool, Error> {
        self.work(move || {
            let wanted = hash.as_deref().unwrap_or(NOBODYS);
            let checked = Argon2::default().verify_password(password.reveal().as_bytes(), wanted);
            checked.is_ok() && hash.is_some()
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _room = self.room.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

/// That a hash cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("a password cannot be hashed: {0}")]
struct Unhashable(String);

/// What is wrong with a new password, in words; none where it is good. Length is what counts: rules on which
/// characters to use make people write passwords down.
pub(crate) fn problem(password: &str, email: &str) -> Option<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(format!(
            "A password has at least {SHORTEST} characters: a few words will do."
        ));
    }
    if length > LONGEST {
        return Some(format!("A password has at most {LONGEST} characters."));
    }
    let lower = password.to_lowercase();
    let first = lower.chars().next();
    if lower.chars().all(|c| Some(c) == first) || lower.contains(&email.to_lowercase()) {
        return Some(
            "Nobody should guess it: not your address, nor one character again and again.".to_owned(),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_password_that_was_hashed_is_right() {
        let passwords = Passwords::new();
        let hash = passwords
            .hash(secret("correct horse battery"))
            .await
            .expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let is_right = async |text: &str, hash: Option<&String>| {
            let answer = passwords.is_right(secret(text), hash.cloned()).await;
            answer.expect("checked")
        };
        assert!(is_right("correct horse battery", Some(&hash)).await);
        assert!(!is_right("correct horse batterz", Some(&hash)).await);
        assert!(!is_right("correct horse battery", None).await);
        assert!(!is_right("", Some(&"no hash".to_owned())).await);
        let again = passwords
            .hash(secret("correct horse battery"))
            .await
            .expect("hashed");
        assert_ne!(hash, again, "each has a salt of its own");
    }

    #[test]
    fn nobodys_hash_takes_as_long_as_anybodys() {
        let nobodys = argon2::PasswordHash::new(NOBODYS).expect("it is a hash");
        let ours = Argon2::default().hash_password(b"anything").expect("hashed");
        assert_eq!(nobodys.params, ours.params);
        assert_eq!(nobodys.algorithm, ours.algorithm);
    }

    #[test]
    fn short_and_telling_passwords_are_refused() {
        let long = "x1".repeat(101);
        for bad in [
            "",
            "eleven char",
            "aaaaaaaaaaaaaaaa",
            "ada@example.com",
            "I-am-Ada@Example.com",
            &long,
        ] {
            assert!(problem(bad, "ada@example.com").is_some(), "{bad}");
        }
        assert_eq!(problem("twelve chars", "ada@example.com"), None);
        assert_eq!(problem("zwölf Zeichen", "ada@example.com"), None);
    }
}
