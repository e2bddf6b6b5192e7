//! What tests are made of: a hub with a project, arrivals, and a look at every counter.

use std::sync::Arc;

use errand_model::digested::{DigestedEnvelope, DigestedEvent, EventUser};
use errand_model::issue::{EventKind, Issue};
use errand_model::project::Project;
use errand_model::{EventId, GroupHash, Ids, IssueId, Level, ManualClock, Timestamp};
use errand_store::persist::{Arrival, Persist, Persisted, persist};
use errand_store::projects::NewProject;
use errand_store::{Context, Db, codec, issues, organizations, projects};
use sha2_of::hash_of;

/// When every test begins.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// A hub with one project, and a clock that the test moves.
pub(crate) struct Hub {
    pub(crate) db: Db,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Ids,
    pub(crate) project: Project,
}

mod sha2_of {
    /// A hash of sixteen bytes that differs where the text does: enough for tests.
    pub(crate) fn hash_of(text: &str) -> [u8; 16] {
        let mut hash = [0_u8; 16];
        for (at, byte) in text.bytes().enumerate() {
            hash[at % 16] = hash[at % 16].wrapping_mul(31).wrapping_add(byte);
        }
        hash
    }
}

pub(crate) fn hash(text: &str) -> GroupHash {
    GroupHash(hash_of(text))
}

impl Hub {
    pub(crate) async fn new(db: &Db) -> Self {
        Self::on_node(db, 0).await
    }

