//! From which end events are read.

/// In which order events come; both are that in which they were received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
}

impl Order {
    /// The other way round.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Order::Newest => Order::Oldest,
            Order::Oldest => Order::Newest,
        }
    }

    /// A number that is the smaller the earlier a row comes.
    pub(crate) const fn rank(self, row: i64) -> i64 {
        match self {
            Order::Newest => -row,
            Order::Oldest => row,
        }
    }

    /// The place right before a row.
    pub(crate) const fn before(self, row: i64) -> i64 {
        match self {
            Order::Newest => row.saturating_add(1),
            Order::Oldest => row.saturating_sub(1),
        }
    }

    /// Which of the lowest and the highest row comes first.
    pub(crate) const fn first(self, (lowest, highest): (i64, i64)) -> i64 {
        match self {
            Order::Newest => highest,
            Order::Oldest => lowest,
        }
    }
}
