//! Issue and ticket in line: both are read as they stand, whatever happened, and whoever moved is followed.

use errand_plugin_sdk::changes::{self, ArchiveUntil, Changes, Resolution};
use errand_plugin_sdk::tickets::bounds::{Comeback, comeback, may_write};
use errand_plugin_sdk::tickets::making::tickets_of;
use errand_plugin_sdk::tickets::standing::Standing;
use errand_plugin_sdk::tickets::sync::{Agreed, Pair, Step, Winner, step, step_standing};
use errand_plugin_sdk::{Call, Failure, Issue, Ticket, log, now};
use serde_json::json;

use crate::client::{Client, Wrote, config, part};
use crate::make::{self, Wishes};
use crate::remote::Remote;
use crate::transition::{self, Moved};
use crate::{comments, people, watch};

/// Requests that bringing one ticket in line may take.
pub const COST: u32 = 8;

/// Brings an issue in line with each of its tickets. Answers whether it has one.
pub fn issue(client: &Client<'_>, call: &Call, issue: &Issue) -> Result<bool, Failure> {
    let mut has_one = false;
    for ticket in tickets_of(&issue.id, &client.settings.system())? {
        if Agreed::read(&ticket.extra).is_retired {
            continue;
        }
        match Remote::get(client, &ticket.id)? {
            Some(remote) => {
                pair(client, call, issue, &ticket, &remote)?;
                has_one = true;
            }
            None => gone(issue, &ticket)?,
        }
    }
    Ok(has_one)
}

/// The ticket is not there any more, or not to be seen: people are told, and the issue may get another.
pub fn gone(issue: &Issue, ticket: &Ticket) -> Result<(), Failure> {
    watch::retire(&issue.id, &ticket.id)?;
    let key = format!("jira/gone/{}", ticket.id);
    let text = format!(
        "{} was deleted in Jira, or may not be seen any more: it is not linked now.",
        ticket.name
    );
    changes::of(&issue.id).comment(&key, &text)?;
    changes::of(&issue.id).unlink(&ticket.system, &ticket.id)?;
    log::explain(&format!("{} is gone", ticket.name));
    Ok(())
}

/// One issue and one ticket.
pub fn pair(
    client: &Client<'_>,
    call: &Call,
    issue: &Issue,
    ticket: &Ticket,
    remote: &Remote,
) -> Result<(), Failure> {
    pair_having_heard(client, call, (issue, ticket), remote, None)
}

/// The same, and the newest comment that was shown.
pub fn pair_having_heard(
    client: &Client<'_>,
    call: &Call,
    (issue, ticket): (&Issue, &Ticket),
    remote: &Remote,
    heard: Option<u64>,
) -> Result<(), Failure> {
    let mut line = Line {
        client,
        issue,
        remote: remote.clone(),
        agreed: Agreed::read(&ticket.extra),
    };
    if let Some(heard) = heard {
        line.agreed.set(comments::HEARD, &heard);
    }
    let mut retired = false;
    if client.settings.syncs("status") {
        retired = line.status()?;
    }
    if !retired && client.settings.syncs("assignee") {
        line.assignee()?;
    }
    if !retired && client.settings.syncs("priority") {
        line.priority()?;
    }
    line.write_down(ticket)?;
    if retired {
        make::ticket(client, call, issue, &Wishes::default())?;
    }
    Ok(())
}

/// A pair on the way to be in line.
struct Line<'a> {
    client: &'a Client<'a>,
    issue: &'a Issue,
    remote: Remote,
    agreed: Agreed,
}

