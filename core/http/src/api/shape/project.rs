//! Projects and their keys.

use std::collections::BTreeMap;

use errand_model::project::{Project, ProjectKey};
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;
use super::organization::OrganizationShape;

/// Options that hold the patterns of filters.
pub(crate) const RELEASES: &str = "filters:releases";
pub(crate) const MESSAGES: &str = "filters:error_messages";
pub(crate) const ADDRESSES: &str = "filters:blacklisted_ips";

/// A project where it is mentioned.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProjectSummary {
    id: String,
    slug: String,
    name: String,
    platform: Option<String>,
}

impl ProjectSummary {
    pub(crate) fn of(project: &Project) -> Self {
        ProjectSummary {
            id: project.id.to_string(),
            slug: project.slug.clone(),
            name: project.name.clone(),
            platform: project.platform.clone(),
        }
    }
}

/// A project.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Project)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectShape {
    id: String,
    slug: String,
    name: String,
    platform: Option<String>,
    date_created: Time,
    status: &'static str,
    is_bookmarked: bool,
    is_member: bool,
    has_access: bool,
    features: [&'static str; 0],
    #[schema(value_type = Vec<Object>)]
    teams: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<OrganizationShape>,
    /// Stack-trace rules, after the built-in ones.
    grouping_enhancements: String,
    /// Fingerprint rules.
    fingerprinting_rules: String,
    /// Whether the default scrubbing is on.
    data_scrubber_defaults: bool,
    data_scrubber: bool,
    /// Whether IP addresses are dropped.
    scrub_i_p_addresses: bool,
    sensitive_fields: Vec<String>,
    safe_fields: Vec<String>,
    /// Rules of scrubbing, one a line.
    data_scrubbing_rules: String,
    /// Origins from which browsers may send.
    allowed_domains: Vec<String>,
    /// Environments in which customers are.
    production_environments: Vec<String>,
    /// What filters have as text, one a line: `filters:releases`, `filters:error_messages`, `filters:blacklisted_ips`.
    options: BTreeMap<&'static str, String>,
    /// How much may come in altogether.
    volume: VolumeShape,
}

/// Quotas; none where there is none.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Volume)]
pub(crate) struct VolumeShape {
    daily: Option<u32>,
    monthly: Option<u32>,
    /// Whether of a flood only a part is let in.
    spikes: bool,
}

impl ProjectShape {
    pub(crate) fn of(project: &Project, organization: Option<OrganizationShape>) -> Self {
        let settings = &project.settings;
        ProjectShape {
            id: project.id.to_string(),
            slug: project.slug.clone(),
            name: project.name.clone(),
            platform: project.platform.clone(),
            date_created: Time(project.created),
            status: "active",
            is_bookmarked: false,
            is_member: true,
            has_access: true,
            features: [],
            teams: [],
            organization,
            grouping_enhancements: settings.stack_trace_rules.clone(),
            fingerprinting_rules: settings.fingerprint_rules.clone(),
            data_scrubber_defaults: settings.scrub_defaults,
            data_scrubber: settings.scrub_defaults,
            scrub_i_p_addresses: settings.scrub_ip_addresses,
            sensitive_fields: settings.sensitive_fields.clone(),
            safe_fields: settings.safe_fields.clone(),
            data_scrubbing_rules: settings.scrub_rules.clone(),
            allowed_domains: settings.allowed_origins.clone(),
            production_environments: settings.production_environments.clone(),
            options: BTreeMap::from([
                (RELEASES, settings.filters.releases.join("\n")),
                (MESSAGES, settings.filters.error_messages.join("\n")),
                (ADDRESSES, settings.filters.ip_addresses.join("\n")),
            ]),
            volume: VolumeShape {
                daily: settings.volume.daily,
                monthly: settings.volume.monthly,
                spikes: settings.volume.spikes,
            },
        }
    }
}

/// A key that lets SDKs in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ProjectKey)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyShape {
    /// The public key, by which Sentry's API names keys.
    id: String,
    name: String,
    label: String,
    public: String,
    secret: String,
    project_id: i64,
    is_active: bool,
    rate_limit: Option<RateLimitShape>,
    dsn: Dsns,
    date_created: Time,
}

/// That many events in that many seconds.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct RateLimitShape {
    window: u32,
    count: u32,
}

/// Where to send, in the forms that clients want.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Dsns {
    /// What goes into an SDK.
    public: String,
    /// With the secret, for SDKs of old.
    secret: String,
    /// For Content-Security-Policy's `report-uri`.
    csp: String,
    security: String,
    minidump: String,
}

impl KeyShape {
    pub(crate) fn of(key: &ProjectKey, public_url: &str) -> Self {
        let base = public_url.trim_end_matches('/');
        let (project, public) = (key.project, &key.public_key);
        let dsn = key.dsn(base);
        let secret = dsn.replacen(public, &format!("{public}:{}", key.secret_key), 1);
        KeyShape {
            id: public.clone(),
            name: key.label.clone(),
            label: key.label.clone(),
            public: public.clone(),
            secret: key.secret_key.clone(),
            project_id: project.0,
            is_active: key.is_active,
            rate_limit: key.rate_limit.map(|limit| RateLimitShape {
                window: limit.window,
                count: limit.count,
            }),
            dsn: Dsns {
                public: dsn,
                secret,
                csp: format!("{base}/api/{project}/csp-report/?sentry_key={public}"),
                security: format!("{base}/api/{project}/security/?sentry_key={public}"),
                minidump: format!("{base}/api/{project}/minidump/?sentry_key={public}"),
            },
            date_created: Time(key.created),
        }
    }
}
