//! What a job answers for one time that it ran.

/// Whether a job has more to do at once.
pub(super) enum Round {
    /// It has.
    More,
    /// It has not.
    Done,
}
