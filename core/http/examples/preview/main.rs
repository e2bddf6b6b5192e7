//! Serves the pages over a database of its own, filled with two weeks of a made-up shop's errors, for whoever
//! works on templates and styles.
//!
//! `cargo run -p errand-http --example preview -- [ADDRESS] [ENVELOPE …]` prints a link to sign in. Files with
//! envelopes, as SDKs send them, are added to what there is to see.

mod nobody;

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use axum::http::StatusCode;
use errand_http::ingest::intake::{Intake, IntakeError, Receipt, Submission};
use errand_http::{AppState, HttpConfig, Services};
use errand_model::access::Role;
use errand_model::outcome::OutcomeCount;
use errand_model::project::Project;
use errand_model::{Clock, EventId, Ids, ManualClock, SystemClock, Timestamp};
use errand_pipeline::{ClientHints, Input, ProjectContext, digest};
use errand_store::persist::{Arrival, Persist, persist};
use errand_store::projects::NewProject;
use errand_store::testing::TestDb;
use errand_store::{Context, Db, codec, organizations, people, projects, sessions};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::json;

use self::nobody::Nobody;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Digests and stores what it is given at once: there is no queue to look after.
struct Direct {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
}

impl Direct {
    async fn store(
        &self,
        project: &Project,
        body: &[u8],
        received: Timestamp,
        agent: Option<&str>,
    ) -> Result<()> {
        let input = Input {
            body,
            received,
            client_ip: None,
            user_agent: agent,
            client_hints: ClientHints::default(),
            default_event_id: EventId::random(),
        };
        let context = ProjectContext::compile(project.id, &project.settings)?;
        let mut envelope = digest(&input, &context)?;
        if let Some(event) = &mut envelope.event {
            event.payload = codec::compress(&event.payload)?;
        }
        let arrival = Arrival {
            organization: project.organization,
            project: project.id,
            envelope,
        };
        let cx = Persist {
            clock: self.clock.as_ref(),
            ids: &self.ids,
            queue: "preview",
        };
        persist(&self.db, &cx, &[arrival], None).await?;
        Ok(())
    }
}

impl Intake for Direct {
    fn submit(&self, submission: Submission) -> BoxFuture<'_, std::result::Result<Receipt, IntakeError>> {
        async move {
            let project = projects::by_id(&self.db, submission.project).await;
            let project = project.ok().flatten().ok_or(IntakeError::Unavailable)?;
            let agent = submission.user_agent.as_deref();
            let stored = self
                .store(&project, &submission.body, submission.received, agent)
                .await;
            stored
                .map(|()| Receipt { event_id: None })
                .map_err(|error| IntakeError::Malformed {
                    status: StatusCode::BAD_REQUEST.as_u16(),
                    detail: error.to_string(),
                    causes: Vec::new(),
                })
        }
        .boxed()
    }

    fn count(&self, _: OutcomeCount) {}

    fn not_ready(&self) -> Option<String> {
        None
    }
}

/// One kind of error: type, value, function, file, level, and how often it happens.
const ERRORS: [(&str, &str, &str, &str, &str, u64); 9] = [
    (
        "TypeError",
        "Cannot read properties of undefined (reading 'price')",
        "renderCart",
        "src/cart/summary.ts",
        "error",
        61,
    ),
    (
        "PaymentDeclined",
        "card 4242 was declined: insufficient funds",
        "charge",
        "shop/payments/gateway.py",
        "error",
        34,
    ),
    (
        "IntegrityError",
        "duplicate key value violates unique constraint \"order_pkey\"",
        "place_order",
        "shop/orders/models.py",
        "fatal",
        7,
    ),
    (
        "TimeoutError",
        "no connection within 5 s (pool of 10, 10 busy)",
        "acquire",
        "shop/db/pool.py",
        "error",
        23,
    ),
    (
        "ChunkLoadError",
        "Loading chunk 47 failed.",
        "loadRoute",
        "src/router/lazy.ts",
        "warning",
        19,
    ),
    (
        "KeyError",
        "'shipping_address'",
        "quote",
        "shop/shipping/rates.py",
        "error",
        12,
    ),
    (
        "NetworkError",
        "Failed to fetch",
        "syncBasket",
        "src/cart/sync.ts",
        "warning",
        44,
    ),
    (
        "ValueError",
        "could not convert string to float: '12,50'",
        "parse_price",
        "shop/catalog/import.py",
        "error",
        5,
    ),
    (
        "RenderError",
        "Template 'invoice.html' uses {{ total | money }} and there is no filter 'money'",
        "render",
        "shop/billing/pdf.py",
        "info",
        3,
    ),
];

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36",
];

