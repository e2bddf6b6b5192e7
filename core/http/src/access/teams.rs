//! Who runs a team: its members do, as far as they may make teams at all, and who runs the hub.

use errand_model::access::{Action, Resource, Role};
use errand_store::teams::Membership;

use crate::error::Error;

/// Whether somebody lets others in, gives the team projects and changes it.
pub(crate) fn may_run(role: Role, membership: Membership) -> bool {
    let is_inside = membership == Membership::Inside;
    role.may(Resource::Teams, Action::Change) || (is_inside && role.may(Resource::Teams, Action::Create))
}

/// 403 unless they may.
pub(crate) fn require_to_run(role: Role, membership: Membership) -> Result<(), Error> {
    match may_run(role, membership) {
        true => Ok(()),
        false => Err(Error::forbidden(
            "Only members of the team may do this, and who runs the hub.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_run_their_team_and_nobody_elses() {
        use Membership::{Asked, Inside, Outside};
        for (role, membership, may) in [
            (Role::Admin, Outside, true),
            (Role::Member, Inside, true),
            (Role::Member, Asked, false),
            (Role::Member, Outside, false),
            (Role::Support, Inside, false),
            (Role::ReadOnly, Inside, false),
        ] {
            assert_eq!(may_run(role, membership), may, "{role} {membership:?}");
        }
    }
}
