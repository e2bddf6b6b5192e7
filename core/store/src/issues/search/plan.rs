//! Which way to the matching issues is the shorter one.

use super::Resolved;
use crate::{Db, Result, Statement};

/// How the matching issues are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Along the index of the sort, testing each issue, until the page is full.
    Walk {
        /// Conditions whose issues are listed first, so that each test looks into that list: a probe of the table for
        /// every issue on the way reads a page of a file that is far larger than the cache.
        listed: Vec<usize>,
    },
    /// From the issues that this condition leaves, then sorting.
    Drive(usize),
}

/// Driving sorts what it finds: beyond that many issues a walk finds a page sooner.
const DRIVEN: i64 = 4_000;

/// Issues that are listed at most. What leaves more of them leaves so many that a walk meets them everywhere.
const LISTED: i64 = 50_000;

/// Conditions that are looked at for the rarest: a query of more is answered as well, only not as quickly.
const CONSIDERED: usize = 6;

/// Picks the rarest condition if it is rare enough.
pub(super) async fn choose(db: &Db, resolved: &Resolved) -> Result<Plan> {
    let mut best = (DRIVEN, None);
    let mut listed = Vec::new();
    let candidates = resolved.conditions.iter().enumerate();
    for (at, condition) in candidates
        .filter(|(_, condition)| !condition.is_negated)
        .take(CONSIDERED)
    {
        let mut statement = Statement::new(db.dialect(), "SELECT COUNT(*) FROM (");
        if !condition.test.push_driver(&mut statement, &resolved.projects)? {
            continue;
        }
        let most = if condition.test.can_be_listed() {
            LISTED
        } else {
            best.0
        };
        statement.push(" LIMIT ").bind(most + 1)?.push(") AS found");
        let found: Option<(i64,)> = statement.fetch_optional(db).await?;
        let count = found.map_or(0, |(count,)| count);
        if count <= best.0 {
            best = (count, Some(at));
        }
        if condition.test.can_be_listed() && count <= LISTED {
            listed.push(at);
        }
    }
    Ok(best.1.map_or(Plan::Walk { listed }, Plan::Drive))
}
