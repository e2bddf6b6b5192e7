//! What no rule touches: by what events are found, grouped and read. A rule for every text would else make one issue of all.

/// Fields of an event.
const FIELDS: [&str; 18] = [
    "_meta",
    "checksum",
    "debug_meta",
    "dist",
    "environment",
    "errors",
    "event_id",
    "fingerprint",
    "level",
    "modules",
    "platform",
    "received",
    "release",
    "sdk",
    "site",
    "timestamp",
    "type",
    "version",
];

/// Fields of a breadcrumb.
const OF_BREADCRUMB: [&str; 4] = ["category", "level", "timestamp", "type"];
/// Fields of an exception.
const OF_EXCEPTION: [&str; 4] = ["mechanism", "module", "thread_id", "type"];
/// Fields of a thread.
const OF_THREAD: [&str; 5] = ["crashed", "current", "id", "main", "state"];
/// What of a frame may be touched: what the program had in its hands, and its source.
const OF_FRAME: [&str; 4] = ["context_line", "post_context", "pre_context", "vars"];

/// Whether rules may touch what is at `path`, or something below it.
pub(super) fn is_reached(path: &[String]) -> bool {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [field] => !FIELDS.contains(field),
        ["breadcrumbs", "values", _, field] => !OF_BREADCRUMB.contains(field),
        ["exception", "values", _, field] => !OF_EXCEPTION.contains(field),
        ["threads", "values", _, field] => !OF_THREAD.contains(field),
        ["stacktrace", rest @ ..] | [_, "values", _, "stacktrace", rest @ ..] => match rest {
            ["frames", _, field] => OF_FRAME.contains(field),
            [field] => *field == "frames",
            _ => true,
        },
        _ => true,
    }
}

/// Whether the list at `path` holds names with their values.
pub(super) fn holds_pairs(path: &[String]) -> bool {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        parts.as_slice(),
        ["tags"] | ["request", "headers" | "query_string" | "cookies" | "data"]
    )
}
