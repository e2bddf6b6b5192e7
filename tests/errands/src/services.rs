//! The hub in memory answers what plugins ask.

use errand_model::alert::Addressee;
use errand_model::issue::Assignee;
use errand_model::ticket::Ticket;
use errand_model::{EventId, InstallationId, IssueId, Timestamp};
use errand_plugin_host::{
    AnswerFuture, HostServices, IssuePage, IssueSummary, KvEntry, LinkedPage, ServiceError, ServiceFuture,
    Target,
};
use serde_json::Value;

use crate::hub::{Held, Hub};
use crate::search;

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

    fn find_by_event<'a>(&'a self, _: InstallationId, event: EventId) -> AnswerFuture<'a, IssueSummary> {
        let state = self.state();
        let is_it = |held: &&Held| held.event["event_id"] == event.to_string();
        let found = state.issues.values().filter(|held| !held.is_gone).find(is_it);
        let found = found
            .map(|held| held.summary.clone())
            .ok_or(ServiceError::NotFound);
        Box::pin(async { found })
    }

    fn open_tickets<'a>(
        &'a self,
        _: InstallationId,
        system: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> AnswerFuture<'a, LinkedPage> {
        let skip: usize = after.and_then(|after| after.parse().ok()).unwrap_or(0);
        let state = self.state();
        let all = state
            .issues
            .iter()
            .filter(|(_, held)| !held.is_gone)
            .flat_map(|(id, held)| {
                let open = held
                    .tickets
                    .iter()
                    .filter(|ticket| ticket.is_open && ticket.system == system);
                open.map(|ticket| (*id, ticket.clone())).collect::<Vec<_>>()
            });
        let linked: Vec<_> = all.skip(skip).take(limit as usize).collect();
        let is_full = linked.len() == limit as usize;
        let next = is_full.then(|| (skip + linked.len()).to_string());
        Box::pin(async { Ok(LinkedPage { linked, next }) })
    }

    fn search<'a>(
        &'a self,
        _: InstallationId,
        query: &'a str,
        _: Option<&'a str>,
        limit: u32,
    ) -> AnswerFuture<'a, IssuePage> {
        let state = self.state();
        let found = errand_pipeline::search::parse(query, state.now).map(|query| {
            let mut found: Vec<_> = state
                .issues
                .values()
                .filter(|held| !held.is_gone && search::holds(held, &query))
                .collect();
            found.sort_by_key(|held| std::cmp::Reverse(held.summary.last_seen));
            let issues = found
                .into_iter()
                .take(limit as usize)
                .map(|held| held.summary.clone())
                .collect();
            IssuePage { issues, next: None }
        });
        let found = found.map_err(|error| ServiceError::Invalid(error.to_string()));
        Box::pin(async { found })
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
}
