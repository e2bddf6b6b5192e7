//! What plugins keep and ask, from the database.

use errand_model::alert::Addressee;
use errand_model::issue::Assignee;
use errand_model::ticket::Ticket;
use errand_model::{Clock as _, EventId, InstallationId, IssueId, ProjectId, SystemClock, Timestamp};
use errand_plugin_host::{
    AnswerFuture, HostServices, IssuePage, IssueSummary, KvEntry, KvError, LinkedPage, NewValue, PastMinutes,
    ServiceFuture, SessionsCounts, SessionsFilter, SessionsMinutes, StatsCounts, StatsFilter, StatsWindow,
    Target, max_entries,
};
use errand_store::{Db, Error, plugin_kv};
use serde_json::Value;

use super::plugin_answers;

/// The hub's database, as plugins may use it.
pub(crate) struct StoredServices {
    /// Where it lies.
    pub(crate) db: Db,
    /// What links to issues begin with.
    pub(crate) url: String,
}

fn unavailable(error: &Error) -> KvError {
    KvError::Unavailable(super::storage_failed(error))
}

/// Revisions count from 1: the sign is never used.
fn revision(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

impl HostServices for StoredServices {
    fn kv_get<'a>(
        &'a self,
        installation: InstallationId,
        key: &'a str,
    ) -> ServiceFuture<'a, Option<KvEntry>> {
        Box::pin(async move {
            let entry = plugin_kv::get(&self.db, installation, key)
                .await
                .map_err(|error| unavailable(&error))?;
            Ok(entry.map(|entry| KvEntry {
                value: entry.value,
                revision: revision(entry.revision),
            }))
        })
    }

    fn kv_put<'a>(
        &'a self,
        installation: InstallationId,
        key: &'a str,
        value: Vec<u8>,
        expect: Option<u64>,
    ) -> ServiceFuture<'a, u64> {
        Box::pin(async move {
            let expect = expect.map(|revision| i64::try_from(revision).unwrap_or(i64::MAX));
            let most = i64::try_from(max_entries(key)).unwrap_or(i64::MAX);
            let mut tx = self.db.begin().await.map_err(|error| unavailable(&error))?;
            let written = plugin_kv::put(
                &mut tx,
                SystemClock.now(),
                installation,
                key,
                &value,
                expect,
                most,
            )
            .await;
            let written = written.map_err(|error| match error {
                plugin_kv::PutError::Moved(stands) => KvError::Conflict(revision(stands)),
                plugin_kv::PutError::Full(_) => KvError::Quota(error.to_string()),
                plugin_kv::PutError::Store(error) => unavailable(&error),
            })?;
            tx.commit().await.map_err(|error| unavailable(&error))?;
            Ok(revision(written))
        })
    }

    fn kv_delete<'a>(&'a self, installation: InstallationId, key: &'a str) -> ServiceFuture<'a, ()> {
        Box::pin(async move {
            let mut tx = self.db.begin().await.map_err(|error| unavailable(&error))?;
            plugin_kv::delete(&mut tx, installation, key)
                .await
                .map_err(|error| unavailable(&error))?;
            tx.commit().await.map_err(|error| unavailable(&error))
        })
    }

    fn kv_keys<'a>(
        &'a self,
        installation: InstallationId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> ServiceFuture<'a, Vec<String>> {
        Box::pin(async move {
            plugin_kv::keys(&self.db, installation, prefix, after, i64::from(limit))
                .await
                .map_err(|error| unavailable(&error))
        })
    }

    fn issue<'a>(&'a self, installation: InstallationId, issue: IssueId) -> AnswerFuture<'a, IssueSummary> {
        Box::pin(plugin_answers::issue(&self.db, &self.url, installation, issue))
    }

    fn latest_event<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
    ) -> AnswerFuture<'a, Option<Value>> {
        Box::pin(plugin_answers::latest_event(&self.db, installation, issue))
    }

    fn event_at<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
        at: Timestamp,
    ) -> AnswerFuture<'a, Option<Value>> {
        Box::pin(plugin_answers::event_at(&self.db, installation, issue, at))
    }

    fn targets<'a>(&'a self, installation: InstallationId) -> AnswerFuture<'a, Vec<Target>> {
        Box::pin(plugin_answers::targets(&self.db, installation))
    }

    fn addressee<'a>(
        &'a self,
        installation: InstallationId,
        who: Assignee,
    ) -> AnswerFuture<'a, Option<Addressee>> {
        Box::pin(plugin_answers::addressee(&self.db, installation, who))
    }

    fn assignee<'a>(
        &'a self,
        installation: InstallationId,
        name: &'a str,
    ) -> AnswerFuture<'a, Option<Assignee>> {
        Box::pin(plugin_answers::assignee(&self.db, installation, name))
    }

    fn links<'a>(&'a self, installation: InstallationId, issue: IssueId) -> AnswerFuture<'a, Vec<Ticket>> {
        Box::pin(plugin_answers::links(&self.db, installation, issue))
    }

    fn find_by_link<'a>(
        &'a self,
        installation: InstallationId,
        system: &'a str,
        id: &'a str,
    ) -> AnswerFuture<'a, Vec<IssueSummary>> {
        let ticket = (system, id);
        Box::pin(plugin_answers::find_by_link(
            &self.db,
            &self.url,
            installation,
            ticket,
        ))
    }

    fn find_by_event<'a>(
        &'a self,
        installation: InstallationId,
        event: EventId,
    ) -> AnswerFuture<'a, IssueSummary> {
        Box::pin(plugin_answers::find_by_event(
            &self.db,
            &self.url,
            installation,
            event,
        ))
    }

    fn open_tickets<'a>(
        &'a self,
        installation: InstallationId,
        system: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> AnswerFuture<'a, LinkedPage> {
        Box::pin(plugin_answers::open_tickets(
            &self.db,
            installation,
            system,
            after,
            limit,
        ))
    }

    fn search<'a>(
        &'a self,
        installation: InstallationId,
        query: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> AnswerFuture<'a, IssuePage> {
        let asked = plugin_answers::Asked { query, after, limit };
        Box::pin(plugin_answers::search(
            &self.db,
            (&self.url, &SystemClock),
            installation,
            asked,
        ))
    }

    fn frequent<'a>(
        &'a self,
        installation: InstallationId,
        project: Option<ProjectId>,
        since: Timestamp,
        at_least: u64,
    ) -> AnswerFuture<'a, Vec<IssueSummary>> {
        let wanted = (since, at_least);
        Box::pin(plugin_answers::frequent(
            &self.db,
            &self.url,
            installation,
            project,
            wanted,
        ))
    }

    fn hourly<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
        hours: u32,
    ) -> AnswerFuture<'a, Vec<u64>> {
        let asked = (issue, hours);
        Box::pin(plugin_answers::hourly(
            &self.db,
            &SystemClock,
            installation,
            asked,
        ))
    }

    fn count<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a StatsFilter,
        since: Timestamp,
    ) -> AnswerFuture<'a, StatsCounts> {
        Box::pin(plugin_answers::count(
            &self.db,
            &SystemClock,
            installation,
            filter,
            since,
        ))
    }

    fn sessions<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a SessionsFilter,
        window: (Timestamp, Option<Timestamp>),
    ) -> AnswerFuture<'a, SessionsCounts> {
        let (db, clock) = (&self.db, &SystemClock);
        Box::pin(plugin_answers::sessions(db, clock, installation, filter, window))
    }

    fn sessions_by_minutes<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a SessionsFilter,
        window: (Timestamp, Timestamp),
    ) -> AnswerFuture<'a, SessionsMinutes> {
        let (db, clock) = (&self.db, &SystemClock);
        Box::pin(plugin_answers::sessions_by_minutes(
            db,
            clock,
            installation,
            filter,
            window,
        ))
    }

    fn by_minutes<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a StatsFilter,
        window: StatsWindow,
    ) -> AnswerFuture<'a, PastMinutes> {
        let (db, clock) = (&self.db, &SystemClock);
        Box::pin(plugin_answers::by_minutes(
            db,
            clock,
            installation,
            filter,
            window,
        ))
    }

    fn count_between<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a StatsFilter,
        window: StatsWindow,
    ) -> AnswerFuture<'a, StatsCounts> {
        Box::pin(plugin_answers::count_between(
            &self.db,
            &SystemClock,
            installation,
            filter,
            window,
        ))
    }

    fn new_values<'a>(
        &'a self,
        installation: InstallationId,
        project: Option<ProjectId>,
        tag: &'a str,
        (since, until): (Timestamp, Timestamp),
    ) -> AnswerFuture<'a, Vec<NewValue>> {
        let (of, window) = ((project, tag), (since, until));
        Box::pin(plugin_answers::new_values(
            &self.db,
            &self.url,
            installation,
            of,
            window,
        ))
    }
}
