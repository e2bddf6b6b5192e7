//! A hub with one project, and engines on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use errand_engine::{Engine, Hub, Options, Parts, Plugins, Receipt, Submission};
use errand_model::grant::Grant;
use errand_model::issue::Issue;
use errand_model::project::Project;
use errand_model::{Clock, EventId, Ids, ManualClock, ProjectId, Secret, Timestamp};
use errand_pipeline::encoding::Encoding;
use errand_store::installations::{self, Installation, NewInstallation};
use errand_store::plugin_calls::{self, StoredCall};
use errand_store::testing::TestDb;
use errand_store::{Statement, issues, organizations, projects};

use crate::plugins::PlayedPlugins;

/// Everything a test works with.
pub(crate) struct Setting {
    pub(crate) hub: Hub,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) plugins: Arc<PlayedPlugins>,
    pub(crate) project: Project,
    pub(crate) folder: tempfile::TempDir,
    _db: TestDb,
}

impl Setting {
    pub(crate) async fn new() -> Self {
        let test_db = TestDb::sqlite().await;
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_790_000_000)));
        let hub = Hub {
            db: test_db.db.clone(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(Ids::new(0)),
        };
        let mut tx = hub.db.begin().await.expect("a transaction");
        let organization = organizations::create(&mut tx, hub.context(), "Acme", None)
            .await
            .expect("an organization");
        let new = projects::NewProject {
            organization: organization.id,
            name: "Shop",
            slug: None,
            platform: None,
        };
        let (project, _) = projects::create(&mut tx, hub.context(), new)
            .await
            .expect("a project");
        tx.commit().await.expect("commits");
        let folder = tempfile::tempdir().expect("a folder");
        Setting {
            hub,
            clock,
            plugins: Arc::default(),
            project,
            folder,
            _db: test_db,
        }
    }

    pub(crate) fn queue(&self) -> PathBuf {
        self.folder.path().join("queue")
    }

    pub(crate) fn dead_letters(&self) -> PathBuf {
        self.folder.path().join("dead")
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(self.dead_letters(), "https://errors.example.com".to_owned());
        options.dispatch.poll = Duration::from_millis(20);
        options
    }

    pub(crate) async fn start(&self) -> Engine {
        self.start_with(self.options()).await
    }

    pub(crate) async fn start_with(&self, options: Options) -> Engine {
        self.start_on(options, errand_queue::Options::default()).await
    }

    /// An engine with other bounds of its queue, but for the room on the disk.
    pub(crate) async fn start_on(&self, options: Options, queue: errand_queue::Options) -> Engine {
        let parts = Parts {
            hub: self.hub.clone(),
            queue: self.queue(),
            queue_options: errand_queue::Options {
                disk_floor_bytes: 0,
                ..queue
            },
            plugins: Arc::clone(&self.plugins) as Arc<dyn Plugins>,
            options,
        };
        Engine::start(parts).await.expect("the engine starts")
    }

    /// Runs a statement of the test's own.
    pub(crate) async fn execute(&self, text: &'static str) {
        let mut tx = self.hub.db.begin().await.expect("a transaction");
        Statement::new(tx.dialect(), text)
            .execute(&mut tx)
            .await
            .expect("it is done");
        tx.commit().await.expect("commits");
    }

    /// The number that a query of the test's own answers.
    pub(crate) async fn number(&self, text: &'static str) -> i64 {
        let rows: Vec<(i64,)> = Statement::new(self.hub.db.dialect(), text)
            .fetch_all(&self.hub.db)
            .await
            .expect("it is answered");
        rows.first().map_or(0, |(number,)| *number)
    }

    pub(crate) async fn install(&self, plugin: &str) -> Installation {
        let mut tx = self.hub.db.begin().await.expect("a transaction");
        let new = NewInstallation {
            organization: self.project.organization,
            project: None,
            plugin,
            name: plugin,
            config: Secret::new("{}".to_owned()),
            grant: Grant::default(),
        };
        let installation = installations::create(&mut tx, self.hub.context(), new)
            .await
            .expect("an installation");
        tx.commit().await.expect("commits");
        installation
    }

    /// What an installation was called for besides deliveries, the oldest first.
    pub(crate) async fn recorded(&self, installation: &Installation) -> Vec<StoredCall> {
        let page = plugin_calls::of_installation(&self.hub.db, installation.id, None, None, 100).await;
        let mut calls = page.expect("readable").rows;
        calls.reverse();
        calls
    }

    /// An envelope with an event that is grouped by `group`.
    pub(crate) fn submission(&self, event_id: EventId, group: &str) -> Submission {
        let event = format!(
            r#"{{"event_id":"{event_id}","platform":"python","message":"{group} failed","fingerprint":["{group}"],
                "user":{{"id":"{group}-user"}},"tags":{{"group":"{group}"}}}}"#
        )
        .replace('\n', " ");
        let body = format!(
            "{{}}\n{{\"type\":\"event\",\"length\":{}}}\n{event}\n",
            event.len()
        );
        self.envelope(body.into())
    }

    pub(crate) fn envelope(&self, body: Bytes) -> Submission {
        Submission {
            project: self.project.id,
            received: self.hub.now(),
            client_ip: None,
            user_agent: None,
            client_hints: Vec::new(),
            wire: body.clone(),
            encoding: Encoding::Identity,
            body,
        }
    }

    /// Sends `count` events of a group; answers their ids.
    pub(crate) async fn send(&self, engine: &Engine, group: &str, count: usize) -> Vec<EventId> {
        let mut ids = Vec::with_capacity(count);
        for _ in 0..count {
            let id = EventId::random();
            let receipt = engine
                .intake()
                .submit(self.submission(id, group))
                .await
                .expect("it is taken");
            assert_eq!(receipt, Receipt { event_id: Some(id) });
            ids.push(id);
        }
        ids
    }

    /// The project's issues, in the order in which they were made.
    pub(crate) async fn issues(&self) -> Vec<Issue> {
        let mut found = Vec::new();
        for number in 1..1_000 {
            match self.issue(number).await {
                Some(issue) => found.push(issue),
                None => break,
            }
        }
        found
    }

    async fn issue(&self, number: i64) -> Option<Issue> {
        let (project, db) = (&self.project, &self.hub.db);
        let short = errand_model::issue::short_id(&project.slug, number);
        let (slug, number) = errand_model::issue::parse_short_id(&short).expect("a short id");
        issues::by_short_id(db, project.organization, &slug, number)
            .await
            .expect("readable")
    }

    pub(crate) async fn is_stored(&self, event: EventId) -> bool {
        let project: ProjectId = self.project.id;
        errand_store::events::get(&self.hub.db, project, event)
            .await
            .expect("readable")
            .is_some()
    }
}

/// Stops an engine as a process that is killed does: nothing is finished.
pub(crate) async fn kill(engine: Engine) {
    engine.shutdown(Duration::ZERO).await;
}

/// Stops an engine as it should be.
pub(crate) async fn stop(engine: Engine) {
    engine.shutdown(Duration::from_secs(20)).await;
}
