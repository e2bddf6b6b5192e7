//! Reports that are ready-made.

use errand_pipeline::report::Ask;

use super::form::address;

/// A ready-made report.
pub(super) struct Preset {
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    pub(super) address: String,
}

/// All of them.
pub(super) fn all() -> Vec<Preset> {
    let ask = |measure: &str, by: &[&str], query: &str, span: &str, step: &str| Ask {
        measure: measure.to_owned(),
        by: by.iter().map(|key| (*key).to_owned()).collect(),
        query: query.to_owned(),
        span: span.to_owned(),
        step: step.to_owned(),
        ..Ask::default()
    };
    let presets = [
        (
            "Users by browser",
            "How many people hit errors, by what they browse with.",
            ask("users", &["browser.name"], "level:[error,fatal]", "7d", ""),
        ),
        (
            "Errors by release, over time",
            "Which version throws, day by day.",
            ask("events", &["release"], "level:[error,fatal]", "14d", "day"),
        ),
        (
            "Old code that always threw",
            "Issues first seen over 90 days ago that nobody resolved, by whom they still hit.",
            ask("users", &["issue"], "is:unresolved firstSeen:+90d", "30d", ""),
        ),
        (
            "What hits most users",
            "Issues of the last week by the people they hit.",
            ask("users", &["issue"], "", "7d", ""),
        ),
        (
            "Environments",
            "Where events come from, hour by hour.",
            ask("events", &["environment"], "", "24h", "hour"),
        ),
        (
            "Devices and systems",
            "Users by operating system and device.",
            ask("users", &["os.name", "device"], "", "30d", ""),
        ),
    ];
    let preset = |(name, says, ask): (&'static str, &'static str, Ask)| Preset {
        name,
        says,
        address: address(&ask),
    };
    presets.into_iter().map(preset).collect()
}

#[cfg(test)]
mod tests {
    use errand_model::Timestamp;

    use super::super::form::ask_of;
    use super::*;
    use crate::ui::forms::Fields;

    #[test]
    fn every_ready_made_report_is_a_question() {
        for preset in all() {
            let pairs = preset.address.split('&').filter_map(|pair| pair.split_once('='));
            let decode = |text: &str| {
                percent_encoding::percent_decode_str(text)
                    .decode_utf8_lossy()
                    .into_owned()
            };
            let pairs = pairs
                .map(|(name, value)| (name.to_owned(), decode(value)))
                .collect();
            let question = ask_of(&Fields::of(pairs)).question(Timestamp::from_seconds(1_790_000_000));
            assert!(question.is_ok(), "{}: {question:?}", preset.name);
        }
    }
}
