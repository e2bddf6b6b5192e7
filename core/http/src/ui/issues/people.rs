//! Who issues can be given to.

use errand_model::issue::Assignee;
use errand_model::{OrganizationId, TeamId, UserId};
use errand_store::people::Person;
use errand_store::teams::Team;
use errand_store::{people, teams};

use crate::AppState;
use crate::error::Error;
use crate::ui::page::{Badge, initials};

/// Everybody who can look after an issue.
pub(crate) struct Roster {
    people: Vec<Person>,
    teams: Vec<Team>,
}

/// Somebody to choose.
pub(crate) struct AssigneeChoice {
    /// What the form sends: `user:1`, `team:2`.
    pub(crate) value: String,
    /// What to call them.
    pub(crate) name: String,
    /// Two letters.
    pub(crate) initials: String,
}

impl Roster {
    /// Reads all people and teams: a hub has few.
    pub(crate) async fn read(state: &AppState, organization: OrganizationId) -> Result<Self, Error> {
        Ok(Roster {
            people: people::list(&state.db).await?,
            teams: teams::list(&state.db, organization).await?,
        })
    }

    /// Who that is.
    pub(crate) fn badge(&self, assignee: Assignee) -> Badge {
        let gone = || Badge::of("Somebody who left", "");
        match assignee {
            Assignee::User(id) => {
                let person = self.people.iter().find(|person| person.id == id);
                person.map_or_else(gone, |person| Badge::of(&person.name, &person.email))
            }
            Assignee::Team(id) => {
                let team = self.teams.iter().find(|team| team.id == id);
                team.map_or_else(gone, |team| Badge::of(&format!("#{}", team.slug), ""))
            }
        }
    }

    /// All of them, the viewer first.
    pub(crate) fn choices(&self, viewer: UserId) -> Vec<AssigneeChoice> {
        let mut people: Vec<&Person> = self.people.iter().collect();
        people.sort_by_key(|person| person.id != viewer);
        let people = people.into_iter().map(|person| {
            let badge = Badge::of(&person.name, &person.email);
            let name = if person.id == viewer {
                format!("{} (me)", badge.name)
            } else {
                badge.name
            };
            AssigneeChoice {
                value: format!("user:{}", person.id),
                name,
                initials: badge.initials,
            }
        });
        let teams = self.teams.iter().map(|team| AssigneeChoice {
            value: format!("team:{}", team.id),
            name: format!("#{}", team.slug),
            initials: initials(&team.name),
        });
        people.chain(teams).collect()
    }

    /// Reads what the form sent; nobody where it is empty.
    pub(crate) fn read_choice(&self, value: &str) -> Result<Option<Assignee>, Error> {
        let unknown = || Error::bad_request("There is nobody of that name.");
        if value.is_empty() {
            return Ok(None);
        }
        let (kind, id) = value.split_once(':').ok_or_else(unknown)?;
        let id: i64 = id.parse().map_err(|_| unknown())?;
        let assignee = match kind {
            "user" => self
                .people
                .iter()
                .any(|person| person.id.0 == id)
                .then_some(Assignee::User(UserId(id))),
            "team" => self
                .teams
                .iter()
                .any(|team| team.id.0 == id)
                .then_some(Assignee::Team(TeamId(id))),
            _ => None,
        };
        assignee.map(Some).ok_or_else(unknown)
    }
}
