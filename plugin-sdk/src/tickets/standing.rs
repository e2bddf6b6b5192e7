//! States both ways. A tracker has states by the dozen, with names of its own; the hub has three.

use std::collections::BTreeMap;

use crate::Status;

/// What a state means to the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Somebody has to do something about it.
    Open,
    /// It is done.
    Resolved,
    /// It is left alone: `Won't do`.
    Archived,
}

impl From<Status> for Standing {
    fn from(status: Status) -> Self {
        match status {
            Status::Unresolved => Standing::Open,
            Status::Resolved => Standing::Resolved,
            Status::Ignored => Standing::Archived,
        }
    }
}

/// Which of a tracker's states mean what.
#[derive(Clone, Debug, Default)]
pub struct States {
    /// By the state's name in lower case; none for states that mean nothing to the hub.
    by_name: BTreeMap<String, Option<Standing>>,
    /// For each standing the states to try, the best first.
    goals: Vec<(Standing, Vec<String>)>,
}

impl States {
    /// Reads what an admin wrote: state → `open`, `resolved`, `archived` or `ignore`.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn read(map: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut by_name = BTreeMap::new();
        for (name, meaning) in map {
            let standing = match meaning.trim().to_ascii_lowercase().as_str() {
                "open" | "unresolved" => Some(Standing::Open),
                "resolved" => Some(Standing::Resolved),
                "archived" => Some(Standing::Archived),
                "ignore" => None,
                other => {
                    return Err(format!(
                        "'{other}' (of '{name}') is no meaning of a state: open, resolved, archived or ignore is"
                    ));
                }
            };
            by_name.insert(fold(name), standing);
        }
        Ok(States {
            by_name,
            goals: Vec::new(),
        })
    }

    /// Prefers these states, the best first, separated by commas, where an issue's standing becomes this.
    #[must_use]
    pub fn prefer(mut self, standing: Standing, states: &str) -> Self {
        let states = states.split(',').map(str::trim).filter(|state| !state.is_empty());
        self.goals.push((standing, states.map(fold).collect()));
        self
    }

    /// What a ticket's state means. What nobody said anything about means `usual`: what the tracker's own kind of state
    /// (`is it done?`) says. None: the hub does not care.
    pub fn meaning(&self, state: &str, usual: Standing) -> Option<Standing> {
        self.by_name.get(&fold(state)).copied().unwrap_or(Some(usual))
    }

    /// The best of the states that a ticket can be brought to, where it is to stand so: the first preferred one; else one
    /// that is said to mean it; else one that usually does. `reachable` is each state with what it usually means.
    pub fn choose<'r, T>(
        &self,
        standing: Standing,
        reachable: &'r [T],
        read: impl Fn(&'r T) -> (&'r str, Standing),
    ) -> Option<&'r T> {
        let preferred = self
            .goals
            .iter()
            .filter(|(goal, _)| *goal == standing)
            .flat_map(|(_, states)| states);
        for state in preferred {
            if let Some(found) = reachable.iter().find(|one| fold(read(one).0) == *state) {
                return Some(found);
            }
        }
        let said = |one: &&'r T| self.by_name.get(&fold(read(one).0)) == Some(&Some(standing));
        let means = |one: &&'r T| {
            let (state, usual) = read(one);
            self.meaning(state, usual) == Some(standing)
        };
        reachable
            .iter()
            .find(said)
            .or_else(|| reachable.iter().find(means))
    }
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states() -> States {
        let map = [
            ("Won't do", "archived"),
            ("Blocked", "ignore"),
            ("QA", "resolved"),
        ];
        let map = map.map(|(name, meaning)| (name.to_owned(), meaning.to_owned()));
        States::read(&map.into())
            .expect("a map")
            .prefer(Standing::Resolved, "Fixed, Done")
    }

    #[test]
    fn many_states_mean_one_standing() {
        let states = states();
        assert_eq!(
            states.meaning("WON'T DO", Standing::Resolved),
            Some(Standing::Archived)
        );
        assert_eq!(states.meaning("qa", Standing::Open), Some(Standing::Resolved));
        assert_eq!(
            states.meaning("Done", Standing::Resolved),
            Some(Standing::Resolved)
        );
        assert_eq!(states.meaning("blocked", Standing::Open), None);
        assert!(States::read(&[("x".to_owned(), "gone".to_owned())].into()).is_err());
    }

    #[test]
    fn one_standing_is_any_of_many_states() {
        let (done, open) = (Standing::Resolved, Standing::Open);
        fn choose(standing: Standing, reachable: &[(&'static str, Standing)]) -> Option<&'static str> {
            let states = states();
            states
                .choose(standing, reachable, |one| (one.0, one.1))
                .map(|one| one.0)
        }
        assert_eq!(
            choose(done, &[("QA", open), ("Done", done), ("Fixed", done)]),
            Some("Fixed")
        );
        assert_eq!(choose(done, &[("Closed", done), ("QA", open)]), Some("QA"));
        assert_eq!(
            choose(done, &[("Won't do", done), ("Closed", done)]),
            Some("Closed")
        );
        assert_eq!(
            choose(Standing::Archived, &[("Closed", done), ("Won't do", done)]),
            Some("Won't do")
        );
        assert_eq!(choose(open, &[("Closed", done), ("Blocked", open)]), None);
    }
}
