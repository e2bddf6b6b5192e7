//! The log and the metrics.

use anyhow::Result;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// Starts to log, to standard error: standard output is for answers.
pub(crate) fn start_log(settings: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Stderr);
    let started = match settings.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot start: {error}"))
}

/// Starts to collect metrics; the handle writes them in Prometheus' text form.
pub(crate) fn start_metrics() -> Result<PrometheusHandle> {
    // One set of buckets: from what an append takes to what a person gives up at.
    const SECONDS: [f64; 12] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
    ];
    Ok(PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .install_recorder()?)
}

/// Writes the metrics. How much is not digested yet is found out when it is asked for: who waits for zero must not
/// be told an old one.
pub(crate) fn scrape(metrics: PrometheusHandle, undigested: impl Fn() -> u64) -> impl Fn() -> String {
    move || {
        metrics::gauge!("errand_queue_undigested_bytes").set(undigested() as f64);
        metrics.render()
    }
}

struct Stderr;

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = std::io::Stderr;
    fn make_writer(&'a self) -> Self::Writer {
        std::io::stderr()
    }
}
