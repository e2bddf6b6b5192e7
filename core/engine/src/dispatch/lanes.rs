//! How many attempts may be under way: in all, and for one installation, so that a slow one does not hold up the
//! others. That an issue's deliveries keep their order is the store's: it gives out the first of a lane only.

use std::collections::HashMap;

use errand_model::InstallationId;

/// What is under way.
#[derive(Debug)]
pub(crate) struct Lanes {
    at_once: usize,
    per_installation: usize,
    total: usize,
    running: HashMap<InstallationId, usize>,
}

impl Lanes {
    pub(crate) fn new(at_once: usize, per_installation: usize) -> Self {
        Lanes {
            at_once: at_once.max(1),
            per_installation: per_installation.max(1),
            total: 0,
            running: HashMap::new(),
        }
    }

    /// How many more may begin.
    pub(crate) fn room(&self) -> usize {
        self.at_once.saturating_sub(self.total)
    }

    /// Installations that have as many under way as they may.
    pub(crate) fn saturated(&self) -> Vec<InstallationId> {
        let busy = self
            .running
            .iter()
            .filter(|(_, running)| **running >= self.per_installation);
        busy.map(|(installation, _)| *installation).collect()
    }

    /// Whether one of `installation` may begin; it then counts until [`Lanes::end`].
    pub(crate) fn begin(&mut self, installation: InstallationId) -> bool {
        let running = self.running.get(&installation).copied().unwrap_or(0);
        if self.room() == 0 || running >= self.per_installation {
            return false;
        }
        self.total += 1;
        self.running.insert(installation, running + 1);
        true
    }

    /// One of `installation` has ended.
    pub(crate) fn end(&mut self, installation: InstallationId) {
        if let Some(running) = self.running.get_mut(&installation) {
            self.total -= 1;
            *running -= 1;
            if *running == 0 {
                self.running.remove(&installation);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_installation_gets_its_share_and_leaves_room_for_others() {
        let mut lanes = Lanes::new(5, 2);
        let (greedy, other) = (InstallationId(1), InstallationId(2));
        assert!(lanes.begin(greedy) && lanes.begin(greedy));
        assert!(!lanes.begin(greedy));
        assert_eq!(lanes.saturated(), [greedy]);
        assert!(lanes.begin(other));
        assert_eq!(lanes.room(), 2);
        lanes.end(greedy);
        assert_eq!(lanes.saturated(), []);
        assert!(lanes.begin(greedy));
    }

    #[test]
    fn all_together_are_bounded() {
        let mut lanes = Lanes::new(3, 2);
        let begun = (0..10).filter(|id| lanes.begin(InstallationId(*id))).count();
        assert_eq!((begun, lanes.room()), (3, 0));
        for id in 0..10 {
            lanes.end(InstallationId(id));
        }
        assert_eq!((lanes.room(), lanes.running.len()), (3, 0));
    }
}
