//! The key-value store: kept between calls, apart by installation, bounded.

use errand_model::InstallationId;
use errand_model::delivery::AttemptOutcome;
use serde_json::json;

use crate::harness::{behave, call, closed, host};

#[tokio::test]
async fn an_installation_keeps_what_it_stored_and_sees_no_other() {
    let host = host(&closed()).await;
    let config = json!({"behaviour": "remember"});
    for count in 1..=3 {
        let attempt = behave(&host, config.clone()).await;
        assert_eq!(attempt.outcome, AttemptOutcome::Done);
        assert_eq!(attempt.log[0].message, format!("count {count}, keys [\"count\"]"));
    }
    let mut other = call(config);
    other.installation = InstallationId(4);
    let attempt = host.deliver("behaviours", other).await;
    assert!(attempt.log[0].message.starts_with("count 1"));
}

#[tokio::test]
async fn keys_values_and_operations_are_bounded() {
    let host = host(&closed()).await;
    let attempt = behave(&host, json!({"behaviour": "remember too much"})).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done);
    // 200 operations in all; the value that was too large took one of them.
    assert!(
        attempt.log[0].message.starts_with("after 199:"),
        "{:?}",
        attempt.log
    );
}
