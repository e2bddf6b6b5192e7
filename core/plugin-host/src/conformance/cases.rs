//! The cases.

use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;

use super::script::Fault;
use super::tried::{Miss, Tried};
use super::{Case, Stage, Verdict, questions, sample};
use crate::attempt::{Attempt, DeliveryCall};
use crate::occasions::{DigestCall, ScheduleCall};
use crate::remote::RemoteRequest;

/// More than that for one event is not fit for a busy hub, in milliseconds.
const CPU_MS: u64 = 100;

/// Tries everything.
pub(super) async fn all(stage: &Stage) -> Vec<Case> {
    let mut cases = vec![case("settings are accepted", settings(stage).await)];
    if stage.manifest.digest.is_some() {
        cases.push(case("a digest is dealt with", digested(stage).await));
    }
    if !stage.manifest.schedule.is_empty() {
        cases.push(case("its jobs are done", jobs(stage).await));
    }
    if stage.exports("choices") {
        cases.push(case("choices are looked up", questions::choices(stage).await));
    }
    if stage.exports("forms") {
        cases.push(case("forms are drawn", questions::forms(stage).await));
    }
    if stage.exports("migration") {
        cases.push(case(
            "older settings are taken over",
            questions::migration(stage).await,
        ));
    }
    if stage.exports("hindsight") {
        cases.push(case(
            "it looks back and does nothing",
            questions::hindsight(stage).await,
        ));
    }
    if stage.exports("retrace") {
        cases.push(case(
            "it goes back in time and does nothing",
            questions::retrace(stage).await,
        ));
    }
    if !stage.exports("events") {
        return cases;
    }
    cases.push(case("an event is dealt with", delivered(stage).await));
    cases.push(case("a dry run changes nothing", dry_run(stage).await));
    cases.push(case("foreign text does no harm", foreign_text(stage).await));
    for (name, fault, allowed) in faults() {
        cases.push(case(name, fault_is_told(stage, fault, allowed).await));
    }
    cases.push(case("a retry is recognizable as one", retry(stage).await));
    cases.push(case("a storm of faults is survived", storm(stage).await));
    cases
}

fn case(name: &'static str, tried: Tried) -> Case {
    let (verdict, detail) = match tried {
        Ok(()) => (Verdict::Passed, String::new()),
        Err(Miss::Failed(detail)) => (Verdict::Failed, detail),
        Err(Miss::Skipped) => (Verdict::Skipped, "it makes no requests".to_owned()),
    };
    Case {
        name,
        verdict,
        detail,
    }
}

/// Whether an outcome is among those that a fault may lead to.
type Allowed = fn(&AttemptOutcome) -> bool;

