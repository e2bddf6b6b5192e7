//! What is done about mail that comes back: over the API, or by `errand mail bounce`.

use errand_model::Timestamp;
use errand_pipeline::returned::{self, What};
use errand_store::Db;
use errand_store::mail::{self, Bounce, Counted, Reason};

/// What came of a mail that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is no report, or about no mail of this hub.
    Foreign,
    /// It says nothing that matters: that a mail is late, or arrived.
    Nothing,
    /// It is remembered; the address gets mail still.
    Remembered(String),
    /// The address gets no more mail.
    Refused(String),
}

impl Taken {
    /// In a word, for programs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Taken::Foreign => "foreign",
            Taken::Nothing => "nothing",
            Taken::Remembered(_) => "remembered",
            Taken::Refused(_) => "refused",
        }
    }

    /// Whose mail it was.
    pub fn address(&self) -> Option<&str> {
        match self {
            Taken::Foreign | Taken::Nothing => None,
            Taken::Remembered(address) | Taken::Refused(address) => Some(address),
        }
    }

    /// In a sentence, for people.
    pub fn in_words(&self) -> String {
        match self {
            Taken::Foreign => "it is no report about a mail of this hub".to_owned(),
            Taken::Nothing => "it says nothing that matters here".to_owned(),
            Taken::Remembered(address) => format!("{address} is written to still; this is remembered"),
            Taken::Refused(address) => format!("{address} is written to no more"),
        }
    }
}

/// Reads a mail that came back, and does what it says. `to` is whom it was sent to, where that is known besides;
/// `bounces` is the address for bounces, empty where there is none.
pub async fn take(
    db: &Db,
    now: Timestamp,
    message: &[u8],
    to: Option<&str>,
    bounces: &str,
) -> errand_store::Result<Taken> {
    let Some(returned) = returned::read(message, to, bounces) else {
        return Ok(Taken::Foreign);
    };
    let (reason, is_for_good) = match returned.what {
        What::Nothing => return Ok(Taken::Nothing),
        What::Complaint => (Reason::Complained, true),
        What::Failed { is_for_good } => (Reason::Bounced, is_for_good),
    };
    let bounce = Bounce {
        reason,
        is_for_good,
        details: returned.said,
    };
    let mut tx = db.begin().await?;
    let mut taken = Taken::Foreign;
    for token in &returned.tokens {
        taken = match mail::bounced(&mut tx, now, token, &bounce).await? {
            Counted::Unknown => continue,
            Counted::Remembered(address) => Taken::Remembered(address),
            Counted::Refused(address) => Taken::Refused(address),
        };
        break;
    }
    tx.commit().await?;
    Ok(taken)
}
