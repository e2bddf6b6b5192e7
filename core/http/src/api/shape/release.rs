//! Releases.

use errand_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Nothing, Time};

/// A release, as far as events have told of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Release)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReleaseShape {
    version: String,
    short_version: String,
    status: &'static str,
    #[serde(rename = "ref")]
    reference: Nothing,
    url: Nothing,
    date_created: Option<Time>,
    date_released: Nothing,
    first_event: Option<Time>,
    last_event: Option<Time>,
    /// Slugs and names of the projects it was seen in.
    projects: Vec<ReleaseProject>,
}

/// A project of a release.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReleaseProject {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
}

impl ReleaseShape {
    /// A release that was seen from `first` to `last`, where that is known.
    pub(crate) fn new(
        version: String,
        seen: Option<(Timestamp, Timestamp)>,
        projects: Vec<ReleaseProject>,
    ) -> Self {
        let (first, last) = (seen.map(|seen| Time(seen.0)), seen.map(|seen| Time(seen.1)));
        ReleaseShape {
            short_version: short_version(&version).to_owned(),
            version,
            status: "open",
            reference: Nothing,
            url: Nothing,
            date_created: first,
            date_released: Nothing,
            first_event: first,
            last_event: last,
            projects,
        }
    }
}

/// The version without the package before `@`, and without the build after `+`.
fn short_version(version: &str) -> &str {
    let version = version.split_once('@').map_or(version, |(_, version)| version);
    version.split_once('+').map_or(version, |(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::short_version;

    #[test]
    fn the_short_version_has_neither_package_nor_build() {
        assert_eq!(short_version("shop@1.2.3+45"), "1.2.3");
        assert_eq!(short_version("1.2.3"), "1.2.3");
    }
}
