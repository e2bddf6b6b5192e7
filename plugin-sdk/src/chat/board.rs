//! One card for each issue and room, kept up to date, with what happens later in its thread; each thing said once,
//! whatever fails in between.

use serde::{Deserialize, Serialize};

use super::card::Card;
use super::note::{self, Note};
use super::record::{Record, Taken, take};
use crate::{Event, Failure, Issue, Outcome, issues, log};

/// Cards that one call of [`refresh`] brings up to date: each costs the hub's answers to some questions.
const REFRESHED: u32 = 10;

/// Where a card stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The room, as the chat knows it.
    pub room: String,
    /// The message, as the chat knows it; empty where the chat does not say.
    pub id: String,
}

/// What became of bringing a card up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// It is.
    Done,
    /// Somebody took it away.
    Gone,
    /// This chat cannot: what people should know is said by a card of its own.
    Never,
}

/// A chat, as far as cards need it.
pub trait Board {
    /// The rooms that hear of an issue.
    ///
    /// # Errors
    /// [`Failure`] if that cannot be said.
    fn rooms(&self, card: &Card, event: &Event) -> Result<Vec<String>, Failure>;

    /// Whether a change makes a card where there is none, and is worth everybody's attention where there is.
    fn opens(&self, event: &Event) -> bool;

    /// Posts a card. `key` is the same in every attempt: to be left in the message, where the chat has a place for it.
    /// None where the room is nobody's: then nothing is to be posted.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be posted.
    fn post(
        &self,
        room: &str,
        card: &Card,
        note: Option<&Note>,
        key: &str,
    ) -> Result<Option<Posted>, Failure>;

    /// Brings a card up to date.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be.
    fn edit(&self, posted: &Posted, card: &Card) -> Result<Edited, Failure>;

    /// Says something in a card's thread; aloud where everybody should see it.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be said.
    fn reply(&self, posted: &Posted, note: &Note, is_aloud: bool, key: &str) -> Result<(), Failure> {
        let _ = (posted, note, is_aloud, key);
        Ok(())
    }

    /// The message that a call which was cut may have posted: a card in a room, or a reply in the thread of `card`. None
    /// where there is none, or the chat cannot say.
    ///
    /// # Errors
    /// [`Failure`] if the chat cannot be asked.
    fn find(&self, room: &str, card: Option<&Posted>, key: &str) -> Result<Option<Posted>, Failure> {
        let _ = (room, card, key);
        Ok(None)
    }
}

/// Tells rooms of an event. What fails in one room keeps no other from hearing; the first failure is answered.
///
/// # Errors
/// [`Failure`] if a room was not told. What was told is not told again.
pub fn tell(board: &dyn Board, event: &Event) -> Result<Outcome, Failure> {
    let is_opening = board.opens(event);
    let mut record = Record::of(&event.issue.id)?;
    if !is_opening && record.cards.is_empty() {
        log::explain("no room was told of the issue, and this is no reason to");
        return Ok(Outcome::Ignored);
    }
    let Some(note) = Note::of(event)? else {
        return Ok(Outcome::Ignored);
    };
    if let Some(alert) = note::alert(event) {
        record.alert = Some(alert);
    }
    let card = current(event, &record)?;
    let mut rooms: Vec<String> = record.cards.keys().cloned().collect();
    if is_opening && card.gone.is_none() {
        for room in board.rooms(&card, event)? {
            if !rooms.contains(&room) {
                rooms.push(room);
            }
        }
    }
    if rooms.is_empty() {
        log::explain("no room wants to hear of it");
        return Ok(Outcome::Ignored);
    }
    let mut teller = Teller {
        board,
        event,
        card: &card,
        note: &note,
        record: &mut record,
        is_opening,
    };
    let mut failed = None;
    for room in &rooms {
        if let Err(failure) = teller.tell(room) {
            log::warn(&format!("{room} was not told: {failure}"));
            failed.get_or_insert(failure);
        }
    }
    close_losers(board, event)?;
    failed.map_or(Ok(Outcome::Done), Err)
}

/// Brings cards of open issues up to date that happened within the last hour.
///
/// # Errors
/// [`Failure`] if the hub or the chat fails.
pub fn refresh(board: &dyn Board) -> Result<Outcome, Failure> {
    let found = issues::search("is:unresolved lastSeen:-1h", None, 100)?.issues;
    let mut left = REFRESHED;
    for issue in &found {
        let mut record = Record::of(&issue.id)?;
        if record.cards.is_empty() || record.events == issue.times_seen {
            continue;
        }
        let mut card = Card::of(issue)?;
        card.alert.clone_from(&record.alert);
        for posted in record.cards.values() {
            board.edit(posted, &card)?;
        }
        record.events = issue.times_seen;
        record.keep(&issue.id)?;
        left -= 1;
        if left == 0 {
            break;
        }
    }
    match left {
        REFRESHED => Ok(Outcome::Ignored),
        _ => Ok(Outcome::Done),
    }
}

