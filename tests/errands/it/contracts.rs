//! The harness that plugins are tested against: it lets through what the vendors' documents allow, and nothing else.

use std::fs;

use anyhow::{Context, Result, ensure};
use errand_tests::contract::{Answer, Call, Contract, Fault, Mock, Outcome, Plan, Request, Simulator};
use errand_tests::root;
use serde_json::{Value, json};

/// A document of `tests/contracts`, and its parts that have a schema of their own: operation, place, schema.
type Described = (
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
);

/// Every document of `tests/contracts`.
const CONTRACTS: &[Described] = &[
    (
        "jira-cloud-v3",
        &[
            ("createIssue", "/fields/description", "schemas/adf.schema.json"),
            ("addComment", "/body", "schemas/adf.schema.json"),
        ],
    ),
    ("jira-dc-v2", &[]),
    (
        "slack",
        &[("chat_postMessage", "", "schemas/slack-blocks.schema.json")],
    ),
    ("slack-more", &[]),
    ("mattermost", &[]),
    ("github", &[]),
    ("discord", &[]),
    ("gitlab", &[]),
    ("linear", &[]),
    ("opsgenie", &[]),
    ("pagerduty-events-v2", &[]),
    (
        "teams-webhook",
        &[(
            "post_card",
            "/attachments/*/content",
            "schemas/adaptive-card-1.5.schema.json",
        )],
    ),
    ("zendesk", &[]),
];

fn contract(name: &str, parts: &[(&str, &str, &str)]) -> Result<Contract> {
    let contract = Contract::load(&[&format!("{name}.json")])?;
    parts
        .iter()
        .try_fold(contract, |contract, (operation, pointer, file)| {
            contract.checking(operation, pointer, file)
        })
}

fn request(row: &Value) -> Request {
    let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    match row["credentials"].as_str() {
        Some("basic") => headers.push(("Authorization".to_owned(), "Basic YUBiLmM6dG9r".to_owned())),
        Some("token") => headers.push(("PRIVATE-TOKEN".to_owned(), "tok".to_owned())),
        Some("bearer") => headers.push(("Authorization".to_owned(), "Bearer tok".to_owned())),
        _ => {}
    }
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    let body = match &row["body"] {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    Request::new(text("method"), text("path"), headers, body)
}

#[test]
fn documents_compile_and_tell_good_requests_from_bad_ones() -> Result<()> {
    let file = fs::read_to_string(root().join("tests/contracts/requests.json"))?;
    let requests: Value = serde_json::from_str(&file)?;
    for (name, parts) in CONTRACTS {
        let contract = contract(name, parts)?;
        ensure!(!contract.operations().is_empty(), "{name} has no operations");
        for row in requests[name]
            .as_array()
            .with_context(|| format!("requests for {name}"))?
        {
            let wrong = contract.check(&request(row), None);
            let what = &row["what"];
            match row["allowed"] == true {
                true => ensure!(wrong.is_empty(), "{name}: {what}: {wrong:?}"),
                false => ensure!(!wrong.is_empty(), "{name}: {what}: let through"),
            }
        }
    }
    Ok(())
}

/// Every file of the folder is named above, or it would not be tried.
#[test]
fn no_document_is_left_out() -> Result<()> {
    for entry in fs::read_dir(root().join("tests/contracts"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".json").filter(|name| *name != "requests") else {
            continue;
        };
        ensure!(
            CONTRACTS.iter().any(|(known, _)| *known == name),
            "{name} is not tried"
        );
    }
    Ok(())
}

/// Counts, and says nonsense about itself once it was asked three times.
#[derive(Default)]
struct Greeter {
    asked: usize,
}

impl Simulator for Greeter {
    fn answer(&mut self, _: &Call<'_>) -> Answer {
        self.asked += 1;
        match self.asked {
            1..=3 => Answer::ok(json!({ "accountId": "5b10", "displayName": "Mia", "active": true })),
            _ => Answer::ok(json!({ "accountId": 5 })),
        }
    }
}

fn greeter() -> Result<Mock<Greeter>> {
    let contract = contract("jira-cloud-v3", &[])?.below("/ex/jira/1");
    Ok(Mock::new(contract.into(), Greeter::default()))
}

fn myself() -> Request {
    request(&json!({ "credentials": "basic", "method": "GET", "path": "/ex/jira/1/rest/api/3/myself" }))
}

#[test]
fn faults_befall_whom_they_are_planned_for() -> Result<()> {
    let mock = greeter()?;
    mock.plan(Plan::once(Fault::TooMany(7)).on("getCurrentUser").after(1));
    mock.plan(Plan::once(Fault::CutAfter).on("getServerInfo"));
    let outcomes: Vec<_> = (0..3).map(|_| mock.exchange(&myself())).collect();
    let limited = match &outcomes[1] {
        Outcome::Answer(answer) => {
            answer.status == 429
                && answer
                    .headers
                    .contains(&("retry-after".to_owned(), "7".to_owned()))
        }
        _ => false,
    };
    ensure!(limited, "{outcomes:?}");
    ensure!(mock.with(|greeter| greeter.asked) == 2, "a 429 has no effect");
    mock.plan(Plan::always(Fault::CutAfter));
    ensure!(mock.exchange(&myself()) == Outcome::Cut);
    ensure!(
        mock.with(|greeter| greeter.asked) == 3,
        "what is cut after it was done is done"
    );
    mock.heal();
    mock.exchange(&myself());
    let violations = mock.take_violations();
    ensure!(
        violations.len() == 1,
        "the simulator's own nonsense is noticed: {violations:?}"
    );
    Ok(())
}

#[tokio::test]
async fn over_the_network_it_is_the_same() -> Result<()> {
    let mock = greeter()?;
    let server = mock.serve().await?;
    // It is set already where another test did so.
    let _set = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let ask = |path: &str| {
        client
            .get(format!("{}{path}", server.url))
            .basic_auth("a@b.c", Some("tok"))
    };
    let answer = ask("/ex/jira/1/rest/api/3/myself").send().await?;
    ensure!(answer.status() == 200 && answer.text().await?.contains("Mia"));
    mock.plan(Plan::once(Fault::CutAfter));
    let cut = ask("/ex/jira/1/rest/api/3/myself").send().await;
    let is_cut = match cut {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    };
    ensure!(is_cut, "the connection breaks");
    ensure!(
        ask("/rest/api/3/myself").send().await?.status() == 400,
        "outside of the prefix there is nothing"
    );
    let violations = mock.take_violations();
    ensure!(violations.len() == 1, "{violations:?}");
    Ok(())
}

#[test]
fn a_violation_fails_the_test_that_caused_it() -> Result<()> {
    let failed = std::panic::catch_unwind(|| {
        let mock = greeter().expect("a mock");
        mock.exchange(&request(&json!({ "method": "GET", "path": "/nothing" })));
    });
    ensure!(failed.is_err(), "it passes");
    Ok(())
}
