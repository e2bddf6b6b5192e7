//! What a step of time is called.

use errand_model::Timestamp;

/// `2026-11-29`, or `2026-11-29 09:00` where steps are shorter than a day.
pub fn name_of_step(at: Timestamp, seconds: i64) -> String {
    let text = at.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    match seconds < 86_400 {
        true => format!("{day} {}", time.get(..5).unwrap_or_default()),
        false => day.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_have_a_time_and_days_have_none() {
        let at = Timestamp::parse_rfc3339("2026-11-29T09:00:00Z").expect("a time");
        assert_eq!(name_of_step(at, 3_600), "2026-11-29 09:00");
        assert_eq!(name_of_step(at, 86_400), "2026-11-29");
    }
}
