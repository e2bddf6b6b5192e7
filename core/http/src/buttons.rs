//! The buttons that plugins offer on issues.

use errand_model::project::Project;
use errand_store::installations::{self, Installation};

use crate::AppState;
use crate::error::Error;
use crate::plugins::Action;

/// A button, and whose plugin offers it.
pub(crate) struct Button {
    pub(crate) installation: Installation,
    pub(crate) action: Action,
}

/// The buttons on issues of a project. A plugin that is held or disabled offers none.
pub(crate) async fn on_issues_of(state: &AppState, project: &Project) -> Result<Vec<Button>, Error> {
    let hear = installations::that_hear(&state.db, project.organization, project.id).await?;
    let at_work = hear
        .into_iter()
        .filter(|one| one.is_enabled && one.paused.is_none());
    let buttons = at_work.flat_map(|installation| {
        let actions = state.plugins.actions(&installation.plugin_name()).into_iter();
        let button = move |action| Button {
            installation: installation.clone(),
            action,
        };
        actions.map(button)
    });
    Ok(buttons.collect())
}

/// The button of that installation and name.
pub(crate) async fn find(
    state: &AppState,
    project: &Project,
    installation: &str,
    action: &str,
) -> Result<Option<Button>, Error> {
    let mut buttons = on_issues_of(state, project).await?.into_iter();
    Ok(buttons
        .find(|button| button.action.id == action && button.installation.id.to_string() == installation))
}
