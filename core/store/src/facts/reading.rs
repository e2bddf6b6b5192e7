//! Which facts there are: what of a project is in batches, what in blocks, and what moved since, as of one moment.

use std::collections::HashMap;

use errand_model::ProjectId;
use errand_model::question::Span;

use super::moved::Move;
use crate::{Db, Reads, Result, Statement, fetch_optional};

/// A batch with its facts, or a block without them.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) id: i64,
    pub(super) project: i64,
    pub(super) facts: usize,
    pub(super) span: (i64, i64),
    /// Of a block: the lowest and the highest row of its events.
    pub(super) events: (i64, i64),
    /// The number of the project's moves that it is at.
    pub(super) moved: i64,
    /// Of a batch.
    pub(super) content: Vec<u8>,
}

/// All there is of some projects.
#[derive(Debug, Default)]
pub(super) struct There {
    pub(super) batches: Vec<Piece>,
    pub(super) blocks: Vec<Piece>,
    pub(super) moves: Vec<Move>,
}

type Found = (i64, i64, i64, i64, i64, i64, i64, i64, i64, Vec<u8>);

/// What there is of a span. One statement, because facts go from batches to blocks while one looks.
pub(super) async fn there(db: &Db, projects: &[ProjectId], span: Span) -> Result<There> {
    let mut statement = Statement::new(db.dialect(), "");
    let parts = [
        "SELECT CAST(0 AS BIGINT) AS kind, id, project_id, facts, first, last, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
         moved, content FROM fact_batch",
        " UNION ALL SELECT CAST(1 AS BIGINT), id, project_id, facts, first, last, first_event, last_event, \
         moved, '' FROM fact_block",
    ];
    for text in parts {
        statement.push(text).push(" WHERE project_id IN ");
        statement.bind_list(projects.iter().map(|project| project.0))?;
        statement.push(" AND last >= ").bind(span.since.micros())?;
        statement.push(" AND first < ").bind(span.until.micros())?;
    }
    statement.push(
        " UNION ALL SELECT CAST(2 AS BIGINT), number, project_id, issue_id, into_issue, CAST(0 AS BIGINT), \
          CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), hash FROM fact_move WHERE project_id IN ",
    );
    statement.bind_list(projects.iter().map(|project| project.0))?;
    statement.push(" ORDER BY kind, id");
    let rows: Vec<Found> = statement.fetch_all(db).await?;
    let mut there = There::default();
    for (kind, id, project, facts, first, last, first_event, last_event, moved, content) in rows {
        if kind == 2 {
            there.moves.push(Move::new(project, id, facts, content, first));
            continue;
        }
        let piece = Piece {
            id,
            project,
            facts: usize::try_from(facts).unwrap_or_default(),
            span: (first, last),
            events: (first_event, last_event),
            moved,
            content,
        };
        match kind {
            0 => there.batches.push(piece),
            _ => there.blocks.push(piece),
        }
    }
    Ok(there)
}

/// A block that is there, with some of its columns.
pub(super) type Columns = HashMap<i64, Vec<(String, Vec<u8>)>>;

/// Those of `blocks` that are still there, with their columns, or with those of them that are called so.
pub(super) async fn columns(on: impl Reads, blocks: &[i64], names: Option<&[String]>) -> Result<Columns> {
    let mut statement = Statement::new(
        on.dialect(),
        "SELECT fact_block.id, fact_column.name, fact_column.content FROM fact_block
         LEFT JOIN fact_column ON fact_column.block_id = fact_block.id",
    );
    if let Some(names) = names {
        statement.push(" AND fact_column.name IN ");
        statement.bind_list(names.iter().cloned())?;
    }
    statement.push(" WHERE fact_block.id IN ");
    statement.bind_list(blocks.iter().copied())?;
    let rows: Vec<(i64, Option<String>, Option<Vec<u8>>)> = statement.fetch_all(on).await?;
    let mut columns = Columns::new();
    for (block, name, content) in rows {
        let of_block = columns.entry(block).or_default();
        of_block.extend(name.zip(content));
    }
    Ok(columns)
}

/// The next batch of a project behind `after`: its id, the moves that are applied to it, and its content.
pub(super) async fn next_batch(
    mut on: impl Reads,
    project: i64,
    after: i64,
) -> Result<Option<(i64, i64, Vec<u8>)>> {
    fetch_optional!(
        on,
        (i64, i64, Vec<u8>),
        "SELECT id, moved, content FROM fact_batch WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT 1",
        project,
        after
    )
}
