//! The hub's services in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use errand_model::alert::Addressee;
use errand_model::issue::Assignee;
use errand_model::ticket::Ticket;
use errand_model::{InstallationId, IssueId, ProjectId, Timestamp};
use serde_json::Value;

use super::{
    AnswerFuture, HostServices, IssuePage, JOURNAL_PREFIX, KvEntry, KvError, LinkedPage, NewValue,
    PastMinutes, ServiceError, ServiceFuture, StatsCounts, StatsFilter, StatsWindow, Target, max_entries,
};
use crate::attempt::IssueSummary;

/// A hub that forgets with the process: for tests and for trying plugins out.
#[derive(Default)]
pub struct MemoryServices {
    entries: Mutex<BTreeMap<(InstallationId, String), KvEntry>>,
    issues: Mutex<BTreeMap<(InstallationId, IssueId), Known>>,
    targets: Mutex<Vec<Target>>,
    people: Mutex<Vec<Addressee>>,
}

/// An issue that an installation may see.
struct Known {
    issue: IssueSummary,
    latest_event: Option<Value>,
    /// When events came, and who the user was.
    seen: Vec<(Timestamp, Option<String>)>,
}

impl fmt::Debug for MemoryServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryServices").finish_non_exhaustive()
    }
}

impl MemoryServices {
    /// Makes somebody known; a team by `team:` and its name, too.
    pub fn put_party(&self, party: Addressee) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.push(party);
    }

    fn party(&self, is_meant: impl Fn(&Addressee) -> bool) -> Option<Addressee> {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.iter().find(|party| is_meant(party)).cloned()
    }

    /// Lets alerts name an installation.
    pub fn put_target(&self, target: Target) {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.push(target);
    }

    /// Lets an installation see an issue, its latest event, and when it happened to whom.
    pub fn put_issue(
        &self,
        installation: InstallationId,
        issue: IssueSummary,
        latest_event: Option<Value>,
        seen: Vec<(Timestamp, Option<String>)>,
    ) {
        let at = (installation, issue.id);
        let known = Known {
            issue,
            latest_event,
            seen,
        };
        self.issues
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(at, known);
    }

    fn known<T>(
        &self,
        installation: InstallationId,
        issue: IssueId,
        read: impl FnOnce(&Known) -> T,
    ) -> Result<T, ServiceError> {
        let issues = self.issues.lock().unwrap_or_else(PoisonError::into_inner);
        issues
            .get(&(installation, issue))
            .map(read)
            .ok_or(ServiceError::NotFound)
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<(InstallationId, String), KvEntry>) -> T) -> T {
        work(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HostServices for MemoryServices {
    fn kv_get<'a>(
        &'a self,
        installation: InstallationId,
        key: &'a str,
    ) -> ServiceFuture<'a, Option<KvEntry>> {
        let entry = self.with(|entries| entries.get(&(installation, key.to_owned())).cloned());
        Box::pin(async { Ok(entry) })
    }

    fn kv_put<'a>(
        &'a self,
        installation: InstallationId,
        key: &'a str,
        value: Vec<u8>,
        expect: Option<u64>,
    ) -> ServiceFuture<'a, u64> {
        let result = self.with(|entries| {
            let at = (installation, key.to_owned());
            let current = entries.get(&at).map_or(0, |entry| entry.revision);
            if expect.is_some_and(|expect| expect != current) {
                return Err(KvError::Conflict(current));
            }
            let is_journal = key.starts_with(JOURNAL_PREFIX);
            let alike = |(owner, other): &&(InstallationId, String)| {
                *owner == installation && other.starts_with(JOURNAL_PREFIX) == is_journal
            };
            let most = max_entries(key);
            if current == 0 && entries.keys().filter(alike).count() >= most {
                return Err(KvError::Quota(format!("{most} entries are kept already")));
            }
            let revision = current + 1;
            entries.insert(at, KvEntry { value, revision });
            Ok(revision)
        });
        Box::pin(async { result })
    }

    fn kv_delete<'a>(&'a self, installation: InstallationId, key: &'a str) -> ServiceFuture<'a, ()> {
        self.with(|entries| entries.remove(&(installation, key.to_owned())));
        Box::pin(async { Ok(()) })
    }

    fn kv_keys<'a>(
        &'a self,
        installation: InstallationId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> ServiceFuture<'a, Vec<String>> {
        let keys = self.with(|entries| {
            let mine = entries.keys().filter(|(owner, _)| *owner == installation);
            mine.map(|(_, key)| key.clone())
                .filter(|key| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after))
                .take(limit as usize)
                .collect()
        });
        Box::pin(async { Ok(keys) })
    }

    fn issue<'a>(&'a self, installation: InstallationId, issue: IssueId) -> AnswerFuture<'a, IssueSummary> {
        let found = self.known(installation, issue, |known| known.issue.clone());
        Box::pin(async { found })
    }

    fn latest_event<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
    ) -> AnswerFuture<'a, Option<Value>> {
        let found = self.known(installation, issue, |known| known.latest_event.clone());
        Box::pin(async { found })
    }

    fn event_at<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
        _: Timestamp,
    ) -> AnswerFuture<'a, Option<Value>> {
        self.latest_event(installation, issue)
    }

    fn links<'a>(&'a self, installation: InstallationId, issue: IssueId) -> AnswerFuture<'a, Vec<Ticket>> {
        let found = self.known(installation, issue, |_| Vec::new());
        Box::pin(async { found })
    }

    fn find_by_link<'a>(
        &'a self,
        _: InstallationId,
        _: &'a str,
        _: &'a str,
    ) -> AnswerFuture<'a, Vec<IssueSummary>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn open_tickets<'a>(
        &'a self,
        _: InstallationId,
        _: &'a str,
        _: Option<&'a str>,
        _: u32,
    ) -> AnswerFuture<'a, LinkedPage> {
        Box::pin(async { Ok(LinkedPage::default()) })
    }

    fn targets<'a>(&'a self, _: InstallationId) -> AnswerFuture<'a, Vec<Target>> {
        let targets = self
            .targets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Box::pin(async { Ok(targets) })
    }

    fn assignee<'a>(&'a self, _: InstallationId, name: &'a str) -> AnswerFuture<'a, Option<Assignee>> {
        let found = self.party(|party| match party.who {
            Assignee::User(_) => {
                party.who.to_string() == name || party.emails.iter().any(|email| email == name)
            }
            Assignee::Team(_) => party.who.to_string() == name || format!("team:{}", party.name) == name,
        });
        Box::pin(async { Ok(found.map(|party| party.who)) })
    }

    fn addressee<'a>(&'a self, _: InstallationId, who: Assignee) -> AnswerFuture<'a, Option<Addressee>> {
        let found = self.party(|party| party.who == who);
        Box::pin(async { Ok(found) })
    }

    fn hourly<'a>(
        &'a self,
        installation: InstallationId,
        issue: IssueId,
        hours: u32,
    ) -> AnswerFuture<'a, Vec<u64>> {
        let counted = self.known(installation, issue, |known| {
            let newest = known.seen.iter().map(|(at, _)| at.hour()).max();
            let in_hour = |back: u32| {
                let hour = newest.map(|newest| newest.plus_seconds(-3_600 * i64::from(back)));
                known
                    .seen
                    .iter()
                    .filter(|(at, _)| Some(at.hour()) == hour)
                    .count() as u64
            };
            (0..hours).rev().map(in_hour).collect()
        });
        Box::pin(async { counted })
    }

    fn frequent<'a>(
        &'a self,
        installation: InstallationId,
        project: Option<ProjectId>,
        since: Timestamp,
        at_least: u64,
    ) -> AnswerFuture<'a, Vec<IssueSummary>> {
        let issues = self.issues.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = issues.iter().filter(|((owner, _), known)| {
            let recent = known.seen.iter().filter(|(at, _)| *at >= since).count() as u64;
            *owner == installation
                && project.is_none_or(|project| project == known.issue.project.id)
                && recent >= at_least
        });
        let found = wanted.map(|(_, known)| known.issue.clone()).collect();
        Box::pin(async { Ok(found) })
    }

    fn count<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a StatsFilter,
        since: Timestamp,
    ) -> AnswerFuture<'a, StatsCounts> {
        let counts = self.counted(installation, filter, (since, None));
        Box::pin(async { counts })
    }

    fn count_between<'a>(
        &'a self,
        installation: InstallationId,
        filter: &'a StatsFilter,
        window: StatsWindow,
    ) -> AnswerFuture<'a, StatsCounts> {
        let counts = self.counted(installation, filter, (window.since, Some(window.until)));
        Box::pin(async { counts })
    }

    fn by_minutes<'a>(
        &'a self,
        installation: InstallationId,
        _: &'a StatsFilter,
        window: StatsWindow,
    ) -> AnswerFuture<'a, PastMinutes> {
        let issues = self.issues.lock().unwrap_or_else(PoisonError::into_inner);
        let own = issues.iter().filter(|((owner, _), _)| *owner == installation);
        let seen =
            own.flat_map(|((_, issue), known)| known.seen.iter().map(|(at, user)| (*at, *issue, user)));
        let within = seen.filter(|(at, ..)| *at >= window.since && *at < window.until);
        let found = PastMinutes::of(within, window.with_users);
        Box::pin(async { Ok(found) })
    }

    /// Every issue's latest event had its tags when the issue was first seen.
    fn new_values<'a>(
        &'a self,
        installation: InstallationId,
        _: Option<ProjectId>,
        tag: &'a str,
        (since, until): (Timestamp, Timestamp),
    ) -> AnswerFuture<'a, Vec<NewValue>> {
        let issues = self.issues.lock().unwrap_or_else(PoisonError::into_inner);
        let new = issues.iter().filter_map(|((owner, _), known)| {
            let first_seen = known.issue.first_seen;
            let value = known.latest_event.as_ref()?.get(tag)?.as_str()?.to_owned();
            (*owner == installation && since <= first_seen && first_seen < until).then(|| NewValue {
                value,
                first_seen,
                issue: known.issue.clone(),
            })
        });
        let found = new.collect();
        Box::pin(async { Ok(found) })
    }

    /// All issues, whatever is searched for.
    fn search<'a>(
        &'a self,
        installation: InstallationId,
        _: &'a str,
        _: Option<&'a str>,
        limit: u32,
    ) -> AnswerFuture<'a, IssuePage> {
        let issues = self.issues.lock().unwrap_or_else(PoisonError::into_inner);
        let own = issues.iter().filter(|((owner, _), _)| *owner == installation);
        let page = IssuePage {
            issues: own
                .take(limit as usize)
                .map(|(_, known)| known.issue.clone())
                .collect(),
            next: None,
        };
        Box::pin(async { Ok(page) })
    }
}

impl MemoryServices {
    fn counted(
        &self,
        installation: InstallationId,
        filter: &StatsFilter,
        (since, until): (Timestamp, Option<Timestamp>),
    ) -> Result<StatsCounts, ServiceError> {
        let issues = self.issues.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = issues.iter().filter(|((owner, id), known)| {
            *owner == installation
                && filter.issue.is_none_or(|issue| issue == *id)
                && filter
                    .project
                    .is_none_or(|project| project == known.issue.project.id)
        });
        let seen: Vec<_> = wanted
            .flat_map(|(_, known)| &known.seen)
            .filter(|(at, _)| *at >= since && until.is_none_or(|until| *at < until))
            .collect();
        let users: BTreeSet<_> = seen.iter().filter_map(|(_, user)| user.as_deref()).collect();
        match filter.tags.is_empty() {
            true => Ok(StatsCounts {
                events: seen.len() as u64,
                users: Some(users.len() as u64),
                since,
                is_at_least: false,
            }),
            false => Err(ServiceError::Unsupported("tags are not counted here".to_owned())),
        }
    }
}
