//! Takes events away with what came with them, whoever wants it: retention, or a person.

use errand_model::ProjectId;

use crate::{Result, Statement, Tx, storage};

/// An event to be taken away.
#[derive(Clone, Debug)]
pub(crate) struct Leaving {
    /// Its row.
    pub(crate) id: i64,
    /// The id its SDK gave it.
    pub(crate) event: Vec<u8>,
    /// What it counts as stored.
    pub(crate) bytes: i64,
}

/// What was taken away.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Removed {
    /// Events.
    pub(crate) events: i64,
    /// What they and their attachments took.
    pub(crate) bytes: i64,
}

/// Takes events of one project away. What was counted of them stays.
pub(crate) async fn events(tx: &mut Tx, project: ProjectId, leaving: &[Leaving]) -> Result<Removed> {
    let mut of_files = Statement::new(
        tx.dialect(),
        "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM attachment WHERE project_id = ",
    );
    of_files.bind(project.0)?.push(" AND event_id IN ");
    of_files.bind_list(leaving.iter().map(|row| row.event.as_slice()))?;
    let files: Option<(i64,)> = of_files.fetch_optional(&mut *tx).await?;
    for text in [
        "DELETE FROM attachment WHERE project_id = ",
        "DELETE FROM user_report WHERE project_id = ",
    ] {
        let mut statement = Statement::new(tx.dialect(), text);
        statement.bind(project.0)?.push(" AND event_id IN ");
        statement.bind_list(leaving.iter().map(|row| row.event.as_slice()))?;
        statement.execute(&mut *tx).await?;
    }
    let mut statement = Statement::new(tx.dialect(), "DELETE FROM event WHERE id IN ");
    statement.bind_list(leaving.iter().map(|row| row.id))?;
    // Who deleted an issue meanwhile has counted its events.
    let events = i64::try_from(statement.execute(&mut *tx).await?).unwrap_or(0);
    let of_rows: i64 = leaving.iter().map(|row| row.bytes).sum();
    let share = of_rows * events / i64::try_from(leaving.len()).unwrap_or(1).max(1);
    let bytes = share + files.map_or(0, |(bytes,)| bytes);
    storage::subtract(tx, project, events, bytes).await?;
    Ok(Removed { events, bytes })
}
