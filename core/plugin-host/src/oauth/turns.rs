//! Taking turns: one at a time renews the token of a setting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use errand_model::InstallationId;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Who renews what, within this process.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Whose, Weak<Turn<()>>>>);

/// An installation's setting.
type Whose = (InstallationId, String);

impl Turns {
    /// Waits for one's turn, which lasts until what it answers is dropped.
    pub(super) async fn take(&self, installation: InstallationId, setting: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let at = (installation, setting.to_owned());
            let known = turns.get(&at).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(at, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}
