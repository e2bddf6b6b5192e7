//! When it happened: the sender's clock is corrected by what it said when it sent.

use errand_model::Timestamp;
use errand_model::event::{Event, Moment};

const MINUTE_MICROS: i64 = 60_000_000;

/// A clock that is wrong by less than this is not corrected: the network takes time too.
const MIN_DRIFT_MICROS: i64 = 55 * MINUTE_MICROS;

/// Events that claim to be older happened when they were received.
const MAX_AGE_MICROS: i64 = 30 * 24 * 60 * MINUTE_MICROS;

/// Events may be this far ahead of the hub's clock.
const MAX_AHEAD_MICROS: i64 = MINUTE_MICROS;

/// Sets `received` and a plausible `timestamp`, and moves breadcrumbs along with it.
pub(super) fn correct(event: &mut Event<'_>, sent_at: Option<Timestamp>, received: Timestamp) -> Timestamp {
    let claimed = event.timestamp.map(|moment| moment.0);
    let timestamp = claimed
        .map(|time| moved_by_drift(time, sent_at, received))
        .filter(|time| is_plausible(*time, received))
        .unwrap_or(received);
    event.timestamp = Some(Moment(timestamp));
    event.received = Some(Moment(received));
    let shift = claimed.map_or(0, |claimed| timestamp.micros().saturating_sub(claimed.micros()));
    if shift != 0 {
        for breadcrumb in event.breadcrumbs.iter_mut() {
            if let Some(Moment(time)) = &mut breadcrumb.timestamp {
                *time = Timestamp::from_micros(time.micros().saturating_add(shift));
            }
        }
    }
    timestamp
}

/// A time by the sender's clock as the hub's clock has it.
pub(crate) fn moved_by_drift(time: Timestamp, sent_at: Option<Timestamp>, received: Timestamp) -> Timestamp {
    let drift = sent_at.map_or(0, |sent_at| received.micros().saturating_sub(sent_at.micros()));
    let shift = if drift.abs() >= MIN_DRIFT_MICROS { drift } else { 0 };
    Timestamp::from_micros(time.micros().saturating_add(shift))
}

fn is_plausible(time: Timestamp, received: Timestamp) -> bool {
    let age = received.micros().saturating_sub(time.micros());
    (-MAX_AHEAD_MICROS..=MAX_AGE_MICROS).contains(&age)
}
