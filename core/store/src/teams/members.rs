//! Who is in teams, and who asked to be.

use errand_model::{TeamId, Timestamp, UserId};

use crate::people::{Person, Row as PersonRow, person};
use crate::{Context, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// Adds a member, whether they had asked or not; answers whether they were not in it.
pub async fn add_member(tx: &mut Tx, team: TeamId, person: UserId) -> Result<bool> {
    let sql = "INSERT INTO team_member (team_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let added = execute!(tx, sql, team.0, person.0)?;
    decline(tx, team, person).await?;
    Ok(added > 0)
}

/// Takes a member out. Taking out one who is not in is no failure.
pub async fn remove_member(tx: &mut Tx, team: TeamId, person: UserId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM team_member WHERE team_id = $1 AND person_id = $2",
        team.0,
        person.0
    )
    .map(|_| ())
}

/// Who is in it, by name.
pub async fn members(mut on: impl Reads, team: TeamId) -> Result<Vec<Person>> {
    let rows = fetch_all!(
        on,
        PersonRow,
        "SELECT person.id, email, name, role, created FROM team_member
         JOIN person ON person.id = team_member.person_id WHERE team_id = $1 ORDER BY name, person.id",
        team.0
    )?;
    rows.into_iter().map(person).collect()
}

/// How many are in each team that is not empty.
pub async fn sizes(mut on: impl Reads) -> Result<Vec<(TeamId, usize)>> {
    let rows = fetch_all!(
        on,
        (i64, i64),
        "SELECT team_id, COUNT(*) FROM team_member GROUP BY team_id ORDER BY team_id"
    )?;
    let size = |(team, people)| (TeamId(team), usize::try_from(people).unwrap_or(0));
    Ok(rows.into_iter().map(size).collect())
}

/// What somebody has to do with a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Nothing.
    Outside,
    /// They asked to be let in.
    Asked,
    /// They are in it.
    Inside,
}

/// What somebody has to do with a team.
pub async fn membership(mut on: impl Reads, team: TeamId, of: UserId) -> Result<Membership> {
    let row = fetch_optional!(
        on,
        (i64,),
        "SELECT CAST(2 AS BIGINT) FROM team_member WHERE team_id = $1 AND person_id = $2
         UNION ALL SELECT CAST(1 AS BIGINT) FROM team_request WHERE team_id = $1 AND person_id = $2 ORDER BY 1 DESC LIMIT 1",
        team.0,
        of.0
    )?;
    Ok(match row {
        Some((2,)) => Membership::Inside,
        Some(_) => Membership::Asked,
        None => Membership::Outside,
    })
}

/// The teams that somebody is in, and those that they asked.
pub async fn memberships(mut on: impl Reads, of: UserId) -> Result<Vec<(TeamId, Membership)>> {
    let rows = fetch_all!(
        on,
        (i64, bool),
        "SELECT team_id, TRUE FROM team_member WHERE person_id = $1
         UNION ALL SELECT team_id, FALSE FROM team_request WHERE person_id = $1",
        of.0
    )?;
    let state = |is_in| match is_in {
        true => Membership::Inside,
        false => Membership::Asked,
    };
    Ok(rows
        .into_iter()
        .map(|(team, is_in)| (TeamId(team), state(is_in)))
        .collect())
}

/// Asks to be let in. Asking twice is no failure.
pub async fn ask(tx: &mut Tx, cx: Context<'_>, team: TeamId, person: UserId) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO team_request (team_id, person_id, asked) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        team.0,
        person.0,
        cx.now().micros()
    )
    .map(|_| ())
}

/// Forgets that somebody asked.
pub async fn decline(tx: &mut Tx, team: TeamId, person: UserId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM team_request WHERE team_id = $1 AND person_id = $2",
        team.0,
        person.0
    )
    .map(|_| ())
}

/// Who asked to be let in, the first to ask first.
pub async fn requests(mut on: impl Reads, team: TeamId) -> Result<Vec<(Person, Timestamp)>> {
    let rows = fetch_all!(
        on,
        (i64, String, String, String, i64, i64),
        "SELECT person.id, email, name, role, created, asked FROM team_request
         JOIN person ON person.id = team_request.person_id WHERE team_id = $1 ORDER BY asked, person.id LIMIT 200",
        team.0
    )?;
    let read = |(id, email, name, role, created, asked)| {
        Ok((
            person((id, email, name, role, created))?,
            Timestamp::from_micros(asked),
        ))
    };
    rows.into_iter().map(read).collect()
}
