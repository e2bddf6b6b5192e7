//! The hub in memory answers what plugins ask.

use errand_model::alert::Addressee;
use errand_model::issue::{Assignee, Status};
use errand_model::ticket::Ticket;
use errand_model::{InstallationId, IssueId, Timestamp};
use errand_plugin_host::{
    AnswerFuture, HostServices, IssuePage, IssueSummary, KvEntry, ServiceError, ServiceFuture, Target,
};
use serde_json::Value;

use crate::hub::{Held, Hub};

impl Hub {
    fn ask<T: Send + 'static>(&self, issue: IssueId, read: impl FnOnce(&Held) -> T) -> AnswerFuture<'_, T> {
        let state = self.state();
        let held = state.issues.get(&issue).filter(|held| !held.is_gone);
        let answer = held.map(read).ok_or(ServiceError::NotFound);
        Box::pin(async move { answer })
    }
}

impl HostServices for Hub {
    fn kv_get<'a>(&'a self, by: InstallationId, key: &'a str) -> ServiceFuture<'a, Option<KvEntry>> {
        self.memory.kv_get(by, key)
    }

    fn kv_put<'a>(
        &'a self,
        by: InstallationId,
        key: &'a str,
        value: Vec<u8>,
        expect: Option<u64>,
    ) -> ServiceFuture<'a, u64> {
        self.memory.kv_put(by, key, value, expect)
    }

    fn kv_delete<'a>(&'a self, by: InstallationId, key: &'a str) -> ServiceFuture<'a, ()> {
        self.memory.kv_delete(by, key)
    }

    fn kv_keys<'a>(
        &'a self,
        by: InstallationId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> ServiceFuture<'a, Vec<String>> {
        self.memory.kv_keys(by, prefix, after, limit)
    }

    fn issue<'a>(&'a self, _: InstallationId, issue: IssueId) -> AnswerFuture<'a, IssueSummary> {
        self.ask(issue, |held| held.summary.clone())
    }

    fn latest_event<'a>(&'a self, _: InstallationId, issue: IssueId) -> AnswerFuture<'a, Option<Value>> {
        self.ask(issue, |held| Some(held.event.clone()))
    }

    fn event_at<'a>(
        &'a self,
        by: InstallationId,
        issue: IssueId,
        _: Timestamp,
    ) -> AnswerFuture<'a, Option<Value>> {
        self.latest_event(by, issue)
    }

    fn links<'a>(&'a self, _: InstallationId, issue: IssueId) -> AnswerFuture<'a, Vec<Ticket>> {
        self.ask(issue, |held| held.tickets.clone())
    }

    fn find_by_link<'a>(
        &'a self,
        _: InstallationId,
        system: &'a str,
        id: &'a str,
    ) -> AnswerFuture<'a, Vec<IssueSummary>> {
        let is_it = |ticket: &Ticket| ticket.system == system && ticket.id == id;
        let state = self.state();
        let found = state
            .issues
            .values()
            .filter(|held| !held.is_gone && held.tickets.iter().any(is_it));
        let found: Vec<_> = found.map(|held| held.summary.clone()).collect();
        Box::pin(async move { Ok(found) })
    }

    fn addressee<'a>(&'a self, _: InstallationId, who: Assignee) -> AnswerFuture<'a, Option<Addressee>> {
        let found = self
            .state()
            .people
            .iter()
            .find(|person| person.who == who)
            .cloned();
        Box::pin(async move { Ok(found) })
    }

    fn assignee<'a>(&'a self, _: InstallationId, name: &'a str) -> AnswerFuture<'a, Option<Assignee>> {
        let is_it = |person: &&Addressee| {
            person.who.to_string() == name
                || match person.who {
                    Assignee::User(_) => person.emails.iter().any(|email| email == name),
                    Assignee::Team(_) => format!("team:{}", person.name) == name,
                }
        };
        let found = self.state().people.iter().find(is_it).map(|person| person.who);
        Box::pin(async move { Ok(found) })
    }

    fn hourly<'a>(&'a self, _: InstallationId, issue: IssueId, hours: u32) -> AnswerFuture<'a, Vec<u64>> {
        self.ask(issue, move |held| {
            let mut counts = vec![0; hours as usize];
            if let Some(last) = counts.last_mut() {
                *last = u64::try_from(held.summary.times_seen).unwrap_or_default();
            }
            counts
        })
    }

    fn targets<'a>(&'a self, _: InstallationId) -> AnswerFuture<'a, Vec<Target>> {
        let jira = Target {
            id: InstallationId(9),
            name: "Jira".to_owned(),
            plugin: "jira".to_owned(),
        };
        Box::pin(async { Ok(vec![jira]) })
    }

    /// Knows `is:unresolved`, `assigned:` and `issue:` alone.
    fn search<'a>(
        &'a self,
        _: InstallationId,
        query: &'a str,
        _: Option<&'a str>,
        _: u32,
    ) -> AnswerFuture<'a, IssuePage> {
        let holds = |held: &Held, term: &str| match term.split_once(':') {
            Some(("is", "unresolved")) => held.summary.status == Status::Unresolved,
            Some(("assigned", _)) => held.summary.assignee.is_some(),
            Some(("issue", id)) => held.summary.short_id == id,
            _ => true,
        };
        let state = self.state();
        let found = state
            .issues
            .values()
            .filter(|held| !held.is_gone && query.split_whitespace().all(|term| holds(held, term)));
        let issues = found.map(|held| held.summary.clone()).collect();
        Box::pin(async { Ok(IssuePage { issues, next: None }) })
    }
}
