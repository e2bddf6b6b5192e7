//! Reports that are mailed by the clock: of two hubs on one database one mails each of them, once.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Mailbox, Visitor, event, within};

use crate::cli::two_hubs;
use crate::mail::settings;
use crate::sdks::sdks;
use crate::wakes::seconds_since_1970;

/// Reports that are due at the same moment, when both hubs look.
const REPORTS: usize = 8;
/// A look each quarter of a minute, the wait for the minute, and a busy machine.
const LONGEST: Duration = Duration::from_secs(180);
const EVENTS_BY_RELEASE: &str = "%7B%22measure%22%3A%22events%22%2C%22by%22%3A%5B%22release%22%5D%7D";

/// Every day at a minute that lies ahead, but not far.
fn daily(at: u64) -> String {
    let minutes = at / 60;
    format!("{}+{}+*+*+*", minutes % 60, minutes / 60 % 24)
}

async fn keep(pages: &Visitor, name: &str) -> Result<String> {
    let fields = format!("name={name}&ask={EVENTS_BY_RELEASE}");
    pages.submit("/reports", "/reports", &fields).await
}

/// How many reports a hub says that it mailed.
async fn mailed_by(hub: &Hub) -> Result<usize> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let metrics = client.get(format!("{}/metrics", hub.url)).send().await?;
    let metrics = metrics.text().await?;
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("errand_report_mails_total "));
    line.map_or(Ok(0), |count| count.parse().context("a number"))
}

#[tokio::test]
async fn of_two_hubs_one_mails_a_report_that_is_due() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let Some([one, other]) = two_hubs(&settings(&mailbox, "")).await? else {
        return Ok(());
    };
    let project = one.project("Shop").await?;
    ensure!(
        one.sdk(&project)?.send(&event("Pay", "ada")).await?.status == 200,
        "refused"
    );
    one.drained().await?;
    let pages = Visitor::administrator(&one).await?;
    let mut kept = Vec::new();
    for number in 0..REPORTS {
        kept.push(keep(&pages, &format!("Report-{number}")).await?);
    }
    // The next minute may be over before all of them are told of it.
    let schedule = daily(seconds_since_1970()? + 60 + 20);
    for report in &kept {
        let fields = format!("cron={schedule}&action=set");
        pages.submit(report, &format!("{report}/mail"), &fields).await?;
    }
    let come = async |count: usize| {
        within(LONGEST, &format!("{count} mails"), || async {
            let taken = mailbox.taken();
            Ok((taken.len() >= count).then_some(taken))
        })
        .await
    };
    let mails = come(REPORTS).await?;
    let subjects: BTreeSet<&str> = mails
        .iter()
        .filter_map(|mail| mail["headers"]["subject"].as_str())
        .collect();
    ensure!(
        subjects.len() == REPORTS && mails.len() == REPORTS,
        "each of them once: {subjects:?}"
    );
    ensure!(
        mails.iter().all(|mail| mail["text"]
            .as_str()
            .is_some_and(|text| text.contains("shop@1.0.0"))),
        "{mails:?}"
    );
    // Whoever looks after that finds nothing more to mail but what is due since.
    let last = keep(&pages, "Last").await?;
    pages
        .submit(&last, &format!("{last}/mail"), "schedule=0+8+*+*+1&action=now")
        .await?;
    let mails = come(REPORTS + 1).await?;
    ensure!(mails.len() == REPORTS + 1, "{} mails", mails.len());
    let said = mailed_by(&one).await? + mailed_by(&other).await?;
    ensure!(said == REPORTS + 1, "both together say that they mailed {said}");
    for report in &kept {
        let page = pages.get(report).await?;
        ensure!(page.contains("It is mailed to you, next"), "the schedule goes on");
    }
    Ok(())
}
