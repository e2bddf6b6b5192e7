//! Saving the name and the settings of a project, for pages and API alike.

use errand_model::project::Project;
use errand_store::projects;

use crate::AppState;
use crate::error::Error;

/// Saves them; what comes in next follows them.
pub(crate) async fn save(state: &AppState, project: &Project) -> Result<(), Error> {
    let mut tx = state.db.begin().await?;
    projects::update(&mut tx, project).await?;
    tx.commit().await?;
    state.directory.forget_project(project.id);
    Ok(())
}
