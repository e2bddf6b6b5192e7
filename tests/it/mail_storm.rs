//! A storm in one issue, and two hundred new issues within an hour: each person gets as few mails as they wish, each in its
//! thread, through a real mail server.
//!
//! The hour is made short by the pause after a mail (`mail.pause_seconds`), which is a twelfth of it; what waits for a time of
//! day is made due by hand, while the hub is stopped. `ERRAND_TEST_STORM=100000` sends the whole storm.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use errand_tests::{Hub, Mailbox, Project, Sdk, Visitor, event, eventually};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::mail::settings;
use crate::sdks::sdks;
use crate::wakes::seconds_since_1970;

/// Events of the storm, where nobody says how many.
const ORDINARY: usize = 5_000;
/// New issues meanwhile.
const ISSUES: usize = 200;
/// A handful.
const HANDFUL: usize = 6;
/// Pauses of an hour.
const PAUSES: u64 = 12;
/// Events of a second that a debug build takes on two cores, so that the storm lasts about the hour.
const RATE: u64 = 1_000;
/// Connections that send at once.
const CONNECTIONS: usize = 24;
const PUBLIC: &str = "https://errors.example.com";
pub(crate) const EVERYTHING: &str = "happening=new&happening=regressed&happening=escalating&happening=assigned&happening=mentioned\
                          &happening=resolved&happening=deployed";
/// What comes at a time of day comes now: the night is over, and so is every pause.
const MORNING: &str = "import sqlite3, sys
hub = sqlite3.connect(sys.argv[1])
hub.execute('UPDATE notice SET due = 0')
hub.execute('UPDATE notice_reader SET next_at = 0')
hub.commit()";

fn storm() -> Result<usize> {
    match std::env::var("ERRAND_TEST_STORM") {
        Ok(count) => count.parse().context("ERRAND_TEST_STORM is a number"),
        Err(_) => Ok(ORDINARY),
    }
}

/// Those who are told, by what they wish.
struct People {
    /// Wishes nothing, and hears of what is given to them.
    silent: &'static str,
    /// Wants everything at once.
    eager: &'static str,
    /// Wants everything in a summary each day.
    daily: &'static str,
    /// Wants everything, but it is night.
    asleep: &'static str,
    /// Wants nothing.
    never: &'static str,
}

const PEOPLE: People = People {
    silent: "silent@example.com",
    eager: "eager@example.com",
    daily: "daily@example.com",
    asleep: "asleep@example.com",
    never: "never@example.com",
};

async fn invite(hub: &Hub, owner: &Visitor) -> Result<()> {
    let hour = seconds_since_1970()? / 3_600 % 24;
    let (evening, morning, far) = ((hour + 23) % 24, (hour + 6) % 24, (hour + 12) % 24);
    for (who, wishes) in [
        (PEOPLE.silent, None),
        (PEOPLE.eager, Some("pace=soon".to_owned())),
        (PEOPLE.daily, Some(format!("pace=daily&summary_hour={far}"))),
        (
            PEOPLE.asleep,
            Some(format!(
                "pace=soon&quiet=on&quiet_from={evening}&quiet_to={morning}"
            )),
        ),
        (PEOPLE.never, Some("pace=never".to_owned())),
    ] {
        let person = owner.invite(hub, who, "member").await?;
        if let Some(wishes) = wishes {
            let page = "/account/notifications";
            person
                .submit(page, page, &format!("{EVERYTHING}&{wishes}"))
                .await?;
        }
    }
    Ok(())
}

/// Two letters, so that no rule takes them for numbers.
fn name(n: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap_or_default());
    format!("New{}{}", letter(n / 26), letter(n))
}

