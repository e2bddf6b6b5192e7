//! What a plugin's answer is taken for.

use errand_model::Timestamp;
use errand_model::delivery::AttemptOutcome;

/// The limit that a plugin breaks which waits too long.
pub(super) const WALL: &str = "wall";

/// The shortest time that a destination is left alone when it asks to be.
const LEAST_WAIT_MILLIS: u64 = 1_000;
/// How long a destination may put off hearing of something without that counting against the attempts.
const PATIENCE_SECONDS: i64 = 3 * 86_400;

/// Bounds what has none in the plugin's answer: a destination that is busy for ever, and one that says it is and
/// asks for no time. What ran out of time waited for its destination: that is no crash, after three of which nobody
/// would try again.
pub(crate) fn bounded(outcome: AttemptOutcome, happened: Timestamp, now: Timestamp) -> AttemptOutcome {
    let after_ms = match outcome {
        AttemptOutcome::RateLimited { after_ms } => after_ms,
        AttemptOutcome::Crashed { limit, message } if limit == WALL => {
            return AttemptOutcome::Retry {
                message,
                after_ms: None,
            };
        }
        outcome => return outcome,
    };
    let after_ms = after_ms.max(LEAST_WAIT_MILLIS);
    if now > happened.plus_seconds(PATIENCE_SECONDS) {
        let message = "the destination still asks to wait, days later".to_owned();
        return AttemptOutcome::Retry {
            message,
            after_ms: Some(after_ms),
        };
    }
    AttemptOutcome::RateLimited { after_ms }
}

/// The outcome's name in metrics.
pub(crate) const fn name(outcome: &AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Done => "done",
        AttemptOutcome::Ignored => "ignored",
        AttemptOutcome::Retry { .. } => "retry",
        AttemptOutcome::RateLimited { .. } => "rate_limited",
        AttemptOutcome::Config { .. } => "config",
        AttemptOutcome::Auth { .. } => "auth",
        AttemptOutcome::Permanent { .. } => "permanent",
        AttemptOutcome::Crashed { .. } => "crashed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: Timestamp = Timestamp::from_seconds(1_790_000_000);

    #[test]
    fn a_busy_destination_is_asked_at_most_once_a_second_and_not_for_ever() {
        let limited = |after_ms| AttemptOutcome::RateLimited { after_ms };
        assert_eq!(bounded(limited(0), THEN, THEN), limited(1_000));
        assert_eq!(
            bounded(limited(90_000), THEN, THEN.plus_seconds(3_600)),
            limited(90_000)
        );
        let late = bounded(limited(90_000), THEN, THEN.plus_seconds(4 * 86_400));
        assert!(
            matches!(
                late,
                AttemptOutcome::Retry {
                    after_ms: Some(90_000),
                    ..
                }
            ),
            "{late:?}"
        );
    }

    #[test]
    fn running_out_of_time_is_no_crash() {
        let late = AttemptOutcome::Crashed {
            limit: WALL.to_owned(),
            message: "30 s have passed".to_owned(),
        };
        assert!(matches!(bounded(late, THEN, THEN), AttemptOutcome::Retry { .. }));
    }

    #[test]
    fn other_answers_stand() {
        assert_eq!(
            bounded(AttemptOutcome::Done, THEN, THEN.plus_seconds(1_000_000)),
            AttemptOutcome::Done
        );
    }
}