/// The issue as it stands now, which later events may have changed already; as the event tells it, once it is gone.
fn current(event: &Event, record: &Record) -> Result<Card, Failure> {
    let mut card = match issues::get(&event.issue.id)? {
        Some(issue) => Card::of(&issue)?,
        None if event.change == "issue.deleted" => Card::of_gone(&event.issue, "Deleted"),
        None => Card::of_gone(&event.issue, "Not there any more"),
    };
    card.alert.clone_from(&record.alert);
    Ok(card)
}

/// The cards of issues that were folded into another say so.
fn close_losers(board: &dyn Board, event: &Event) -> Result<(), Failure> {
    if event.change != "issue.merged" {
        return Ok(());
    }
    for loser in note::losers(event) {
        let record = Record::of(&loser)?;
        let as_winner = Issue {
            id: loser,
            ..event.issue.clone()
        };
        let card = Card::of_gone(&as_winner, &format!("Merged into {}", event.issue.short_id));
        for posted in record.cards.values() {
            board.edit(posted, &card)?;
        }
    }
    Ok(())
}

/// Tells one event.
struct Teller<'a> {
    board: &'a dyn Board,
    event: &'a Event,
    card: &'a Card,
    note: &'a Note,
    record: &'a mut Record,
    is_opening: bool,
}

impl Teller<'_> {
    fn tell(&mut self, room: &str) -> Result<(), Failure> {
        let key = format!("{}/{room}", self.event.id);
        let Some(posted) = self.record.cards.get(room).cloned() else {
            return self.open(room, &key, None);
        };
        match self.board.edit(&posted, self.card)? {
            Edited::Done if self.note.is_quiet => Ok(()),
            Edited::Done => self.reply(room, &posted, &key),
            Edited::Gone if self.is_opening => {
                self.record.cards.remove(room);
                self.open(room, &key, None)
            }
            Edited::Gone => {
                self.record.cards.remove(room);
                self.record.keep(&self.event.issue.id)
            }
            Edited::Never if self.note.is_quiet => Ok(()),
            Edited::Never => self.open(room, &key, Some(self.note)),
        }
    }

    /// Posts a card, unless an earlier attempt did.
    fn open(&mut self, room: &str, key: &str, note: Option<&Note>) -> Result<(), Failure> {
        if self.record.is_told(key) {
            return Ok(());
        }
        let (mine, found) = match take(key)? {
            Taken::Fresh(mine) => (mine, None),
            Taken::Unknown(mine) => (mine, self.board.find(room, None, key)?),
        };
        let posted = match found {
            Some(found) => Ok(Some(found)),
            None => self.board.post(room, self.card, note, key),
        };
        let posted = match posted {
            Ok(posted) => posted,
            Err(failure) => {
                if certainly_not(&failure) {
                    mine.forget()?;
                }
                return Err(failure);
            }
        };
        if let Some(posted) = posted {
            self.record.cards.insert(room.to_owned(), posted);
        }
        self.note_down(key, mine)
    }

    /// Says what happened in the card's thread, unless an earlier attempt did.
    fn reply(&mut self, room: &str, posted: &Posted, key: &str) -> Result<(), Failure> {
        if self.record.is_told(key) {
            return Ok(());
        }
        let (mine, found) = match take(key)? {
            Taken::Fresh(mine) => (mine, None),
            Taken::Unknown(mine) => (mine, self.board.find(room, Some(posted), key)?),
        };
        if found.is_none()
            && let Err(failure) = self.board.reply(posted, self.note, self.is_opening, key)
        {
            if certainly_not(&failure) {
                mine.forget()?;
            }
            return Err(failure);
        }
        self.note_down(key, mine)
    }

    /// The record first, then the journal: cut in between, the next attempt finds it told.
    fn note_down(&mut self, key: &str, mine: crate::once::Mine) -> Result<(), Failure> {
        self.record.told.push_back(key.to_owned());
        self.record.events = self.card.issue.times_seen;
        self.record.keep(&self.event.issue.id)?;
        mine.forget()
    }
}

/// Whether a failure means that nothing was posted: the chat said so, or was not even asked.
fn certainly_not(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::RateLimited { .. } | Failure::Config(_) | Failure::Auth(_) | Failure::Permanent(_)
    )
}
