//! Reports that people keep, share, put on dashboards and have mailed. What is asked is text that the store does not read.

pub mod dashboards;
pub mod mailing;

use errand_model::{OrganizationId, Timestamp, UserId};

use crate::{Context, Dialect, Error, Reads, Result, Statement, Tx, execute, fetch_one};

/// Reports that one person keeps.
const MOST: i64 = 200;
/// Bytes of a name.
const MAX_NAME: usize = 100;
/// Bytes of what is asked.
const MAX_ASK: usize = 16_384;
/// How lists end: there are few.
const BY_NAME: &str = " ORDER BY name, id LIMIT 1000";

/// A report that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub id: i64,
    /// Who made it.
    pub person: UserId,
    /// What to call it.
    pub name: String,
    /// What is asked, as JSON.
    pub ask: String,
    /// Whether everybody sees it.
    pub is_shared: bool,
    /// When it was last changed.
    pub changed: Timestamp,
}

/// What is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewReport<'a> {
    /// What to call it.
    pub name: &'a str,
    /// What is asked, as JSON.
    pub ask: &'a str,
    /// Whether everybody sees it.
    pub is_shared: bool,
}

type Row = (i64, i64, String, String, bool, i64);

fn read((id, person, name, ask, is_shared, changed): Row) -> Report {
    Report {
        id,
        person: UserId(person),
        name,
        ask,
        is_shared,
        changed: Timestamp::from_micros(changed),
    }
}

const SELECT: &str = "SELECT id, person_id, name, ask, is_shared, changed FROM report";

/// Goes on from `select` with what a person sees of it: their own and what is shared. The one rule of reports and dashboards.
fn seen_by(
    person: UserId,
    organization: OrganizationId,
    dialect: Dialect,
    select: &'static str,
) -> Result<Statement> {
    let mut statement = Statement::new(dialect, select);
    statement
        .push(" WHERE organization_id = ")
        .bind(organization.0)?
        .push(" AND (is_shared OR person_id = ")
        .bind(person.0)?
        .push(")");
    Ok(statement)
}

/// The reports that a person sees: their own and those that are shared, by name.
pub async fn list(on: impl Reads, organization: OrganizationId, person: UserId) -> Result<Vec<Report>> {
    let mut statement = seen_by(person, organization, on.dialect(), SELECT)?;
    statement.push(BY_NAME);
    let rows: Vec<Row> = statement.fetch_all(on).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// A report, where the person sees it.
pub async fn get(
    on: impl Reads,
    organization: OrganizationId,
    person: UserId,
    id: i64,
) -> Result<Option<Report>> {
    let mut statement = seen_by(person, organization, on.dialect(), SELECT)?;
    statement.push(" AND id = ").bind(id)?;
    let row: Option<Row> = statement.fetch_optional(on).await?;
    Ok(row.map(read))
}

/// Keeps a report; answers its id.
///
/// # Errors
/// [`Error::Invalid`] for one without a name, too long a one, and too many.
pub async fn save(
    tx: &mut Tx,
    cx: Context<'_>,
    organization: OrganizationId,
    person: UserId,
    new: NewReport<'_>,
) -> Result<i64> {
    check(new)?;
    let sql = "SELECT COUNT(*) FROM report WHERE person_id = $1";
    if fetch_one!(tx, (i64,), sql, person.0)?.0 >= MOST {
        return Err(Error::invalid(format!(
            "at most {MOST} reports are kept of one person"
        )));
    }
    let id = cx.id();
    execute!(
        tx,
        "INSERT INTO report (id, organization_id, person_id, name, ask, is_shared, changed)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        organization.0,
        person.0,
        new.name,
        new.ask,
        new.is_shared,
        cx.now().micros()
    )?;
    Ok(id)
}

/// Keeps a report as it is now; whoever has it mailed and does not see it any more has it no more.
///
/// # Errors
/// As for [`save`].
pub async fn update(tx: &mut Tx, cx: Context<'_>, id: i64, new: NewReport<'_>) -> Result<()> {
    check(new)?;
    execute!(
        tx,
        "UPDATE report SET name = $1, ask = $2, is_shared = $3, changed = $4 WHERE id = $5",
        new.name,
        new.ask,
        new.is_shared,
        cx.now().micros(),
        id
    )?;
    if !new.is_shared {
        execute!(
            tx,
            "DELETE FROM report_mail WHERE report_id = $1
                AND person_id <> (SELECT person_id FROM report WHERE id = $1)",
            id
        )?;
    }
    Ok(())
}

/// Forgets a report.
pub async fn forget(tx: &mut Tx, id: i64) -> Result<()> {
    for sql in [
        "DELETE FROM report_mail WHERE report_id = $1",
        "DELETE FROM report WHERE id = $1",
    ] {
        execute!(tx, sql, id)?;
    }
    Ok(())
}

fn check(new: NewReport<'_>) -> Result<()> {
    if new.name.is_empty() || new.name.len() > MAX_NAME {
        return Err(Error::invalid(format!(
            "The name of a report has 1 to {MAX_NAME} bytes."
        )));
    }
    if new.ask.len() > MAX_ASK {
        return Err(Error::invalid(format!(
            "A report asks in {MAX_ASK} bytes at most."
        )));
    }
    Ok(())
}
