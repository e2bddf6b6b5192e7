//! What an issue is called, in two parts, and how it stands, in words.

use errand_model::Timestamp;
use errand_model::issue::{ArchiveUntil, Deployed, EventKind, Issue, Resolution, Status, Substatus};
use serde_json::Value;

use crate::ui::parts::ago;

/// An issue's title: what kind of thing happened, and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Headline {
    /// `TypeError`, or the whole title of a message.
    pub(crate) kind: String,
    /// `x is undefined`; empty for messages.
    pub(crate) value: String,
}

impl Headline {
    /// Of an issue.
    pub(crate) fn of(issue: &Issue) -> Self {
        let part = |key: &str| {
            issue
                .metadata
                .get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        match (issue.kind, part("type")) {
            (EventKind::Error, Some(kind)) => Headline {
                kind: kind.to_owned(),
                value: part("value").unwrap_or_default().trim().to_owned(),
            },
            _ if issue.title.trim().is_empty() => Headline {
                kind: "(no title)".to_owned(),
                value: String::new(),
            },
            _ => Headline {
                kind: issue.title.clone(),
                value: String::new(),
            },
        }
    }
}

/// A word for the state, and its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    /// Its colour: a class of the stylesheet.
    pub(crate) class: &'static str,
    /// The word.
    pub(crate) text: &'static str,
}

impl Badge {
    /// Of an issue.
    pub(crate) fn of(issue: &Issue) -> Self {
        let (class, text) = match (issue.status, issue.substatus) {
            (Status::Resolved, _) if issue.deployed.is_some() => ("resolved", "Deployed"),
            (Status::Resolved, _) => ("resolved", "Resolved"),
            (Status::Ignored, _) => ("archived", "Archived"),
            (Status::Unresolved, Substatus::New) => ("new", "New"),
            (Status::Unresolved, Substatus::Regressed) => ("regressed", "Regressed"),
            (Status::Unresolved, Substatus::Escalating) => ("escalating", "Escalating"),
            (Status::Unresolved, _) => ("", "Ongoing"),
        };
        Badge { class, text }
    }
}

/// How it was resolved or archived: `in release 1.2`, `until 100 more events`.
pub(crate) fn state(issue: &Issue, now: Timestamp) -> String {
    match (&issue.resolution, &issue.archive) {
        (Some(resolution), _) => fix_words(resolution, issue.deployed.as_ref(), now),
        (_, Some(until)) => archive_words(until, now),
        _ => String::new(),
    }
}

/// How it was resolved.
pub(crate) fn resolution_words(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Now => String::new(),
        Resolution::InRelease { version } => format!("in release {version}"),
        Resolution::InNextRelease { .. } => "in the next release".to_owned(),
        Resolution::InCommit { commit } => format!("in commit {commit}"),
    }
}

/// How it was resolved, and whether customers have the fix.
fn fix_words(resolution: &Resolution, deployed: Option<&Deployed>, now: Timestamp) -> String {
    let fixed = resolution_words(resolution);
    let with = |deployed: &Deployed| match resolution {
        Resolution::InRelease { version } if *version == deployed.release => String::new(),
        _ => format!(" with {}", deployed.release),
    };
    match (resolution, deployed) {
        (Resolution::Now, _) => fixed,
        (_, None) => format!("{fixed}, not deployed yet"),
        (_, Some(deployed)) => {
            let (with, since) = (with(deployed), ago(deployed.at, now));
            format!("{fixed}, deployed to {}{with} {since}", deployed.environment)
        }
    }
}

/// Until when it is archived.
pub(crate) fn archive_words(until: &ArchiveUntil, now: Timestamp) -> String {
    let within = |minutes: Option<i64>| match minutes {
        Some(minutes) if minutes % 1_440 == 0 => format!(" within {} d", minutes / 1_440),
        Some(minutes) if minutes % 60 == 0 => format!(" within {} h", minutes / 60),
        Some(minutes) => format!(" within {minutes} min"),
        None => String::new(),
    };
    let mut words = Vec::new();
    words.extend(
        until
            .date
            .map(|date| format!("until {} ({})", date, ago(date, now))),
    );
    words.extend(
        until
            .events
            .map(|limit| format!("until {} more events{}", limit.more, within(limit.window_minutes))),
    );
    words.extend(
        until
            .users
            .map(|limit| format!("until {} more users{}", limit.more, within(limit.window_minutes))),
    );
    words.extend(until.escalating.then(|| "until it escalates".to_owned()));
    match words.is_empty() {
        true => "for good".to_owned(),
        false => words.join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use errand_model::issue::Threshold;

    use super::*;

    #[test]
    fn a_fix_is_told_with_its_deploy() {
        let now = Timestamp::from_seconds(1_790_000_000);
        let resolution = Resolution::InRelease {
            version: "shop@1.3".to_owned(),
        };
        let deployed = |release: &str| Deployed {
            release: release.to_owned(),
            environment: "production".to_owned(),
            at: now.plus_seconds(-3_600),
            url: None,
        };
        let words = |deployed: Option<Deployed>| fix_words(&resolution, deployed.as_ref(), now);
        assert_eq!(words(None), "in release shop@1.3, not deployed yet");
        let told = words(Some(deployed("shop@1.3")));
        assert!(
            told.starts_with("in release shop@1.3, deployed to production "),
            "{told}"
        );
        let told = words(Some(deployed("shop@1.4")));
        assert!(told.contains("deployed to production with shop@1.4 "), "{told}");
        assert_eq!(fix_words(&Resolution::Now, None, now), "");
    }

    #[test]
    fn conditions_of_archiving_are_told_in_words() {
        let now = Timestamp::from_seconds(1_790_000_000);
        assert_eq!(archive_words(&ArchiveUntil::default(), now), "for good");
        let threshold = Threshold {
            more: 100,
            base: 3,
            window_minutes: Some(1_440),
            since: now,
        };
        let until = ArchiveUntil {
            events: Some(threshold),
            escalating: true,
            ..ArchiveUntil::default()
        };
        assert_eq!(
            archive_words(&until, now),
            "until 100 more events within 1 d or until it escalates"
        );
    }
}
