//! All that there is of an organization, row by row, for those who take it along. What opens doors is left out: passwords, tokens,
//! sessions, the settings of plugins.
//!
//! A table is read as one stream, as it was when its reading began: memory holds one row. To have a further table in it, add
//! its line to [`TABLES`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use errand_model::{OrganizationId, ProjectId};
use futures_util::TryStreamExt as _;
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Row as _, TypeInfo as _};

use crate::{Connection, Db, Error, Result, codec, facts, projects};

/// The largest event that is read.
const PAYLOAD_BYTES: usize = 16 * 1024 * 1024;

/// A table, and what of it belongs to an organization.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// What it is called.
    pub name: &'static str,
    sql: &'static str,
}

macro_rules! tables {
    ($($name:literal: $columns:literal, $rest:literal;)*) => {
        [$(Table { name: $name, sql: concat!("SELECT ", $columns, " FROM ", $name, " t ", $rest) }),*]
    };
}

/// All tables, the small ones first.
pub const TABLES: [Table; 30] = tables! {
    "organization": "t.*", "WHERE t.id = $1";
    "project": "t.*", "WHERE t.organization_id = $1 ORDER BY t.id";
    "project_key": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1 ORDER BY t.id";
    "person": "t.id, t.email, t.name, t.role, t.created", "WHERE $1 > -1 ORDER BY t.id";
    "team": "t.*", "WHERE t.organization_id = $1 ORDER BY t.id";
    "team_member": "t.*", "JOIN team m ON m.id = t.team_id WHERE m.organization_id = $1";
    "project_team": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "saved_search": "t.*", "WHERE t.organization_id = $1 ORDER BY t.id";
    "report": "t.*", "WHERE t.organization_id = $1 ORDER BY t.id";
    "report_mail": "t.report_id, t.person_id, t.cron, t.due", "JOIN report r ON r.id = t.report_id WHERE r.organization_id = $1";
    "dashboard": "t.*", "WHERE t.organization_id = $1 ORDER BY t.id";
    "support_field": "t.*", "WHERE t.organization_id = $1";
    "retention": "t.*", "WHERE t.project_id <= 0 OR t.project_id IN (SELECT id FROM project WHERE organization_id = $1)";
    "installation": "t.id, t.project_id, t.plugin, t.version, t.name, t.granted, t.is_enabled, t.created", "WHERE t.organization_id = $1 ORDER BY t.id";
    "release": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "deploy": "t.*", "WHERE t.organization_id = $1 ORDER BY t.id";
    "deploy_project": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "session_hour": "t.project_id, t.hour, t.release, t.environment, t.sessions, t.errored, t.abnormal, t.crashed", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "outcome_hour": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "issue": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "issue_link": "t.*", "JOIN issue i ON i.id = t.issue_id JOIN project p ON p.id = i.project_id WHERE p.organization_id = $1";
    "activity": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "grouping": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "issue_hour": "t.*", "JOIN issue i ON i.id = t.issue_id JOIN project p ON p.id = i.project_id WHERE p.organization_id = $1";
    "app_user": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "issue_user": "t.*", "JOIN issue i ON i.id = t.issue_id JOIN project p ON p.id = i.project_id WHERE p.organization_id = $1";
    "issue_tag": "t.issue_id, v.key, v.value, t.events, t.first_seen, t.last_seen", "JOIN tag_value v ON v.id = t.value_id JOIN project p ON p.id = v.project_id WHERE p.organization_id = $1";
    "user_report": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "attachment": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
    "event": "t.*", "JOIN project p ON p.id = t.project_id WHERE p.organization_id = $1";
};

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Its columns. Ids of events and hashes are hexadecimal digits; an event's `payload` is its JSON.
    pub fields: Map<String, Value>,
    /// The bytes of an attachment.
    pub content: Option<Vec<u8>>,
}

