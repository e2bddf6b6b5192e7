//! The errands: each bundled plugin on the stand of this package, against a mock that keeps the contract of its service
//! (`errand_tests::contract`).

mod chats;
mod contracts;
mod jira;
mod paging;
mod slack;
mod trackers;
mod zendesk;
