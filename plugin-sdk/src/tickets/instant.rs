//! Points in time as trackers write them.

/// `2026-11-28T21:02:51Z` in milliseconds since 1970, to the second; none where it is not so written.
pub fn instant(text: &str) -> Option<u64> {
    let number = |at: usize, len: usize| text.get(at..at + len)?.parse::<u64>().ok();
    let is_written =
        text.len() >= 20 && text.is_ascii() && text.ends_with('Z') && text.get(10..11) == Some("T");
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hours, minutes, seconds) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    if !is_written || year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their odd day at the end.
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + of_year;
    Some((days.checked_sub(719_468)? * 86_400 + hours * 3_600 + minutes * 60 + seconds) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tickets::describe::iso;

    #[test]
    fn an_instant_is_read_as_it_is_written() {
        for ms in [
            0,
            951_868_800_000,
            1_709_209_496_000,
            1_795_899_771_000,
            4_102_444_799_000,
        ] {
            assert_eq!(instant(&iso(ms)), Some(ms));
        }
        assert_eq!(instant("2026-11-28T21:02:51Z"), Some(1_795_899_771_000));
        for none in [
            "",
            "2026-11-28",
            "2026-13-28T21:02:51Z",
            "2026-11-28T21:02:51+01:00",
            "éééééééééééééééééééé",
        ] {
            assert_eq!(instant(none), None, "{none}");
        }
    }
}