/// One after the other, the rows of a table that belong to an organization.
///
/// # Errors
/// What the database says, or what `each` did.
pub async fn rows<E: From<Error>>(
    db: &Db,
    organization: OrganizationId,
    table: &Table,
    mut each: impl FnMut(Record) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    match db.connection().await? {
        Connection::Sqlite(mut connection) => {
            let mut rows = sqlx::query(table.sql)
                .bind(organization.0)
                .fetch(&mut *connection);
            while let Some(row) = rows.try_next().await.map_err(Error::from)? {
                each(of_sqlite(&row)?)?;
            }
        }
        Connection::Postgres(mut connection) => {
            let mut rows = sqlx::query(table.sql)
                .bind(organization.0)
                .fetch(&mut *connection);
            while let Some(row) = rows.try_next().await.map_err(Error::from)? {
                each(of_postgres(&row)?)?;
            }
        }
    }
    Ok(())
}

/// One after the other, what is known of each event, also of those that are gone (`facts`).
///
/// # Errors
/// What the database says, or what `each` did.
pub async fn facts<E: From<Error>>(
    db: &Db,
    organization: OrganizationId,
    mut each: impl FnMut(Record) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let projects = projects::list(db, Some(organization)).await?;
    let projects: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    facts::each(db, &projects, |project, fact| {
        let tags = fact.tags.iter();
        let tags: Map<String, Value> = tags
            .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
            .collect();
        let fields = [
            ("project_id", project.0.into()),
            ("issue_id", fact.issue.into()),
            ("at", fact.at.micros().into()),
            ("user_id", fact.user.map_or(Value::Null, Value::from)),
            ("tags", tags.into()),
        ];
        each(Record {
            fields: fields
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
            content: None,
        })
    })
    .await
}

/// What a column holds.
enum Cell {
    Nothing,
    Number(i64),
    Truth(bool),
    Text(String),
    Bytes(Vec<u8>),
}

fn of_sqlite(row: &SqliteRow) -> Result<Record> {
    let mut record = Record::default();
    for (at, column) in row.columns().iter().enumerate() {
        // What the table declares: SQLite itself has numbers for truths.
        let cell = match column.type_info().name() {
            "TEXT" => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
            "BLOB" => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
            "BOOLEAN" => row.try_get::<Option<bool>, _>(at)?.map(Cell::Truth),
            _ => row.try_get_unchecked::<Option<i64>, _>(at)?.map(Cell::Number),
        };
        record.put(column.name(), cell.unwrap_or(Cell::Nothing));
    }
    Ok(record)
}

fn of_postgres(row: &PgRow) -> Result<Record> {
    let mut record = Record::default();
    for (at, column) in row.columns().iter().enumerate() {
        let cell = match column.type_info().name() {
            "TEXT" => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
            "BYTEA" => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
            "BOOL" => row.try_get::<Option<bool>, _>(at)?.map(Cell::Truth),
            "INT2" => row
                .try_get::<Option<i16>, _>(at)?
                .map(|number| Cell::Number(number.into())),
            "INT4" => row
                .try_get::<Option<i32>, _>(at)?
                .map(|number| Cell::Number(number.into())),
            _ => row.try_get::<Option<i64>, _>(at)?.map(Cell::Number),
        };
        record.put(column.name(), cell.unwrap_or(Cell::Nothing));
    }
    Ok(record)
}

impl Record {
    fn put(&mut self, column: &str, cell: Cell) {
        let value = match cell {
            Cell::Nothing => Value::Null,
            Cell::Number(number) => number.into(),
            Cell::Truth(truth) => truth.into(),
            Cell::Text(text) => text.into(),
            Cell::Bytes(bytes) if column == "content" => {
                self.content = Some(bytes);
                return;
            }
            Cell::Bytes(bytes) if column == "payload" => event(&bytes),
            Cell::Bytes(bytes) => hex(&bytes).into(),
        };
        self.fields.insert(column.to_owned(), value);
    }
}

/// An event's JSON; as it is stored, where it cannot be read.
fn event(payload: &[u8]) -> Value {
    let json = codec::decompress(payload, PAYLOAD_BYTES).ok();
    let read = json.and_then(|json| serde_json::from_slice(&json).ok());
    read.unwrap_or_else(|| STANDARD.encode(payload).into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
