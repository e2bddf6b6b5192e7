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
