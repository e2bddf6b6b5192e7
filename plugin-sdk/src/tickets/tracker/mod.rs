//! Trackers whose tickets are open, done or dropped, such as GitHub, GitLab and Linear: all that is not how the tracker
//! speaks.
//!
//! A plugin implements [`Tracker`], and [`Plug`], which hands over what wakes it; what the tracker tells by its webhook it hands
//! over itself: [`Work::on_ticket`], [`Work::on_comment`].

mod plug;
mod steps;

pub use plug::Plug;
use serde::Deserialize;

use super::making::{Unmade, tickets_of};
use super::standing::Standing;
use super::sync::Agreed;
use super::text::{Text, line};
use crate::{Action, Call, Event, Failure, Issue, Outcome, Reply, Ticket, changes, issues};

/// Days within which a ticket is taken up again, where nobody said otherwise.
const REOPEN_DAYS: u32 = 14;
/// Characters of a comment that goes from one side to the other.
const MAX_COMMENT: usize = 20_000;

/// A ticket as it stands over there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// What finds it again, for good.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its page.
    pub url: String,
    /// What it is about.
    pub title: String,
    /// Its state in the tracker's own word.
    pub state: String,
    /// What that means; none if it means nothing to the hub.
    pub standing: Option<Standing>,
    /// When it was done, in milliseconds since 1970.
    pub done_at: Option<u64>,
}

/// How a tracker speaks.
pub trait Tracker {
    /// The system of links: `github`.
    fn system(&self) -> &str;

    /// What people call it.
    fn name(&self) -> &str;

    /// Makes a ticket that has `mark` somewhere in it.
    ///
    /// # Errors
    /// [`Unmade`], which says whether it may have been made all the same.
    fn create(&self, title: &str, text: &Text, mark: &str) -> Result<Remote, Unmade>;

    /// The ticket that has `mark` in it.
    ///
    /// # Errors
    /// [`Failure`] if the tracker cannot say; as for all that follow.
    fn find(&self, mark: &str) -> Result<Option<Remote>, Failure>;

    /// A ticket; none if it is gone.
    ///
    /// # Errors
    /// As for [`Tracker::find`].
    fn get(&self, id: &str) -> Result<Option<Remote>, Failure>;

    /// The ticket that a person means by a number, a name or a URL; none if that is none of theirs.
    ///
    /// # Errors
    /// As for [`Tracker::find`].
    fn look_up(&self, reference: &str) -> Result<Option<Remote>, Failure>;

    /// Brings a ticket to where the issue stands; none if the tracker has no state for that.
    ///
    /// # Errors
    /// As for [`Tracker::find`].
    fn bring(&self, ticket: &Remote, to: Standing) -> Result<Option<Remote>, Failure>;

    /// Says something about a ticket.
    ///
    /// # Errors
    /// As for [`Tracker::find`].
    fn comment(&self, ticket: &str, text: &Text) -> Result<(), Failure>;
}

/// What an admin decided: settings that all trackers have, by these names.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Rules {
    /// Changes for which a ticket is made; what alert rules send with the action `ticket` always makes one.
    #[serde(default)]
    pub create_on: Vec<String>,
    /// For how many days after it was done a ticket is taken up again when its issue comes back; 14 where nobody said.
    pub reopen_days: Option<f64>,
    /// Whether comments stay where they are, rather than go both ways.
    #[serde(default)]
    pub no_comments: bool,
}

impl Rules {
    fn reopen_days(&self) -> u32 {
        // A number that is out of bounds ends at them.
        self.reopen_days.map_or(REOPEN_DAYS, |days| days as u32)
    }
}

/// A tracker at work.
#[derive(Clone, Copy)]
pub struct Work<'a, T> {
    tracker: &'a T,
    call: &'a Call,
    rules: &'a Rules,
}

impl<'a, T: Tracker> Work<'a, T> {
    /// Of one call.
    pub fn new(tracker: &'a T, call: &'a Call, rules: &'a Rules) -> Self {
        Work { tracker, call, rules }
    }

    /// An issue changed.
    ///
    /// # Errors
    /// [`Failure`], by what the tracker answers; as for all that follow.
    pub fn on_event(&self, event: &Event) -> Result<Outcome, Failure> {
        // As it stands now: what this change was is part of that.
        let issue = issues::get(&event.issue.id)?.unwrap_or_else(|| event.issue.clone());
        let links = tickets_of(&issue.id, self.tracker.system())?;
        let is_live = |link: &&Ticket| !Agreed::read(&link.extra).is_retired;
        if !links.iter().any(|link| is_live(&link)) {
            return match self.wants_ticket(event) {
                true => self.make(&issue, last(&links), None).map(|_| Outcome::Done),
                false => Ok(Outcome::Ignored),
            };
        }
        for link in links.iter().filter(is_live) {
            if event.change == "issue.commented" {
                self.tell(event, &issue, link)?;
            } else {
                self.reconcile(&issue, link)?;
            }
        }
        Ok(Outcome::Done)
    }

