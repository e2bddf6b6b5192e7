//! What a request may set of a project.

use std::collections::BTreeMap;

use errand_model::filters::Filters;
use errand_model::project::{Project, RateLimit, Volume};
use errand_pipeline::group::{RuleError, Rules};
use errand_pipeline::{filter, scrub};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::error::{invalid, missing};
use crate::api::shape::project::{ADDRESSES, MESSAGES, RELEASES};
use crate::error::Error;

/// What can be set of a project; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectChanges {
    name: Option<String>,
    slug: Option<String>,
    platform: Option<String>,
    /// Stack-trace rules, after the built-in ones.
    grouping_enhancements: Option<String>,
    /// Fingerprint rules.
    fingerprinting_rules: Option<String>,
    /// Whether the default scrubbing is on.
    data_scrubber_defaults: Option<bool>,
    /// Whether IP addresses are dropped.
    scrub_i_p_addresses: Option<bool>,
    /// Further field names to scrub.
    sensitive_fields: Option<Vec<String>>,
    /// Fields never to scrub.
    safe_fields: Option<Vec<String>>,
    /// Rules of scrubbing, one a line: `[Mask] [Email addresses] from [$message]`.
    data_scrubbing_rules: Option<String>,
    /// Origins from which browsers may send; `*` for any.
    allowed_domains: Option<Vec<String>>,
    /// Environments in which customers are: what is deployed there has reached them.
    production_environments: Option<Vec<String>>,
    /// What filters have as text, one a line: `filters:releases`, `filters:error_messages`, `filters:blacklisted_ips`.
    /// Other options are passed over.
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    options: Option<BTreeMap<String, serde_json::Value>>,
    /// Limit over all keys; a count of 0 for none.
    rate_limit: Option<RateLimitBody>,
    /// How much may come in altogether.
    volume: Option<VolumeBody>,
}

/// Quotas; 0 for none. What is not named stays.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub(super) struct VolumeBody {
    /// Events on a day, in UTC.
    daily: Option<u32>,
    /// Events in thirty days.
    monthly: Option<u32>,
    /// Whether of a flood only a part is let in.
    spikes: Option<bool>,
}

impl VolumeBody {
    fn apply(self, volume: &mut Volume) {
        let quota = |slot: &mut Option<u32>, given: Option<u32>| {
            if let Some(most) = given {
                *slot = (most > 0).then_some(most);
            }
        };
        quota(&mut volume.daily, self.daily);
        quota(&mut volume.monthly, self.monthly);
        set(&mut volume.spikes, self.spikes);
    }
}

/// That many events in that many seconds.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub(super) struct RateLimitBody {
    pub(super) count: u32,
    pub(super) window: u32,
}

impl RateLimitBody {
    /// The limit; none where the count or the window is 0.
    pub(super) fn limit(self) -> Option<RateLimit> {
        (self.count > 0 && self.window > 0).then_some(RateLimit {
            count: self.count,
            window: self.window,
        })
    }
}

impl ProjectChanges {
    /// Changes what is named.
    pub(super) fn apply(self, project: &mut Project) -> Result<(), Error> {
        if let Some(name) = self.name {
            if name.trim().is_empty() {
                return Err(missing("name", "any text that is not blank"));
            }
            name.trim().clone_into(&mut project.name);
        }
        set(&mut project.slug, self.slug);
        if let Some(platform) = self.platform {
            project.platform = Some(platform).filter(|platform| !platform.is_empty());
        }
        let settings = &mut project.settings;
        if let Some(rules) = self.grouping_enhancements {
            check_rules("groupingEnhancements", &rules, Rules::compile(&rules, ""))?;
            settings.stack_trace_rules = rules;
        }
        if let Some(rules) = self.fingerprinting_rules {
            check_rules("fingerprintingRules", &rules, Rules::compile("", &rules))?;
            settings.fingerprint_rules = rules;
        }
        set(&mut settings.scrub_defaults, self.data_scrubber_defaults);
        set(&mut settings.scrub_ip_addresses, self.scrub_i_p_addresses);
        set(&mut settings.sensitive_fields, self.sensitive_fields);
        set(&mut settings.safe_fields, self.safe_fields);
        if let Some(rules) = self.data_scrubbing_rules {
            if let Some(problem) = scrub::problems(&rules).first() {
                return Err(Error::bad_request(format!("dataScrubbingRules: {problem}")));
            }
            settings.scrub_rules = rules;
            settings.salt();
        }
        set(&mut settings.allowed_origins, self.allowed_domains);
        set(
            &mut settings.production_environments,
            self.production_environments,
        );
        if let Some(options) = &self.options {
            set_options(&mut settings.filters, options)?;
        }
        if let Some(limit) = self.rate_limit {
            settings.rate_limit = limit.limit();
        }
        if let Some(volume) = self.volume {
            volume.apply(&mut settings.volume);
        }
        Ok(())
    }
}

fn set_options(filters: &mut Filters, options: &BTreeMap<String, serde_json::Value>) -> Result<(), Error> {
    for (name, list) in [
        (RELEASES, &mut filters.releases),
        (MESSAGES, &mut filters.error_messages),
        (ADDRESSES, &mut filters.ip_addresses),
    ] {
        if let Some(text) = options.get(name).and_then(serde_json::Value::as_str) {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            *list = lines.map(str::to_owned).collect();
        }
    }
    let problems = filter::check(filters);
    match problems.first() {
        Some(problem) => Err(Error::bad_request(format!("options: {}", problem.text))),
        None => Ok(()),
    }
}

fn set<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

fn check_rules(field: &str, rules: &str, compiled: Result<Rules, RuleError>) -> Result<(), Error> {
    let checked = compiled.map(drop);
    checked.map_err(|error| invalid(field, rules, &format!("what can be read as rules ({error})")))
}
