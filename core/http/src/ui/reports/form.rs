//! The form of a report, and what its fields may be.

use errand_model::project::Project;
use errand_pipeline::report::{Ask, SPANS, STEPS};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::ui::choice::{Choice, choices};
use crate::ui::forms::Fields;

/// What people group by most; any other tag can be typed.
pub(super) const KEYS: [&str; 16] = [
    "release",
    "environment",
    "browser.name",
    "browser",
    "os.name",
    "os",
    "device",
    "level",
    "issue",
    "project",
    "user",
    "transaction",
    "url",
    "server_name",
    "runtime",
    "handled",
];

/// Rows that can be chosen.
const TOPS: [usize; 4] = [5, 10, 25, 100];

/// The form as it is filled in.
pub(super) struct Form {
    pub(super) ask: Ask,
    pub(super) by: String,
    pub(super) then: String,
    pub(super) measures: Vec<Choice>,
    pub(super) spans: Vec<Choice>,
    pub(super) steps: Vec<Choice>,
    pub(super) tops: Vec<Choice>,
    pub(super) projects: Vec<Choice>,
    pub(super) keys: &'static [&'static str],
    /// The address of what is asked.
    pub(super) address: String,
    /// What is asked, as JSON: for keeping it.
    pub(super) text: String,
}

impl Form {
    pub(super) fn new(ask: Ask, projects: &[Project]) -> Self {
        let measures = [
            ("events", "events"),
            ("users", "different users"),
            ("issues", "different issues"),
        ];
        let mut tops = TOPS.to_vec();
        if !tops.contains(&ask.top) {
            tops.push(ask.top);
        }
        let tops = tops.into_iter().map(|top| (top.to_string(), top.to_string()));
        let projects = projects.iter().map(|project| Choice {
            is_chosen: ask.projects.contains(&project.slug),
            slug: project.slug.clone(),
            name: project.name.clone(),
        });
        let key = |at: usize| ask.by.get(at).cloned().unwrap_or_default();
        Form {
            by: key(0),
            then: key(1),
            measures: choices(measures, &ask.measure),
            spans: choices(SPANS, &ask.span),
            steps: choices(STEPS, &ask.step),
            tops: choices(tops, &ask.top.to_string()),
            projects: projects.collect(),
            keys: &KEYS,
            address: address(&ask),
            text: serde_json::to_string(&ask).unwrap_or_default(),
            ask,
        }
    }
}

/// What a form asks for.
pub(super) fn ask_of(fields: &Fields) -> Ask {
    let usual = Ask::default();
    let text = |name: &str, usual: String| match fields.text(name) {
        "" => usual,
        text => text.to_owned(),
    };
    let keys = [fields.text("by"), fields.text("then")];
    Ask {
        query: fields.text("query").to_owned(),
        projects: fields
            .all("project")
            .filter(|slug| !slug.is_empty())
            .map(str::to_owned)
            .collect(),
        measure: text("measure", usual.measure),
        by: keys
            .into_iter()
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
            .collect(),
        span: text("span", usual.span),
        from: fields.text("from").to_owned(),
        to: fields.text("to").to_owned(),
        step: fields.text("step").to_owned(),
        // What is no number is refused with what is.
        top: match fields.text("top") {
            "" => usual.top,
            top => top.parse().unwrap_or(0),
        },
    }
}

/// The part of an address after the question mark.
pub(in crate::ui) fn address(ask: &Ask) -> String {
    let top = ask.top.to_string();
    let mut pairs: Vec<(&str, &str)> = vec![
        ("measure", &ask.measure),
        ("query", &ask.query),
        ("span", &ask.span),
        ("from", &ask.from),
        ("to", &ask.to),
        ("step", &ask.step),
        ("top", &top),
    ];
    let names = ["by", "then"];
    pairs.extend(names.into_iter().zip(ask.by.iter().map(String::as_str)));
    pairs.extend(ask.projects.iter().map(|slug| ("project", slug.as_str())));
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_what_the_form_asked() {
        let ask = Ask {
            query: "browser.name:\"UC Browser\" !environment:dev".to_owned(),
            projects: vec!["shop".to_owned(), "app".to_owned()],
            measure: "users".to_owned(),
            by: vec!["release".to_owned(), "os.name".to_owned()],
            span: "last-week".to_owned(),
            step: "day".to_owned(),
            top: 25,
            ..Ask::default()
        };
        let address = address(&ask);
        let pairs = url_pairs(&address);
        assert_eq!(ask_of(&Fields::of(pairs)), ask);
        assert_eq!(ask_of(&Fields::default()), Ask::default());
    }

    fn url_pairs(address: &str) -> Vec<(String, String)> {
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8_lossy()
                .into_owned()
        };
        let pairs = address.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), decode(value)))
            .collect()
    }
}
