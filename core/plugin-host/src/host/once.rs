//! `once`: a journal of effects, in the key-value store under keys that plugins cannot name.
//!
//! An entry holds `i` and the time when somebody began, or `d` and what came of it. Who begins writes only over what
//! he read, so of two calls one takes the effect.

use crate::bindings::v1::errand::plugin::once::{Error, Host, State as Fate};
use crate::host::kv::check_key;
use crate::instance::State;
use crate::services::{JOURNAL_PREFIX, KvEntry, KvError};

const MAX_RESULT: usize = 16 << 10;
const INTENT: u8 = b'i';
const DONE: u8 = b'd';

impl Host for State {
    async fn begin(&mut self, key: String) -> Result<Fate, Error> {
        let key = self.journal_key(&key)?;
        let entry = self.shared.services.kv_get(self.installation, &key).await?;
        let (fate, revision) = match entry {
            None => (Fate::Fresh, 0),
            Some(entry) => (self.fate(&entry), entry.revision),
        };
        if matches!(fate, Fate::Done(_) | Fate::Busy) {
            return Ok(fate);
        }
        if self.is_dry_run {
            return Ok(Fate::Fresh);
        }
        let intent = [&[INTENT], self.now_millis().to_le_bytes().as_slice()].concat();
        let services = &self.shared.services;
        match services
            .kv_put(self.installation, &key, intent, Some(revision))
            .await
        {
            Ok(_) => Ok(fate),
            // Somebody was faster.
            Err(KvError::Conflict(_)) => Ok(Fate::Busy),
            Err(error) => Err(error.into()),
        }
    }

    async fn finish(&mut self, key: String, result: Vec<u8>) -> Result<(), Error> {
        let key = self.journal_key(&key)?;
        if result.len() > MAX_RESULT {
            return Err(Error::Quota(format!("a result may have {MAX_RESULT} bytes")));
        }
        if self.is_dry_run {
            return Ok(());
        }
        let done = [&[DONE], result.as_slice()].concat();
        self.shared
            .services
            .kv_put(self.installation, &key, done, None)
            .await?;
        Ok(())
    }

    async fn forget(&mut self, key: String) -> Result<(), Error> {
        let key = self.journal_key(&key)?;
        if !self.is_dry_run {
            self.shared.services.kv_delete(self.installation, &key).await?;
        }
        Ok(())
    }
}

impl State {
    fn journal_key(&mut self, key: &str) -> Result<String, Error> {
        check_key(key).map_err(Error::Invalid)?;
        self.take_kv_operation().map_err(Error::Quota)?;
        Ok(format!("{JOURNAL_PREFIX}{key}"))
    }

    fn now_millis(&self) -> i64 {
        self.shared.clock.now().millis()
    }

    /// What an entry says. No call lasts longer than the longest deadline: who began before that was cut.
    fn fate(&self, entry: &KvEntry) -> Fate {
        match entry.value.split_first() {
            Some((&DONE, result)) => Fate::Done(result.to_vec()),
            Some((&INTENT, began)) => {
                let began = began.try_into().map_or(0, i64::from_le_bytes);
                let longest = i64::try_from(self.shared.limits.wall.as_millis()).unwrap_or(i64::MAX);
                let is_under_way = (0..longest).contains(&self.now_millis().saturating_sub(began));
                if is_under_way { Fate::Busy } else { Fate::Unknown }
            }
            _ => Fate::Unknown,
        }
    }
}

impl From<KvError> for Error {
    fn from(error: KvError) -> Self {
        match error {
            KvError::Quota(message) => Error::Quota(message),
            // What the storage says is for the hub's own log.
            KvError::Conflict(_) | KvError::Unavailable(_) => {
                Error::Unavailable("the hub's storage fails".to_owned())
            }
        }
    }
}
