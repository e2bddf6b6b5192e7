//! All that a message says of an issue, as it stands now.

use super::filter::Facts;
use super::markup::{Markup, plain};
use super::trend::{count, sparkline};
use crate::latest::{Frame, Latest};
use crate::people::{self, Party};
use crate::{Failure, Issue, Status, Ticket, issues};

/// Hours of the trend.
const HOURS: u32 = 24;
/// Tickets that are named beside a message.
const TICKETS: usize = 3;
/// Frames that a message shows.
const FRAMES: usize = 5;
/// Characters of a title; chats allow less or more of it.
const MAX_TITLE: usize = 300;

/// How bad a card looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Somebody should look.
    Alarm,
    /// It is known, and goes on.
    Calm,
    /// It is over.
    Done,
    /// It is left alone.
    Quiet,
}

impl Tone {
    /// 🔴, 🟠, 🟢 or ⚪.
    pub const fn mark(self) -> &'static str {
        match self {
            Tone::Alarm => "🔴",
            Tone::Calm => "🟠",
            Tone::Done => "🟢",
            Tone::Quiet => "⚪",
        }
    }

    /// As a colour, `0xRRGGBB`.
    pub const fn color(self) -> u32 {
        match self {
            Tone::Alarm => 0x00d9_2d20,
            Tone::Calm => 0x00f7_9009,
            Tone::Done => 0x0007_9455,
            Tone::Quiet => 0x0098_a2b3,
        }
    }
}

/// An issue, and what a message says of it.
#[derive(Clone, Debug)]
pub struct Card {
    /// The issue. Its title is foreign text: see [`Card::title`].
    pub issue: Issue,
    /// Its latest event.
    pub latest: Latest,
    /// Whose it is.
    pub assignee: Option<Party>,
    /// Its tickets.
    pub tickets: Vec<Ticket>,
    /// Events in each of the last hours, the oldest first.
    pub hours: Vec<u64>,
    /// Why a rule wanted it to be told, last.
    pub alert: Option<String>,
    /// What became of an issue that is not there any more: `Deleted`.
    pub gone: Option<String>,
}

impl Card {
    /// Asks the hub for all of it.
    ///
    /// # Errors
    /// [`Failure`] if the hub cannot say.
    pub fn of(issue: &Issue) -> Result<Self, Failure> {
        Ok(Card {
            latest: Latest::of(&issue.id)?,
            assignee: match &issue.assignee {
                Some(assignee) => people::find(assignee)?,
                None => None,
            },
            tickets: issues::links(&issue.id)?,
            hours: issues::hourly(&issue.id, HOURS)?,
            issue: issue.clone(),
            alert: None,
            gone: None,
        })
    }

    /// What an issue says by itself: for a line of a list.
    pub fn bare(issue: &Issue) -> Self {
        Card {
            issue: issue.clone(),
            latest: Latest::default(),
            assignee: None,
            tickets: Vec::new(),
            hours: Vec::new(),
            alert: None,
            gone: None,
        }
    }

    /// Of an issue that is not there any more: what is left to say.
    pub fn of_gone(issue: &Issue, became: &str) -> Self {
        Card {
            gone: Some(became.to_owned()),
            ..Card::bare(issue)
        }
    }

    /// Its title on one line.
    pub fn title(&self) -> String {
        let title = plain(&self.issue.title, MAX_TITLE);
        match title.trim().is_empty() {
            true => self.issue.short_id.clone(),
            false => title,
        }
    }

    /// How it stands: `Came back in Shop`.
    pub fn state(&self) -> String {
        let project = plain(&self.issue.project.name, 80);
        if let Some(became) = &self.gone {
            return became.clone();
        }
        let state = match (self.issue.status, self.issue.substatus.as_str()) {
            (Status::Resolved, _) => "Resolved",
            (Status::Ignored, _) => "Archived",
            (Status::Unresolved, "new") => "New",
            (Status::Unresolved, "regressed") => "Came back",
            (Status::Unresolved, "escalating") => "Growing",
            (Status::Unresolved, _) => "Open",
        };
        format!("{state} in {project}")
    }

    /// How bad it looks.
    pub fn tone(&self) -> Tone {
        match (self.issue.status, self.issue.substatus.as_str()) {
            _ if self.gone.is_some() => Tone::Quiet,
            (Status::Resolved, _) => Tone::Done,
            (Status::Ignored, _) => Tone::Quiet,
            (Status::Unresolved, "new" | "regressed" | "escalating") => Tone::Alarm,
            (Status::Unresolved, _) => Tone::Calm,
        }
    }

    /// Its trend over a day: `▁▁▃█▂`.
    pub fn trend(&self) -> String {
        sparkline(&self.hours)
    }

    /// What stands in a line below the title: environment, release, level, culprit; what is empty is left out.
    pub fn whereabouts(&self) -> Vec<String> {
        let level = self.issue.level.as_str();
        let all = [
            level,
            &self.latest.environment,
            &self.latest.release,
            &self.issue.culprit,
        ];
        let all = all.iter().filter(|text| !text.trim().is_empty());
        all.map(|text| plain(text, 120)).collect()
    }

    /// Its frames in lines, at most `most` characters; empty where there are none.
    pub fn frames(&self, most: usize) -> String {
        let frames = self.latest.frames(FRAMES).iter().map(Frame::in_lines);
        super::markup::cut(&frames.collect::<Vec<_>>().join("\n"), most)
    }

    /// What stands beside it, by name, as a chat writes it; what is not known is left out.
    pub fn fields(&self, markup: &dyn Markup) -> Vec<(&'static str, String)> {
        let assignee = self.assignee.as_ref();
        let assignee = assignee.map_or("nobody", |party| party.name.as_str());
        let tickets = self.tickets.iter().take(TICKETS);
        let tickets: Vec<_> = tickets
            .map(|ticket| markup.link(&ticket.url, &plain(&ticket.name, 60)))
            .collect();
        let trend = if self.hours.is_empty() {
            String::new()
        } else {
            self.trend()
        };
        let why = self.alert.as_deref().map(|alert| markup.text(&plain(alert, 300)));
        let fields = vec![
            ("Events", count(self.issue.times_seen)),
            ("Users", count(self.issue.users_seen)),
            ("Assignee", markup.text(&plain(assignee, 100))),
            ("Last 24 hours", trend),
            ("Tickets", tickets.join(" ")),
            ("Why", why.unwrap_or_default()),
        ];
        fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// What decides where it goes.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            issue: &self.issue,
            latest: &self.latest,
            assignee: self.assignee.as_ref(),
        }
    }
}