impl Line<'_> {
    /// Whether the ticket is history: the issue gets another.
    fn status(&mut self) -> Result<bool, Failure> {
        let states = self.client.settings.states()?;
        let theirs = states.meaning(&self.remote.state, self.remote.usual);
        let ours = Standing::from(self.issue.status);
        match step_standing(self.agreed.standing, ours, theirs) {
            Step::Keep => {
                if theirs == Some(ours) {
                    self.agreed.standing = Some((ours, ours));
                }
            }
            Step::IssueFollows => {
                if let Some(standing) = theirs {
                    self.bring_issue(standing)?;
                    self.agreed.standing = Some((standing, standing));
                }
            }
            Step::TicketFollows => {
                let days = self.client.settings.reopen_days();
                if ours == Standing::Open && comeback(self.agreed.done_at, now(), days) == Comeback::MakeNew {
                    self.agreed.is_retired = true;
                    watch::retire(&self.issue.id, &self.remote.id)?;
                    return Ok(true);
                }
                self.bring_ticket(ours, theirs)?;
            }
        }
        self.agreed.done_at = match states.meaning(&self.remote.state, self.remote.usual) {
            Some(Standing::Open) => None,
            _ => self.agreed.done_at.or(Some(now())),
        };
        Ok(false)
    }

    fn bring_issue(&self, standing: Standing) -> Result<(), Failure> {
        let changes = self.changes();
        match standing {
            Standing::Open => changes.unresolve(),
            Standing::Resolved => changes.resolve(&Resolution::AtOnce),
            Standing::Archived => changes.archive(ArchiveUntil {
                is_escalating: true,
                date: None,
                events: None,
                users: None,
            }),
        }
    }

    fn bring_ticket(&mut self, standing: Standing, from: Option<Standing>) -> Result<(), Failure> {
        if !may_write(&mut self.agreed.writes, now()) {
            log::warn(&format!(
                "{} is turned back again and again: left alone for an hour",
                self.remote.key
            ));
            return Ok(());
        }
        match transition::to(self.client, &self.remote, standing)? {
            Moved::To(state, usual) => {
                self.remote.state = state;
                self.remote.usual = usual;
                self.agreed.standing = Some((standing, standing));
            }
            Moved::Nowhere => {
                self.agreed.writes.pop();
                // They may differ until one of them moves.
                self.agreed.standing = from.map(|from| (standing, from));
                log::explain(&format!("no way leads {} to where the issue is", self.remote.key));
            }
        }
        Ok(())
    }

    fn assignee(&mut self) -> Result<(), Failure> {
        let theirs = self.client.account(&self.remote.assignee);
        let Some(ours) = people::account_of(self.client, self.issue.assignee.as_deref())? else {
            return Ok(());
        };
        let agreed = self.agreed.field::<Pair<Option<String>>>("assignee");
        let next = match (&agreed, &ours, &theirs) {
            // Nobody is no reason to take somebody away, unless somebody was agreed on.
            (None, None, Some(_)) => Step::IssueFollows,
            (None, Some(_), Some(_)) if ours != theirs => Step::IssueFollows,
            _ => step(agreed.as_ref(), Some(&ours), Some(&theirs), Winner::Ticket),
        };
        let agree = |one: &Option<String>, other: &Option<String>| (one.clone(), other.clone());
        match next {
            Step::Keep if ours == theirs => self.agreed.set("assignee", &agree(&ours, &ours)),
            Step::Keep => {}
            Step::IssueFollows => match people::person_of(self.client, &self.remote.assignee)? {
                Some(who) => {
                    self.changes().assign(who.as_deref())?;
                    self.agreed.set("assignee", &agree(&theirs, &theirs));
                }
                // The hub knows nobody like that: they differ.
                None => self.agreed.set("assignee", &agree(&ours, &theirs)),
            },
            Step::TicketFollows => {
                let ticket = format!("issue/{}", part(&self.remote.id));
                let (path, body) = match ours.as_deref() {
                    Some(account) => (format!("{ticket}/assignee"), self.client.person(Some(account))),
                    // The way of its own to assign takes people, not nobody.
                    None => (ticket, json!({ "fields": { "assignee": null } })),
                };
                match self.client.write("PUT", &path, &body)? {
                    Wrote::Refused(refusal) => {
                        log::warn(&refusal.words());
                        self.agreed.set("assignee", &agree(&ours, &theirs));
                    }
                    Wrote::Done(_) | Wrote::Gone => self.agreed.set("assignee", &agree(&ours, &ours)),
                }
            }
        }
        Ok(())
    }

    fn priority(&mut self) -> Result<(), Failure> {
        let settings = self.client.settings;
        let theirs = settings.priority(&self.remote.priority);
        let ours = self.issue.priority.as_str().to_owned();
        let word = theirs.map(|theirs| theirs.as_str().to_owned());
        let agreed = self.agreed.field::<Pair<String>>("priority");
        let same = |word: &str| (word.to_owned(), word.to_owned());
        match step(agreed.as_ref(), Some(&ours), word.as_ref(), Winner::Ticket) {
            Step::Keep if word.as_ref() == Some(&ours) => self.agreed.set("priority", &same(&ours)),
            Step::Keep => {}
            Step::IssueFollows => {
                if let Some(theirs) = theirs {
                    self.changes().prioritize(theirs)?;
                    self.agreed.set("priority", &same(theirs.as_str()));
                }
            }
            Step::TicketFollows => {
                let name = settings.priority_name(self.issue.priority);
                let body = json!({ "fields": { "priority": { "name": name } } });
                match self
                    .client
                    .write("PUT", &format!("issue/{}", part(&self.remote.id)), &body)?
                {
                    Wrote::Refused(refusal) => return Err(config("priorities", &refusal)),
                    Wrote::Done(_) | Wrote::Gone => self.agreed.set("priority", &same(&ours)),
                }
            }
        }
        Ok(())
    }

    /// Writes down how the ticket stands and what is agreed, in the transaction that makes the issue follow.
    fn write_down(&self, ticket: &Ticket) -> Result<(), Failure> {
        let states = self.client.settings.states()?;
        let is_open = states.meaning(&self.remote.state, self.remote.usual) == Some(Standing::Open);
        let stands = self.remote.ticket(self.client.settings, is_open, &self.agreed);
        let is_the_same = stands.name == ticket.name
            && stands.url == ticket.url
            && stands.title == ticket.title
            && stands.state == ticket.state
            && stands.is_open == ticket.is_open
            && self.agreed == Agreed::read(&ticket.extra);
        match is_the_same {
            true => Ok(()),
            false => self.changes().link(&stands),
        }
    }

    /// Only while the issue stands as it was read: who was faster is seen the next time.
    fn changes(&self) -> Changes<'_> {
        changes::of(&self.issue.id)
            .expecting(self.issue.revision)
            .on_behalf_of(None, "Jira")
    }
}
