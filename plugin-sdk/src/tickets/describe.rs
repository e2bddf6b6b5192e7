//! A ticket's description of an issue: what broke, for whom, since when, where, and the way back to the hub.

use super::text::{Block, Span, Text, line};
use crate::Issue;
use crate::latest::{Exception, Latest};

/// Characters of a value.
const MAX_VALUE: usize = 300;
/// Characters of what an exception said.
const MAX_SAID: usize = 2_000;

/// What a ticket is called: one line of at most `most` characters.
pub fn title(issue: &Issue, most: usize) -> String {
    match line(&issue.title, most) {
        title if title.is_empty() => line(&issue.short_id, most),
        title => title,
    }
}

/// What it says. Counts are as they stood: who keeps them fresh does so elsewhere.
pub fn description(issue: &Issue, latest: &Latest) -> Text {
    let mut text = Text::default().push(Block::Paragraph(vec![
        Span::link(&issue.short_id, &issue.url),
        Span::plain(" in "),
        Span::strong(line(&issue.project.name, MAX_VALUE)),
    ]));
    if latest.exceptions.is_empty() {
        let message = if latest.message.is_empty() {
            &issue.title
        } else {
            &latest.message
        };
        text = text.push(Block::Code(said(message)));
    } else {
        text = text.push(Block::Code(trace(&latest.exceptions)));
    }
    text.push(Block::Facts(facts(issue, latest)))
}

fn facts(issue: &Issue, latest: &Latest) -> Vec<(String, Vec<Span>)> {
    let facts = [
        ("Where", issue.culprit.clone()),
        ("Level", issue.level.as_str().to_owned()),
        ("Environment", latest.environment.clone()),
        ("Release", latest.release.clone()),
        ("Events", issue.times_seen.to_string()),
        ("Users affected", issue.users_seen.to_string()),
        ("First seen", time(issue.first_seen)),
        ("Last seen", time(issue.last_seen)),
    ];
    let told = facts
        .into_iter()
        .map(|(name, value)| (name, line(&value, MAX_VALUE)));
    told.filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), vec![Span::plain(value)]))
        .collect()
}

/// What was thrown and where, the newest first.
fn trace(exceptions: &[Exception]) -> String {
    let one = |(index, exception): (usize, &Exception)| {
        let lead = if index == 0 { "" } else { "caused by " };
        let head = format!(
            "{lead}{}: {}",
            line(&exception.kind, MAX_VALUE),
            said(&exception.value)
        );
        let frames = exception
            .frames
            .iter()
            .map(|frame| format!("    at {}", frame.in_line()));
        std::iter::once(head).chain(frames).collect::<Vec<_>>().join("\n")
    };
    exceptions
        .iter()
        .enumerate()
        .map(one)
        .collect::<Vec<_>>()
        .join("\n")
}

fn said(text: &str) -> String {
    match text.char_indices().nth(MAX_SAID) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `2026-11-28 21:02 UTC`
pub fn time(ms: u64) -> String {
    let stamp = iso(ms);
    format!("{} {} UTC", &stamp[..10], &stamp[11..16])
}

/// `2026-11-28T21:02:51.000Z`, of milliseconds since 1970.
pub fn iso(ms: u64) -> String {
    let (days, rest) = (ms / 86_400_000, ms % 86_400_000);
    let (year, month, day) = date(i64::try_from(days).unwrap_or(i64::MAX));
    let (hours, minutes, seconds) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z",
        rest % 1_000
    )
}

/// The date of a day since 1970, in the calendar that begins its years in March.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days.min(2_932_896) + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_as_calendars_have_it() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_709_209_496_789), "2024-02-29T12:24:56.789Z");
        assert_eq!(iso(1_795_899_771_000), "2026-11-28T21:02:51.000Z");
        assert_eq!(time(951_868_800_000), "2000-03-01 00:00 UTC");
        assert_eq!(iso(u64::MAX).len(), iso(0).len());
    }
}
