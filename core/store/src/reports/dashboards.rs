//! Dashboards: reports side by side.

use errand_model::{OrganizationId, UserId};

use super::{BY_NAME, seen_by};
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_one};

/// Dashboards that one person keeps.
const MOST: i64 = 50;
/// Reports on one: each is a question that is asked when somebody looks.
pub const MOST_REPORTS: usize = 12;
/// Bytes of a name.
const MAX_NAME: usize = 100;

/// A dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dashboard {
    /// Its id.
    pub id: i64,
    /// Who made it.
    pub person: UserId,
    /// What to call it.
    pub name: String,
    /// Whether everybody sees it.
    pub is_shared: bool,
    /// The ids of its reports, in order.
    pub reports: Vec<i64>,
}

type Row = (i64, i64, String, bool, String);

fn read((id, person, name, is_shared, reports): Row) -> Dashboard {
    Dashboard {
        id,
        person: UserId(person),
        name,
        is_shared,
        reports: reports.split(' ').filter_map(|id| id.parse().ok()).collect(),
    }
}

const SELECT: &str = "SELECT id, person_id, name, is_shared, reports FROM dashboard";

/// The dashboards that a person sees: their own and those that are shared, by name.
pub async fn list(on: impl Reads, organization: OrganizationId, person: UserId) -> Result<Vec<Dashboard>> {
    let mut statement = seen_by(person, organization, on.dialect(), SELECT)?;
    statement.push(BY_NAME);
    let rows: Vec<Row> = statement.fetch_all(on).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// A dashboard, where the person sees it.
pub async fn get(
    on: impl Reads,
    organization: OrganizationId,
    person: UserId,
    id: i64,
) -> Result<Option<Dashboard>> {
    let mut statement = seen_by(person, organization, on.dialect(), SELECT)?;
    statement.push(" AND id = ").bind(id)?;
    let row: Option<Row> = statement.fetch_optional(on).await?;
    Ok(row.map(read))
}

/// Makes a dashboard without reports; answers its id.
///
/// # Errors
/// [`Error::Invalid`] for one without a name, too long a one, and too many.
pub async fn create(
    tx: &mut Tx,
    cx: Context<'_>,
    organization: OrganizationId,
    person: UserId,
    name: &str,
    is_shared: bool,
) -> Result<i64> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(Error::invalid(format!(
            "The name of a dashboard has 1 to {MAX_NAME} bytes."
        )));
    }
    let sql = "SELECT COUNT(*) FROM dashboard WHERE person_id = $1";
    if fetch_one!(tx, (i64,), sql, person.0)?.0 >= MOST {
        return Err(Error::invalid(format!(
            "at most {MOST} dashboards are kept of one person"
        )));
    }
    let id = cx.id();
    execute!(
        tx,
        "INSERT INTO dashboard (id, organization_id, person_id, name, is_shared, reports)
         VALUES ($1, $2, $3, $4, $5, '')",
        id,
        organization.0,
        person.0,
        name,
        is_shared
    )?;
    Ok(id)
}

/// Says which reports are on it, in order.
///
/// # Errors
/// [`Error::Invalid`] for too many.
pub async fn set_reports(tx: &mut Tx, id: i64, reports: &[i64]) -> Result<()> {
    if reports.len() > MOST_REPORTS {
        return Err(Error::invalid(format!(
            "A dashboard has at most {MOST_REPORTS} reports."
        )));
    }
    let reports: Vec<String> = reports.iter().map(ToString::to_string).collect();
    let sql = "UPDATE dashboard SET reports = $1 WHERE id = $2";
    execute!(tx, sql, reports.join(" "), id).map(|_| ())
}

/// Forgets a dashboard; its reports stay.
pub async fn forget(tx: &mut Tx, id: i64) -> Result<()> {
    execute!(tx, "DELETE FROM dashboard WHERE id = $1", id).map(|_| ())
}
