//! From the bytes an SDK sent to a decision about them, as pure functions.
