//! Rate limits in forms: so many events in one of a few stretches of time.

use errand_model::project::RateLimit;

use super::choice::{Choice, choices};
use super::forms::Fields;

/// Stretches that a limit may count over, in seconds.
const WINDOWS: [(u32, &str); 4] = [
    (60, "a minute"),
    (3_600, "an hour"),
    (86_400, "a day"),
    (604_800, "a week"),
];

/// The stretches to choose from; a limit of another one, set elsewhere, is kept among them.
pub(crate) fn windows(limit: Option<RateLimit>) -> Vec<Choice> {
    let chosen = limit.map_or(60, |limit| limit.window);
    let mut all: Vec<(String, String)> = WINDOWS
        .iter()
        .map(|(window, name)| (window.to_string(), (*name).to_owned()))
        .collect();
    if !WINDOWS.iter().any(|(window, _)| *window == chosen) {
        all.push((chosen.to_string(), format!("{chosen} seconds")));
    }
    choices(all, &chosen.to_string())
}

/// The limit of a form's `count` and `window`; none where the count is empty.
pub(crate) fn read(form: &Fields) -> Result<Option<RateLimit>, &'static str> {
    if form.text("count").is_empty() {
        return Ok(None);
    }
    let number = |name| {
        form.parse::<u32>(name)
            .filter(|number| (1..=1_000_000_000).contains(number))
    };
    match (number("count"), number("window")) {
        (Some(count), Some(window)) => Ok(Some(RateLimit { count, window })),
        _ => Err("A limit is a whole number from 1 to 1000000000, or empty for none."),
    }
}
