//! What a project's settings mean to its events, compiled once.

use errand_model::ProjectId;
use errand_model::project::ProjectSettings;

use crate::filter::Filter;
use crate::group::Rules;
use crate::normalize::identifiers::Identifiers;
use crate::scrub::Scrubber;

/// A project as the pipeline sees it. Compile it when the settings change, not for each event.
#[derive(Debug)]
pub struct ProjectContext {
    /// Which project.
    pub project: ProjectId,
    /// Its settings.
    pub settings: ProjectSettings,
    /// Which of its events are not taken.
    pub filter: Filter,
    /// How its events are grouped.
    pub rules: Rules,
    /// What is removed from them.
    pub scrubber: Scrubber,
    /// By what support finds customers.
    pub identifiers: Identifiers,
}

/// Settings that do not compile. The API refuses them when they are saved, so this is seen where they are edited.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A line of the stack-trace or fingerprint rules.
    #[error("the grouping rules are not valid: {0}")]
    Rules(#[source] crate::group::RuleError),
}

impl ProjectContext {
    /// Compiles `settings`.
    ///
    /// # Errors
    /// Rules that are not valid.
    pub fn compile(project: ProjectId, settings: &ProjectSettings) -> Result<Self, SettingsError> {
        let rules = Rules::compile(&settings.stack_trace_rules, &settings.fingerprint_rules)
            .map_err(SettingsError::Rules)?;
        Ok(ProjectContext {
            project,
            rules,
            filter: Filter::compile(&settings.filters),
            scrubber: Scrubber::compile(settings),
            settings: settings.clone(),
            identifiers: Identifiers::default(),
        })
    }

    /// The same, with fields by which support finds customers.
    #[must_use]
    pub fn identifying(self, fields: &[String]) -> Self {
        ProjectContext {
            identifiers: Identifiers::of(fields),
            ..self
        }
    }
}
