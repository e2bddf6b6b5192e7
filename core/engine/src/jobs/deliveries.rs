//! Forgets deliveries, calls and recipients of mail that are long over: attempts hold logs, which would fill the disk.

use std::time::Duration;

use errand_store::deliveries::{self, Keep};
use errand_store::{issues, mail, plugin_calls, plugin_hooks, plugin_kv};

use super::round::Round;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(3_600);

/// Days that is kept what was done, and what was given up: long enough to look at and to try again.
const DONE_DAYS: i64 = 30;
const DEAD_DAYS: i64 = 90;
/// Deliveries of one installation that are kept at most, once they are over.
const OF_INSTALLATION: i64 = 1_000_000;
/// Other calls of one installation that are kept at most: whoever knows its URL can have one made.
const CALLS_OF_INSTALLATION: i64 = 10_000;

/// Days for which a signed request is known again, and how many of one installation at most.
const RECEIPT_DAYS: i64 = 7;
const RECEIPTS_OF_INSTALLATION: i64 = 100_000;

/// Days after which a recipient of mail is forgotten who got none: bounces come within a week, and links below a mail that is
/// older lead nowhere.
const RECIPIENT_DAYS: i64 = 180;
/// Days for which a journal of effects remembers: longer than anything is tried, by itself or by hand.
const JOURNAL_DAYS: i64 = 120;

/// Deliveries that are forgotten in one transaction.
const BATCH: i64 = 500;

pub(super) async fn round(hub: &Hub) -> errand_store::Result<Round> {
    let days_ago = |days: i64| hub.now().plus_seconds(-days * 86_400);
    let keep = Keep {
        done_since: days_ago(DONE_DAYS),
        dead_since: days_ago(DEAD_DAYS),
        of_installation: OF_INSTALLATION,
    };
    let forgotten = deliveries::forget_old(&hub.db, &keep, BATCH).await?;
    let calls = plugin_calls::forget_old(&hub.db, days_ago(DONE_DAYS), CALLS_OF_INSTALLATION, BATCH).await?;
    plugin_hooks::forget_receipts(&hub.db, days_ago(RECEIPT_DAYS), RECEIPTS_OF_INSTALLATION).await?;
    mail::forget_old(&hub.db, days_ago(RECIPIENT_DAYS), BATCH).await?;
    issues::forget_gone(&hub.db, BATCH).await?;
    let effects = plugin_kv::forget_journals(&hub.db, days_ago(JOURNAL_DAYS), BATCH).await?;
    Ok(if forgotten + calls + effects > 0 {
        Round::More
    } else {
        Round::Done
    })
}
