//! Spans and times of day, as people write them. All times are milliseconds since 1970 UTC.

/// A day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// `90s`, `10m`, `2h`, `1d`, `1w` in milliseconds; at most 30 days.
pub fn span(text: &str) -> Result<i64, String> {
    let allowed = || format!("'{text}' is no span of time; allowed: 90s, 10m, 2h, 1d, 1w, up to 30d");
    let unit = match text.chars().last() {
        Some('s') => 1_000,
        Some('m') => 60_000,
        Some('h') => 3_600_000,
        Some('d') => DAY_MS,
        Some('w') => 7 * DAY_MS,
        _ => return Err(allowed()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| allowed())?;
    let span = number.saturating_mul(unit);
    if span <= 0 || span > 30 * DAY_MS {
        return Err(allowed());
    }
    Ok(span)
}

/// `22:00` in minutes of the day; 24:00 is the end of it.
pub fn of_day(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let at = hours * 60 + minutes;
    (minutes < 60 && at <= 24 * 60).then_some(at)
}

/// `+01:00` in minutes; nothing is UTC.
pub fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    of_day(rest).filter(|at| *at <= 14 * 60).map(|at| sign * at)
}

/// Day of the week (0 is Monday) and minute of the day, `offset` minutes east of UTC.
pub fn local(at: i64, offset: i64) -> (i64, i64) {
    let minutes = at.div_euclid(60_000) + offset;
    // 1970-01-01 was a Thursday.
    let day = (minutes.div_euclid(24 * 60) + 3).rem_euclid(7);
    (day, minutes.rem_euclid(24 * 60))
}

/// Day of the month and month, `offset` minutes east of UTC.
pub fn date(at: i64, offset: i64) -> (i64, i64) {
    let days = (at.div_euclid(60_000) + offset).div_euclid(24 * 60);
    // Years that begin in March have their leap day at the end: the calendar repeats every 400 of them.
    let of_era = (days + 719_468).rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    (day, (from_march + 2) % 12 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, expected) in [
            (0, (1, 1)),
            (58, (28, 2)),
            (59, (1, 3)),
            (789, (29, 2)),
            (19_782, (29, 2)),
            (20_780, (23, 11)),
            (20_818, (31, 12)),
        ] {
            assert_eq!(date(days * DAY_MS, 0), expected, "{days}");
        }
        assert_eq!(date(23 * 3_600_000, 120), (2, 1));
    }
}
