//! The errands: each bundled plugin on the stand of this package, against a mock that keeps the contract of its service
//! (`errand_tests::contract`).
#![expect(clippy::expect_used, reason = "a test says what it expected")]

mod contracts;
mod jira;
mod paging;
mod trackers;
