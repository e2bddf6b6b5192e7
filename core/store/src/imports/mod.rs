//! What is brought over from another system: each thing once, however often it is brought.
//!
//! A mark says which own row stands for which of the other system; what was brought, and the mark of it, are written in one
//! transaction, so that an import that was broken off goes on where it was.

mod issue;
mod past;

use errand_model::access::Role;
use errand_model::project::{Project, ProjectKey, ProjectSettings, RateLimit};
use errand_model::{KeyId, OrganizationId, ProjectId, TeamId, UserId};

pub use issue::{ForeignIssue, Standing, Until, bind, issue};
pub use past::{ForeignActivity, past};

use crate::slug::{free, is_slug, slug_of};
use crate::{
    Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_one, fetch_optional, keys, people, projects,
    teams,
};

/// Which thing of another system.
#[derive(Clone, Copy, Debug)]
pub struct Foreign<'a> {
    /// The other system, by its address and organization.
    pub source: &'a str,
    /// `team`, `project`, `issue`, …
    pub kind: &'a str,
    /// What the other system knows it by.
    pub id: &'a str,
}

/// The own row that stands for it; none if it was not brought yet.
pub async fn own(mut on: impl Reads, of: Foreign<'_>) -> Result<Option<i64>> {
    let row = fetch_optional!(
        on,
        (i64,),
        "SELECT own_id FROM import_mark WHERE source = $1 AND kind = $2 AND foreign_id = $3",
        of.source,
        of.kind,
        of.id
    )?;
    Ok(row.map(|(id,)| id))
}

/// Says which row stands for it.
pub async fn mark(tx: &mut Tx, of: Foreign<'_>, own: i64) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO import_mark (source, kind, foreign_id, own_id, place) VALUES ($1, $2, $3, $4, NULL)
         ON CONFLICT (source, kind, foreign_id) DO UPDATE SET own_id = excluded.own_id",
        of.source,
        of.kind,
        of.id,
        own
    )
    .map(|_| ())
}

/// Where in a list an import is: the address of the next page; empty once it is at the end.
pub async fn place(mut on: impl Reads, of: Foreign<'_>) -> Result<Option<String>> {
    let row = fetch_optional!(
        on,
        (Option<String>,),
        "SELECT place FROM import_mark WHERE source = $1 AND kind = $2 AND foreign_id = $3",
        of.source,
        of.kind,
        of.id
    )?;
    Ok(row.and_then(|(place,)| place))
}

/// Says where in a list it is.
pub async fn set_place(tx: &mut Tx, of: Foreign<'_>, place: &str) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO import_mark (source, kind, foreign_id, own_id, place) VALUES ($1, $2, $3, 0, $4)
         ON CONFLICT (source, kind, foreign_id) DO UPDATE SET place = excluded.place",
        of.source,
        of.kind,
        of.id,
        place
    )
    .map(|_| ())
}

/// Whether an own row stands for something of any other system: then it is no other's.
async fn is_brought(tx: &mut Tx, kind: &str, own: i64) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM import_mark WHERE kind = $1 AND own_id = $2";
    Ok(fetch_one!(tx, (i64,), sql, kind, own)?.0 > 0)
}

/// Brings a team, or finds the one of the hub's own that has its slug.
pub async fn team(
    tx: &mut Tx,
    cx: Context<'_>,
    organization: OrganizationId,
    name: &str,
    slug: &str,
) -> Result<TeamId> {
    let known = teams::by_slug(&mut *tx, organization, slug).await?;
    let is_taken = known.is_some();
    if let Some(known) = known
        && !is_brought(tx, "team", known.id.0).await?
    {
        return Ok(known.id);
    }
    let slug = (is_slug(slug) && !is_taken).then_some(slug);
    Ok(teams::create(tx, cx, organization, name, slug, true).await?.id)
}

