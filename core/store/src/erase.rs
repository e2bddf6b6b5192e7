//! Erasing a project with all that is in it, bit by bit, so that events of others go on being stored meanwhile.

use errand_model::ProjectId;

use crate::{Db, Result, Statement, Tx, execute, fetch_all};

/// Events that one transaction erases at most.
const EVENTS: i64 = 500;

/// Erases a project. Its keys go first, so that nothing comes in any more; the project itself goes last, so that
/// one that was only erased in part can be erased again.
pub async fn project(db: &Db, project: ProjectId) -> Result<()> {
    let mut tx = db.begin().await?;
    execute!(tx, "DELETE FROM project_key WHERE project_id = $1", project.0)?;
    execute!(
        tx,
        "UPDATE installation SET is_enabled = FALSE WHERE project_id = $1",
        project.0
    )?;
    tx.commit().await?;
    loop {
        let sql = "SELECT id FROM issue WHERE project_id = $1 LIMIT 100";
        let issues = fetch_all!(db, (i64,), sql, project.0)?;
        if issues.is_empty() {
            break;
        }
        for (issue,) in issues {
            events_of(db, project, issue).await?;
            let mut tx = db.begin().await?;
            rows_of_issue(&mut tx, issue).await?;
            tx.commit().await?;
        }
    }
    let mut tx = db.begin().await?;
    rows_of_project(&mut tx, project).await?;
    tx.commit().await?;
    db.known.forget();
    Ok(())
}

/// Erases an issue's events, and what came with them.
async fn events_of(db: &Db, project: ProjectId, issue: i64) -> Result<()> {
    loop {
        let mut tx = db.begin().await?;
        let sql = "SELECT id, event_id FROM event WHERE issue_id = $1 ORDER BY id LIMIT $2";
        let events = fetch_all!(tx, (i64, Vec<u8>), sql, issue, EVENTS)?;
        if events.is_empty() {
            return Ok(());
        }
        for text in [
            "DELETE FROM attachment WHERE project_id = ",
            "DELETE FROM user_report WHERE project_id = ",
        ] {
            let mut statement = Statement::new(tx.dialect(), text);
            statement.bind(project.0)?.push(" AND event_id IN ");
            statement.bind_list(events.iter().map(|(_, event)| event.as_slice()))?;
            statement.execute(&mut tx).await?;
        }
        let mut statement = Statement::new(tx.dialect(), "DELETE FROM event WHERE id IN ");
        statement.bind_list(events.iter().map(|(id, _)| *id))?;
        statement.execute(&mut tx).await?;
        tx.commit().await?;
    }
}

async fn rows_of_issue(tx: &mut Tx, issue: i64) -> Result<()> {
    for sql in [
        "DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE issue_id = $1)",
        "DELETE FROM delivery WHERE issue_id = $1",
        "DELETE FROM lifecycle WHERE issue_id = $1",
        "DELETE FROM plugin_comment WHERE activity_id IN (SELECT id FROM activity WHERE issue_id = $1)",
        "DELETE FROM plugin_call WHERE issue_id = $1",
        "DELETE FROM activity WHERE issue_id = $1",
        "DELETE FROM issue_link WHERE issue_id = $1",
        "DELETE FROM issue_ownership WHERE issue_id = $1",
        "DELETE FROM grouping WHERE issue_id = $1",
        "DELETE FROM issue_hour WHERE issue_id = $1",
        "DELETE FROM issue_user WHERE issue_id = $1",
        "DELETE FROM issue_tag WHERE issue_id = $1",
        "DELETE FROM issue WHERE id = $1",
    ] {
        execute!(tx, sql, issue)?;
    }
    Ok(())
}

async fn rows_of_project(tx: &mut Tx, project: ProjectId) -> Result<()> {
    for sql in [
        "DELETE FROM grouping WHERE project_id = $1",
        "DELETE FROM attachment WHERE project_id = $1",
        "DELETE FROM user_report WHERE project_id = $1",
        "DELETE FROM app_user WHERE project_id = $1",
        "DELETE FROM tag_value WHERE project_id = $1",
        "DELETE FROM fact_column WHERE block_id IN (SELECT id FROM fact_block WHERE project_id = $1)",
        "DELETE FROM fact_block WHERE project_id = $1",
        "DELETE FROM fact_batch WHERE project_id = $1",
        "DELETE FROM fact_move WHERE project_id = $1",
        "DELETE FROM release WHERE project_id = $1",
        "DELETE FROM deploy WHERE id IN (SELECT deploy_id FROM deploy_project WHERE project_id = $1)
            AND NOT EXISTS (SELECT 1 FROM deploy_project AS other
                WHERE other.deploy_id = deploy.id AND other.project_id <> $1)",
        "DELETE FROM deploy_project WHERE project_id = $1",
        "DELETE FROM session_hour WHERE project_id = $1",
        "DELETE FROM session_minute WHERE project_id = $1",
        "DELETE FROM session_trouble WHERE project_id = $1",
        "DELETE FROM outcome_hour WHERE project_id = $1",
        "DELETE FROM retention WHERE project_id = $1",
        "DELETE FROM project_storage WHERE project_id = $1",
        "DELETE FROM dropped_day WHERE project_id = $1",
        "DELETE FROM gone_issue WHERE project_id = $1",
        "DELETE FROM support_field WHERE project_id = $1",
        "DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE installation_id IN
            (SELECT id FROM installation WHERE project_id = $1))",
        "DELETE FROM delivery WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM destination WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM plugin_kv WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM plugin_comment WHERE installation_id IN
            (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM plugin_job WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM plugin_call WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM plugin_hook WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM older_settings WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM plugin_grant WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM plugin_receipt WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM mail_refusal WHERE installation_id IN (SELECT id FROM installation WHERE project_id = $1)",
        "DELETE FROM installation WHERE project_id = $1",
        "DELETE FROM project_team WHERE project_id = $1",
        "DELETE FROM project WHERE id = $1",
    ] {
        execute!(tx, sql, project.0)?;
    }
    Ok(())
}
