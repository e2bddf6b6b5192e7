//! What came of a case.

/// Why a case failed, or that there is nothing to try.
pub(super) enum Miss {
    Failed(String),
    Skipped,
}

/// That it is as it should be, or why not.
pub(super) type Tried = Result<(), Miss>;
