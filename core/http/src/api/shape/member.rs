//! People of an organization.

use errand_store::people::Person;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// Somebody who may sign in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberShape {
    id: String,
    email: String,
    name: String,
    /// `owner`, `admin`, `member`, `support` or `read-only`.
    role: &'static str,
    date_created: Time,
}

impl MemberShape {
    /// Of a person.
    pub(crate) fn of(person: &Person) -> Self {
        MemberShape {
            id: person.id.to_string(),
            email: person.email.clone(),
            name: person.name.clone(),
            role: person.role.as_str(),
            date_created: Time(person.created),
        }
    }
}
