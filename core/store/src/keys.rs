//! DSN keys.

use errand_model::project::{Project, ProjectKey, RateLimit};
use errand_model::{KeyId, ProjectId, Timestamp};

use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional, projects, secrets};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    project_id: i64,
    label: String,
    public_key: String,
    secret_key: String,
    is_active: bool,
    rate_count: Option<i32>,
    rate_window: Option<i32>,
    created: i64,
}

impl Row {
    fn read(self) -> ProjectKey {
        let unsigned = |number: i32| u32::try_from(number).unwrap_or(0);
        ProjectKey {
            id: KeyId(self.id),
            project: ProjectId(self.project_id),
            label: self.label,
            public_key: self.public_key,
            secret_key: self.secret_key,
            is_active: self.is_active,
            rate_limit: self
                .rate_count
                .zip(self.rate_window)
                .map(|(count, window)| RateLimit {
                    count: unsigned(count),
                    window: unsigned(window),
                }),
            created: Timestamp::from_micros(self.created),
        }
    }
}

fn columns(limit: Option<RateLimit>) -> (Option<i32>, Option<i32>) {
    let signed = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    (
        limit.map(|limit| signed(limit.count)),
        limit.map(|limit| signed(limit.window)),
    )
}

/// Makes a key that lets SDKs in.
pub async fn create(tx: &mut Tx, cx: Context<'_>, project: ProjectId, label: &str) -> Result<ProjectKey> {
    let key = ProjectKey {
        id: KeyId(cx.id()),
        project,
        label: label.to_owned(),
        public_key: secrets::hex(&secrets::random::<16>()?),
        secret_key: secrets::hex(&secrets::random::<16>()?),
        is_active: true,
        rate_limit: None,
        created: cx.now(),
    };
    insert(tx, &key).await?;
    Ok(key)
}

/// Writes a key as it is.
pub(crate) async fn insert(tx: &mut Tx, key: &ProjectKey) -> Result<()> {
    let (count, window) = columns(key.rate_limit);
    execute!(
        tx,
        "INSERT INTO project_key (id, project_id, label, public_key, secret_key, is_active, rate_count, rate_window,
            created)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        key.id.0,
        key.project.0,
        &key.label,
        &key.public_key,
        &key.secret_key,
        key.is_active,
        count,
        window,
        key.created.micros()
    )
    .map(|_| ())
}

/// The keys of a project, the oldest first.
pub async fn list(mut on: impl Reads, project: ProjectId) -> Result<Vec<ProjectKey>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, project_id, label, public_key, secret_key, is_active, rate_count, rate_window, created
         FROM project_key WHERE project_id = $1 ORDER BY id",
        project.0
    )?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// The key of that public half.
pub async fn by_public_key(mut on: impl Reads, public_key: &str) -> Result<Option<ProjectKey>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, project_id, label, public_key, secret_key, is_active, rate_count, rate_window, created
         FROM project_key WHERE public_key = $1",
        public_key
    )?;
    Ok(row.map(Row::read))
}

/// What an SDK's request is checked against: the key, active or not, and its project.
pub async fn with_project<R: Reads>(mut on: R, public_key: &str) -> Result<Option<(ProjectKey, Project)>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT id, project_id, label, public_key, secret_key, is_active, rate_count, rate_window, created
         FROM project_key WHERE public_key = $1",
        public_key
    )?;
    let Some(key) = row.map(Row::read) else {
        return Ok(None);
    };
    let project = projects::by_id(on, key.project).await?;
    Ok(project.map(|project| (key, project)))
}

/// Writes its label, limit and whether it lets anybody in, as they are in `key`.
pub async fn update(tx: &mut Tx, key: &ProjectKey) -> Result<()> {
    let (count, window) = columns(key.rate_limit);
    let changed = execute!(
        tx,
        "UPDATE project_key SET label = $1, is_active = $2, rate_count = $3, rate_window = $4 WHERE id = $5",
        &key.label,
        key.is_active,
        count,
        window,
        key.id.0
    )?;
    if changed == 0 {
        Err(Error::Missing { what: "key" })
    } else {
        Ok(())
    }
}

/// Deletes it: what is sent with it is refused.
pub async fn delete(tx: &mut Tx, id: KeyId) -> Result<()> {
    match execute!(tx, "DELETE FROM project_key WHERE id = $1", id.0)? {
        0 => Err(Error::Missing { what: "key" }),
        _ => Ok(()),
    }
}
