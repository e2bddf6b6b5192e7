//! A hub without sockets: the router, a fresh SQLite database, a clock moved by hand, an intake that records.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use errand_http::deliveries::{Deliveries, Rehearsal, RehearseError};
use errand_http::ingest::intake::{Intake, IntakeError, Receipt, Submission};
use errand_http::plugin_shelf::{Arrival, PluginShelf, PluginVersion, ShelfError};
use errand_http::post::{AccountMail, Post};
use errand_http::rules::{BackTest, Firing, Rules, RulesError};
use errand_http::{AppState, HttpConfig, Services};
use errand_model::delivery::AttemptOutcome;
use errand_model::outcome::OutcomeCount;
use errand_model::project::{Project, ProjectKey};
use errand_model::{DeliveryId, EventId, Ids, InstallationId, IssueId, ManualClock, ProjectId, Timestamp};
use errand_store::projects::NewProject;
use errand_store::testing::TestDb;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::plugins::PlayedPlugins;
use crate::provider::PlayedProvider;

/// Keeps what it is given, or refuses it if told to.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) submissions: Mutex<Vec<Submission>>,
    pub(crate) outcomes: Mutex<Vec<OutcomeCount>>,
    pub(crate) refusal: Mutex<Option<IntakeError>>,
    /// How often deliveries were woken.
    pub(crate) wakes: AtomicUsize,
}

impl Deliveries for Recorder {
    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }

    fn rehearse(&self, _: DeliveryId) -> BoxFuture<'_, Result<Rehearsal, RehearseError>> {
        let rehearsal = Rehearsal {
            outcome: AttemptOutcome::Done,
            log: Value::Array(Vec::new()),
            requests: json!([{"method": "POST", "url": "http://far.example/"}]),
            changes: json!([{"issue": 5, "edit": {"kind": "unresolve"}}]),
            explanation: Some("the rule says so".to_owned()),
        };
        std::future::ready(Ok(rehearsal)).boxed()
    }
}

impl Rules for Recorder {
    /// A line that says `bad` is one.
    fn check<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Vec<String>, RulesError>> {
        let bad = text.lines().enumerate().filter(|(_, line)| line.contains("bad"));
        let problems = bad.map(|(at, _)| format!("line {}: bad is not allowed", at + 1));
        std::future::ready(Ok(problems.collect())).boxed()
    }

    /// Each line is a rule that would have fired once.
    fn look_back<'a>(
        &'a self,
        project: ProjectId,
        _: InstallationId,
        text: &'a str,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<BackTest, RulesError>> {
        let firing = |rule: &str| Firing {
            rule: rule.to_owned(),
            issue: IssueId(project.0),
            short_id: "SHOP-1".to_owned(),
            title: "<b>it</b> broke".to_owned(),
            change: "issue.created".to_owned(),
            at: since,
        };
        let tried = BackTest {
            changes: 12,
            is_capped: false,
            firings: text.lines().map(firing).collect(),
        };
        std::future::ready(Ok(tried)).boxed()
    }
}

/// A plugin in two versions, of which the newer wants more; nothing is ever on its way.
pub(crate) struct Shelf(Mutex<Vec<PluginVersion>>);

impl Default for Shelf {
    fn default() -> Self {
        let version = |version: &str, beyond: &[&str]| PluginVersion {
            plugin: "team-chat".to_owned(),
            name: "Team <chat>".to_owned(),
            version: version.to_owned(),
            description: String::new(),
            sha256: String::new(),
            signed_by: None,
            size: 1,
            is_bundled: false,
            is_current: beyond.is_empty(),
            wants: beyond.iter().map(|&one| one.to_owned()).collect(),
            beyond: beyond.iter().map(|&one| one.to_owned()).collect(),
        };
        let more = ["send requests to <b>.example"];
        Shelf(Mutex::new(vec![version("1.1.0", &more), version("1.0.0", &[])]))
    }
}

