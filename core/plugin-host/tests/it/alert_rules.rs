//! The bundled alert rules in the real host: what they say of their text, of changes, and of history.

use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use errand_model::staged::Edit;
use errand_model::{Clock, InstallationId, ManualClock, Timestamp};
use errand_plugin_host::{
    DeliveryCall, HostServices, LookBackCall, MemoryServices, Options, PluginHost, ScheduleCall, Target,
};
use serde_json::{Value, json};

use crate::guests;
use crate::harness::{call, closed};

/// Monday, 2026-11-23 00:00 UTC.
const MONDAY: Timestamp = Timestamp::from_seconds(1_795_392_000);

async fn host() -> PluginHost {
    let services = Arc::new(MemoryServices::default());
    let known = call(json!({}));
    let event = json!({
        "level": "fatal",
        "environment": "production",
        "release": "shop@2.0",
        "tags": [["customer", "acme-7"], ["browser.name", "Firefox"]],
        "user": {"email": "ada@example.com"},
        "exception": {"values": [{"type": "TypeError", "value": "x is undefined"}]},
    });
    services.put_issue(known.installation, known.issue, Some(event), Vec::new());
    services.put_target(Target {
        id: InstallationId(9),
        name: "Team chat".to_owned(),
        plugin: "webhook".to_owned(),
    });
    let host = PluginHost::new(&closed(), services as Arc<dyn HostServices>).expect("a host");
    host.load(guests::alert_rules()).await.expect("the plugin loads");
    host
}

fn at(rules: &str, hours: i64) -> DeliveryCall {
    let mut call = call(json!({ "rules": rules }));
    call.event.at = MONDAY.plus_seconds(hours * 3_600);
    call.idempotency_key = format!("at-{hours}");
    call
}

/// How many alerts a rule with these lines raises about a new issue, and what it says.
async fn raised(host: &PluginHost, call: DeliveryCall) -> (usize, String) {
    let attempt = host.deliver("alert-rules", call).await;
    let is_alert = |edit: &Edit| matches!(edit, Edit::Raise { alert } if alert.to == [InstallationId(9)]);
    let count = attempt
        .changes
        .iter()
        .filter(|staged| is_alert(&staged.edit))
        .count();
    let expected = match count {
        0 => AttemptOutcome::Ignored,
        _ => AttemptOutcome::Done,
    };
    assert_eq!(attempt.outcome, expected, "{:?}", attempt.log);
    (count, attempt.explanation.unwrap_or_default())
}

fn rule(lines: &str) -> String {
    format!("rule X\nwhen first seen\nthen notify by Team chat\n{lines}")
}