async fn send(sdk: &Sdk, group: &str) -> Result<()> {
    let sent = event(group, "ada");
    loop {
        let status = sdk.send(&sent).await?.status;
        if status != 429 {
            ensure!(status == 200, "{status}");
            return Ok(());
        }
        // A full queue asks to wait: it is emptied meanwhile.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends the storm over many connections, and the new issues evenly between; says how long it took.
async fn rage(hub: &Hub, project: &Project, count: usize) -> Result<Duration> {
    let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let (every, sdk) = (count / ISSUES, hub.sdk(project)?);
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (next, sdk) = (Arc::clone(&next), sdk.clone());
        senders.spawn(async move {
            loop {
                let at = next.fetch_add(1, Ordering::SeqCst);
                if at >= count {
                    return anyhow::Ok(());
                }
                send(&sdk, "Storm").await?;
                if at % every == 0 && at / every < ISSUES {
                    send(&sdk, &name(at / every)).await?;
                }
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent??;
    }
    Ok(began.elapsed())
}

/// Stops the hub, and starts it when all that is owed to people is due.
pub(crate) async fn sleep_until_morning(hub: &mut Hub, sdks: &Path) -> Result<()> {
    hub.terminate().await?;
    let morning = tokio::process::Command::new(sdks.join("python/bin/python"))
        .args(["-c", MORNING])
        .arg(hub.data().join("errand.db"))
        .status()
        .await?;
    ensure!(morning.success(), "{morning}");
    hub.restart().await
}

/// How many events the issue of the storm has.
async fn counted(hub: &Hub) -> Result<(String, usize)> {
    let api = hub.api().await?;
    let found = api
        .get("/api/0/organizations/default/issues/?query=StormError")
        .await?;
    let count = found[0]["count"].as_str().context("a count")?.parse()?;
    Ok((found[0]["id"].as_str().context("an id")?.to_owned(), count))
}

fn by_person(mailbox: &Mailbox) -> BTreeMap<String, Vec<Value>> {
    let mut mails: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for mail in mailbox.taken() {
        let to = mail["to"][0].as_str().unwrap_or_default().to_owned();
        mails.entry(to).or_default().push(mail);
    }
    mails
}

fn header<'m>(mail: &'m Value, name: &str) -> Result<&'m str> {
    let found = mail["headers"][name].as_str();
    found.with_context(|| format!("{name} in {}", mail["headers"]))
}

/// How many issues a mail says are new.
pub(crate) fn told(mail: &Value) -> usize {
    let subject = mail["headers"]["subject"].as_str().unwrap_or_default();
    // What came alone is a mail of its own, as if there were no digests.
    if subject.starts_with('[') {
        let is_new = mail["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("New in "));
        return usize::from(is_new);
    }
    let words: Vec<&str> = subject.split([' ', ',']).collect();
    let count = words.windows(2).find(|pair| pair[1] == "new");
    count.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

/// Each mail is its own, in the thread of its issue or of its day's digests, and says how it is stopped.
fn check(mails: &[Value]) -> Result<()> {
    let mut ids = BTreeSet::new();
    let mut threads: BTreeMap<bool, BTreeSet<&str>> = BTreeMap::new();
    for mail in mails {
        ensure!(ids.insert(header(mail, "message-id")?), "an id comes twice");
        let root = header(mail, "references")?;
        ensure!(header(mail, "in-reply-to")? == root && !ids.contains(root));
        ensure!(header(mail, "list-unsubscribe")?.starts_with(&format!("<{PUBLIC}/mail/stop/")));
        ensure!(header(mail, "list-unsubscribe-post")? == "List-Unsubscribe=One-Click");
        ensure!(header(mail, "list-id")?.contains(".errand.hub.example.com"));
        ensure!(mail["text"].is_string() && mail["html"].is_string(), "{mail}");
        let is_digest = !header(mail, "subject")?.starts_with('[');
        threads.entry(is_digest).or_default().insert(root);
    }
    let digests = threads.remove(&true).unwrap_or_default();
    let issues = threads.remove(&false).unwrap_or_default();
    ensure!(digests.is_disjoint(&issues), "a digest is in no issue's thread");
    // Two, where midnight came between.
    ensure!(digests.len() <= 2, "{digests:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_storm_and_two_hundred_new_issues_are_a_handful_of_mails_for_each() -> Result<()> {
    let Some(sdks) = sdks() else { return Ok(()) };
    let count = storm()?;
    let pause = (count as u64).div_ceil(RATE * PAUSES).max(1);
    let mailbox = Mailbox::start(&sdks, "").await?;
    let options = settings(&mailbox, "")
        .with("ERRAND_SERVER_PUBLIC_URL", PUBLIC)
        .with("ERRAND_MAIL_PAUSE_SECONDS", &pause.to_string());
    let mut hub = Hub::start_with(options).await?;
    let project = hub.project("Shop").await?;
    let owner = Visitor::administrator(&hub).await?;
    // What protects against floods would take a few events of each second: here all are to count.
    owner
        .submit("/projects/shop/volume", "/projects/shop/volume", "")
        .await?;
    hub.cli_json(&["plugin", "add", "email", "--set", "to_people=true"])
        .await?;
    invite(&hub, &owner).await?;

    send(&hub.sdk(&project)?, "Storm").await?;
    mailbox.wait_for(1).await?;
    let (issue, _) = counted(&hub).await?;
    let given = json!({ "assignedTo": PEOPLE.silent });
    let path = format!("/api/0/issues/{issue}/");
    hub.api().await?.put(&path, &given).await?;
    let took = rage(&hub, &project, count).await?;
    let sent = mailbox.taken().len();
    hub.drained().await?;
    let (_, events) = counted(&hub).await?;
    ensure!(events == count + 1, "{events} of {count} are stored");
    let during = by_person(&mailbox);
    let numbers: Vec<_> = during.iter().map(|(who, mails)| (who, mails.len())).collect();
    println!(
        "{count} events and {ISSUES} issues in {took:?}, {pause} s of pause: {numbers:?}, {sent} before the end"
    );
    ensure!(
        during
            .keys()
            .all(|who| [PEOPLE.silent, PEOPLE.eager].contains(&who.as_str()))
    );
    ensure!(during[PEOPLE.silent].len() == 1, "{numbers:?}");
    let hours = took.as_secs().div_ceil(pause * PAUSES).max(1);
    let most = HANDFUL * usize::try_from(hours)?;
    ensure!(during[PEOPLE.eager].len() <= most, "{hours} hours: {numbers:?}");

    sleep_until_morning(&mut hub, &sdks).await?;
    let everybody = [PEOPLE.eager, PEOPLE.daily, PEOPLE.asleep];
    let all = eventually("each to be told of each issue", || async {
        let mails = by_person(&mailbox);
        let told = |who: &str| mails.get(who).map_or(0, |mails| mails.iter().map(told).sum());
        Ok(everybody.iter().all(|who| told(who) > ISSUES).then_some(mails))
    })
    .await
    .with_context(|| format!("{:?}", by_person(&mailbox).keys()))?;
    for (who, mails) in &all {
        check(mails).with_context(|| who.clone())?;
        let told: usize = mails.iter().map(told).sum();
        let (mails_at_most, issues) = match who.as_str() {
            who if who == PEOPLE.silent => (1, 0),
            who if who == PEOPLE.eager => (most + 1, ISSUES + 1),
            who if who == PEOPLE.never => (0, 0),
            _ => (1, ISSUES + 1),
        };
        ensure!(
            mails.len() <= mails_at_most && told == issues,
            "{who}: {} mails of {told}",
            mails.len()
        );
    }
    Ok(())
}
