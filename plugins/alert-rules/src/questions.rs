//! How much a call may still ask the hub: a call that asks too much gets no answer at all.

use errand_plugin_sdk::log;

/// Questions of a call, less some for what the deeds ask.
const MOST: usize = 40;

/// What is left of them.
pub struct Questions(usize);

impl Questions {
    pub fn of_a_call() -> Self {
        Questions(MOST)
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.0
    }

    /// Takes so many, if there are that many left; the log says it where there are not.
    pub fn take(&mut self, count: usize) -> bool {
        match self.0.checked_sub(count) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => {
                log::warn("there is more to look at than a minute allows; the rest waits for the next");
                self.0 = 0;
                false
            }
        }
    }
}
