//! `kv`: the installation's own small memory.

use crate::bindings::v1::errand::plugin::kv::{Entry, Error, Host};
use crate::instance::State;
use crate::services::KvError;

const MAX_KEY: usize = 512;
const MAX_KEYS: u32 = 1000;
/// Keys have no control characters; this is the last of those that sort before the rest.
const BEFORE_ALL_KEYS: &str = "\u{1f}";

impl Host for State {
    async fn get(&mut self, key: String) -> Result<Option<Entry>, Error> {
        self.begin(&key)?;
        let entry = self.shared.services.kv_get(self.installation, &key).await?;
        Ok(entry.map(|entry| Entry {
            value: entry.value,
            revision: entry.revision,
        }))
    }

    async fn put(&mut self, key: String, value: Vec<u8>, expect: Option<u64>) -> Result<u64, Error> {
        self.begin(&key)?;
        let limit = self.shared.limits.kv_value;
        if value.len() > limit {
            return Err(Error::Quota(format!("a value may have {limit} bytes")));
        }
        if self.is_dry_run {
            return Ok(expect.unwrap_or(0) + 1);
        }
        Ok(self
            .shared
            .services
            .kv_put(self.installation, &key, value, expect)
            .await?)
    }

    async fn delete(&mut self, key: String) -> Result<(), Error> {
        self.begin(&key)?;
        if self.is_dry_run {
            return Ok(());
        }
        Ok(self.shared.services.kv_delete(self.installation, &key).await?)
    }

    async fn keys(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        self.count()?;
        let limit = limit.min(MAX_KEYS);
        // Keys of the journal lie before all others and are not the plugin's to see.
        let after = after.as_deref().unwrap_or_default().max(BEFORE_ALL_KEYS);
        let services = &self.shared.services;
        Ok(services
            .kv_keys(self.installation, &prefix, Some(after), limit)
            .await?)
    }
}

impl State {
    fn begin(&mut self, key: &str) -> Result<(), Error> {
        check_key(key).map_err(Error::Invalid)?;
        self.count()
    }

    fn count(&mut self) -> Result<(), Error> {
        self.take_kv_operation().map_err(Error::Quota)
    }

    /// One read or write less for this call; or why not.
    pub(super) fn take_kv_operation(&mut self) -> Result<(), String> {
        let left = self.kv_operations_left.checked_sub(1);
        self.kv_operations_left = left.ok_or_else(|| {
            let limit = self.shared.limits.kv_operations;
            format!("a call may read and write {limit} times")
        })?;
        Ok(())
    }
}

/// What is wrong with a key.
pub(super) fn check_key(key: &str) -> Result<(), String> {
    if key.is_empty() || key.len() > MAX_KEY || key.chars().any(char::is_control) {
        return Err(format!(
            "a key has 1 to {MAX_KEY} bytes and no control characters"
        ));
    }
    Ok(())
}

impl From<KvError> for Error {
    fn from(error: KvError) -> Self {
        match error {
            KvError::Quota(message) => Error::Quota(message),
            KvError::Conflict(revision) => Error::Conflict(revision),
            // What the storage says is for the hub's own log.
            KvError::Unavailable(_) => Error::Unavailable("the hub's storage fails".to_owned()),
        }
    }
}
