//! What plugins may ask of the hub: about their own issues, a bounded number of times.

use std::sync::Arc;

use errand_model::{InstallationId, IssueId, Timestamp};
use errand_plugin_host::MemoryServices;
use serde_json::json;

use crate::harness::{behave, call, closed, host_with, said};

#[tokio::test]
async fn a_plugin_sees_its_issues_their_events_and_counts_and_no_others() {
    let services = Arc::new(MemoryServices::default());
    let issue = call(json!({})).issue;
    let at = |seconds: i64| Timestamp::from_seconds(1_790_000_000 - seconds);
    let user = |name: &str| Some(name.to_owned());
    let seen = vec![
        (at(10), user("a")),
        (at(20), user("a")),
        (at(30), user("b")),
        (at(40), None),
        (at(7_200), user("c")),
    ];
    let event = json!({"message": "hello", "user": {"email": "a@example.com"}});
    services.put_issue(InstallationId(3), issue.clone(), Some(event), seen);
    let mut foreign = issue;
    foreign.id = IssueId(6);
    services.put_issue(InstallationId(4), foreign, None, Vec::new());
    let (host, _) = host_with(&closed(), &services).await;

    let attempt = behave(&host, json!({"behaviour": "look around"})).await;
    let expected = [
        "Some(\"SHOP-1A\") None",
        "Some({\"message\": String(\"hello\")})",
        "4 events, Some(2) users",
        "after 46: a call may ask 50 times",
    ];
    assert_eq!(said(&attempt), expected, "{:?}", attempt.outcome);
}
