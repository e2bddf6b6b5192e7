//! Whom an installation can name: people, teams, other installations.

use errand_model::alert::Addressee;
use errand_model::issue::Assignee;
use errand_model::{InstallationId, TeamId, UserId};
use errand_plugin_host::{ServiceError, Target};
use errand_store::{Db, installations, people, teams};

use super::{asking, unavailable};

/// Whom the installation means; people and teams of its own organization.
pub(in crate::wiring) async fn assignee(
    db: &Db,
    installation: InstallationId,
    name: &str,
) -> Result<Option<Assignee>, ServiceError> {
    let organization = asking(db, installation).await?.organization;
    let (kind, rest) = name.split_once(':').unwrap_or(("", name));
    let person = |found: Option<people::Person>| found.map(|person| Assignee::User(person.id));
    let team = |found: Option<teams::Team>| found.map(|team| Assignee::Team(team.id));
    let found = match (kind, rest.parse()) {
        ("team", Ok(id)) => {
            let found = teams::by_id(db, TeamId(id)).await;
            found.map(|found| team(found.filter(|team| team.organization == organization)))
        }
        ("team", Err(_)) => teams::by_slug(db, organization, rest).await.map(team),
        ("user", Ok(id)) => people::by_id(db, UserId(id)).await.map(person),
        _ => people::by_email(db, rest).await.map(person),
    };
    found.map_err(unavailable)
}

/// What to call them, and where they are reached.
pub(in crate::wiring) async fn addressee(
    db: &Db,
    installation: InstallationId,
    who: Assignee,
) -> Result<Option<Addressee>, ServiceError> {
    let organization = asking(db, installation).await?.organization;
    let (name, emails) = match who {
        Assignee::User(id) => match people::by_id(db, id).await.map_err(unavailable)? {
            Some(person) => (person.name, vec![person.email]),
            None => return Ok(None),
        },
        Assignee::Team(id) => {
            let team = teams::by_id(db, id).await.map_err(unavailable)?;
            let Some(team) = team.filter(|team| team.organization == organization) else {
                return Ok(None);
            };
            let members = teams::members(db, id).await.map_err(unavailable)?;
            (
                team.name,
                members.into_iter().map(|person| person.email).collect(),
            )
        }
    };
    Ok(Some(Addressee { who, name, emails }))
}

/// The installations of the same organization that may hear of what this one sees.
pub(in crate::wiring) async fn targets(
    db: &Db,
    installation: InstallationId,
) -> Result<Vec<Target>, ServiceError> {
    let asking = asking(db, installation).await?;
    let all = installations::list(db, Some(asking.organization))
        .await
        .map_err(unavailable)?;
    let others = all.into_iter().filter(|other| {
        let shares = asking.project.is_none() || other.project.is_none() || other.project == asking.project;
        other.id != asking.id && shares
    });
    let target = |other: installations::Installation| Target {
        id: other.id,
        name: other.name,
        plugin: other.plugin,
    };
    Ok(others.map(target).collect())
}
