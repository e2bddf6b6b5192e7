//! What requests say of releases.

use errand_model::Timestamp;
use errand_store::releases::Details;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::api::error::{invalid, missing};
use crate::error::Error;

/// Longer names of versions are none.
const MAX_VERSION: usize = 200;
/// Longer texts are none: pages, commits, names.
const MAX_TEXT: usize = 2_000;
/// Commits that are looked at.
const MAX_COMMITS: usize = 2_000;

/// A release to be made known.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewReleaseBody {
    /// `shop@1.2.3`, a commit, …
    #[serde(default)]
    pub(super) version: String,
    #[serde(flatten)]
    pub(super) said: ReleaseBody,
}

/// What can be said of a release; what is not named stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReleaseBody {
    /// The commit or tag that it is made of.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// A page about it.
    url: Option<String>,
    date_started: Option<String>,
    date_released: Option<String>,
    /// `open` or `archived`.
    status: Option<String>,
    /// Slugs or ids of the projects that have it.
    #[serde(default, deserialize_with = "names")]
    #[schema(value_type = Vec<String>)]
    pub(super) projects: Vec<String>,
    /// The commits that it holds, the newest first.
    commits: Option<Vec<CommitBody>>,
    /// Its newest commit in each repository.
    refs: Option<Vec<RefBody>>,
}

/// A commit.
#[derive(Debug, Deserialize, ToSchema)]
struct CommitBody {
    id: String,
}

/// The newest commit of a repository.
#[derive(Debug, Deserialize, ToSchema)]
struct RefBody {
    commit: String,
}

/// Slugs, or ids as text or numbers.
pub(super) fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected slugs or ids")]
    enum Name {
        Text(String),
        Number(i64),
    }
    let names: Option<Vec<Name>> = Option::deserialize(deserializer)?;
    let text = |name| match name {
        Name::Text(text) => text,
        Name::Number(number) => number.to_string(),
    };
    Ok(names.unwrap_or_default().into_iter().map(text).collect())
}

impl ReleaseBody {
    /// What it says of the release itself.
    pub(super) fn details(&self) -> Result<Details, Error> {
        let is_archived = match self.status.as_deref() {
            None => None,
            Some("open") => Some(false),
            Some("archived") => Some(true),
            Some(other) => return Err(invalid("status", other, "open, archived")),
        };
        Ok(Details {
            reference: text("ref", self.reference.as_deref())?,
            url: page("url", self.url.as_deref())?,
            started: time("dateStarted", self.date_started.as_deref())?,
            released: time("dateReleased", self.date_released.as_deref())?,
            is_archived,
        })
    }

    /// The commits that it names, if it does.
    pub(super) fn commits(&self) -> Result<Option<Vec<String>>, Error> {
        let listed = self.commits.iter().flatten().map(|commit| &commit.id);
        let newest = self.refs.iter().flatten().map(|newest| &newest.commit);
        let ids = listed.chain(newest).take(MAX_COMMITS);
        let read = |id: &String| {
            let is_id = !id.is_empty() && id.len() <= 64 && !id.contains(char::is_control);
            is_id
                .then(|| id.clone())
                .ok_or_else(|| invalid("commits", id, "ids of at most 64 bytes"))
        };
        let ids = ids.map(read).collect::<Result<Vec<_>, _>>()?;
        Ok((self.commits.is_some() || self.refs.is_some()).then_some(ids))
    }
}

/// A version as it can be one: Sentry's rule.
pub(super) fn version(text: &str) -> Result<&str, Error> {
    let version = text.trim();
    let is_path = matches!(version, "." | ".." | "latest");
    let is_clean = !version.contains(|c: char| c.is_control() || matches!(c, '/' | '\\'));
    if version.is_empty() {
        Err(missing("version", "the name of a release"))
    } else if is_path || !is_clean || version.len() > MAX_VERSION {
        let allowed = "at most 200 bytes without slashes, line breaks and tabs, and none of latest, . and ..";
        Err(invalid("version", version, allowed))
    } else {
        Ok(version)
    }
}

/// A short text; empty ones say nothing.
pub(super) fn text(field: &str, text: Option<&str>) -> Result<Option<String>, Error> {
    let text = text.filter(|text| !text.is_empty());
    match text {
        Some(text) if text.len() > MAX_TEXT => Err(invalid(field, text, "at most 2000 bytes")),
        Some(text) if text.contains(char::is_control) => Err(invalid(field, text, "one line")),
        text => Ok(text.map(str::to_owned)),
    }
}

/// The address of a page.
pub(super) fn page(field: &str, page: Option<&str>) -> Result<Option<String>, Error> {
    let page = text(field, page)?;
    let is_page = |page: &str| page.starts_with("https://") || page.starts_with("http://");
    match page {
        Some(page) if !is_page(&page) => Err(invalid(field, &page, "an address with http or https")),
        page => Ok(page),
    }
}

/// A time.
pub(super) fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let read = |text: &str| {
        let time = Timestamp::parse_rfc3339(text);
        time.ok_or_else(|| invalid(field, text, "a time (2026-01-31T12:00:00Z)"))
    };
    text.filter(|text| !text.is_empty()).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_version_can_stand_in_a_path() {
        for good in ["shop@1.2.3+45", "94b7c07", " 1.0 "] {
            assert!(version(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "..", "latest", "a/b", "a\nb", &"x".repeat(201)] {
            assert!(version(bad).is_err(), "{bad}");
        }
    }
}
