//! Which tags and fields of events identify a customer: an admin says so, for all projects or for one.

use errand_model::{OrganizationId, ProjectId};

use crate::{Error, Reads, Result, Tx, execute, fetch_all};

/// What counts where nobody said anything.
pub const DEFAULT: [&str; 8] = [
    "license",
    "licence",
    "license_code",
    "order",
    "order_id",
    "customer",
    "customer_id",
    "account",
];

/// Fields of one list: each is looked for in every event and every search.
pub const MAX_FIELDS: usize = 20;
/// Bytes of a field's name.
const MAX_NAME: usize = 200;

/// Stands in the row of a list that was emptied, to tell it from one that nobody made.
const EMPTIED: &str = "";

/// The list of an organization, or that of one of its projects; none if nobody made one.
pub async fn listed(
    mut on: impl Reads,
    organization: OrganizationId,
    project: Option<ProjectId>,
) -> Result<Option<Vec<String>>> {
    let rows = fetch_all!(
        on,
        (String,),
        "SELECT field FROM support_field WHERE organization_id = $1 AND project_id = $2 ORDER BY field LIMIT 100",
        organization.0,
        project.map_or(0, |project| project.0)
    )?;
    if rows.is_empty() {
        return Ok(None);
    }
    let fields = rows.into_iter().map(|(field,)| field);
    Ok(Some(fields.filter(|field| field != EMPTIED).collect()))
}

/// What identifies customers in events of a project: its organization's list, and its own.
pub async fn of_project(
    mut on: impl Reads,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<Vec<String>> {
    let rows = fetch_all!(
        on,
        (i64, String),
        "SELECT project_id, field FROM support_field WHERE organization_id = $1 AND project_id IN (0, $2) LIMIT 200",
        organization.0,
        project.0
    )?;
    Ok(merged(rows.iter().map(|(of, field)| (*of, field.as_str()))))
}

/// What identifies customers anywhere in an organization.
pub(crate) async fn of_all(mut on: impl Reads, organization: OrganizationId) -> Result<Vec<String>> {
    let rows = fetch_all!(
        on,
        (i64, String),
        "SELECT DISTINCT CAST(CASE WHEN project_id = 0 THEN 0 ELSE 1 END AS BIGINT), field FROM support_field
         WHERE organization_id = $1 LIMIT 1000",
        organization.0
    )?;
    Ok(merged(rows.iter().map(|(of, field)| (*of, field.as_str()))))
}

fn merged<'r>(rows: impl Iterator<Item = (i64, &'r str)>) -> Vec<String> {
    let (mut fields, mut is_default) = (Vec::new(), true);
    for (of, field) in rows {
        is_default &= of != 0;
        fields.extend((field != EMPTIED).then(|| field.to_owned()));
    }
    if is_default {
        fields.extend(DEFAULT.map(str::to_owned));
    }
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// Makes the list anew.
///
/// # Errors
/// [`Error::Invalid`] for names that are none, and too many of them.
pub async fn set(
    tx: &mut Tx,
    organization: OrganizationId,
    project: Option<ProjectId>,
    fields: &[String],
) -> Result<()> {
    if fields.len() > MAX_FIELDS {
        return Err(Error::invalid(format!(
            "at most {MAX_FIELDS} fields identify a customer"
        )));
    }
    let is_name = |field: &&String| {
        !field.is_empty() && field.len() <= MAX_NAME && !field.chars().any(char::is_control)
    };
    if let Some(bad) = fields.iter().find(|field| !is_name(field)) {
        return Err(Error::invalid(format!(
            "'{bad}' is no name of a tag or a field: it has 1 to {MAX_NAME} bytes and no line breaks"
        )));
    }
    let of = project.map_or(0, |project| project.0);
    execute!(
        tx,
        "DELETE FROM support_field WHERE organization_id = $1 AND project_id = $2",
        organization.0,
        of
    )?;
    let emptied = [EMPTIED.to_owned()];
    for field in if fields.is_empty() { &emptied[..] } else { fields } {
        execute!(
            tx,
            "INSERT INTO support_field (organization_id, project_id, field) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            organization.0,
            of,
            field
        )?;
    }
    Ok(())
}

/// Takes a project's own list away: the organization's is left.
pub async fn forget(tx: &mut Tx, organization: OrganizationId, project: ProjectId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM support_field WHERE organization_id = $1 AND project_id = $2",
        organization.0,
        project.0
    )
    .map(|_| ())
}
