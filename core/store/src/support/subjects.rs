//! Whom a clue means: users of the programs, and identifiers of customers.

use errand_model::clue::Clue;
use errand_model::{OrganizationId, ProjectId};

use super::fields;
use crate::hashed::tag_value_id;
use crate::{Db, Result, Statement};

/// Users that one clue stands for at most: an address of a network may stand for thousands.
const MAX_USERS: i64 = 50;
/// Ids that one statement looks for.
const CHUNK: usize = 4_000;

/// A user of a program, as its events describe them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KnownUser {
    /// Its row.
    pub id: i64,
    /// Of which project.
    pub project_id: i64,
    /// The program's id for them.
    pub ident: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their name in the program.
    pub username: Option<String>,
    /// Where they came from.
    pub ip: Option<String>,
}

/// A value of an identifier.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KnownValue {
    /// Its row.
    pub id: i64,
    /// Of which project.
    pub project_id: i64,
    /// The tag.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Whom a clue means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subjects {
    /// Users of the programs.
    pub users: Vec<KnownUser>,
    /// Identifiers.
    pub values: Vec<KnownValue>,
}

impl Subjects {
    /// Whether it means nobody.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.values.is_empty()
    }
}

/// Whom a clue means, in these projects of the organization.
pub async fn subjects(
    db: &Db,
    organization: OrganizationId,
    projects: &[ProjectId],
    clue: &Clue,
) -> Result<Subjects> {
    if clue.is_empty() || projects.is_empty() {
        return Ok(Subjects::default());
    }
    Ok(Subjects {
        users: users(db, projects, clue).await?,
        values: values(db, &fields::of_all(db, organization).await?, projects, clue).await?,
    })
}

async fn users(db: &Db, projects: &[ProjectId], clue: &Clue) -> Result<Vec<KnownUser>> {
    let spellings = clue.spellings();
    let mut statement = Statement::new(db.dialect(), "");
    // Each has an index of its own, of those who have it.
    for (at, column) in ["ident", "email", "username", "ip"].into_iter().enumerate() {
        statement.push(if at == 0 { "" } else { " UNION " });
        statement
            .push("SELECT * FROM (SELECT id, project_id, ident, email, username, ip FROM app_user WHERE project_id IN ")
            .bind_list(projects.iter().map(|project| project.0))?
            .push(" AND ")
            .push(column)
            .push(" IS NOT NULL AND ")
            .push(column)
            .push(" IN ")
            .bind_list(spellings.iter().cloned())?
            .push(" LIMIT ")
            .bind(MAX_USERS)?
            .push(") AS by_")
            .push(column);
    }
    statement.push(" LIMIT ").bind(MAX_USERS)?;
    statement.fetch_all(db).await
}

/// Their ids are known without a look-up: only those that exist are left.
async fn values(db: &Db, keys: &[String], projects: &[ProjectId], clue: &Clue) -> Result<Vec<KnownValue>> {
    let spellings = clue.spellings();
    let mut ids = Vec::with_capacity(projects.len() * keys.len() * spellings.len());
    for project in projects {
        for key in keys {
            ids.extend(spellings.iter().map(|value| tag_value_id(*project, key, value)));
        }
    }
    let mut found: Vec<KnownValue> = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let mut statement = Statement::new(
            db.dialect(),
            "SELECT id, project_id, key, value FROM tag_value WHERE id IN ",
        );
        statement.bind_list(chunk.iter().copied())?;
        found.extend(statement.fetch_all::<KnownValue>(db).await?);
    }
    Ok(found)
}
