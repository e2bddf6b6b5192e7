//! Takes a few of a person's events away.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use errand_model::erasure::NamedBy;
use errand_model::{ProjectId, Timestamp};
use serde::Deserialize;

use super::Scope;
use crate::hashed::{tag_key_id, tag_value_id};
use crate::removal::{self, Leaving};
use crate::support::{KnownUser, KnownValue};
use crate::{Context, Db, Result, Statement, Tx, codec, execute, facts, fetch_all, storage, tasks};

/// Events of an issue that are looked at in one go for an identifier.
const LOOKED_AT: i64 = 500;
/// Reports of users that are looked at in one go for an address.
const REPORTS: i64 = 2_000;
/// The largest event that is read.
const PAYLOAD_BYTES: usize = 16 * 1024 * 1024;

/// How far the search is in what no index finds. Who begins anew loses nothing but time.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    /// The issue that is looked through, and before which event the rest of it is.
    issue: Option<(i64, i64)>,
    /// Reports up to there were looked at.
    report: i64,
    /// Whose facts are looked for, and how far that is.
    facts: Option<(facts::Person, facts::Place)>,
}

/// What a step did.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Events that went.
    pub erased: i64,
    /// For how long nobody else could write.
    pub held: Duration,
    /// Whether there is nothing left.
    pub is_over: bool,
}

/// A row of `event`, as far as it is needed.
type Row = (i64, i64, Vec<u8>, Option<i64>, Vec<u8>);

