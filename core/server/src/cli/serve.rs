//! `errand serve`: the hub itself.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use errand_engine::Engine;
use errand_http::{AppState, HttpConfig, Services};
use errand_model::project::ProjectKey;
use errand_store::{keys, projects};
use futures_util::FutureExt as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::greeting::Greeting;
use super::open::Place;
use super::sign_in_link;
use crate::config::Config;
use crate::mail::Mail;
use crate::opened::Opened;
use crate::running;
use crate::{listen, telemetry, wiring};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Address and port to listen on, rather than 127.0.0.1:8000; port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Print the greeting as one line of JSON: {"url", "listening", "sign_in", "dsn", "demo"}.
    #[arg(long)]
    json: bool,
}

/// Runs until SIGTERM or Ctrl-C.
pub(crate) fn run(args: &Args) -> Result<()> {
    let flags = args.listen.clone().map(|listen| ("server.listen", listen));
    let settings = args.place.settings(flags.into_iter().collect())?;
    telemetry::start_log(&settings.log)?;
    keep_pages_small();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args, settings))
}

/// Has the kernel leave pages at 4 KiB. The allocator asks for huge ones, which hold a third more memory under load
/// than is in use (221 instead of 154 MB) and were no faster.
fn keep_pages_small() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay as they are");
    }
}

async fn serve(args: &Args, settings: Config) -> Result<()> {
    let data = &args.place.data;
    let metrics = telemetry::start_metrics()?;
    let mut opened = Opened::at(data, settings).await?;
    let listener = bind(opened.settings.server.listen).await?;
    // Port 0 became a real one, which DSNs and links have to name.
    opened.settings.server.listen = listener.local_addr()?;
    let url = opened.settings.public_url();

    let plugins = wiring::host_that_serves(data, &opened.settings, &opened.db).await?;
    let engine = wiring::engine(data, &opened, &url, Arc::clone(&plugins)).await?;
    let shelf = wiring::Shelf::new(Arc::clone(&plugins), data, &opened);
    let services = Services {
        db: opened.db.clone(),
        clock: opened.clock.clone(),
        ids: Arc::clone(&opened.ids),
        intake: Arc::new(wiring::EngineIntake(engine.intake().clone())),
        deliveries: Arc::new(wiring::EngineDeliveries::of(&engine)),
        plugin_accounts: Arc::new(wiring::HostAccounts(Arc::clone(&plugins))),
        plugins: Arc::new(wiring::EngineOccasions::new(
            Arc::clone(&plugins),
            engine.occasions().clone(),
        )),
        rules: Arc::new(wiring::PluginRules::new(plugins, opened.db.clone(), &url)),
        plugin_shelf: Arc::new(shelf),
        post: Arc::new(wiring::HubPost(Mail::of(&opened.settings.mail)?)),
        identity_wire: Arc::new(wiring::ProviderWire::new()?),
        metrics: Arc::new(telemetry::scrape(metrics, engine.undigested())),
        config: http_config(&opened.settings, &url)?,
    };
    let state = AppState::new(services);
    let app = errand_http::router(state.clone());
    let reports = wiring::ReportMail::start(&opened, &url)?;
    let greeting = greet(&opened, &url).await?;
    running::write_url(data, &url)?;

    let patience = Duration::from_secs(opened.settings.server.shutdown_seconds);
    let (signal, failed) = (stop_signal()?, engine.failed());
    let stop = async move {
        tokio::select! {
            () = signal => {}
            // Whoever runs the hub starts it anew; what was accepted is safe in the queue.
            () = failed => tracing::error!("stopping, because a part of the engine has failed"),
        }
        state.leave();
    };
    greeting.print(args.json)?;
    tracing::info!(%url, data = %data.display(), "the hub is ready");
    listen::serve(
        listener,
        app,
        opened.settings.server.max_connections,
        stop,
        patience,
    )
    .await?;
    reports.abort();
    shut_down(engine, &opened, patience).await
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen on {address}; choose another with --listen"))
}

async fn shut_down(engine: Engine, opened: &Opened, patience: Duration) -> Result<()> {
    tracing::info!("stopping: what is under way is finished, the rest is left for the next start");
    let has_failed = engine.failed().now_or_never().is_some();
    engine.shutdown(patience).await;
    opened.db.close().await;
    anyhow::ensure!(!has_failed, "a part of the engine failed; the log says which");
    tracing::info!("stopped");
    Ok(())
}

/// Resolves at the first SIGTERM or Ctrl-C.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn http_config(settings: &Config, url: &str) -> Result<HttpConfig> {
    let mut config = HttpConfig {
        public_url: url.to_owned(),
        mail_bounces: settings.mail.bounces.clone(),
        single_sign_on: settings.single_sign_on.client()?,
        ..HttpConfig::default()
    };
    let proxies = settings
        .server
        .trusted_proxies
        .iter()
        .map(|network| network.parse());
    config.trusted_proxies = proxies
        .collect::<Result<_, _>>()
        .context("server.trusted_proxies")?;
    config.ingest.wire_bytes = settings.ingest.max_request_bytes;
    config.ingest.body_bytes = settings.ingest.max_envelope_bytes;
    config.ingest.file_bytes = settings.ingest.max_attachment_bytes;
    config.ingest.in_flight_bytes = settings.ingest.max_in_flight_bytes;
    config.ingest.body_timeout = Duration::from_secs(settings.ingest.body_timeout_seconds);
    Ok(config)
}

async fn greet(opened: &Opened, url: &str) -> Result<Greeting> {
    let key = demo_key(opened).await?;
    Ok(Greeting {
        url: url.to_owned(),
        listening: opened.settings.server.listen.to_string(),
        sign_in: sign_in_link::create(opened, url).await?,
        dsn: key.dsn(url),
        demo: format!("{url}/demo"),
    })
}

/// The key of the project that a newcomer tries things with: made at the first start.
async fn demo_key(opened: &Opened) -> Result<ProjectKey> {
    const SLUG: &str = "demo";
    let organization = opened.organization.id;
    let mut tx = opened.db.begin().await?;
    let project = match projects::by_slug(&mut tx, organization, SLUG).await? {
        Some(project) => project,
        None => {
            let new = projects::NewProject {
                organization,
                name: "Demo",
                slug: Some(SLUG),
                platform: None,
            };
            let what = format!("made the project {SLUG}");
            opened.write_down(&mut tx, "projects create", what).await?;
            projects::create(&mut tx, opened.cx(), new).await?.0
        }
    };
    let key = keys::list(&mut tx, project.id)
        .await?
        .into_iter()
        .find(|key| key.is_active);
    let key = match key {
        Some(key) => key,
        None => keys::create(&mut tx, opened.cx(), project.id, "Default").await?,
    };
    tx.commit().await?;
    Ok(key)
}
