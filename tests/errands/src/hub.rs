//! A hub in memory: issues, what happens to them, and people.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use errand_model::alert::{Addressee, Alert};
use errand_model::issue::{Assignee, Priority, Resolution, Status, Substatus};
use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
use errand_model::staged::StagedChange;
use errand_model::ticket::Ticket;
use errand_model::{IssueId, Level, LifecycleId, OrganizationId, ProjectId, TeamId, Timestamp, UserId};
use errand_plugin_host::{IssueSummary, MemoryServices, ProjectSummary};
use serde_json::{Value, json};

use crate::owed::{Owed, Queue};
use crate::{INSTALLATION, START, apply};

/// The hub.
#[derive(Default)]
pub struct Hub {
    /// Keys, values and the journal of effects.
    pub(super) memory: MemoryServices,
    state: Mutex<State>,
}

/// What it knows.
pub(super) struct State {
    pub(super) issues: BTreeMap<IssueId, Held>,
    pub(super) people: Vec<Addressee>,
    queue: Queue,
    numbers: i64,
    pub(super) now: Timestamp,
    /// Changes that plugins made, ever.
    pub(super) edits: usize,
    /// Alerts that plugins raised, ever.
    pub(super) raised: Vec<StagedChange>,
}

impl Default for State {
    fn default() -> Self {
        State {
            issues: BTreeMap::new(),
            people: Vec::new(),
            queue: Queue::default(),
            numbers: 100,
            now: START,
            edits: 0,
            raised: Vec::new(),
        }
    }
}

/// An issue.
#[derive(Clone, Debug)]
pub struct Held {
    pub summary: IssueSummary,
    pub event: Value,
    pub tickets: Vec<Ticket>,
    /// What plugins said, by their key.
    pub said: BTreeMap<String, String>,
    /// It was deleted, or folded into another.
    pub is_gone: bool,
}

impl Hub {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_time(&self, now: Timestamp) {
        self.state().now = now;
    }

    pub(super) fn next_number(&self) -> i64 {
        self.state().number()
    }

    pub(super) fn next_owed(&self, wants: impl Fn(&str) -> bool) -> Option<(Owed, IssueSummary)> {
        let mut state = self.state();
        let owed = state.queue.next(wants)?;
        // As it stands when it is told, or stood last: not as it was when it happened.
        let issue = state.issues.get(&owed.event.issue)?.summary.clone();
        Some((owed, issue))
    }

    pub(super) fn tried(&self, event: LifecycleId) {
        self.state().queue.tried(event);
    }

    pub(super) fn acknowledge(&self, event: LifecycleId, changes: &[StagedChange]) {
        let mut state = self.state();
        state.queue.done(event);
        apply::all(&mut state, changes);
    }

    pub(super) fn apply(&self, changes: &[StagedChange]) {
        apply::all(&mut self.state(), changes);
    }

    /// Somebody who can be assigned.
    pub fn person(&self, id: i64, name: &str, email: &str) -> Assignee {
        let who = Assignee::User(UserId(id));
        self.state().people.push(Addressee {
            who,
            name: name.to_owned(),
            emails: vec![email.to_owned()],
        });
        who
    }

    /// A team that can be assigned.
    pub fn team(&self, id: i64, name: &str, members: &[&str]) -> Assignee {
        let who = Assignee::Team(TeamId(id));
        self.state().people.push(Addressee {
            who,
            name: name.to_owned(),
            emails: members.iter().map(|email| (*email).to_owned()).collect(),
        });
        who
    }

    /// Alerts that plugins raised, ever.
    pub fn raised(&self) -> Vec<StagedChange> {
        self.state().raised.clone()
    }

    /// A program fails in a new way.
    pub fn new_issue(&self, title: &str) -> IssueId {
        let mut state = self.state();
        let id = IssueId(state.number());
        let summary = summary(id, title, state.now);
        let held = Held {
            event: event(title),
            summary,
            tickets: Vec::new(),
            said: BTreeMap::new(),
            is_gone: false,
        };
        state.issues.insert(id, held);
        state.happen(id, Change::Created, Actor::System);
        id
    }

    /// An issue as it stands.
    pub fn held(&self, issue: IssueId) -> Option<Held> {
        self.state().issues.get(&issue).cloned()
    }

    /// An issue as plugins see it.
    pub fn issue(&self, issue: IssueId) -> Option<IssueSummary> {
        self.held(issue).map(|held| held.summary)
    }

    /// The tickets of an issue.
    pub fn tickets(&self, issue: IssueId) -> Vec<Ticket> {
        self.held(issue).map(|held| held.tickets).unwrap_or_default()
    }

    /// Changes that plugins made, ever.
    pub fn edits(&self) -> usize {
        self.state().edits
    }

    /// Owes again what was owed `back` deliveries ago.
    pub fn replay(&self, back: usize) {
        self.state().queue.replay(back);
    }

