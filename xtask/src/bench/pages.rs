//! What people and support wait for: the issue list, an issue, the support search, while events pour in; and what each
//! weighs on the line.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;

use super::hub::Hub;
use super::load::{self, Load};
use crate::postgres::Postgres;
use crate::shell;

/// The most that a page may weigh when nothing of it is kept, and when the browser keeps what it may.
const FIRST: usize = 150_000;
const AGAIN: usize = 30_000;
/// The time of which 99 of 100 answers are to be below.
const SOON: Duration = Duration::from_millis(50);
/// The same of a report that was asked before, and what it may take when it is asked first.
const COUNTED_AGAIN: Duration = Duration::from_millis(100);
const COUNTED_FIRST: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
pub(crate) struct Pages {
    /// Store that many events in 50,000 issues first.
    #[arg(long, default_value_t = 1_000_000)]
    history: u64,
    /// Events a second that arrive meanwhile.
    #[arg(long, default_value_t = 1_000.0)]
    rate: f64,
    /// How long it is measured.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Keep state in PostgreSQL (a server of the task's own, with its usual durability).
    #[arg(long)]
    postgres: bool,
    /// Where the data goes; kept afterwards. A temporary folder, if not given.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// A page that is read over and over.
struct Read {
    name: &'static str,
    path: String,
    /// The limit of its 99th percentile, and of the first time.
    soon: Duration,
    first: Duration,
    times: Vec<Duration>,
    bytes: usize,
}

impl Read {
    fn page(name: &'static str, path: String) -> Self {
        Read {
            name,
            path,
            soon: SOON,
            first: SOON,
            times: Vec::new(),
            bytes: 0,
        }
    }

    /// A question about what was counted of all events.
    fn report(name: &'static str, question: &str) -> Self {
        Read {
            soon: COUNTED_AGAIN,
            first: COUNTED_FIRST,
            ..Read::page(name, format!("/reports?{question}"))
        }
    }
}

pub(super) fn run(binary: &Path, options: &Pages) -> Result<()> {
    let load = Load::build()?;
    let postgres = options.postgres.then(Postgres::start_durable).transpose()?;
    let hub = Hub::start(binary, options.data.clone(), postgres.as_ref().map(Postgres::url))?;
    if options.history > 0 {
        super::fill(&hub, &load, options.history)?;
    }
    let session = sign_in(&hub)?;
    weigh_assets(&hub, &session)?;
    let reads = reads(&hub)?;
    shell::say(&format!(
        "reading pages while {:.0} events arrive a second",
        options.rate
    ));
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, url) = (Arc::clone(&stop), hub.url.clone());
    let reading = std::thread::spawn(move || read(reads, &url, &session, &stopped));
    let arriving = load::Options {
        seconds: options.seconds,
        groups: 100,
        rate: Some(options.rate),
    };
    super::measured("meanwhile", &hub, || load.run(&hub, &arriving))?;
    stop.store(true, Ordering::Relaxed);
    let reads = reading.join().map_err(|_| anyhow!("reading panicked"))??;
    reads.into_iter().for_each(report);
    hub.stop()
}

/// The cookie of somebody who signed in.
fn sign_in(hub: &Hub) -> Result<String> {
    let link = hub.sign_in_link()?;
    let (url, code) = link.rsplit_once('/').context("a code")?;
    let agent = ureq::Agent::config_builder().max_redirects(0).build().new_agent();
    let answer = agent.post(url).send_form([("code", code)])?;
    let cookies = answer.headers().get_all("set-cookie").into_iter();
    let mut pairs = cookies.filter_map(|line| line.to_str().ok()?.split(';').next());
    let session = pairs.find(|pair| pair.contains("session"));
    Ok(session.context("a session")?.to_owned())
}