impl PluginShelf for Shelf {
    fn versions(&self) -> Vec<PluginVersion> {
        self.0.lock().expect("unpoisoned").clone()
    }

    fn take_in(&self, _: Vec<u8>) -> BoxFuture<'_, Result<PluginVersion, ShelfError>> {
        std::future::ready(Err(ShelfError::Refused("it is no <component>".to_owned()))).boxed()
    }

    fn begin(&self, file: String, wasm: Vec<u8>) -> Result<(), ShelfError> {
        Err(ShelfError::Conflict(format!("{file} has {} bytes", wasm.len())))
    }

    fn arrivals(&self) -> Vec<Arrival> {
        Vec::new()
    }

    fn agree<'a>(
        &'a self,
        _: &'a str,
        version: Option<&'a str>,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), ShelfError>> {
        for known in self.0.lock().expect("unpoisoned").iter_mut() {
            known.is_current = Some(known.version.as_str()) == version;
            known.beyond.clear();
        }
        std::future::ready(Ok(())).boxed()
    }

    fn remove<'a>(&'a self, _: &'a str, version: &'a str) -> BoxFuture<'a, Result<(), ShelfError>> {
        self.0
            .lock()
            .expect("unpoisoned")
            .retain(|known| known.version != version);
        std::future::ready(Ok(())).boxed()
    }
}

impl Intake for Recorder {
    fn submit(&self, submission: Submission) -> BoxFuture<'_, Result<Receipt, IntakeError>> {
        let refusal = self.refusal.lock().expect("unpoisoned").clone();
        let identified = errand_pipeline::check_and_identify(&submission.body);
        let result = match (refusal, identified) {
            (Some(refusal), _) => Err(refusal),
            (None, Err(malformed)) => Err(IntakeError::Malformed {
                status: if malformed.is_too_large() { 413 } else { 400 },
                detail: malformed.to_string(),
                causes: Vec::new(),
            }),
            (None, Ok(event)) => {
                self.submissions.lock().expect("unpoisoned").push(submission);
                let event_id = event.map(|id| id.unwrap_or(EventId([7; 16])));
                Ok(Receipt { event_id })
            }
        };
        std::future::ready(result).boxed()
    }

    fn count(&self, outcome: OutcomeCount) {
        self.outcomes.lock().expect("unpoisoned").push(outcome);
    }

    fn not_ready(&self) -> Option<String> {
        let refusal = self.refusal.lock().expect("unpoisoned");
        refusal.as_ref().map(ToString::to_string)
    }
}

/// Takes mail, and keeps it.
#[derive(Default)]
pub(crate) struct Mailbox(Mutex<Vec<AccountMail>>);

impl Mailbox {
    /// What came, once all that is under way is there: mail is sent beside the answer.
    pub(crate) async fn opened(&self) -> Vec<AccountMail> {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        std::mem::take(&mut *self.0.lock().expect("unpoisoned"))
    }
}

impl Post for Mailbox {
    fn is_there(&self) -> bool {
        true
    }

    fn send(&self, mail: AccountMail) -> BoxFuture<'_, Result<(), String>> {
        self.0.lock().expect("unpoisoned").push(mail);
        std::future::ready(Ok(())).boxed()
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("an answer in UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a header in ASCII"))
    }
}

/// The hub, with one project.
pub(crate) struct Hub {
    pub(crate) db: TestDb,
    pub(crate) state: AppState,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) intake: Arc<Recorder>,
    pub(crate) plugins: Arc<PlayedPlugins>,
    pub(crate) post: Arc<Mailbox>,
    pub(crate) provider: Arc<PlayedProvider>,
    pub(crate) project: Project,
    pub(crate) key: ProjectKey,
    router: Router,
}

impl Hub {
    pub(crate) async fn start() -> Self {
        Self::with(HttpConfig::default()).await
    }

    pub(crate) async fn with(config: HttpConfig) -> Self {
        Self::on(TestDb::sqlite().await, config).await
    }

