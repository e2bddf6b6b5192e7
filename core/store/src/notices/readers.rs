//! Who may be told, and what of.

use std::collections::HashMap;

use errand_model::issue::Assignee;
use errand_model::notice::Wishes;
use errand_model::{OrganizationId, TeamId, UserId};

use crate::outbox::text_of;
use crate::people::Person;
use crate::{Error, Reads, Result, Tx, execute, fetch_all, fetch_optional, people};

/// Somebody who may be told.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Who.
    pub person: Person,
    /// They and their teams.
    pub selves: Vec<Assignee>,
    /// The names of their teams.
    pub teams: Vec<String>,
    /// What they want to hear of.
    pub wishes: Wishes,
}

/// Everybody who may be told of an organization's issues.
pub async fn readers(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Reader>> {
    let everybody = people::list(&mut *tx).await?;
    let wishes = fetch_all!(
        tx,
        (i64, String),
        "SELECT person_id, wishes FROM notice_wish LIMIT 100000"
    )?;
    let mut wishes: HashMap<i64, String> = wishes.into_iter().collect();
    let sql = "SELECT team_member.person_id, team.id, team.slug FROM team_member
               JOIN team ON team.id = team_member.team_id WHERE team.organization_id = $1 LIMIT 1000000";
    let mut teams: HashMap<i64, Vec<(i64, String)>> = HashMap::new();
    for (person, team, slug) in fetch_all!(tx, (i64, i64, String), sql, organization.0)? {
        teams.entry(person).or_default().push((team, slug));
    }
    let reader = |person: Person| {
        let teams = teams.remove(&person.id.0).unwrap_or_default();
        let selves = teams.iter().map(|(id, _)| Assignee::Team(TeamId(*id)));
        Ok(Reader {
            selves: std::iter::once(Assignee::User(person.id)).chain(selves).collect(),
            teams: teams.into_iter().map(|(_, slug)| slug).collect(),
            wishes: wishes
                .remove(&person.id.0)
                .map(|text| read(&text))
                .transpose()?
                .unwrap_or_default(),
            person,
        })
    };
    everybody.into_iter().map(reader).collect()
}

fn read(text: &str) -> Result<Wishes> {
    serde_json::from_str(text).map_err(|why| Error::corrupt("notice_wish.wishes", why))
}

/// What a person wants to hear of.
pub async fn wishes(mut on: impl Reads, person: UserId) -> Result<Wishes> {
    let sql = "SELECT wishes FROM notice_wish WHERE person_id = $1";
    let row = fetch_optional!(on, (String,), sql, person.0)?;
    Ok(row.map(|(text,)| read(&text)).transpose()?.unwrap_or_default())
}

/// Says what a person wants to hear of from now on.
pub async fn set_wishes(tx: &mut Tx, person: UserId, wishes: &Wishes) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO notice_wish (person_id, wishes) VALUES ($1, $2)
         ON CONFLICT (person_id) DO UPDATE SET wishes = excluded.wishes",
        person.0,
        text_of(wishes)?
    )
    .map(|_| ())
}
