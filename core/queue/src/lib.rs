//! What is accepted and not yet digested, kept durably.
