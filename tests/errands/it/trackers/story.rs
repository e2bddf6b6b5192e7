//! What every tracker's plugin does, told once.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use errand_model::IssueId;
use errand_model::issue::{ArchiveUntil, Status};
use errand_model::lifecycle::Change;
use errand_tests::contract::{Fault, Plan};
use serde_json::json;

use super::{Place, Scene, To};
use errand_errands::{Fate, START, ended_well, kind};

const DAY: Duration = Duration::from_secs(86_400);

/// A scene in which every new issue gets a ticket.
async fn eager<P: Place>() -> Result<Scene<P>> {
    Scene::set(|settings| settings["create_on"] = json!(["issue.created"])).await
}

/// With one issue and its ticket.
async fn begun<P: Place>() -> Result<(Scene<P>, IssueId)> {
    let scene = eager::<P>().await?;
    let issue = scene.stand.hub().new_issue("it broke");
    scene.stand.settle_at_once().await?;
    ensure!(scene.tickets().len() == 1, "{:?}", scene.tickets());
    Ok((scene, issue))
}

fn now() -> u64 {
    u64::try_from(START.millis()).unwrap_or_default()
}

async fn tell_changed<P: Place>(scene: &Scene<P>, ticket: usize) -> Result<()> {
    let told = scene.mock.with(|place| place.changed(ticket, now()));
    let called = scene
        .stand
        .call("webhook", &told.headers(), &told.body, Fate::Acknowledged)
        .await?;
    ended_well(&called.attempt)
}

async fn tell_said<P: Place>(scene: &Scene<P>, ticket: usize, text: &str) -> Result<()> {
    let told = scene.mock.with(|place| place.said(ticket, text, now()));
    let called = scene
        .stand
        .call("webhook", &told.headers(), &told.body, Fate::Acknowledged)
        .await?;
    ended_well(&called.attempt)
}

/// Requests that were to change something; GraphQL posts its questions too.
fn writes<P: Place>(scene: &Scene<P>) -> usize {
    let is_question = |body: &[u8]| {
        body.windows(7).any(|word| word == b"\"query ") && !body.windows(8).any(|word| word == b"mutation")
    };
    let exchanges = scene.mock.exchanges().into_iter();
    let writes = exchanges.filter(|one| one.request.method != "GET" && !is_question(&one.request.body));
    writes.count()
}

fn status<P: Place>(scene: &Scene<P>, issue: IssueId) -> Result<Status> {
    Ok(scene.stand.hub().issue(issue).context("the issue")?.status)
}

pub(super) async fn one_issue_has_one_ticket_whatever_happens<P: Place>() -> Result<()> {
    let scene = eager::<P>().await?;
    for (n, fault) in [
        Fault::TimeoutAfter,
        Fault::CutAfter,
        Fault::CutBefore,
        Fault::Nonsense,
    ]
    .into_iter()
    .enumerate()
    {
        let issue = scene.stand.hub().new_issue(&format!("it broke {n}"));
        scene.mock.plan(P::making(fault));
        scene.stand.settle().await?;
        ensure!(
            scene.tickets().len() == n + 1,
            "after {fault:?}: {:?}",
            scene.tickets()
        );
        ensure!(scene.stand.hub().tickets(issue).len() == 1, "it is linked");
    }
    let before = scene.tickets().len();
    scene.stand.hub().new_issue("the hub dies");
    scene.stand.deliver(Fate::Unacknowledged).await;
    scene.stand.settle().await?;
    scene.stand.hub().replay(0);
    scene.stand.settle().await?;
    ensure!(scene.tickets().len() == before + 1, "{:?}", scene.tickets());
    let link = scene.tickets().pop().context("a ticket")?;
    ensure!(
        link.title == "the hub dies" && link.body.contains("Environment"),
        "{link:?}"
    );
    Ok(())
}

pub(super) async fn states_go_both_ways_and_end<P: Place>() -> Result<()> {
    let (scene, issue) = begun::<P>().await?;
    let stands = || scene.tickets()[0].stands;
    scene.stand.hub().resolve(issue);
    scene.stand.settle_at_once().await?;
    ensure!(stands() == To::Done);
    tell_changed(&scene, 0).await?;
    scene.stand.hub().regress(issue);
    scene.stand.settle_at_once().await?;
    ensure!(stands() == To::Open, "it comes back within its days");
    scene.stand.hub().change(
        issue,
        Change::Archived {
            until: ArchiveUntil::default(),
        },
    );
    scene.stand.settle_at_once().await?;
    ensure!(stands() == if P::DROPS { To::Dropped } else { To::Open });
    scene.stand.hub().change(issue, Change::Unresolved);
    scene.stand.settle_at_once().await?;
    ensure!(stands() == To::Open);
    // Now the other way. Nothing is written over there for it.
    let before = writes(&scene);
    for (to, wanted) in [(To::Done, Status::Resolved), (To::Open, Status::Unresolved)] {
        scene.mock.with(|place| place.turn(0, to));
        tell_changed(&scene, 0).await?;
        ensure!(status(&scene, issue)? == wanted, "{to:?}");
        tell_changed(&scene, 0).await?;
        scene.stand.settle_at_once().await?;
        ensure!(
            status(&scene, issue)? == wanted && stands() == to,
            "told twice, it is the same"
        );
    }
    if P::DROPS {
        scene.mock.with(|place| place.turn(0, To::Dropped));
        tell_changed(&scene, 0).await?;
        ensure!(
            status(&scene, issue)? == Status::Ignored,
            "what is dropped there is archived here, not resolved"
        );
    }
    ensure!(writes(&scene) == before, "an echo");
    Ok(())
}

