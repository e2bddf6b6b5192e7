//! The language's own keys.

/// Keys that mean something else than a tag.
const KNOWN: [&str; 38] = [
    "is",
    "level",
    "issue.priority",
    "priority",
    "issue.type",
    "issue.category",
    "type",
    "firstSeen",
    "first_seen",
    "lastSeen",
    "last_seen",
    "age",
    "timestamp",
    "event.timestamp",
    "timesSeen",
    "times_seen",
    "users_seen",
    "usersSeen",
    "firstRelease",
    "first_release",
    "first-release",
    "assigned",
    "assigned_to",
    "assigned_or_suggested",
    "has",
    "project",
    "project.name",
    "issue",
    "issue.id",
    "message",
    "title",
    "user",
    "user.id",
    "user.email",
    "user.username",
    "user.ip",
    "error.handled",
    "error.unhandled",
];

/// Whether `key` is one of the language's own.
pub(super) fn is_known(key: &str) -> bool {
    KNOWN.contains(&key)
}
