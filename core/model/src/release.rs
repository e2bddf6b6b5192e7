//! Which of two releases is the newer one, and which of them hold a fix.

use std::cmp::Ordering;

use crate::issue::Resolution;
use crate::{Timestamp, version};

/// When a release of the project was first heard of, if it was: by an event, or over the API.
pub type Heard<'a> = &'a dyn Fn(&str) -> Option<Timestamp>;

/// Which of two releases is the newer: by their versions, else by when they were first heard of. A release that was
/// never heard of is yet to come.
pub fn order(one: &str, other: &str, heard: Heard<'_>) -> Ordering {
    if one == other {
        return Ordering::Equal;
    }
    version::compare(one, other).unwrap_or_else(|| match (heard(one), heard(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    })
}

/// Whether `release` holds what was resolved so. What names no release is held by none.
pub fn holds_fix(release: &str, resolution: &Resolution, heard: Heard<'_>) -> bool {
    match resolution {
        Resolution::Now | Resolution::InCommit { .. } => false,
        Resolution::InRelease { version } => order(release, version, heard).is_ge(),
        Resolution::InNextRelease { after: None } => true,
        Resolution::InNextRelease { after: Some(after) } => order(release, after, heard).is_gt(),
    }
}

/// The newest of some releases, each with when it was first heard of.
pub fn newest<'a>(releases: impl IntoIterator<Item = (&'a str, Timestamp)>) -> Option<&'a str> {
    let order = |(one, heard): (&str, Timestamp), (other, other_heard): (&str, Timestamp)| {
        version::compare(one, other)
            .filter(|order| *order != Ordering::Equal)
            .unwrap_or(heard.cmp(&other_heard))
    };
    let newest = releases.into_iter().reduce(
        |newest, next| {
            if order(next, newest).is_gt() { next } else { newest }
        },
    );
    newest.map(|(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Timestamp = Timestamp::from_seconds(86_400);

    #[test]
    fn the_newest_is_the_highest_version_and_else_the_last_heard_of() {
        let releases = |versions: &[(&'static str, i64)]| {
            let heard = |(version, hours): &(&'static str, i64)| (*version, DAY.plus_seconds(hours * 3_600));
            newest(versions.iter().map(heard).collect::<Vec<_>>())
        };
        assert_eq!(releases(&[]), None);
        // A mend of an old version comes later, and is not the newest.
        assert_eq!(
            releases(&[("shop@1.9.1", 3), ("shop@2.0", 2), ("shop@2.0-rc.1", 1)]),
            Some("shop@2.0")
        );
        assert_eq!(releases(&[("5c1ee3a", 3), ("94b7c07", 4)]), Some("94b7c07"));
        assert_eq!(
            releases(&[("shop@1.0+b", 2), ("shop@1.0+a", 1)]),
            Some("shop@1.0+b")
        );
    }
}