#[tokio::test]
async fn conditions_know_the_change_and_its_event() {
    let host = host().await;
    for (condition, fires) in [
        (r#"level == "fatal" && environment == "production""#, true),
        (r#"level in ["error", "warning"]"#, false),
        (
            r#"tag("customer").startsWith("acme") && browser == "Firefox""#,
            true,
        ),
        (r#"tags["customer"].matches("^acme-[0-9]+$")"#, true),
        (r#"tag("nothing") == "" && !("nothing" in tags)"#, true),
        (r#"user.email == "ada@example.com" || users > 100"#, true),
        (
            r#"message.contains("undefined") && title.startsWith("TypeError")"#,
            true,
        ),
        (
            r#"release == "shop@2.0" && age < 60 && events == 1 && actor == "system""#,
            true,
        ),
        (
            r#"priority == "high" && assignee == "" && substatus == "new""#,
            true,
        ),
        (
            r#"lower(platform) == "javascript" && hour < 9 && weekday == 1"#,
            true,
        ),
    ] {
        let mut call = at(&rule(&format!("if {condition}")), 8);
        call.issue.first_seen = call.event.at;
        let (count, why) = raised(&host, call).await;
        assert_eq!(count == 1, fires, "{condition}: {why}");
    }
    // What cannot be said is no reason to fire, and is said.
    let (count, why) = raised(&host, at(&rule(r#"if tags["nothing"] == "x""#), 8)).await;
    assert_eq!(count, 0);
    assert!(why.contains("nothing"), "{why}");
}

#[tokio::test]
async fn a_mute_holds_by_the_time_of_the_change() {
    let host = host().await;
    let rules = rule("mute 22:00-07:00 mon-fri +01:00");
    for (hours, fires) in [
        (5, true),
        (6, true),
        (20, true),
        (21, false),
        (29, false),
        (30, true),
    ] {
        let (count, why) = raised(&host, at(&rules, hours)).await;
        assert_eq!(count == 1, fires, "{hours}: {why}");
    }
}

#[tokio::test]
async fn a_limit_counts_each_delivery_once() {
    let host = host().await;
    let rules = rule("limit once in 2h per issue");
    assert_eq!(raised(&host, at(&rules, 0)).await.0, 1);
    // The same delivery again, as after a failure between the call and its acknowledgement.
    assert_eq!(raised(&host, at(&rules, 0)).await.0, 1);
    let (count, why) = raised(&host, at(&rules, 1)).await;
    assert_eq!(
        (count, why.as_str()),
        (0, "'X' did not: limit once in 2h per issue")
    );
    assert_eq!(raised(&host, at(&rules, 2)).await.0, 1);
}

#[tokio::test]
async fn hindsight_counts_what_happens_then() {
    let host = host().await;
    let rules = rule("limit 2 times in 5h\nmute 03:00-05:00");
    let mut live = Vec::new();
    for hours in 0..12 {
        live.push(raised(&host, at(&rules, hours)).await.0);
    }
    let (mut past, mut memory) = (Vec::new(), json!({}));
    for stretch in [0..5, 5..12] {
        let events = stretch.map(|hours| {
            let call = at(&rules, hours);
            (call.event, call.issue)
        });
        let answer = host
            .look_back(
                "alert-rules",
                LookBackCall {
                    installation: InstallationId(3),
                    config: json!({ "rules": rules }),
                    grant: Grant::default(),
                    timeout: Duration::from_secs(10),
                    events: events.collect(),
                    memory,
                },
            )
            .await
            .expect("it looks back");
        past.extend(answer.verdicts.iter().map(|verdict| verdict.did.len()));
        memory = answer.memory;
    }
    assert_eq!(past, live);
    assert_eq!(past, [1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1]);
}

#[tokio::test]
async fn what_is_wrong_with_rules_is_said_by_rule_and_line() {
    let host = host().await;
    let check = async |rules: Value| {
        let config = json!({ "rules": rules });
        let problems = host
            .validate_config("alert-rules", &config, &Grant::default())
            .await
            .expect("it checks");
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect::<Vec<_>>()
    };
    assert_eq!(check(json!(rule("limit once in 1h"))).await, [""; 0]);
    let problems = check(json!("rule X\nwhen frist seen\nif levle == 1\nthen shout")).await;
    for (problem, expected) in problems.iter().zip([
        "rule 'X', line 2: 'frist seen' is nothing that a rule can wait for; allowed: first seen, ",
        "rule 'X', line 3: nothing is called 'levle'; allowed: actor, ",
        "rule 'X', line 4: 'shout' is nothing that a rule can do; allowed: notify ",
    ]) {
        assert!(problem.starts_with(expected), "{problem}");
    }
    assert!(problems.len() >= 3, "{problems:?}");
}

/// The issues that alerts were raised about when the watch is kept.
async fn watched(host: &PluginHost, rules: &str, turn: u32) -> usize {
    let mut head = crate::harness::head(json!({ "rules": rules }));
    head.idempotency_key = format!("watch-{turn}");
    let call = ScheduleCall {
        head,
        job: "watch".to_owned(),
        due: MONDAY,
    };
    let attempt = host.run_job("alert-rules", call).await;
    let expected = match attempt.changes.len() {
        0 => AttemptOutcome::Ignored,
        _ => AttemptOutcome::Done,
    };
    assert_eq!(attempt.outcome, expected, "{:?}", attempt.log);
    attempt.changes.len()
}

#[tokio::test]
async fn a_rule_that_watches_fires_when_an_issue_grew_and_not_again_at_once() {
    let services = Arc::new(MemoryServices::default());
    let known = call(json!({}));
    let minutes_ago = |minutes: i64, user: &str| (MONDAY.plus_seconds(-60 * minutes), Some(user.to_owned()));
    let seen = vec![
        minutes_ago(1, "a"),
        minutes_ago(2, "a"),
        minutes_ago(3, "b"),
        minutes_ago(30, "c"),
    ];
    let event = Some(json!({"level": "error"}));
    services.put_issue(known.installation, known.issue, event, seen);
    services.put_target(Target {
        id: InstallationId(9),
        name: "Team chat".to_owned(),
        plugin: "webhook".to_owned(),
    });
    let clock = Arc::new(ManualClock::at(MONDAY));
    let options = Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..closed()
    };
    let host = PluginHost::new(&options, services as Arc<dyn HostServices>).expect("a host");
    host.load(guests::alert_rules()).await.expect("the plugin loads");
    let rule = |name: &str, when: &str, more: &str| {
        format!("rule {name}\nwhen {when}\nthen notify by Team chat\n{more}")
    };
    for (at, (when, more, fires)) in [
        ("3 events in 10m", "", 1),
        ("4 events in 10m", "", 0),
        ("4 events in 1h", "", 1),
        ("2 users in 10m", "", 1),
        ("3 users in 10m", "", 0),
        ("3 events in 10m", "if level == \"fatal\"", 0),
        ("3 events in 10m", "mute mon", 0),
    ]
    .into_iter()
    .enumerate()
    {
        let rules = rule(&format!("R{at}"), when, more);
        assert_eq!(watched(&host, &rules, 0).await, fires, "{when} {more}");
    }
    let rules = rule("Again", "4 events in 1h", "");
    assert_eq!(watched(&host, &rules, 1).await, 1);
    assert_eq!(
        watched(&host, &rules, 1).await,
        1,
        "the same watch again, as after a failure"
    );
    clock.advance_millis(60_000);
    assert_eq!(watched(&host, &rules, 2).await, 0, "not again within the hour");
}

#[tokio::test]
async fn fifty_rules_fire_at_once_in_a_part_of_the_time_that_a_call_has() {
    let host = host().await;
    let one = |at: usize| {
        format!(
            "rule R{at}\nwhen first seen\nif level == \"fatal\" && environment == \"production\" && users >= 0\n\
             if tag(\"customer\").startsWith(\"acme\") || message.matches(\"^undefined [a-z]+$\")\nthen notify by Team chat\n"
        )
    };
    let rules: String = (0..50).map(one).collect();
    let attempt = host.deliver("alert-rules", at(&rules, 8)).await;
    assert_eq!(attempt.outcome, AttemptOutcome::Done, "{:?}", attempt.log);
    assert_eq!(attempt.changes.len(), 50, "{:?}", attempt.log);
    assert!(attempt.cpu_ms < 100, "{} ms", attempt.cpu_ms);
}