pub(super) async fn comments_go_both_ways_once<P: Place>() -> Result<()> {
    let (scene, issue) = begun::<P>().await?;
    let text = "Try @everyone <b>again</b>";
    scene.stand.hub().change(
        issue,
        Change::Commented {
            activity: 1,
            text: text.to_owned(),
        },
    );
    scene.stand.settle_at_once().await?;
    let said = scene.tickets()[0].comments.clone();
    ensure!(
        said.len() == 1 && said[0].contains("Ada") && !said[0].contains("@everyone"),
        "{said:?}"
    );
    // Its echo is none of the hub's business, what people say there is.
    tell_said(&scene, 0, &said[0]).await?;
    tell_said(&scene, 0, "Seen it, **mending**").await?;
    tell_said(&scene, 0, "Seen it, **mending**").await?;
    let held = scene.stand.hub().held(issue).context("the issue")?;
    let heard: Vec<_> = held.said.values().collect();
    ensure!(heard == ["Seen it, **mending**"], "{heard:?}");
    scene.stand.settle_at_once().await?;
    ensure!(scene.tickets()[0].comments.len() == 1, "and does not go back");
    Ok(())
}

pub(super) async fn what_comes_back_late_gets_a_new_ticket<P: Place>() -> Result<()> {
    let (scene, issue) = begun::<P>().await?;
    scene.stand.hub().resolve(issue);
    scene.stand.settle_at_once().await?;
    scene.stand.pass(15 * DAY);
    scene.stand.hub().regress(issue);
    scene.mock.plan(P::making(Fault::TimeoutAfter));
    scene.stand.settle().await?;
    let tickets = scene.tickets();
    ensure!(tickets.len() == 2, "{tickets:?}");
    ensure!(tickets[0].stands == To::Done && tickets[1].stands == To::Open);
    let number = tickets[0].name.rsplit(['#', '-']).next().unwrap_or_default();
    ensure!(
        tickets[1].body.contains("It came back") && tickets[1].body.contains(number),
        "it names the old"
    );
    scene.stand.hub().resolve(issue);
    scene.stand.settle_at_once().await?;
    ensure!(
        scene.tickets()[1].stands == To::Done,
        "from now on the new one counts"
    );
    Ok(())
}

pub(super) async fn a_ticket_that_is_gone_is_noticed<P: Place>() -> Result<()> {
    let (scene, issue) = begun::<P>().await?;
    scene.mock.with(|place| place.remove(0));
    scene.stand.hub().resolve(issue);
    scene.stand.settle_at_once().await?;
    let links = scene.stand.hub().tickets(issue);
    ensure!(
        links.len() == 1 && !links[0].is_open && links[0].state == "gone",
        "{links:?}"
    );
    scene.stand.hub().regress(issue);
    scene.stand.settle_at_once().await
}

pub(super) async fn people_make_link_and_unlink<P: Place>() -> Result<()> {
    let scene = Scene::<P>::set(|_| {}).await?;
    let issue = scene.stand.hub().new_issue("it broke");
    scene.stand.settle_at_once().await?;
    ensure!(scene.tickets().is_empty(), "nobody asked for a ticket");
    let press = async |action: &str, reference: &str| {
        let input = match reference {
            "" => json!({}),
            reference => json!({ "reference": reference }),
        };
        scene.stand.press(action, issue, input).await
    };
    press("create", "").await?;
    let again = press("create", "").await?;
    let told = again.reply.context("an answer")?;
    ensure!(told.message.is_some_and(|said| said.contains("already")));
    ensure!(scene.tickets().len() == 1);
    let reference = scene.mock.with(|place| place.add("known before"));
    ended_well(&press("link", &reference).await?.attempt)?;
    ensure!(scene.stand.hub().tickets(issue).len() == 2);
    let name = scene.tickets()[1].name.clone();
    ended_well(&press("unlink", &name).await?.attempt)?;
    ensure!(scene.stand.hub().tickets(issue).len() == 1);
    let missing = press("link", "999").await?;
    ensure!(
        kind(&missing.attempt) == "permanent",
        "{:?}",
        missing.attempt.outcome
    );
    Ok(())
}

