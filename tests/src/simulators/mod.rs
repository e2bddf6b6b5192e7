//! What the services of vendors do, as far as plugins see it: for [`crate::contract::Mock`].

pub mod chats;
pub mod jira;
pub mod slack;