/// The `n`-th event of a kind of error, `hours` ago.
fn event(kind: usize, n: u64, at: Timestamp) -> String {
    let (class, value, function, file, level, _) = ERRORS[kind];
    let platform = if file.ends_with(".ts") {
        "javascript"
    } else {
        "python"
    };
    let user = n % 17;
    let region = ["eu", "us", "ap"][(n % 3) as usize];
    let frame = |name: &str, file: &str, line: u64, own: bool| {
        json!({"function": name, "filename": file, "abs_path": format!("/srv/{file}"), "lineno": line, "in_app": own,
            "pre_context": ["    # what went before", "    basket = session.basket", "    total = 0"],
            "context_line": format!("    return {name}(basket, total)"),
            "post_context": ["", "def after(self):", "    pass"],
            "vars": if own { json!({"basket": "<Basket 3 items>", "total": "48.50", "voucher": null}) } else { json!({}) }})
    };
    let event = json!({
        "event_id": EventId::random(), "timestamp": at.to_string(), "platform": platform, "level": level,
        "release": format!("shop@4.{}.0", n % 3), "environment": if n.is_multiple_of(5) { "staging" } else { "production" },
        "transaction": format!("/{function}"), "server_name": format!("web-{}", n % 3 + 1),
        "user": {"id": user.to_string(), "email": format!("customer{user}@example.com")},
        "tags": {"license": format!("ACME-{:03}", user), "region": region},
        "request": {"url": "https://shop.example/basket", "method": "POST", "query_string": "step=2&ref=mail",
            "headers": {"User-Agent": AGENTS[(n % 4) as usize], "Accept": "text/html"}},
        "contexts": {"runtime": {"type": "runtime", "name": "CPython", "version": "3.12.4"}},
        "breadcrumbs": [
            {"timestamp": at.plus_millis(-9_000).to_string(), "type": "navigation", "category": "navigation", "data": {"from": "/", "to": "/basket"}},
            {"timestamp": at.plus_millis(-2_400).to_string(), "category": "ui.click", "message": "button#pay"},
            {"timestamp": at.plus_millis(-1_200).to_string(), "type": "http", "category": "fetch", "data": {"method": "POST", "url": "/api/basket", "status_code": 502}},
            {"timestamp": at.plus_millis(-90).to_string(), "category": "console", "level": "error", "message": "basket could not be saved"}
        ],
        "extra": {"order": {"items": 3, "total": "48.50"}, "attempt": n % 4},
        "exception": {"values": [
            {"type": "SocketClosed", "value": "the peer hung up", "stacktrace": {"frames": [frame("read", "net/socket.py", 210, false)]}},
            {"type": class, "value": value, "module": "shop", "mechanism": {"type": "generic", "handled": n.is_multiple_of(2)},
             "stacktrace": {"frames": [
                frame("__call__", "framework/base.py", 88, false), frame("dispatch", "framework/view.py", 140, false),
                frame("handle", "shop/views.py", 31, true), frame(function, file, 57, true)]}}
        ]}
    });
    format!("{{}}\n{{\"type\":\"event\"}}\n{event}\n")
}

/// Two weeks of errors, the oldest first.
async fn fill(direct: &Direct, clock: &ManualClock, project: &Project, now: Timestamp) -> Result<()> {
    let mut times = Vec::new();
    for (kind, (.., count)) in ERRORS.iter().enumerate() {
        for n in 0..*count {
            // Some come evenly, some in bursts, all within what the charts show.
            let minutes = match kind % 3 {
                0 => n * 20_000 / count,
                1 => (n * n * 3 + n * 7) % 1_400,
                _ => (n % 4) * 4_100 + n * 11,
            };
            times.push((minutes, kind, n));
        }
    }
    times.sort_unstable_by_key(|(minutes, ..)| std::cmp::Reverse(*minutes));
    for (minutes, kind, n) in times {
        let at = now.plus_seconds(-60 * minutes as i64 - 30);
        clock.set(at);
        let agent = AGENTS[(n % 4) as usize];
        direct
            .store(project, event(kind, n, at).as_bytes(), at, Some(agent))
            .await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9000".to_owned());
    let test = TestDb::sqlite().await;
    let (ids, now) = (Arc::new(Ids::new(0)), SystemClock.now());
    let clock = Arc::new(ManualClock::at(now));
    let cx = Context {
        clock: &SystemClock,
        ids: &ids,
    };
    let mut tx = test.db.begin().await?;
    let organization = organizations::ensure_default(&mut tx, cx).await?;
    let new = |name| NewProject {
        organization: organization.id,
        name,
        slug: None,
        platform: Some("python"),
    };
    let (shop, _) = projects::create(&mut tx, cx, new("Shop")).await?;
    projects::create(&mut tx, cx, new("Demo")).await?;
    let person = people::create(&mut tx, cx, "ada@example.com", "Ada Byron", Role::Owner).await?;
    let link = sessions::create_link(&mut tx, cx, person.id, 3_600).await?;
    tx.commit().await?;

    let mut direct = Direct {
        db: test.db.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    };
    fill(&direct, &clock, &shop, now).await?;
    clock.set(now);
    for path in arguments {
        // Some envelopes are there to be refused.
        if let Err(error) = direct.store(&shop, &std::fs::read(&path)?, now, None).await {
            writeln!(std::io::stdout(), "{path}: {error}")?;
        }
    }
    direct.clock = Arc::new(SystemClock);
    let state = AppState::new(Services {
        db: test.db.clone(),
        clock: Arc::new(SystemClock),
        ids,
        intake: Arc::new(direct),
        deliveries: Arc::new(Nobody),
        rules: Arc::new(Nobody),
        plugin_shelf: Arc::new(Nobody),
        plugin_accounts: Arc::new(Nobody),
        plugins: Arc::new(Nobody),
        post: Arc::new(errand_http::post::NoPost),
        identity_wire: Arc::new(errand_http::auth::oidc::wire::NoWire),
        metrics: Arc::new(String::new),
        config: HttpConfig {
            public_url: format!("http://{address}"),
            ..HttpConfig::default()
        },
    });
    let listener = tokio::net::TcpListener::bind(&address).await?;
    writeln!(std::io::stdout(), "http://{address}/sign-in/{}", link.reveal())?;
    axum::serve(listener, errand_http::router(state)).await?;
    Ok(())
}