/// Takes up to `batch` events away, and says so of the task in the same transaction.
pub async fn step(
    db: &Db,
    scope: &Scope,
    cursor: &mut Cursor,
    batch: i64,
    (task, cx): (i64, Context<'_>),
) -> Result<Step> {
    let now = cx.now();
    if let Some(user) = scope.a_user(db).await? {
        let sql = "SELECT id, project_id, event_id, user_id, payload FROM event WHERE user_id = $1 ORDER BY id LIMIT $2";
        let rows = fetch_all!(db, Row, sql, user.id, batch)?;
        if !rows.is_empty() {
            return erase(db, scope, Some(&user), &rows, (task, now)).await;
        }
        let facts = facts::Person {
            project: ProjectId(user.project_id),
            users: vec![user.id],
            tags: Vec::new(),
        };
        return match has_facts(db, cx, cursor, facts).await? {
            true => Ok(Step::on(Instant::now())),
            false => forget_user(db, &user).await,
        };
    }
    if let Some(value) = scope.values(db).await?.into_iter().next() {
        return of_value(db, scope, &value, cursor, batch, (task, cx)).await;
    }
    reports(db, scope, cursor).await
}

impl Step {
    fn on(began: Instant) -> Self {
        Step {
            erased: 0,
            held: began.elapsed(),
            is_over: false,
        }
    }
}

/// Takes the events away, and of the tags that they have those that name the person.
async fn erase(
    db: &Db,
    scope: &Scope,
    user: Option<&KnownUser>,
    rows: &[Row],
    (task, now): (i64, Timestamp),
) -> Result<Step> {
    let mut by_project: BTreeMap<i64, Vec<Leaving>> = BTreeMap::new();
    let mut values = BTreeSet::new();
    let mut users = BTreeSet::new();
    for (id, project, event, of, payload) in rows {
        let bytes = i64::try_from(payload.len()).unwrap_or(i64::MAX);
        by_project.entry(*project).or_default().push(Leaving {
            id: *id,
            event: event.clone(),
            bytes: storage::counted(bytes),
        });
        users.extend(*of);
        let tags = tags(payload).into_iter();
        let telling = tags.filter(|(key, value)| names_them(scope, user, key, value));
        values.extend(telling.map(|(key, value)| tag_value_id(ProjectId(*project), &key, &value)));
    }
    let mut tx = db.begin().await?;
    let began = Instant::now();
    let mut erased = 0;
    for (project, leaving) in by_project {
        erased += removal::events(&mut tx, ProjectId(project), &leaving)
            .await?
            .events;
    }
    for table in [
        "DELETE FROM issue_tag WHERE value_id IN ",
        "DELETE FROM tag_value WHERE id IN ",
    ] {
        if !values.is_empty() {
            let mut statement = Statement::new(tx.dialect(), table);
            statement.bind_list(values.iter().copied())?;
            statement.execute(&mut tx).await?;
        }
    }
    // Whoever was named by an identifier is a user of some name as well, whom nothing is left of.
    if user.is_none() {
        for user in users {
            forget_if_gone(&mut tx, user).await?;
        }
    }
    tasks::advance(&mut tx, task, erased, now).await?;
    tx.commit().await?;
    db.known.forget();
    Ok(Step {
        erased,
        ..Step::on(began)
    })
}

/// Takes their facts out of the next batch or block; answers whether there may be more.
async fn has_facts(db: &Db, cx: Context<'_>, cursor: &mut Cursor, whose: facts::Person) -> Result<bool> {
    let at = match &cursor.facts {
        Some((of, at)) if *of == whose => *at,
        _ => facts::Place::default(),
    };
    let next = facts::forget(db, cx, &whose, at).await?;
    cursor.facts = next.map(|next| (whose, next));
    Ok(next.is_some())
}

/// A user whose events are all gone is forgotten, and by all issues.
async fn forget_user(db: &Db, user: &KnownUser) -> Result<Step> {
    let mut tx = db.begin().await?;
    let began = Instant::now();
    forget_if_gone(&mut tx, user.id).await?;
    tx.commit().await?;
    db.known.forget();
    Ok(Step::on(began))
}

async fn forget_if_gone(tx: &mut Tx, user: i64) -> Result<()> {
    for sql in [
        "DELETE FROM issue_user WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM event WHERE user_id = $1)",
        "DELETE FROM app_user WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM event WHERE user_id = $1)",
    ] {
        execute!(tx, sql, user)?;
    }
    Ok(())
}

/// The next events with an identifier: in the issues that were seen with it, by what the events themselves say.
async fn of_value(
    db: &Db,
    scope: &Scope,
    value: &KnownValue,
    cursor: &mut Cursor,
    batch: i64,
    (task, cx): (i64, Context<'_>),
) -> Result<Step> {
    let now = cx.now();
    let sql = "SELECT issue_id FROM issue_tag WHERE value_id = $1 ORDER BY issue_id LIMIT 1";
    let Some((issue,)) = fetch_all!(db, (i64,), sql, value.id)?.into_iter().next() else {
        let facts = facts::Person {
            project: ProjectId(value.project_id),
            users: Vec::new(),
            tags: vec![(value.key.clone(), value.value.clone())],
        };
        if has_facts(db, cx, cursor, facts).await? {
            return Ok(Step::on(Instant::now()));
        }
        let mut tx = db.begin().await?;
        let began = Instant::now();
        execute!(tx, "DELETE FROM tag_value WHERE id = $1", value.id)?;
        tx.commit().await?;
        db.known.forget();
        return Ok(Step::on(began));
    };
    let before = cursor
        .issue
        .filter(|(of, _)| *of == issue)
        .map_or(i64::MAX, |(_, before)| before);
    let sql = "SELECT id, project_id, event_id, user_id, payload FROM event
               WHERE issue_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    let rows = fetch_all!(db, Row, sql, issue, before, LOOKED_AT)?;
    let Some((last, ..)) = rows.last() else {
        cursor.issue = None;
        let mut tx = db.begin().await?;
        let began = Instant::now();
        let sql = "DELETE FROM issue_tag WHERE issue_id = $1 AND key_id = $2 AND value_id = $3";
        execute!(tx, sql, issue, tag_key_id(&value.key), value.id)?;
        tx.commit().await?;
        return Ok(Step::on(began));
    };
    let looked_to = *last;
    let has_it = |row: &Row| tags(&row.4).contains(&(value.key.clone(), value.value.clone()));
    let mut meant: Vec<Row> = rows.into_iter().filter(has_it).collect();
    let is_all = meant.len() <= usize::try_from(batch).unwrap_or(usize::MAX);
    meant.truncate(usize::try_from(batch).unwrap_or(usize::MAX));
    // What is left of these is found again from where the last one that went was.
    let next = match (is_all, meant.last()) {
        (false, Some((id, ..))) => *id,
        _ => looked_to,
    };
    cursor.issue = Some((issue, next));
    match meant.is_empty() {
        true => Ok(Step::on(Instant::now())),
        // The value itself stays until all issues were looked through.
        false => erase(db, scope, None, &meant, (task, now)).await,
    }
}

/// What users wrote with that address, about events that are not theirs or gone.
async fn reports(db: &Db, scope: &Scope, cursor: &mut Cursor) -> Result<Step> {
    let over = |began: Instant| Step {
        is_over: true,
        ..Step::on(began)
    };
    if scope.person.by != NamedBy::Email {
        return Ok(over(Instant::now()));
    }
    let sql = "SELECT id, project_id, email FROM user_report WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = fetch_all!(db, (i64, i64, String), sql, cursor.report, REPORTS)?;
    let Some((last, ..)) = rows.last() else {
        return Ok(over(Instant::now()));
    };
    cursor.report = *last;
    let spellings = scope.person.spellings();
    let meant = rows.iter().filter(|(_, project, email)| {
        scope.projects.contains(&ProjectId(*project)) && spellings.contains(&email.to_lowercase())
    });
    let meant: Vec<i64> = meant.map(|(id, ..)| *id).collect();
    if meant.is_empty() {
        return Ok(Step::on(Instant::now()));
    }
    let mut tx = db.begin().await?;
    let began = Instant::now();
    let mut statement = Statement::new(tx.dialect(), "DELETE FROM user_report WHERE id IN ");
    statement.bind_list(meant)?;
    statement.execute(&mut tx).await?;
    tx.commit().await?;
    Ok(Step::on(began))
}

/// The tags of a stored event; none where it cannot be read.
fn tags(payload: &[u8]) -> Vec<(String, String)> {
    #[derive(Deserialize)]
    struct Tagged {
        #[serde(default)]
        tags: Vec<(String, String)>,
    }
    let json = codec::decompress(payload, PAYLOAD_BYTES).ok();
    let read = json.and_then(|json| serde_json::from_slice::<Tagged>(&json).ok());
    read.map(|read| read.tags).unwrap_or_default()
}

/// Whether a tag names the person. Addresses do wherever they stand; ids and names only in tags that are about users, because
/// `step: 1` is nobody's.
fn names_them(scope: &Scope, user: Option<&KnownUser>, key: &str, value: &str) -> bool {
    let is = |name: &Option<String>| name.as_deref() == Some(value);
    let Some(user) = user else {
        return false;
    };
    let is_of_users = key.starts_with("user") || scope.fields.iter().any(|field| field == key);
    is(&user.email) || is(&user.ip) || (is_of_users && (is(&user.ident) || is(&user.username)))
}