pub(super) async fn hostile_titles_are_text<P: Place>() -> Result<()> {
    let scene = eager::<P>().await?;
    let long = "💥".repeat(30_000);
    for title in [
        "@everyone <!channel> #1 <script>alert(1)</script> [x](javascript:alert(1)) ![](https://evil.example/x.png)",
        "/close\r\nBcc: all@example.com\r\n/assign @all",
        "\u{202e}gnp.exe\u{2066} -->",
        long.as_str(),
        "",
    ] {
        scene.stand.hub().new_issue(title);
        scene.stand.settle_at_once().await?;
        let ticket = scene.tickets().pop().context("a ticket")?;
        ensure!(
            !ticket.title.contains(['\n', '\r', '\u{202e}']) && !ticket.title.is_empty(),
            "{ticket:?}"
        );
        ensure!(ticket.title.chars().count() <= 250);
        // What a program said stands in a block of code, where nothing is read.
        let prose: String = ticket.body.split("```").step_by(2).collect();
        for harm in [
            "<script",
            "@everyone",
            "](javascript",
            "![",
            "\u{202e}",
            "\n/close",
        ] {
            ensure!(!prose.contains(harm), "{harm} in {}", ticket.body);
        }
    }
    Ok(())
}

pub(super) async fn what_goes_wrong_is_told_apart<P: Place>() -> Result<()> {
    let scene = eager::<P>().await?;
    let mut made = 0;
    for (fault, wanted) in [
        (Fault::Status(401), "auth"),
        (Fault::Status(403), "auth"),
        (Fault::Status(404), P::UNKNOWN_PLACE),
        (Fault::Status(409), P::CONFLICT),
        (Fault::Status(422), "permanent"),
        (Fault::TooMany(30), "rate_limited"),
        (Fault::Status(500), "retry"),
        (Fault::Status(503), "retry"),
        (Fault::TimeoutAfter, "retry"),
        (Fault::CutBefore, "retry"),
        (Fault::Nonsense, "retry"),
    ] {
        scene.stand.hub().new_issue(&format!("{fault:?}"));
        scene.mock.plan(P::making(fault));
        let attempt = scene
            .stand
            .deliver(Fate::Acknowledged)
            .await
            .context("an attempt")?;
        ensure!(kind(&attempt) == wanted, "{fault:?}: {:?}", attempt.outcome);
        scene.mock.heal();
        scene.stand.settle().await?;
        made += usize::from(wanted != "permanent");
        ensure!(scene.tickets().len() == made, "{fault:?}: {:?}", scene.tickets());
    }
    Ok(())
}

pub(super) async fn who_cannot_prove_himself_is_not_heard<P: Place>() -> Result<()> {
    let (scene, issue) = begun::<P>().await?;
    scene.mock.with(|place| place.turn(0, To::Done));
    let told = scene.mock.with(|place| place.changed(0, now()));
    let reads = scene.mock.exchanges().len();
    let unsigned = scene
        .stand
        .call("webhook", &[], &told.body, Fate::Acknowledged)
        .await;
    ensure!(unsigned.is_err(), "without a proof");
    let wrong: Vec<_> = told
        .headers
        .iter()
        .map(|(name, value)| (*name, value.replace(['0', 't'], "1")))
        .collect();
    let wrong: Vec<_> = wrong
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let refused = scene
        .stand
        .call("webhook", &wrong, &told.body, Fate::Acknowledged)
        .await;
    ensure!(refused.is_err(), "with a wrong one");
    ensure!(scene.mock.exchanges().len() == reads && status(&scene, issue)? == Status::Unresolved);
    // What is none of its business, or no JSON, does no harm.
    for body in ["{}", "[]", "nonsense"] {
        let told = P::proved(body.as_bytes());
        let headers: Vec<_> = told.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let called = scene
            .stand
            .call("webhook", &headers, body.as_bytes(), Fate::Acknowledged)
            .await?;
        ensure!(
            kind(&called.attempt) != "crashed",
            "{body}: {:?}",
            called.attempt.outcome
        );
    }
    tell_changed(&scene, 0).await?;
    ensure!(status(&scene, issue)? == Status::Resolved);
    Ok(())
}

pub(super) async fn an_alert_asks_for_a_ticket<P: Place>() -> Result<()> {
    let scene = Scene::<P>::set(|_| {}).await?;
    let issue = scene.stand.hub().new_issue("it broke");
    scene.stand.hub().alert(issue, "notify");
    scene.stand.settle_at_once().await?;
    ensure!(scene.tickets().is_empty(), "to notify is not to make a ticket");
    scene.stand.hub().alert(issue, "ticket");
    scene.stand.hub().alert(issue, "ticket");
    scene.mock.plan(Plan::once(Fault::Status(500)));
    scene.stand.settle().await?;
    ensure!(scene.tickets().len() == 1, "{:?}", scene.tickets());
    Ok(())
}
