//! Deploys: which release went to which environment.

use errand_model::issue::Deployed;
use errand_model::page::{Cursor, Page};
use errand_model::project::Project;
use errand_model::{OrganizationId, Timestamp};

use crate::{Db, Reads, Result, Statement, Tx, page};

/// A release that went to an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// Its id; grows with time.
    pub id: i64,
    /// What went.
    pub version: String,
    /// Where to.
    pub environment: String,
    /// What to call it.
    pub name: Option<String>,
    /// A page about it.
    pub url: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it was over.
    pub finished: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    version: String,
    environment: String,
    name: Option<String>,
    url: Option<String>,
    started: Option<i64>,
    finished: i64,
}

impl From<Row> for Deploy {
    fn from(row: Row) -> Self {
        Deploy {
            id: row.id,
            version: row.version,
            environment: row.environment,
            name: row.name,
            url: row.url,
            started: row.started.map(Timestamp::from_micros),
            finished: Timestamp::from_micros(row.finished),
        }
    }
}

impl Deploy {
    /// What an issue remembers of it.
    pub(super) fn brings(&self) -> Deployed {
        Deployed {
            release: self.version.clone(),
            environment: self.environment.clone(),
            at: self.finished,
            url: self.url.clone(),
        }
    }
}

/// How often a version was deployed, and how last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deploys {
    /// How often.
    pub count: i64,
    /// The last of them.
    pub last: Deploy,
}

const SELECT: &str = "SELECT deploy.id, version, environment, name, url, started, finished FROM deploy WHERE organization_id = ";

/// A page of the deploys of a version, the last first.
pub async fn deploys(
    db: &Db,
    organization: OrganizationId,
    version: &str,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Page<Deploy>> {
    let mut statement = Statement::new(db.dialect(), SELECT);
    statement
        .bind(organization.0)?
        .push(" AND version = ")
        .bind(version)?
        .push(" ORDER BY id DESC LIMIT ")
        .bind(i64::from(limit) + 1)?
        .push(" OFFSET ")
        .bind(cursor.map_or(0, |cursor| cursor.offset))?;
    let rows: Vec<Row> = statement.fetch_all(db).await?;
    let deploys = rows.into_iter().map(Deploy::from).collect();
    Ok(page::by_offset(deploys, cursor, limit))
}

/// Those of `versions` that were deployed, and how.
pub async fn deploys_of(db: &Db, organization: OrganizationId, versions: &[&str]) -> Result<Vec<Deploys>> {
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT COUNT(*), MAX(id) FROM deploy WHERE organization_id = ",
    );
    statement
        .bind(organization.0)?
        .push(" AND version IN ")
        .bind_list(versions.iter().copied())?
        .push(" GROUP BY version");
    let counts: Vec<(i64, i64)> = statement.fetch_all(db).await?;
    let mut statement = Statement::new(db.dialect(), SELECT);
    statement
        .bind(organization.0)?
        .push(" AND id IN ")
        .bind_list(counts.iter().map(|(_, last)| *last))?;
    let rows: Vec<Row> = statement.fetch_all(db).await?;
    let deploys = rows.into_iter().map(|row| Deploys {
        count: counts
            .iter()
            .find(|(_, last)| *last == row.id)
            .map_or(1, |(count, _)| *count),
        last: Deploy::from(row),
    });
    Ok(deploys.collect())
}

/// What runs where customers of a project are: the last deploy to each of those environments, among the last hundred.
pub(super) async fn running(tx: &mut Tx, project: &Project) -> Result<Vec<Deploy>> {
    let mut statement = Statement::new(
        tx.dialect(),
        "SELECT deploy.id, version, environment, name, url, started, finished
         FROM deploy_project JOIN deploy ON deploy.id = deploy_project.deploy_id WHERE deploy_project.project_id = ",
    );
    statement
        .bind(project.id.0)?
        .push(" ORDER BY deploy_project.deploy_id DESC LIMIT 100");
    let rows: Vec<Row> = statement.fetch_all(tx).await?;
    let mut running: Vec<Deploy> = Vec::new();
    for row in rows {
        let is_replaced = running.iter().any(|later| later.environment == row.environment);
        if !is_replaced && project.settings.is_production(&row.environment) {
            running.push(Deploy::from(row));
        }
    }
    Ok(running)
}
