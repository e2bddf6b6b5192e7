//! Keeps the trend of issues, which lists are sorted by.

use std::time::Duration;

use errand_model::IssueId;
use errand_store::issues;

use super::round::Round;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(15 * 60);

/// Issues that are looked at together.
const BATCH: i64 = 500;

pub(super) async fn round(hub: &Hub) -> errand_store::Result<Round> {
    let mut after = Some(IssueId(0));
    // Ids grow, so this ends.
    while let Some(id) = after {
        after = issues::refresh_trends(&hub.db, hub.context(), id, BATCH).await?;
    }
    Ok(Round::Done)
}
