//! How much there is of a person.

use errand_model::erasure::{NamedBy, Person};
use errand_model::{OrganizationId, ProjectId};

use super::Scope;
use crate::hashed::tag_value_id;
use crate::support::{KnownUser, KnownValue, fields};
use crate::{Db, Reads, Result, Statement, projects};

/// Ids that one statement looks for.
const CHUNK: usize = 4_000;

/// How much there is of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Users of programs that they are known as.
    pub users: i64,
    /// Events of those users; of an identifier, events that were counted with it, of which some may be gone already.
    pub events: i64,
    /// Tags' values that name them.
    pub values: i64,
}

impl Scope {
    /// All projects of an organization.
    pub async fn of(db: &Db, organization: OrganizationId, person: Person) -> Result<Self> {
        let projects = projects::list(db, Some(organization)).await?;
        Ok(Scope {
            projects: projects.into_iter().map(|project| project.id).collect(),
            fields: fields::of_all(db, organization).await?,
            person,
        })
    }

    /// The column of `app_user` that holds the name; none for an identifier.
    const fn column(&self) -> Option<&'static str> {
        match self.person.by {
            NamedBy::Id => Some("ident"),
            NamedBy::Email => Some("email"),
            NamedBy::Username => Some("username"),
            NamedBy::Ip => Some("ip"),
            NamedBy::Identifier => None,
        }
    }

    /// Pushes the condition that a row of `app_user` is theirs; answers whether there can be any.
    fn push_condition(&self, statement: &mut Statement) -> Result<bool> {
        let Some(column) = self.column() else {
            return Ok(false);
        };
        statement
            .push("project_id IN ")
            .bind_list(self.projects.iter().map(|project| project.0))?
            .push(" AND ")
            .push(column)
            .push(" IS NOT NULL AND ")
            .push(column)
            .push(" IN ")
            .bind_list(self.person.spellings())?;
        Ok(true)
    }

    /// One of the users that they are known as, as long as there is one.
    pub(super) async fn a_user(&self, db: &Db) -> Result<Option<KnownUser>> {
        let mut statement = Statement::new(
            db.dialect(),
            "SELECT id, project_id, ident, email, username, ip FROM app_user WHERE ",
        );
        if !self.push_condition(&mut statement)? {
            return Ok(None);
        }
        statement.push(" LIMIT 1");
        statement.fetch_optional(db).await
    }

    /// The values of identifiers that name them.
    pub(super) async fn values(&self, db: &Db) -> Result<Vec<KnownValue>> {
        if self.person.by != NamedBy::Identifier {
            return Ok(Vec::new());
        }
        let spellings = self.person.spellings();
        let ids: Vec<i64> = self
            .projects
            .iter()
            .flat_map(|project| self.fields.iter().map(move |key| (*project, key)))
            .flat_map(|(project, key): (ProjectId, &String)| {
                spellings
                    .iter()
                    .map(move |value| tag_value_id(project, key, value))
            })
            .collect();
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
}

/// How much there is of a person.
pub async fn find(db: &Db, scope: &Scope) -> Result<Found> {
    let mut found = Found::default();
    let mut statement = Statement::new(db.dialect(), "SELECT COUNT(*) FROM app_user WHERE ");
    if scope.push_condition(&mut statement)? {
        found.users = count(statement, db).await?;
        let mut statement = Statement::new(
            db.dialect(),
            "SELECT COUNT(*) FROM event WHERE user_id IN (SELECT id FROM app_user WHERE ",
        );
        scope.push_condition(&mut statement)?;
        statement.push(")");
        found.events = count(statement, db).await?;
    }
    let values = scope.values(db).await?;
    found.values = i64::try_from(values.len()).unwrap_or(i64::MAX);
    for chunk in values.chunks(CHUNK) {
        let mut statement = Statement::new(
            db.dialect(),
            "SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM issue_tag WHERE value_id IN ",
        );
        statement.bind_list(chunk.iter().map(|value| value.id))?;
        found.events += count(statement, db).await?;
    }
    Ok(found)
}

async fn count(statement: Statement, on: impl Reads) -> Result<i64> {
    let row: Option<(i64,)> = statement.fetch_optional(on).await?;
    Ok(row.map_or(0, |(count,)| count))
}