    pub(crate) async fn on(db: TestDb, config: HttpConfig) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_790_000_000)));
        let intake = Arc::new(Recorder::default());
        let plugins = Arc::new(PlayedPlugins::default());
        let post = Arc::new(Mailbox::default());
        let provider = Arc::new(PlayedProvider::default());
        let state = AppState::new(Services {
            db: db.db.clone(),
            clock: clock.clone(),
            ids: Arc::new(Ids::new(0)),
            intake: intake.clone(),
            deliveries: intake.clone(),
            rules: intake.clone(),
            plugin_shelf: Arc::new(Shelf::default()),
            plugin_accounts: plugins.clone(),
            plugins: plugins.clone(),
            post: post.clone(),
            identity_wire: provider.clone(),
            metrics: Arc::new(|| "errand_up 1\n".to_owned()),
            config,
        });
        let mut tx = db.db.begin().await.expect("a transaction");
        let cx = state.context();
        let organization = errand_store::organizations::create(&mut tx, cx, "Acme", None)
            .await
            .expect("made");
        let new = NewProject {
            organization: organization.id,
            name: "Shop",
            slug: None,
            platform: None,
        };
        let (project, key) = errand_store::projects::create(&mut tx, cx, new)
            .await
            .expect("made");
        tx.commit().await.expect("committed");
        Hub {
            router: errand_http::router(state.clone()),
            db,
            state,
            clock,
            intake,
            plugins,
            post,
            provider,
            project,
            key,
        }
    }

    /// An answer as it begins.
    pub(crate) async fn begin(&self, request: Request<Body>) -> Response<Body> {
        let answered = self.router.clone().oneshot(request).await;
        answered.expect("the router answers")
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.begin(request).await.into_parts();
        let kind = parts.headers.get("content-type");
        // What goes on for minutes is not waited for.
        let is_endless = kind.is_some_and(|kind| kind == "text/event-stream");
        let body = if is_endless { Body::empty() } else { body };
        let body = body
            .collect()
            .await
            .expect("the answer has an end")
            .to_bytes()
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// The header by which SDKs say who they are.
    pub(crate) fn auth(&self) -> String {
        let key = &self.key.public_key;
        format!("Sentry sentry_version=7, sentry_client=test/1.0, sentry_key={key}")
    }

    /// `POST`s to an endpoint of the project, with the key.
    pub(crate) async fn post(
        &self,
        endpoint: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let path = format!("/api/{}/{endpoint}", self.project.id);
        let auth = self.auth();
        let mut all = vec![("x-sentry-auth", auth.as_str())];
        all.extend_from_slice(headers);
        self.request(Method::POST, &path, &all, body).await
    }

    /// What the intake got, once.
    pub(crate) fn only_submission(&self) -> Submission {
        let submissions = self.intake.submissions.lock().expect("unpoisoned");
        match submissions.as_slice() {
            [one] => one.clone(),
            many => panic!("{} submissions", many.len()),
        }
    }

    /// Changes the key, as the command line would beside the running hub.
    pub(crate) async fn change_key(&self, change: impl FnOnce(&mut ProjectKey)) {
        let mut key = self.key.clone();
        change(&mut key);
        let mut tx = self.db.db.begin().await.expect("a transaction");
        errand_store::keys::update(&mut tx, &key).await.expect("changed");
        tx.commit().await.expect("committed");
    }

    /// Changes the project's settings, and has them forgotten.
    pub(crate) async fn change_project(&self, change: impl FnOnce(&mut Project)) {
        let mut project = self.project.clone();
        change(&mut project);
        let mut tx = self.db.db.begin().await.expect("a transaction");
        errand_store::projects::update(&mut tx, &project)
            .await
            .expect("changed");
        tx.commit().await.expect("committed");
        self.state.directory.forget_project(project.id);
    }
}

/// An envelope with one event.
pub(crate) const EVENT: &str =
    "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"event\"}\n{\"message\":\"hello\"}\n";

/// The id of [`EVENT`].
pub(crate) const EVENT_ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";
