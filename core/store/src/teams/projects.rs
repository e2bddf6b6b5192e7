//! Whose projects are.

use errand_model::{ProjectId, TeamId};

use super::{Row, Team, team};
use crate::{Reads, Result, Tx, execute, fetch_all};

/// Gives a project to a team, besides those that it has. Giving it again is no failure.
pub async fn add_project(tx: &mut Tx, team: TeamId, project: ProjectId) -> Result<()> {
    let sql = "INSERT INTO project_team (project_id, team_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    execute!(tx, sql, project.0, team.0).map(|_| ())
}

/// Takes a project from a team.
pub async fn remove_project(tx: &mut Tx, team: TeamId, project: ProjectId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM project_team WHERE project_id = $1 AND team_id = $2",
        project.0,
        team.0
    )
    .map(|_| ())
}

/// The projects of a team.
pub async fn projects(mut on: impl Reads, team: TeamId) -> Result<Vec<ProjectId>> {
    let rows = fetch_all!(
        on,
        (i64,),
        "SELECT project_id FROM project_team WHERE team_id = $1 ORDER BY project_id",
        team.0
    )?;
    Ok(rows.into_iter().map(|(id,)| ProjectId(id)).collect())
}

/// The teams of a project, by name.
pub async fn of_project(mut on: impl Reads, project: ProjectId) -> Result<Vec<Team>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, organization_id, slug, name, is_open, created FROM team
         JOIN project_team ON team_id = id WHERE project_id = $1 ORDER BY name, id",
        project.0
    )?;
    Ok(rows.into_iter().map(team).collect())
}

/// Which project is of which team, for all of the hub: there are few.
pub async fn of_projects(mut on: impl Reads) -> Result<Vec<(ProjectId, TeamId)>> {
    let rows = fetch_all!(
        on,
        (i64, i64),
        "SELECT project_id, team_id FROM project_team ORDER BY project_id, team_id"
    )?;
    Ok(rows
        .into_iter()
        .map(|(project, team)| (ProjectId(project), TeamId(team)))
        .collect())
}
