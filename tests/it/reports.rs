//! "How many users of UC Browser hit errors last week, by release": a data set with known answers goes through real ingest,
//! and the page, the API, the CSV and a mailed report all say what a direct count says, also after `kill -9`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use errand_tests::simulators::zendesk;
use errand_tests::{Hub, Mailbox, Project, Visitor, event};
use serde_json::{Value, json};

use crate::mail::settings;
use crate::sdks::sdks;
use crate::wakes::seconds_since_1970;

const DAY: u64 = 86_400;
const EVENTS: u64 = 500;
const BROWSERS: [&str; 3] = ["UC Browser", "Firefox", "Chrome"];
const ASKED: &str =
    "measure=users&by=release&span=last-week&query=browser.name%3A%22UC%20Browser%22%20level%3Aerror";

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What is sent, and what a direct count over it says: releases with their users, the most first.
struct Known {
    events: Vec<Value>,
    users: Vec<(String, usize)>,
    /// All of them: who hit errors in several releases counts once.
    all: usize,
    /// The first second of last week, and the first after it.
    week: (u64, u64),
}

impl Known {
    fn make(now: u64) -> Self {
        // The first of January 1970 was a Thursday.
        let monday = (now / DAY - (now / DAY + 3) % 7) * DAY;
        let week = (monday - 7 * DAY, monday);
        let mut random = Random(42);
        let (mut events, mut users, mut all) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for _ in 0..EVENTS {
            let browser = BROWSERS[random.below(3) as usize];
            let (release, user) = (
                format!("shop@1.{}", random.below(4)),
                format!("u{}", random.below(60)),
            );
            let level = if random.below(4) == 0 { "warning" } else { "error" };
            let at = now - 60 - random.below(12 * DAY);
            let mut one = event(["Cart", "Stock", "Pay"][random.below(3) as usize], &user);
            one["release"] = json!(release);
            one["level"] = json!(level);
            one["timestamp"] = json!(at);
            one["contexts"] = json!({"browser": {"name": browser, "version": "13.4"}});
            if browser == BROWSERS[0] && level == "error" && (week.0..week.1).contains(&at) {
                users
                    .entry(release)
                    .or_insert_with(BTreeSet::new)
                    .insert(user.clone());
                all.insert(user);
            }
            events.push(one);
        }
        let mut users: Vec<(String, usize)> = users
            .into_iter()
            .map(|(release, users)| (release, users.len()))
            .collect();
        users.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        Known {
            events,
            users,
            all: all.len(),
            week,
        }
    }

    async fn send(&self, hub: &Hub, project: &Project) -> Result<()> {
        let sdk = hub.sdk(project)?;
        for (at, event) in self.events.iter().enumerate() {
            ensure!(sdk.send(event).await?.status == 200, "refused");
            if at % 10 == 0 {
                // What comes twice counts once.
                ensure!(sdk.send(event).await?.status == 200, "refused");
            }
        }
        hub.drained().await
    }
}

/// Rows of the table of numbers of a page: the first cell, and the number.
fn table(page: &str) -> Result<Vec<(String, usize)>> {
    let (_, table) = page.split_once("<table class=\"numbers\">").context("a table")?;
    let rows = table.split("<tr").skip(2).map(|row| {
        let texts = row.split(['<', '>']).skip(1).step_by(2).map(str::trim);
        let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
        Some(((*texts.first()?).to_owned(), texts.get(1)?.parse().ok()?))
    });
    rows.map(|row| row.context("two cells")).collect()
}

/// When a day begins, as the API reads it.
fn midnight(seconds: u64) -> String {
    zendesk::time(seconds / DAY * DAY)
}

async fn api_says(hub: &Hub, known: &Known) -> Result<Vec<(String, usize)>> {
    let path = format!(
        "/api/0/organizations/default/events/?field=release&field=count_unique(user)&sort=-count_unique(user)\
         &query=browser.name%3A%22UC%20Browser%22%20level%3Aerror&start={}&end={}",
        midnight(known.week.0),
        midnight(known.week.1)
    );
    let told = hub.api().await?.get(&path).await?;
    let rows = told["data"].as_array().context("rows")?.iter().map(|row| {
        let users = usize::try_from(row["count_unique(user)"].as_u64()?).ok()?;
        Some((row["release"].as_str()?.to_owned(), users))
    });
    rows.map(|row| row.context("a row")).collect()
}

/// What page, CSV and API say is what the count says.
async fn check(hub: &Hub, pages: &Visitor, known: &Known) -> Result<()> {
    let mut rows = table(&pages.get(&format!("/reports?{ASKED}")).await?)?;
    ensure!(
        rows.pop() == Some(("All together".to_owned(), known.all)),
        "all together: {rows:?}"
    );
    ensure!(rows == known.users, "page: {rows:?}, count: {:?}", known.users);
    let csv = pages.get(&format!("/reports/table.csv?{ASKED}")).await?;
    let lines = known
        .users
        .iter()
        .map(|(release, users)| format!("{release},{users}\r\n"));
    let expected = format!(
        "release,users\r\n{}all together,{}\r\n",
        lines.collect::<String>(),
        known.all
    );
    ensure!(csv == expected, "{csv}");
    let told = api_says(hub, known).await?;
    ensure!(told == known.users, "API: {told:?}, count: {:?}", known.users);
    Ok(())
}

#[tokio::test]
async fn page_api_csv_and_mail_say_what_a_direct_count_says() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let mailbox = Mailbox::start(&sdks, "").await?;
    let mut hub = Hub::start_with(settings(&mailbox, "")).await?;
    let project = hub.project("Shop").await?;
    let known = Known::make(seconds_since_1970()?);
    ensure!(known.users.len() == 4 && known.all > 10, "{:?}", known.users);
    known.send(&hub, &project).await?;
    let pages = Visitor::administrator(&hub).await?;
    check(&hub, &pages, &known).await?;

    let ask = "%7B%22query%22%3A%22browser.name%3A%5C%22UC%20Browser%5C%22%20level%3Aerror%22%2C%22measure%22%3A%22users%22%2C\
               %22by%22%3A%5B%22release%22%5D%2C%22span%22%3A%22last-week%22%7D";
    let kept = pages
        .submit("/reports", "/reports", &format!("name=UC+Browser&ask={ask}"))
        .await?;
    let weekly = "schedule=0+8+*+*+1&action=now";
    pages.submit(&kept, &format!("{kept}/mail"), weekly).await?;
    let mails = mailbox.wait_for(1).await?;
    let (text, html) = (
        mails[0]["text"].as_str().context("text")?,
        mails[0]["html"].as_str().context("HTML")?,
    );
    ensure!(mails[0]["headers"]["subject"] == "UC Browser", "{}", mails[0]);
    let all = ("all together".to_owned(), known.all);
    for (release, users) in known.users.iter().chain([&all]) {
        let line = text
            .lines()
            .find(|line| line.starts_with(release.as_str()))
            .context("a line")?;
        ensure!(
            line.split_whitespace().last() == Some(users.to_string().as_str()),
            "{text}"
        );
        let (_, cells) = html.split_once(&format!(">{release}</td>")).context("a row")?;
        let number = cells.split(['<', '>']).nth(2).context("a cell")?;
        ensure!(number == users.to_string(), "{html}");
    }

    hub.kill().await?;
    hub.restart().await?;
    check(&hub, &pages, &known).await?;
    let next = pages.get(&kept).await?;
    ensure!(next.contains("It is mailed to you, next"), "the schedule goes on");
    ensure!(mailbox.taken().len() == 1, "it was mailed once");
    Ok(())
}
