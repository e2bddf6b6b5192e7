//! What changes do to issues, as far as plugins can see it.

use errand_model::issue::{ArchiveUntil, Resolution, Status, Substatus};
use errand_model::lifecycle::{Actor, Change};
use errand_model::staged::{Edit, StagedChange};

use crate::INSTALLATION;
use crate::hub::{Held, State};

/// Makes the changes that the plugin staged, in order. One that expects another revision is left out.
pub(super) fn all(state: &mut State, changes: &[StagedChange]) {
    let stood: Vec<_> = state
        .issues
        .iter()
        .map(|(id, held)| (*id, held.summary.revision))
        .collect();
    for staged in changes {
        let stood_at = stood
            .iter()
            .find(|(id, _)| *id == staged.issue)
            .map(|(_, revision)| *revision);
        let is_gone = state.issues.get(&staged.issue).is_none_or(|held| held.is_gone);
        if is_gone || staged.expect.is_some_and(|expected| Some(expected) != stood_at) {
            continue;
        }
        one(state, staged);
    }
}

fn one(state: &mut State, staged: &StagedChange) {
    let actor = match &staged.acting_as {
        Some(person) if staged.on_behalf_of.is_none() => Actor::User {
            id: Some(person.id),
            name: person.name.clone(),
        },
        _ => Actor::Plugin {
            installation: INSTALLATION,
        },
    };
    let Some(held) = state.issues.get_mut(&staged.issue) else {
        return;
    };
    let change = match &staged.edit {
        Edit::Resolve { .. } => Change::Resolved {
            resolution: Resolution::Now,
        },
        Edit::Unresolve => Change::Unresolved,
        Edit::Archive { .. } => Change::Archived {
            until: ArchiveUntil::default(),
        },
        Edit::Assign { assignee } => Change::Assigned { assignee: *assignee },
        Edit::Prioritize { priority } => Change::Prioritized { priority: *priority },
        Edit::Comment { key, text } => {
            held.said.insert(key.clone(), text.clone());
            return;
        }
        Edit::Link { ticket } => {
            let alike = |known: &&mut errand_model::ticket::Ticket| {
                known.system == ticket.system && known.id == ticket.id
            };
            match held.tickets.iter_mut().find(alike) {
                Some(known) => known.clone_from(ticket),
                None => held.tickets.push(ticket.clone()),
            }
            return;
        }
        Edit::Unlink { system, id } => {
            held.tickets
                .retain(|ticket| ticket.system != *system || ticket.id != *id);
            return;
        }
        Edit::Raise { .. } => {
            state.raised.push(staged.clone());
            return;
        }
    };
    state.edits += 1;
    state.happen(staged.issue, change, actor);
}

/// What a change does to an issue; whether it is another thereafter.
pub(super) fn change(held: &mut Held, change: &Change) -> bool {
    let summary = &mut held.summary;
    match change {
        Change::Resolved { .. } => {
            (summary.status, summary.substatus) = (Status::Resolved, Substatus::Ongoing);
        }
        Change::Unresolved => (summary.status, summary.substatus) = (Status::Unresolved, Substatus::Ongoing),
        Change::Regressed { .. } => {
            (summary.status, summary.substatus) = (Status::Unresolved, Substatus::Regressed);
        }
        Change::Escalating { .. } => {
            (summary.status, summary.substatus) = (Status::Unresolved, Substatus::Escalating);
        }
        Change::Archived { .. } => {
            (summary.status, summary.substatus) = (Status::Ignored, Substatus::ArchivedUntilEscalating);
        }
        Change::Assigned { assignee } => summary.assignee = *assignee,
        Change::Prioritized { priority } => summary.priority = *priority,
        Change::Deleted { .. } => held.is_gone = true,
        _ => return false,
    }
    true
}
