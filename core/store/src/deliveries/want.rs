//! What is wanted of installations: how many deliveries, going where.

use errand_model::InstallationId;

/// What is wanted of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Whose.
    pub installation: InstallationId,
    /// How many at most.
    pub limit: usize,
    /// Where they may be going.
    pub hosts: Hosts,
    /// How many of them at most are told together, where they are.
    pub together: usize,
}

/// Which destinations a delivery may be going to. One that was not tried yet may be going anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Any but these.
    AllBut(Vec<String>),
    /// This one, to see whether it is back.
    Only {
        /// Host and port.
        host: String,
        /// Whether one that nobody knows where it goes will do, because it can go nowhere else.
        or_unknown: bool,
    },
}
