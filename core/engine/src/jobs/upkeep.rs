//! Gives the database what it wants from time to time.

use std::time::Duration;

use super::round::Round;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(3_600);

pub(super) async fn round(hub: &Hub) -> errand_store::Result<Round> {
    hub.db.optimize().await?;
    Ok(Round::Done)
}