    /// Changes what an issue looks like without telling anybody: counts grow so.
    pub fn alter(&self, issue: IssueId, alter: impl FnOnce(&mut Held)) {
        if let Some(held) = self.state().issues.get_mut(&issue) {
            alter(held);
        }
    }

    /// A person changes an issue, or a program does.
    pub fn change(&self, issue: IssueId, change: Change) {
        let actor = match change {
            Change::Regressed { .. } | Change::Escalating { .. } => Actor::System,
            _ => Actor::User {
                id: Some(UserId(1)),
                name: "Ada".to_owned(),
            },
        };
        self.state().happen(issue, change, actor);
    }

    /// A person resolves it.
    pub fn resolve(&self, issue: IssueId) {
        self.change(
            issue,
            Change::Resolved {
                resolution: Resolution::Now,
            },
        );
    }

    /// It happens again.
    pub fn regress(&self, issue: IssueId) {
        self.change(
            issue,
            Change::Regressed {
                resolution: Some(Resolution::Now),
                release: None,
            },
        );
    }

    /// A rule wants the installation to act.
    pub fn alert(&self, issue: IssueId, action: &str) {
        self.alert_to(issue, action, &[]);
    }

    /// A rule wants the installation to tell people.
    pub fn alert_to(&self, issue: IssueId, action: &str, people: &[Assignee]) {
        let known = self.state().people.clone();
        let stands = self.issue(issue).map(|issue| json!({ "status": issue.status }));
        let people = known
            .into_iter()
            .filter(|known| people.contains(&known.who))
            .collect();
        let alert = Alert {
            rule: "Fatal".to_owned(),
            reason: "it is new".to_owned(),
            action: action.to_owned(),
            to: vec![INSTALLATION],
            people,
            extra: stands.unwrap_or_default(),
        };
        self.change(issue, Change::AlertRaised(alert));
    }

    /// A person folds issues into another.
    pub fn merge(&self, winner: IssueId, losers: &[IssueId]) {
        let mut state = self.state();
        for loser in losers {
            let Some(held) = state.issues.get_mut(loser) else {
                continue;
            };
            held.is_gone = true;
            let tickets = std::mem::take(&mut held.tickets);
            if let Some(winner) = state.issues.get_mut(&winner) {
                winner.tickets.extend(tickets);
            }
        }
        let change = Change::Merged {
            losers: losers.to_vec(),
        };
        state.happen(
            winner,
            change,
            Actor::User {
                id: Some(UserId(1)),
                name: "Ada".to_owned(),
            },
        );
    }
}

impl State {
    fn number(&mut self) -> i64 {
        self.numbers += 1;
        self.numbers
    }

    /// Changes an issue and owes it to the installation, unless that did it itself.
    pub(super) fn happen(&mut self, issue: IssueId, change: Change, actor: Actor) {
        let (id, at) = (LifecycleId(self.number()), self.now);
        let Some(held) = self.issues.get_mut(&issue) else {
            return;
        };
        if apply::change(held, &change) {
            held.summary.revision += 1;
        }
        let event = LifecycleEvent {
            id,
            organization: OrganizationId(1),
            project: ProjectId(2),
            issue,
            change,
            chain_depth: i16::from(actor.installation().is_some()),
            actor,
            at,
        };
        if event.actor.installation() != Some(INSTALLATION) {
            self.queue.push(event);
        }
    }
}

fn summary(id: IssueId, title: &str, now: Timestamp) -> IssueSummary {
    IssueSummary {
        id,
        short_id: format!("SHOP-{id}"),
        url: format!("https://errors.example.com/organizations/example/issues/{id}/"),
        title: title.to_owned(),
        culprit: "checkout.js in pay".to_owned(),
        level: Level::Error,
        status: Status::Unresolved,
        substatus: Substatus::New,
        priority: Priority::High,
        assignee: None,
        platform: "javascript".to_owned(),
        first_seen: now,
        last_seen: now,
        times_seen: 1,
        users_seen: 1,
        project: ProjectSummary {
            id: ProjectId(2),
            slug: "shop".to_owned(),
            name: "Shop".to_owned(),
            platform: Some("javascript".to_owned()),
            organization: "example".to_owned(),
        },
        revision: 1,
    }
}

fn event(title: &str) -> Value {
    json!({
        "event_id": "fc6d8c0c43fc4630ad850ee518f1b9d0",
        "environment": "production",
        "release": "shop@1.0.0",
        "user": { "id": "ada", "email": "ada@example.com" },
        "tags": [["license", "L-1"]],
        "exception": { "values": [{
            "type": "PayError",
            "value": title,
            "stacktrace": { "frames": [
                { "filename": "app.js", "lineno": 3, "function": "main", "in_app": true },
                { "filename": "checkout.js", "lineno": 12, "function": "pay", "in_app": true },
            ] },
        }] },
    })
}