    /// The hub as another node sees it; the first one makes the project.
    pub(crate) async fn on_node(db: &Db, node: u8) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let ids = Ids::new(node);
        let cx = Context {
            clock: &*clock,
            ids: &ids,
        };
        let mut tx = db.begin().await.expect("begin");
        let organization = organizations::ensure_default(&mut tx, cx)
            .await
            .expect("an organization");
        let known = projects::list(&mut tx, Some(organization.id))
            .await
            .expect("projects");
        let project = match known.into_iter().next() {
            Some(project) => project,
            None => {
                let new = NewProject {
                    organization: organization.id,
                    name: "Shop",
                    slug: None,
                    platform: None,
                };
                projects::create(&mut tx, cx, new).await.expect("a project").0
            }
        };
        tx.commit().await.expect("commit");
        Hub {
            db: db.clone(),
            clock,
            ids,
            project,
        }
    }

    pub(crate) fn cx(&self) -> Context<'_> {
        Context {
            clock: &*self.clock,
            ids: &self.ids,
        }
    }

    /// An arrival with one event.
    pub(crate) fn arrival(&self, event: DigestedEvent) -> Arrival {
        Arrival {
            organization: self.project.organization,
            project: self.project.id,
            envelope: DigestedEnvelope {
                event: Some(event),
                ..DigestedEnvelope::default()
            },
        }
    }

    /// An event that is grouped by `group`.
    pub(crate) fn event(&self, group: &str) -> DigestedEvent {
        let at = errand_model::Clock::now(&*self.clock);
        DigestedEvent {
            project: self.project.id,
            event_id: EventId::random(),
            timestamp: at,
            received: at,
            kind: EventKind::Error,
            level: Level::Error,
            platform: "python".to_owned(),
            logger: String::new(),
            title: format!("Error: {group}"),
            culprit: "shop.checkout".to_owned(),
            metadata: format!(r#"{{"type":"Error","value":"{group}"}}"#),
            hashes: vec![hash(group)],
            grouping: 1,
            release: None,
            environment: None,
            user: None,
            tags: Vec::new(),
            payload: codec::compress(b"{}").expect("compress"),
        }
    }

    pub(crate) async fn persist(&self, batch: &[Arrival]) -> Persisted {
        persist(&self.db, &self.persisting(), batch, None)
            .await
            .expect("the batch is stored")
    }

    pub(crate) fn persisting(&self) -> Persist<'_> {
        Persist {
            clock: &*self.clock,
            ids: &self.ids,
            queue: "test",
        }
    }

    /// Stores events, and checks that all were new.
    pub(crate) async fn take(&self, events: impl IntoIterator<Item = DigestedEvent>) -> Persisted {
        let batch: Vec<Arrival> = events.into_iter().map(|event| self.arrival(event)).collect();
        let persisted = self.persist(&batch).await;
        assert_eq!(persisted.accepted, batch.len() as u64);
        persisted
    }

    /// The issue that `group` is bound to.
    pub(crate) async fn issue(&self, group: &str) -> Issue {
        let id = self.bound(group).await.expect("the hash is bound");
        issues::get(&self.db, id)
            .await
            .expect("read")
            .expect("the issue is there")
    }

    /// What `group` is bound to; none if to nothing, or if it is discarded.
    pub(crate) async fn bound(&self, group: &str) -> Option<IssueId> {
        let mut statement =
            errand_store::Statement::new(self.db.dialect(), "SELECT issue_id FROM grouping WHERE hash = ");
        statement.bind(hash(group).0.as_slice()).expect("bind");
        let row: Option<(Option<i64>,)> = statement.fetch_optional(&self.db).await.expect("read");
        row.and_then(|(issue,)| issue).map(IssueId)
    }

    /// One number.
    pub(crate) async fn number(&self, sql: &'static str, issue: IssueId) -> i64 {
        let mut statement = errand_store::Statement::new(self.db.dialect(), sql);
        statement.bind(issue.0).expect("bind");
        let row: Option<(i64,)> = statement.fetch_optional(&self.db).await.expect("read");
        row.map_or(0, |(number,)| number)
    }

    /// Checks that every counter of `issue` says what its rows say, and answers its events.
    pub(crate) async fn check_counters(&self, issue: IssueId) -> i64 {
        let read = issues::get(&self.db, issue)
            .await
            .expect("read")
            .expect("the issue is there");
        let events = self
            .number("SELECT COUNT(*) FROM event WHERE issue_id = ", issue)
            .await;
        let hours = self.number(
            "SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM issue_hour WHERE issue_id = ",
            issue,
        );
        let users = self.number("SELECT COUNT(*) FROM issue_user WHERE issue_id = ", issue);
        assert_eq!(read.times_seen, events, "times seen");
        assert_eq!(hours.await, events, "the hours");
        assert_eq!(users.await, read.users_seen, "the users");
        let first = self
            .number("SELECT MIN(timestamp) FROM event WHERE issue_id = ", issue)
            .await;
        let last = self
            .number("SELECT MAX(timestamp) FROM event WHERE issue_id = ", issue)
            .await;
        assert_eq!((read.first_seen.micros(), read.last_seen.micros()), (first, last));
        events
    }

    /// How often the issue has the tag.
    pub(crate) async fn tagged(&self, issue: IssueId, key: &str, value: &str) -> i64 {
        let mut statement = errand_store::Statement::new(
            self.db.dialect(),
            "SELECT events FROM issue_tag WHERE issue_id = ",
        );
        statement.bind(issue.0).expect("bind").push(" AND key_id = ");
        statement
            .bind(errand_store::tag_key_id(key))
            .expect("bind")
            .push(" AND value_id = ");
        statement
            .bind(errand_store::tag_value_id(self.project.id, key, value))
            .expect("bind");
        let row: Option<(i64,)> = statement.fetch_optional(&self.db).await.expect("read");
        row.map_or(0, |(events,)| events)
    }

    /// The names of what the outbox holds about the issue, the oldest first.
    pub(crate) async fn told(&self, issue: IssueId) -> Vec<&'static str> {
        let events = errand_store::lifecycle::of_issue(&self.db, issue, 100)
            .await
            .expect("read");
        events.iter().rev().map(|event| event.change.name()).collect()
    }
}

/// A user with an id.
pub(crate) fn user(id: &str) -> Option<EventUser> {
    Some(EventUser {
        key: format!("id:{id}"),
        id: Some(id.to_owned()),
        email: None,
        username: None,
        ip: None,
    })
}

pub(crate) fn tag(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}
