//! Which of two releases is the newer one, as far as their names say.

use std::cmp::Ordering;

/// A release named like Sentry wants them: `package@1.2.3-rc.1+build`, the package optional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version<'a> {
    package: Option<&'a str>,
    /// Two to four numbers; missing ones are 0.
    numbers: [u64; 4],
    prerelease: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(release: &'a str) -> Option<Self> {
        let (package, version) = match release.rsplit_once('@') {
            Some((package, version)) => (Some(package), version),
            None => (None, release),
        };
        let version = version.strip_prefix('v').unwrap_or(version);
        let version = version
            .split_once('+')
            .map_or(version, |(version, _build)| version);
        let (core, prerelease) = match version.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease)),
            None => (version, None),
        };
        let mut numbers = [0; 4];
        let mut count = 0;
        for part in core.split('.') {
            *numbers.get_mut(count)? = part
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| part.parse().ok())??;
            count += 1;
        }
        // One number alone is a date or a build, not a version.
        (count >= 2).then_some(Version {
            package,
            numbers,
            prerelease,
        })
    }
}

/// How `one` relates to `other` by their version numbers; none where they have none, or are of different packages.
pub fn compare(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = (Version::parse(one)?, Version::parse(other)?);
    (one.package == other.package).then(|| {
        let by_numbers = one.numbers.cmp(&other.numbers);
        by_numbers.then_with(|| match (one.prerelease, other.prerelease) {
            (None, None) => Ordering::Equal,
            // What comes before a release is older than it.
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(other)) => compare_prereleases(one, other),
        })
    })
}

/// Part by part: numbers by value and before words, and the shorter list first.
fn compare_prereleases(one: &str, other: &str) -> Ordering {
    let key = |part: &str| match part.parse::<u64>() {
        Ok(number) => (0, number, String::new()),
        Err(_) => (1, 0, part.to_owned()),
    };
    one.split('.').map(key).cmp(other.split('.').map(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_versions_are_greater() {
        let ascending = [
            "shop@1.2.0-alpha",
            "shop@1.2.0-alpha.1",
            "shop@1.2.0-beta.2",
            "shop@1.2.0-beta.11",
            "shop@1.2.0-rc.1",
            "shop@1.2.0",
            "shop@1.2.0.7",
            "shop@1.10.0",
            "shop@v2.0+build.5",
        ];
        for pair in ascending.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Some(Ordering::Less), "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Some(Ordering::Greater), "{pair:?}");
        }
        assert_eq!(compare("shop@1.2.0+a", "shop@1.2+b"), Some(Ordering::Equal));
    }

    #[test]
    fn names_without_an_order_have_none() {
        for (one, other) in [
            ("shop@1.2.0", "till@1.3.0"),
            ("shop@1.2.0", "1.3.0"),
            ("94b7c070c3d3", "1.2.3"),
            ("20260101", "20260102"),
            ("1.2.3.4.5", "1.2.3"),
            ("1..2", "1.2"),
            ("1.99999999999999999999", "1.2"),
        ] {
            assert_eq!(compare(one, other), None, "{one} {other}");
        }
    }
}
