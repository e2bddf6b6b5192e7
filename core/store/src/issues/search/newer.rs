//! Issues that came after another one, of those that match: what a page that is open has not shown yet.

use errand_model::IssueId;

use super::condition::{Condition, Test};
use super::{Hits, Search, count_resolved, resolve};
use crate::{Db, Result, fetch_all, fetch_one};

/// The newest issue of all; 0 where there is none.
pub async fn newest(db: &Db) -> Result<IssueId> {
    let sql = "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM issue";
    Ok(IssueId(fetch_one!(db, (i64,), sql)?.0))
}

/// How many of the issues after `after` match; looks at the first `cap` that came. Where none came, which is most of the time, that
/// is one look at the end of an index.
///
/// # Errors
/// As for a page of the search.
pub async fn newer(db: &Db, search: &Search<'_>, after: IssueId, cap: u32) -> Result<Hits> {
    let most = i64::from(cap) + 1;
    let sql = "SELECT id FROM issue WHERE id > $1 ORDER BY id LIMIT $2";
    let ids = fetch_all!(db, (i64,), sql, after.0, most)?;
    let is_capped = ids.len() > usize::try_from(cap).unwrap_or(usize::MAX);
    let ids: Vec<i64> = ids.into_iter().map(|(id,)| id).collect();
    let mut hits = Hits { count: 0, is_capped };
    if ids.is_empty() {
        return Ok(hits);
    }
    let mut resolved = resolve::resolve(db, search).await?;
    // First, because so many are looked at for the rarest.
    let is_newer = Condition {
        is_negated: false,
        test: Test::Id(ids),
    };
    resolved.conditions.insert(0, is_newer);
    hits.count = count_resolved(db, &resolved, cap).await?.count;
    Ok(hits)
}
