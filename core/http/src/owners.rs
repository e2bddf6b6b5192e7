//! Whose new issues of a project are: rules as text, and what a CODEOWNERS file makes of them.

use errand_model::OrganizationId;
use errand_model::project::Project;
use errand_pipeline::ownership::{Ownership, from_codeowners};
use errand_store::{people, teams};

use crate::AppState;
use crate::error::Error;
use crate::project_settings;

/// Saves the rules of a project, or says why they cannot be read.
pub(crate) async fn save(
    state: &AppState,
    project: &mut Project,
    rules: String,
) -> Result<Result<(), String>, Error> {
    if let Err(error) = Ownership::read(&rules) {
        return Ok(Err(error.to_string()));
    }
    project.settings.ownership_rules = rules;
    project_settings::save(state, project).await?;
    Ok(Ok(()))
}

/// The lines of a CODEOWNERS file as rules: `@acme/payments` is the team `payments`, `@ada` who has that name or that address
/// before the `@`.
pub(crate) async fn imported(
    state: &AppState,
    organization: OrganizationId,
    file: &str,
) -> Result<String, Error> {
    let people = people::list(&state.db).await?;
    let teams = teams::list(&state.db, organization).await?;
    Ok(from_codeowners(file, |name| {
        let plain = name.trim_start_matches('@');
        let last = plain.rsplit('/').next().unwrap_or_default();
        let team = teams.iter().find(|team| name.contains('/') && team.slug == last);
        let person = people.iter().find(|person| {
            let local = person.email.split('@').next().unwrap_or_default();
            person.email == plain.to_lowercase() || local == plain.to_lowercase()
        });
        let team = team.map(|team| format!("#{}", team.slug));
        team.or_else(|| person.map(|person| person.email.clone()))
    }))
}

/// Rules with further ones below them.
pub(crate) fn appended(rules: &str, further: &str) -> String {
    format!("{}\n{further}", rules.trim_end()).trim_start().to_owned()
}
