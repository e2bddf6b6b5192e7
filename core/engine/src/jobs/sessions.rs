//! Deletes sessions and links that have expired, failures to sign in that are forgotten, and what the audit log keeps no longer.

use std::time::Duration;

use errand_store::{audit, mail_links, sessions, sign_in_failures, single_sign_on, two_factor};

use super::round::Round;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(3_600);

pub(super) async fn round(hub: &Hub) -> errand_store::Result<Round> {
    let mut tx = hub.db.begin().await?;
    sessions::delete_expired(&mut tx, hub.now()).await?;
    sign_in_failures::delete_forgotten(&mut tx, hub.now()).await?;
    mail_links::delete_expired(&mut tx, hub.now()).await?;
    two_factor::delete_expired(&mut tx, hub.now()).await?;
    single_sign_on::delete_expired(&mut tx, hub.now()).await?;
    audit::delete_old(&mut tx, hub.now()).await?;
    tx.commit().await?;
    Ok(Round::Done)
}
