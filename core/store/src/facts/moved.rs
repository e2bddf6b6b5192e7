//! What became of the issues of facts: folded into another, taken apart, deleted.
//!
//! Facts stay as they were written; what happened to their issues since is a numbered list for each project, which whoever
//! reads facts applies from the number on that the facts were written at. Folding facts applies it for good.

use errand_model::{GroupHash, IssueId, ProjectId};

use super::column::Cause;
use crate::{Context, Result, Tx, execute, fetch_one};

/// One happening.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub(super) project: i64,
    pub(super) number: i64,
    issue: i64,
    /// Only what this hash decided; all of the issue where it is empty.
    hash: Vec<u8>,
    /// 0 where it is deleted.
    into: i64,
}

impl Move {
    pub(super) const fn new(project: i64, number: i64, issue: i64, hash: Vec<u8>, into: i64) -> Self {
        Move {
            project,
            number,
            issue,
            hash,
            into,
        }
    }
}

/// What happened in a project since some facts were written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved<'a> {
    moves: &'a [Move],
    project: i64,
    since: i64,
}

impl<'a> Moved<'a> {
    /// `moves` are in the order of their numbers.
    pub(super) const fn new(moves: &'a [Move], project: i64, since: i64) -> Self {
        Moved {
            moves,
            project,
            since,
        }
    }

    fn since(&self) -> impl Iterator<Item = &'a Move> {
        let (project, since) = (self.project, self.since);
        self.moves
            .iter()
            .filter(move |one| one.project == project && one.number > since)
    }

    /// Whether nothing happened.
    pub(super) fn is_empty(&self) -> bool {
        self.since().next().is_none()
    }

    /// The number of the last happening.
    pub(super) fn number(&self) -> i64 {
        self.since().map(|one| one.number).max().unwrap_or(self.since)
    }

    /// Whose issue's it is now; none if that was deleted.
    pub(super) fn now(&self, cause: Cause) -> Option<i64> {
        let mut issue = cause.issue;
        for one in self.since() {
            if one.issue == issue && (one.hash.is_empty() || one.hash == cause.hash) {
                issue = one.into;
            }
        }
        (issue != 0).then_some(issue)
    }
}

/// Facts of `issue`, or those of them that one of `hashes` decided, are `into`'s from now on; nobody's if that is none.
/// The issue's project is locked.
pub(crate) async fn record(
    tx: &mut Tx,
    cx: Context<'_>,
    project: ProjectId,
    issue: IssueId,
    hashes: &[GroupHash],
    into: Option<IssueId>,
) -> Result<()> {
    let whole: [&[u8]; 1] = [&[]];
    let some: Vec<&[u8]> = hashes.iter().map(|hash| hash.0.as_slice()).collect();
    for hash in if some.is_empty() { &whole[..] } else { &some } {
        let sql = "UPDATE project SET moves = moves + 1 WHERE id = $1 RETURNING moves";
        let (number,) = fetch_one!(tx, (i64,), sql, project.0)?;
        execute!(
            tx,
            "INSERT INTO fact_move (project_id, number, issue_id, hash, into_issue, at) VALUES ($1, $2, $3, $4, $5, $6)",
            project.0,
            number,
            issue.0,
            *hash,
            into.map_or(0, |into| into.0),
            cx.now().micros()
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(issue: i64, hash: u8) -> Cause {
        Cause {
            issue,
            hash: [hash; 16],
        }
    }

    #[test]
    fn facts_follow_their_issue_from_when_they_were_written() {
        let moves = [
            Move::new(1, 1, 10, Vec::new(), 20),
            Move::new(1, 2, 20, vec![7; 16], 30),
            Move::new(2, 3, 20, Vec::new(), 99),
            Move::new(1, 3, 30, Vec::new(), 0),
        ];
        let since = |number| Moved::new(&moves, 1, number);
        assert_eq!(since(0).now(cause(10, 1)), Some(20));
        assert_eq!(since(0).now(cause(10, 7)), None);
        assert_eq!(since(1).now(cause(10, 7)), Some(10));
        assert_eq!(since(2).now(cause(20, 7)), Some(20));
        assert_eq!((since(0).number(), since(9).number()), (3, 9));
        assert!(since(3).is_empty() && !since(2).is_empty());
    }
}
