//! What is done about one issue and one ticket.

use std::cell::RefCell;

use super::super::bounds::{Comeback, comeback, may_write};
use super::super::describe::{description, title};
use super::super::making::{Made, Making};
use super::super::standing::Standing;
use super::super::sync::{Agreed, Step, step_standing};
use super::super::text::{Block, Span, Text, line};
use super::{MAX_COMMENT, Remote, Tracker, Work};
use crate::changes::{self, ArchiveUntil, Resolution};
use crate::latest::Latest;
use crate::once::{self, Fate};
use crate::{Event, Failure, Issue, Ticket, log, now};

impl<T: Tracker> Work<'_, T> {
    /// Brings issue and ticket to the same, whichever of them moved.
    pub(super) fn reconcile(&self, issue: &Issue, link: &Ticket) -> Result<(), Failure> {
        let mut agreed = Agreed::read(&link.extra);
        if agreed.is_retired {
            return Ok(());
        }
        let Some(mut ticket) = self.tracker.get(&link.id)? else {
            log::warn(&format!("{} is gone", link.name));
            agreed.is_retired = true;
            return changes::of(&issue.id).link(&Ticket {
                state: "gone".to_owned(),
                is_open: false,
                extra: agreed.write(),
                ..link.clone()
            });
        };
        match ticket.standing {
            Some(Standing::Open) => agreed.done_at = None,
            _ => agreed.done_at = ticket.done_at.or(agreed.done_at).or_else(|| Some(now())),
        }
        let stands = Standing::from(issue.status);
        match step_standing(agreed.standing, stands, ticket.standing) {
            Step::Keep => {
                agreed.standing = ticket.standing.map(|theirs| (stands, theirs)).or(agreed.standing);
                self.link(issue, &ticket, &agreed, None)
            }
            Step::IssueFollows => {
                let theirs = ticket.standing.unwrap_or(stands);
                agreed.standing = Some((theirs, theirs));
                self.follow(issue, theirs)?;
                self.link(issue, &ticket, &agreed, Some(issue.revision))
            }
            Step::TicketFollows => {
                let is_back = stands == Standing::Open && ticket.standing != Some(Standing::Open);
                if is_back && comeback(agreed.done_at, now(), self.rules.reopen_days()) == Comeback::MakeNew {
                    agreed.is_retired = true;
                    self.make(issue, &ticket.id, Some(&ticket))?;
                    return self.link(issue, &ticket, &agreed, None);
                }
                if !may_write(&mut agreed.writes, now()) {
                    log::warn(&format!(
                        "{} was written to too often: left as it is for an hour",
                        ticket.name
                    ));
                } else {
                    // A tracker without a word for it stays as it is, until one of them moves.
                    ticket = self.tracker.bring(&ticket, stands)?.unwrap_or(ticket);
                    agreed.standing = ticket.standing.map(|theirs| (stands, theirs));
                    if ticket.standing == Some(Standing::Open) {
                        agreed.done_at = None;
                    }
                }
                self.link(issue, &ticket, &agreed, None)
            }
        }
    }

    /// The issue becomes what the ticket is, unless a person was faster.
    fn follow(&self, issue: &Issue, to: Standing) -> Result<(), Failure> {
        let changes = changes::of(&issue.id)
            .expecting(issue.revision)
            .on_behalf_of(None, self.tracker.name());
        match to {
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

    /// Makes the issue's ticket, or finds the one that was made. `after` is the id of the one that it is the successor of,
    /// empty for the first; `before` is that one, if it is still there.
    pub(super) fn make(
        &self,
        issue: &Issue,
        after: &str,
        before: Option<&Remote>,
    ) -> Result<Remote, Failure> {
        let mut text = description(issue, &Latest::of(&issue.id)?);
        if let Some(before) = before {
            text = text.push(Block::Paragraph(vec![
                Span::plain("It came back. Before, it was "),
                Span::link(&before.name, &before.url),
                Span::plain("."),
            ]));
        }
        let known: RefCell<Option<Remote>> = RefCell::new(None);
        let keep = |ticket: Remote| {
            let made = Made {
                id: ticket.id.clone(),
                name: ticket.name.clone(),
            };
            known.replace(Some(ticket));
            made
        };
        // A mark goes into addresses and comments.
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let after: String = after.chars().map(plain).collect();
        let making = Making::new(self.tracker.system(), &issue.id, &self.call.installation, &after);
        let made = making.get(
            |mark| Ok(self.tracker.find(mark)?.map(keep)),
            |mark| self.tracker.create(&title(issue, 250), &text, mark).map(keep),
        )?;
        let ticket = match known.take() {
            Some(ticket) => ticket,
            None => self
                .tracker
                .get(&made.id)?
                .ok_or_else(|| Failure::permanent(format!("{} was made and is gone", made.name)))?,
        };
        let agreed = Agreed {
            standing: ticket
                .standing
                .map(|theirs| (Standing::from(issue.status), theirs)),
            ..Agreed::default()
        };
        self.link(issue, &ticket, &agreed, None)?;
        log::info(&format!("{} is the ticket of {}", ticket.name, issue.short_id));
        Ok(ticket)
    }

    /// Writes down how a ticket stands, and what both sides agreed on.
    pub(super) fn link(
        &self,
        issue: &Issue,
        ticket: &Remote,
        agreed: &Agreed,
        expect: Option<u64>,
    ) -> Result<(), Failure> {
        let changes = changes::of(&issue.id);
        let changes = match expect {
            Some(revision) => changes.expecting(revision),
            None => changes,
        };
        changes.link(&Ticket {
            system: self.tracker.system().to_owned(),
            id: ticket.id.clone(),
            name: line(&ticket.name, 200),
            url: ticket.url.clone(),
            title: line(&ticket.title, 200),
            state: line(&ticket.state, 100),
            is_open: ticket.standing.is_none_or(|standing| standing == Standing::Open),
            extra: agreed.write(),
        })
    }

    /// A comment of the hub, said over there. What was cut is said again: better twice than not at all.
    pub(super) fn tell(&self, event: &Event, issue: &Issue, link: &Ticket) -> Result<(), Failure> {
        let said = event
            .details
            .get("text")
            .and_then(|text| text.as_str())
            .unwrap_or_default();
        if self.rules.no_comments || said.trim().is_empty() {
            return Ok(());
        }
        let mine = match once::begin::<()>(&format!("comment/{}/{}", event.id, link.id))? {
            Fate::Done(()) => return Ok(()),
            Fate::Fresh(mine) | Fate::Unknown(mine) => mine,
        };
        let said: String = said.chars().take(MAX_COMMENT).collect();
        let text = Text::plain_paragraphs(&said).push(Block::Paragraph(vec![
            Span::plain(format!("— {}, in ", line(&event.actor.name, 100))),
            Span::link(&issue.short_id, &issue.url),
        ]));
        self.tracker.comment(&link.id, &text)?;
        mine.finish(())
    }
}
