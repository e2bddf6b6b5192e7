//! What is remembered of an issue's messages: an entry of `kv` for each issue, and of `once` while one is being posted.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::board::Posted;
use crate::Failure;
use crate::kv;
use crate::once::{self, Fate, Mine};

/// Changes that are remembered as told; older ones do not come again.
const TOLD: usize = 64;
/// Entries that make room when there is none: the oldest issues'.
const PRUNED: u32 = 50;

/// The messages of one issue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The card in each room.
    pub(super) cards: BTreeMap<String, Posted>,
    /// What was said, by change and room.
    pub(super) told: VecDeque<String>,
    /// Why a rule wanted it to be told, last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alert: Option<String>,
    /// Events when the cards were brought up to date last.
    #[serde(default)]
    pub(super) events: u64,
    #[serde(skip)]
    revision: u64,
}

impl Record {
    /// Of an issue; an empty one where nothing was posted.
    pub(super) fn of(issue: &str) -> Result<Self, Failure> {
        let read = kv::get_json::<Record>(&key(issue))?;
        Ok(read.map_or_else(Record::default, |(record, revision)| Record {
            revision,
            ..record
        }))
    }

    /// Writes it; fails where another call wrote meanwhile.
    pub(super) fn keep(&mut self, issue: &str) -> Result<(), Failure> {
        while self.told.len() > TOLD {
            self.told.pop_front();
        }
        self.revision = match kv::put_json(&key(issue), self, Some(self.revision)) {
            Err(kv::Error::Quota(_)) => {
                prune()?;
                kv::put_json(&key(issue), self, Some(self.revision))?
            }
            written => written?,
        };
        Ok(())
    }

    /// Whether a change was told in a room.
    pub(super) fn is_told(&self, what: &str) -> bool {
        self.told.iter().any(|told| told == what)
    }
}

/// What a call that was cut may have left.
#[derive(Debug)]
pub(super) enum Taken {
    /// Nothing: nobody has begun.
    Fresh(Mine),
    /// Something, or not: ask first.
    Unknown(Mine),
}

/// Takes the posting of something that is not told yet.
pub(super) fn take(what: &str) -> Result<Taken, Failure> {
    Ok(match once::begin::<()>(what)? {
        Fate::Fresh(mine) => Taken::Fresh(mine),
        // It is not in the record, which is written before the journal forgets: so it is not known to be done.
        Fate::Unknown(mine) => Taken::Unknown(mine),
        Fate::Done(()) => return Err(Failure::retry(format!("'{what}' is being written down"))),
    })
}

fn key(issue: &str) -> String {
    // Ids grow with time: of one length, so do keys.
    format!("cards/{issue:0>20}")
}

/// Takes the entries of the oldest issues away.
fn prune() -> Result<(), Failure> {
    for key in kv::keys("cards/", None, PRUNED)? {
        kv::delete(&key)?;
    }
    Ok(())
}
