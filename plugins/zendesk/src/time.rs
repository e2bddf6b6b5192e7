//! Times as Zendesk writes them.

/// Milliseconds since 1970 of `2026-09-21T14:13:20Z`; none for anything else.
pub(crate) fn read(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || bytes[4] != b'-' || bytes[10] != b'T' || !text.ends_with('Z') || !text.is_ascii() {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // Years begin in March here, so that the odd day comes last.
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    u64::try_from(((days * 24 + hour) * 60 + minute) * 60 + second)
        .ok()?
        .checked_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn times_are_read_as_calendars_have_them() {
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(read("2024-02-29T12:24:56Z"), Some(1_709_209_496_000));
        assert_eq!(read("2000-03-01T00:00:00Z"), Some(951_868_800_000));
        assert_eq!(read("2026-05-28T20:26:40.123Z"), Some(1_780_000_000_000));
        for wrong in [
            "",
            "2026-05-28",
            "2026-05-28T20:26:40+02:00",
            "äöü6-05-28T20:26:40Z",
            "xxxx-05-28T20:26:40Z",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