/// One after the other, each as a browser without anything kept asks for it.
fn reads(hub: &Hub) -> Result<Vec<Read>> {
    let slug = hub.project["slug"].as_str().context("a slug")?;
    let organization = hub.project["organization"].as_str().context("an organization")?;
    let listed = hub.get(&format!("/api/0/projects/{organization}/{slug}/issues/"))?;
    let listed: Value = serde_json::from_str(&listed)?;
    let issue = listed[0]["id"].as_str().context("an issue")?;
    let latest: Value = serde_json::from_str(&hub.get(&format!("/api/0/issues/{issue}/events/latest/"))?)?;
    let event = latest["eventID"].as_str().context("an event")?;
    Ok(vec![
        Read::page("issue list", "/issues".to_owned()),
        Read::page(
            "issue list by priority",
            "/issues?query=is%3Aunresolved&sort=priority".to_owned(),
        ),
        Read::page(
            "issue list by users",
            "/issues?query=is%3Aunresolved&sort=user".to_owned(),
        ),
        Read::page("issue", format!("/issues/{issue}")),
        Read::page("events of an issue", format!("/issues/{issue}/events")),
        Read::page(
            "events of an issue by user",
            format!("/issues/{issue}/events?query=user.id%3Au0000007"),
        ),
        Read::page(
            "events of an issue by words",
            format!("/issues/{issue}/events?query=no%20such%20words%20at%20all"),
        ),
        Read::page(
            "support by e-mail",
            "/support?q=u0000007%40example.com".to_owned(),
        ),
        Read::page("support by event", format!("/support?q={event}")),
        Read::page(
            "support by words",
            "/support?q=no%20such%20words%20at%20all".to_owned(),
        ),
        Read::page(
            "time line",
            "/support/timeline?q=u0000007%40example.com".to_owned(),
        ),
        Read::report(
            "report: users of a browser by release",
            "measure=users&by=release&span=7d&query=browser.name%3A%22Chrome%20Headless%22",
        ),
        Read::report(
            "report: events by browser and hour",
            "measure=events&by=browser.name&span=24h&step=hour",
        ),
    ])
}

fn read(mut reads: Vec<Read>, url: &str, session: &str, stop: &AtomicBool) -> Result<Vec<Read>> {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .new_agent();
    while !stop.load(Ordering::Relaxed) {
        for read in &mut reads {
            let started = Instant::now();
            let (status, bytes) = get(&agent, url, &read.path, session)?;
            ensure!(status == 200, "{}: {status}", read.path);
            read.times.push(started.elapsed());
            read.bytes = read.bytes.max(bytes);
        }
    }
    Ok(reads)
}

/// The status, and the bytes that went over the line.
fn get(agent: &ureq::Agent, url: &str, path: &str, session: &str) -> Result<(u16, usize)> {
    let request = agent
        .get(format!("{url}{path}"))
        .header("Cookie", session)
        .header("Accept-Encoding", "gzip");
    let mut answer = request.call().with_context(|| path.to_owned())?;
    let status = answer.status().as_u16();
    let length = answer
        .headers()
        .get("content-length")
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let body = answer.body_mut().read_to_vec()?;
    // Without a length the answer is as long as it is read, unpacked: no less went over the line.
    Ok((status, length.unwrap_or(body.len())))
}

/// What every page brings along the first time.
fn weigh_assets(hub: &Hub, session: &str) -> Result<()> {
    let agent = ureq::Agent::new_with_defaults();
    let request = agent.get(format!("{}/issues", hub.url)).header("Cookie", session);
    let page = request.call()?.body_mut().read_to_string()?;
    let mut paths: Vec<&str> = page
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .map(|part| part.split('#').next().unwrap_or(part))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let mut sum = 0;
    for path in paths {
        let (_, bytes) = get(&agent, &hub.url, path, session)?;
        println!("weight {bytes} bytes: {path}");
        sum += bytes;
    }
    println!(
        "weight {sum} bytes of assets; with a page at most {FIRST} the first time, a page alone at most {AGAIN}"
    );
    Ok(())
}

fn report(mut read: Read) {
    let first = read.times.first().copied().unwrap_or_default();
    read.times.sort_unstable();
    let at = |share: f64| {
        let last = read.times.len().saturating_sub(1);
        read.times
            .get((last as f64 * share).round() as usize)
            .copied()
            .unwrap_or_default()
    };
    let (middle, high) = (at(0.5), at(0.99));
    println!(
        "page first {:.1} ms{}, p50 {:.1} ms, p99 {:.1} ms{}, {} bytes{}, {} times: {}",
        first.as_secs_f64() * 1e3,
        if first > read.first { " (too slow)" } else { "" },
        middle.as_secs_f64() * 1e3,
        high.as_secs_f64() * 1e3,
        if high > read.soon { " (too slow)" } else { "" },
        read.bytes,
        if read.bytes > AGAIN { " (too heavy)" } else { "" },
        read.times.len(),
        read.name
    );
}