/// A project of another system.
#[derive(Clone, Copy, Debug)]
pub struct ForeignProject<'a> {
    /// Its id there, which it keeps if nobody has it here: then its DSNs need another host and nothing else.
    pub id: Option<i64>,
    /// Its name in URLs.
    pub slug: &'a str,
    /// What to call it.
    pub name: &'a str,
    /// `python`, `javascript-react`, …
    pub platform: Option<&'a str>,
}

/// Somebody of another system, who can sign in here once an administrator made them a link. Answers whether they are new.
pub async fn person(
    tx: &mut Tx,
    cx: Context<'_>,
    (email, name): (&str, &str),
    role: Role,
) -> Result<Option<(UserId, bool)>> {
    if let Some(known) = people::by_email(&mut *tx, email).await? {
        return Ok(Some((known.id, false)));
    }
    let name: String = name.chars().take(200).collect();
    match people::create(tx, cx, email, &name, role).await {
        Ok(made) => Ok(Some((made.id, true))),
        // What is no address is nobody.
        Err(Error::Invalid { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Brings a project, or finds the one of the hub's own that has its slug. It comes without keys.
pub async fn project(
    tx: &mut Tx,
    cx: Context<'_>,
    organization: OrganizationId,
    foreign: ForeignProject<'_>,
) -> Result<Project> {
    if let Some(known) = projects::by_slug(&mut *tx, organization, foreign.slug).await?
        && !is_brought(tx, "project", known.id.0).await?
    {
        return Ok(known);
    }
    let taken = fetch_all!(tx, (i64, String), "SELECT id, slug FROM project")?;
    let is_free = |id: &i64| *id > 0 && taken.iter().all(|(known, _)| known != id);
    let next = taken.iter().map(|(id, _)| *id).max().unwrap_or(0) + 1;
    let slugs: Vec<String> = taken.iter().map(|(_, slug)| slug.clone()).collect();
    let slug = match is_slug(foreign.slug) && !slugs.iter().any(|slug| slug == foreign.slug) {
        true => foreign.slug.to_owned(),
        false => free(&slug_of(foreign.name, "project"), &slugs),
    };
    let project = Project {
        id: ProjectId(foreign.id.filter(is_free).unwrap_or(next)),
        organization,
        slug,
        name: foreign.name.to_owned(),
        platform: foreign.platform.map(str::to_owned),
        created: cx.now(),
        settings: ProjectSettings::default(),
    };
    projects::insert(tx, &project).await?;
    Ok(project)
}

/// A key of another system.
#[derive(Clone, Copy, Debug)]
pub struct ForeignKey<'a> {
    /// What to call it.
    pub label: &'a str,
    /// What stands in its DSN.
    pub public: &'a str,
    /// For SDKs of old.
    pub secret: &'a str,
    /// Whether it lets anybody in.
    pub is_active: bool,
    /// Its own limit.
    pub rate_limit: Option<RateLimit>,
}

/// Brings a key, or finds the one that is the same; answers which, and whether it is new. None for what is no key as this hub
/// has them.
pub async fn key(
    tx: &mut Tx,
    cx: Context<'_>,
    project: ProjectId,
    foreign: ForeignKey<'_>,
) -> Result<Option<(KeyId, bool)>> {
    let is_key = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_key(foreign.public) {
        return Ok(None);
    }
    if let Some(known) = keys::by_public_key(&mut *tx, foreign.public).await? {
        return Ok(Some((known.id, false)));
    }
    let key = ProjectKey {
        id: KeyId(cx.id()),
        project,
        label: foreign.label.chars().take(200).collect(),
        public_key: foreign.public.to_lowercase(),
        secret_key: match is_key(foreign.secret) {
            true => foreign.secret.to_lowercase(),
            // Nobody checks it.
            false => foreign.public.to_lowercase(),
        },
        is_active: foreign.is_active,
        rate_limit: foreign.rate_limit,
        created: cx.now(),
    };
    keys::insert(tx, &key).await?;
    Ok(Some((key.id, true)))
}
