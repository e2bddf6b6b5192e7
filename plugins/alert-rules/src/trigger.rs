//! `when`: the changes that wake a rule.

/// What people write, and the change that it is.
const NAMES: [(&str, &str); 10] = [
    ("first seen", "issue.created"),
    ("regressed", "issue.regressed"),
    ("escalating", "issue.escalating"),
    ("reassigned", "issue.assigned"),
    ("resolved", "issue.resolved"),
    ("unresolved", "issue.unresolved"),
    ("archived", "issue.archived"),
    ("commented", "issue.commented"),
    ("prioritized", "issue.prioritized"),
    ("linked", "issue.linked"),
];

/// A change that wakes a rule.
pub struct Trigger {
    /// Which: `issue.created`.
    pub change: &'static str,
}

impl Trigger {
    /// `first seen`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match NAMES.iter().find(|(name, _)| *name == words) {
            Some((_, change)) => Ok(Trigger { change }),
            None => {
                let allowed = NAMES.map(|(name, _)| name).join(", ");
                Err(format!(
                    "'{words}' is nothing that happens to an issue; allowed: {allowed}"
                ))
            }
        }
    }

    /// What people write for a change.
    pub fn name_of(change: &str) -> &str {
        NAMES
            .iter()
            .find(|(_, known)| *known == change)
            .map_or(change, |(name, _)| name)
    }
}