    fn wants_ticket(&self, event: &Event) -> bool {
        match event.change.as_str() {
            "alert.raised" => event
                .details
                .get("action")
                .is_some_and(|action| action == "ticket"),
            change => self.rules.create_on.iter().any(|wanted| wanted == change),
        }
    }

    /// Somebody pressed a button: `create`, `link` with `reference`, `unlink` with `reference`.
    ///
    /// # Errors
    /// As for [`Work::on_event`].
    pub fn on_action(&self, action: &Action) -> Result<Reply, Failure> {
        let reference = action.input.get("reference").and_then(|text| text.as_str());
        let reference = reference.map(str::trim).unwrap_or_default();
        let issue = &action.issue;
        let links = tickets_of(&issue.id, self.tracker.system())?;
        let live = links.iter().find(|link| !Agreed::read(&link.extra).is_retired);
        match (action.id.as_str(), live) {
            ("create", Some(link)) => Ok(reply("There is a ticket already", &link.name, &link.url)),
            ("create", None) => {
                let ticket = self.make(issue, last(&links), None)?;
                Ok(reply("Made", &ticket.name, &ticket.url))
            }
            ("link", _) => {
                let found = self.tracker.look_up(reference)?;
                let found = found.ok_or_else(|| {
                    Failure::permanent(format!("there is no such ticket in {}", self.tracker.name()))
                })?;
                // They may differ until one of them moves.
                let agreed = Agreed {
                    standing: found
                        .standing
                        .map(|theirs| (Standing::from(issue.status), theirs)),
                    ..Agreed::default()
                };
                self.link(issue, &found, &agreed, None)?;
                Ok(reply("Linked with", &found.name, &found.url))
            }
            ("unlink", _) => {
                let is_meant = |link: &&Ticket| {
                    reference.is_empty() && links.len() == 1
                        || [&link.name, &link.id, &link.url].contains(&&reference.to_owned())
                };
                let link = links.iter().find(is_meant);
                let link =
                    link.ok_or_else(|| Failure::permanent("the issue is not linked with that ticket"))?;
                changes::of(&issue.id).unlink(&link.system, &link.id)?;
                Ok(Reply::message(format!("Not linked with {} any more.", link.name)))
            }
            _ => Err(Failure::permanent("there is no such button")),
        }
    }

    /// The tracker says that something happened to a ticket.
    ///
    /// # Errors
    /// As for [`Work::on_event`].
    pub fn on_ticket(&self, id: &str) -> Result<(), Failure> {
        for issue in issues::find_by_link(self.tracker.system(), id)? {
            let links = tickets_of(&issue.id, self.tracker.system())?;
            if let Some(link) = links.iter().find(|link| link.id == id) {
                self.reconcile(&issue, link)?;
            }
        }
        Ok(())
    }

    /// Somebody said something about a ticket over there.
    ///
    /// # Errors
    /// As for [`Work::on_event`].
    pub fn on_comment(&self, id: &str, comment: &Comment<'_>) -> Result<(), Failure> {
        if self.rules.no_comments {
            return Ok(());
        }
        for issue in issues::find_by_link(self.tracker.system(), id)? {
            if is_ours(comment.text, &issue) {
                continue;
            }
            let text: String = comment.text.chars().take(MAX_COMMENT).collect();
            changes::of(&issue.id)
                .on_behalf_of(comment.author_id, &line(comment.author, 100))
                .comment(&format!("{}/{}", self.tracker.system(), comment.id), &text)?;
        }
        Ok(())
    }
}

/// What somebody said over there.
#[derive(Clone, Copy, Debug)]
pub struct Comment<'a> {
    /// What the tracker knows it by.
    pub id: &'a str,
    /// Who said it, as the tracker knows them.
    pub author_id: Option<&'a str>,
    /// What people call them.
    pub author: &'a str,
    /// What they said, in Markdown.
    pub text: &'a str,
}

/// The id of the last of an issue's tickets, which all are history; empty where there is none.
fn last(links: &[Ticket]) -> &str {
    links.last().map_or("", |link| link.id.as_str())
}

/// Whether a comment went from here to there: its last line leads back to the issue.
fn is_ours(text: &str, issue: &Issue) -> bool {
    let last = text.trim_end().lines().last().unwrap_or_default();
    last.trim_start().starts_with('—') && last.contains(issue.url.as_str())
}

fn reply(what: &str, name: &str, url: &str) -> Reply {
    Reply {
        message: Some(format!("{what} {name}.")),
        open_url: (!url.is_empty()).then(|| url.to_owned()),
    }
}
