//! Releases and deploys.

use errand_model::Timestamp;
use errand_model::project::Project;
use errand_store::releases::{Deploy, Deploys, NewIssues, Release};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Nothing, Time};

/// A release.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Release)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReleaseShape {
    version: String,
    /// The version without its package and its build.
    short_version: String,
    version_info: VersionInfo,
    /// `open` or `archived`.
    status: &'static str,
    /// The commit or tag that it is made of.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// A page about it.
    url: Option<String>,
    /// When the hub first heard of it.
    date_created: Option<Time>,
    date_started: Option<Time>,
    date_released: Option<Time>,
    first_event: Option<Time>,
    last_event: Option<Time>,
    /// Issues that first happened in it.
    new_groups: i64,
    commit_count: i64,
    last_commit: Option<LastCommit>,
    deploy_count: i64,
    last_deploy: Option<DeployShape>,
    /// The projects that have it.
    projects: Vec<ReleaseProject>,
    #[schema(value_type = Vec<Object>)]
    authors: [(); 0],
    owner: Nothing,
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// The parts of a version.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionInfo {
    package: Option<String>,
    version: RawVersion,
    description: String,
    build_hash: Nothing,
}

/// A version without its package.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RawVersion {
    raw: String,
}

/// A release's newest commit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LastCommit {
    id: String,
}

/// A project of a release.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReleaseProject {
    id: String,
    slug: String,
    name: String,
    platform: Option<String>,
    /// Issues that first happened in it.
    new_groups: i64,
}

/// A deploy.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Deploy)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeployShape {
    id: String,
    environment: String,
    name: Option<String>,
    url: Option<String>,
    date_started: Option<Time>,
    date_finished: Time,
}

/// A repository; the hub has none.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RepositoryShape {
    id: String,
    name: String,
}

/// What a release is shown with.
pub(crate) struct Beside<'a> {
    pub(crate) projects: &'a [Project],
    pub(crate) new_issues: &'a [NewIssues],
    pub(crate) deploys: &'a [Deploys],
}

impl ReleaseShape {
    /// What projects say of a version; none where none says anything.
    pub(crate) fn of(parts: &[Release], beside: &Beside<'_>) -> Option<Self> {
        let first = parts.first()?;
        let version = first.version.as_str();
        let deploys = beside
            .deploys
            .iter()
            .find(|deploys| deploys.last.version == version);
        let projects: Vec<ReleaseProject> = parts.iter().filter_map(|part| project(part, beside)).collect();
        let any = |of: fn(&Release) -> Option<&String>| parts.iter().find_map(of).cloned();
        let time = |of: fn(&Release) -> Option<Timestamp>| parts.iter().filter_map(of);
        let mut shape = Self::bare(version);
        shape.status = match parts.iter().all(|part| part.is_archived) {
            true => "archived",
            false => "open",
        };
        shape.reference = any(|part| part.reference.as_ref());
        shape.url = any(|part| part.url.as_ref());
        shape.date_created = time(|part| Some(part.heard)).min().map(Time);
        shape.date_started = time(|part| part.started).min().map(Time);
        shape.date_released = time(|part| part.released).min().map(Time);
        shape.first_event = time(|part| part.first_seen).min().map(Time);
        shape.last_event = time(|part| part.last_seen).max().map(Time);
        shape.new_groups = projects.iter().map(|project| project.new_groups).sum();
        shape.commit_count = parts.iter().map(|part| part.commits).max().unwrap_or_default();
        shape.last_commit = any(|part| part.last_commit.as_ref()).map(|id| LastCommit { id });
        shape.deploy_count = deploys.map_or(0, |deploys| deploys.count);
        shape.last_deploy = deploys.map(|deploys| DeployShape::of(&deploys.last));
        shape.projects = projects;
        Some(shape)
    }

    /// A version where it is mentioned, with what its project says of it, if that knows it.
    pub(crate) fn mentioned(version: &str, release: Option<&Release>) -> Self {
        let nothing = Beside {
            projects: &[],
            new_issues: &[],
            deploys: &[],
        };
        let known = release.and_then(|release| Self::of(std::slice::from_ref(release), &nothing));
        known.unwrap_or_else(|| Self::bare(version))
    }

    /// A version of which nothing is known.
    fn bare(version: &str) -> Self {
        let (package, raw) = parts_of(version);
        let short = short_version(version);
        ReleaseShape {
            short_version: short.to_owned(),
            version_info: VersionInfo {
                package: package.map(str::to_owned),
                version: RawVersion { raw: raw.to_owned() },
                description: short.to_owned(),
                build_hash: Nothing,
            },
            version: version.to_owned(),
            status: "open",
            reference: None,
            url: None,
            date_created: None,
            date_started: None,
            date_released: None,
            first_event: None,
            last_event: None,
            new_groups: 0,
            commit_count: 0,
            last_commit: None,
            deploy_count: 0,
            last_deploy: None,
            projects: Vec::new(),
            authors: [],
            owner: Nothing,
            data: Map::new(),
        }
    }
}

fn project(part: &Release, beside: &Beside<'_>) -> Option<ReleaseProject> {
    let project = beside
        .projects
        .iter()
        .find(|project| project.id == part.project)?;
    let is_its = |new: &&NewIssues| new.project_id == project.id.0 && new.version == part.version;
    Some(ReleaseProject {
        id: project.id.to_string(),
        slug: project.slug.clone(),
        name: project.name.clone(),
        platform: project.platform.clone(),
        new_groups: beside.new_issues.iter().find(is_its).map_or(0, |new| new.count),
    })
}

impl DeployShape {
    pub(crate) fn of(deploy: &Deploy) -> Self {
        DeployShape {
            id: deploy.id.to_string(),
            environment: deploy.environment.clone(),
            name: deploy.name.clone(),
            url: deploy.url.clone(),
            date_started: deploy.started.map(Time),
            date_finished: Time(deploy.finished),
        }
    }
}

/// The package and the rest of a version.
fn parts_of(version: &str) -> (Option<&str>, &str) {
    match version.split_once('@') {
        Some((package, rest)) => (Some(package), rest),
        None => (None, version),
    }
}

/// The version without the package before `@`, and without the build after `+`.
fn short_version(version: &str) -> &str {
    let (_, version) = parts_of(version);
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
