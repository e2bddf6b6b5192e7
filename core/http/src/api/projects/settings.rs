//! What a request may set of a project.

use errand_model::project::{Project, RateLimit};
use errand_pipeline::group::{RuleError, Rules};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::error::{invalid, missing};
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
    /// Origins from which browsers may send; `*` for any.
    allowed_domains: Option<Vec<String>>,
    /// Environments in which customers are: what is deployed there has reached them.
    production_environments: Option<Vec<String>>,
    /// Limit over all keys; a count of 0 for none.
    rate_limit: Option<RateLimitBody>,
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
        set(&mut settings.allowed_origins, self.allowed_domains);
        set(
            &mut settings.production_environments,
            self.production_environments,
        );
        if let Some(limit) = self.rate_limit {
            settings.rate_limit = limit.limit();
        }
        Ok(())
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