fn faults() -> [(&'static str, Fault, Allowed); 6] {
    let comes_again: Allowed = |outcome| {
        matches!(
            outcome,
            AttemptOutcome::Retry { .. } | AttemptOutcome::RateLimited { .. }
        )
    };
    [
        (
            "429 is waited for as long as it says",
            Fault::TooMany(7),
            |outcome| match outcome {
                AttemptOutcome::RateLimited { after_ms } => *after_ms >= 7_000,
                AttemptOutcome::Retry { after_ms, .. } => after_ms.is_some_and(|ms| ms >= 7_000),
                _ => false,
            },
        ),
        ("500 is tried again", Fault::Broken, comes_again),
        ("a refused connection is tried again", Fault::Refused, comes_again),
        (
            "a timeout after sending is tried again",
            Fault::TimeoutAfterSend,
            comes_again,
        ),
        ("a broken connection is tried again", Fault::HangUp, comes_again),
        ("401 asks an admin", Fault::Unauthorized, |outcome| {
            matches!(
                outcome,
                AttemptOutcome::Auth { .. } | AttemptOutcome::Config { .. }
            )
        }),
    ]
}

async fn settings(stage: &Stage) -> Tried {
    let id = &stage.manifest.id;
    match stage
        .host
        .validate_config(id, &stage.settings, &Grant::default())
        .await
    {
        Ok(problems) if problems.is_empty() => Ok(()),
        Ok(problems) => {
            let told = problems.iter().map(|problem| match &problem.field {
                Some(field) => format!("{field}: {}", problem.message),
                None => problem.message.clone(),
            });
            Err(Miss::Failed(told.collect::<Vec<_>>().join("; ")))
        }
        Err(error) => Err(Miss::Failed(error.to_string())),
    }
}

async fn delivered(stage: &Stage) -> Tried {
    let (attempt, _) = deliver(stage, |_| {}).await;
    expect_good(&attempt)?;
    if attempt.cpu_ms > CPU_MS {
        return Err(Miss::Failed(format!("it computed for {} ms", attempt.cpu_ms)));
    }
    let written = serde_json::to_string(&attempt).unwrap_or_default();
    match written.contains(sample::SECRET) {
        true => Err(Miss::Failed("a secret shows in what is written down".to_owned())),
        false => Ok(()),
    }
}

/// Two changes of one issue, told together.
async fn digested(stage: &Stage) -> Tried {
    stage.script.reset();
    let one = sample::delivery(&stage.settings);
    let call = DigestCall {
        head: sample::head(&stage.settings),
        group: format!("issue/{}", one.issue.id),
        events: vec![(one.event.clone(), one.issue.clone()), (one.event, one.issue)],
    };
    expect_good(&stage.host.digest(&stage.manifest.id, call).await)
}

/// Each job of the manifest, once.
async fn jobs(stage: &Stage) -> Tried {
    for job in &stage.manifest.schedule {
        stage.script.reset();
        let call = ScheduleCall {
            head: sample::head(&stage.settings),
            job: job.job.clone(),
            due: sample::now(),
        };
        expect_good(&stage.host.run_job(&stage.manifest.id, call).await)?;
    }
    Ok(())
}

async fn dry_run(stage: &Stage) -> Tried {
    let (attempt, arrived) = deliver(stage, |call| call.is_dry_run = true).await;
    expect_good(&attempt)?;
    match arrived
        .iter()
        .find(|request| !matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS"))
    {
        Some(request) => Err(Miss::Failed(format!("it sent a {}", request.method))),
        None => Ok(()),
    }
}

/// Titles come from programs that anybody may have made fail.
async fn foreign_text(stage: &Stage) -> Tried {
    let nasty = [
        "<script>alert(1)</script> </title>".to_owned(),
        "\" \\ ' \r\nX-Injected: yes \u{0}\u{1b}[31m\u{202e}".to_owned(),
        "<!channel> *bold* [link](javascript:alert(1)) {{7*7}} ${7*7} @everyone".to_owned(),
        "\u{1f600}".repeat(20_000),
        String::new(),
    ];
    for text in nasty {
        let (attempt, arrived) = deliver(stage, |call| {
            call.issue.title.clone_from(&text);
            call.issue.culprit.clone_from(&text);
        })
        .await;
        let shown: String = text.escape_debug().take(40).collect();
        expect_good(&attempt).map_err(|miss| match miss {
            Miss::Failed(detail) => Miss::Failed(format!("with '{shown}': {detail}")),
            Miss::Skipped => Miss::Skipped,
        })?;
        for request in arrived {
            if request.header("x-injected").is_some() {
                return Err(Miss::Failed("a title became a header".to_owned()));
            }
            let is_json = request
                .header("content-type")
                .is_some_and(|kind| kind.contains("json"));
            if is_json && serde_json::from_slice::<serde_json::Value>(&request.body).is_err() {
                return Err(Miss::Failed(format!("with '{shown}' the body is no JSON")));
            }
        }
    }
    Ok(())
}

async fn fault_is_told(stage: &Stage, fault: Fault, allowed: Allowed) -> Tried {
    stage.script.reset();
    stage.script.fail(fault);
    let (attempt, arrived) = deliver_on(stage, |_| {}).await;
    if arrived.is_empty() {
        return Err(Miss::Skipped);
    }
    match allowed(&attempt.outcome) {
        true => Ok(()),
        false => Err(Miss::Failed(format!("it ended as {}", shown(&attempt.outcome)))),
    }
}

/// The other side may have acted before the answer was lost: something has to tell it that this is a repetition.
async fn retry(stage: &Stage) -> Tried {
    stage.script.reset();
    stage.script.fail(Fault::TimeoutAfterSend);
    let (_, first) = deliver_on(stage, |call| call.issue.id = errand_model::IssueId(50)).await;
    stage.script.reset();
    let (attempt, second) = deliver_on(stage, |call| {
        call.issue.id = errand_model::IssueId(50);
        call.attempt = 2;
    })
    .await;
    if first.is_empty() {
        return Err(Miss::Skipped);
    }
    // A plugin that took the effect as its own may wait until its fate is known.
    if matches!(attempt.outcome, AttemptOutcome::Retry { .. }) {
        return Ok(());
    }
    expect_good(&attempt)?;
    let writes = |request: &&RemoteRequest| !matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    let (Some(first), Some(second)) = (first.iter().find(writes), second.iter().find(writes)) else {
        return Ok(());
    };
    let is_marked = |request: &RemoteRequest| {
        let in_headers = request
            .headers
            .iter()
            .any(|(_, value)| value.contains("errand-7"));
        let in_body = String::from_utf8_lossy(&request.body).contains("errand-7");
        in_headers || in_body || request.url.contains("errand-7") || request.method == "PUT"
    };
    match is_marked(first) && is_marked(second) {
        true => Ok(()),
        false => Err(Miss::Failed(
            "the second attempt cannot be told from the first: pass the idempotency key on, or use `once`"
                .to_owned(),
        )),
    }
}

async fn storm(stage: &Stage) -> Tried {
    let faults = [
        Fault::Nonsense,
        Fault::HangUp,
        Fault::TooMany(0),
        Fault::Broken,
        Fault::Refused,
    ];
    for fault in faults.into_iter().cycle().take(20) {
        stage.script.reset();
        stage.script.fail(fault);
        let (attempt, _) = deliver_on(stage, |_| {}).await;
        if let AttemptOutcome::Crashed { message, .. } = &attempt.outcome {
            return Err(Miss::Failed(format!("{fault:?}: {message}")));
        }
    }
    Ok(())
}

/// A delivery with a remote that means well, and what it was sent.
async fn deliver(stage: &Stage, change: impl FnOnce(&mut DeliveryCall)) -> (Attempt, Vec<RemoteRequest>) {
    stage.script.reset();
    deliver_on(stage, change).await
}

/// A delivery with the remote as it is.
async fn deliver_on(stage: &Stage, change: impl FnOnce(&mut DeliveryCall)) -> (Attempt, Vec<RemoteRequest>) {
    let mut call = sample::delivery(&stage.settings);
    change(&mut call);
    let attempt = stage.host.deliver(&stage.manifest.id, call).await;
    (attempt, stage.script.arrived())
}

fn expect_good(attempt: &Attempt) -> Tried {
    match &attempt.outcome {
        AttemptOutcome::Done | AttemptOutcome::Ignored => Ok(()),
        outcome => Err(Miss::Failed(format!("it ended as {}", shown(outcome)))),
    }
}

fn shown(outcome: &AttemptOutcome) -> String {
    serde_json::to_string(outcome).unwrap_or_else(|_| "something that cannot be shown".to_owned())
}
