//! When a report is mailed: what there is to choose from, and what may be typed.

use errand_model::Timestamp;
use errand_model::cron::Cron;

/// Schedules that are ready-made.
pub(super) const SCHEDULES: [(&str, &str); 3] = [
    ("0 8 * * 1", "every Monday at 8:00 UTC"),
    ("0 8 * * *", "every day at 8:00 UTC"),
    ("0 8 1 * *", "on the first of every month at 8:00 UTC"),
];

/// Mails come no more often than this, in seconds.
const LEAST: i64 = 3_600;

/// A schedule that is none of the ready-made.
pub(super) fn typed(cron: &str) -> String {
    match SCHEDULES.iter().any(|(known, _)| *known == cron) {
        true => String::new(),
        false => cron.to_owned(),
    }
}

/// A schedule and when it is due first, or why it cannot be one.
pub(super) fn read(text: &str, now: Timestamp) -> Result<(Cron, Timestamp), String> {
    let cron = text
        .parse::<Cron>()
        .map_err(|why| format!("It cannot be mailed so: {why}."))?;
    let due = cron
        .next_after(now)
        .ok_or("It cannot be mailed so: there is no such time.")?;
    let after = cron.next_after(due);
    match after.is_some_and(|after| after < due.plus_seconds(LEAST)) {
        true => Err("It is mailed once an hour at most.".to_owned()),
        false => Ok((cron, due)),
    }
}
