//! Everything at once: customers, agents, developers, duplicates, delays, failures and a hub that dies. In the end both sides
//! say the same, and nobody was told anything twice.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use errand_model::IssueId;
use errand_tests::contract::{Fault, Plan};
use proptest::prelude::*;
use serde_json::json;

use super::{ADA, Desk, LICENSE};
use errand_errands::{Fate, ended_well};

/// Something that happens.
#[derive(Clone, Debug)]
enum Deed {
    Ask(usize),
    /// Zendesk tells of a ticket, perhaps again.
    Hint(usize, bool),
    Status(usize, &'static str),
    Write(usize),
    Delete(usize),
    Deploy(usize),
    Regress(usize),
    Unlink(usize, usize),
    Deliver(bool),
    Replay(usize),
    CatchUp,
    Sweep,
    Fail(u8),
    Pass(u64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let issue = 0..ISSUES;
    let ticket = 0..6_usize;
    let status = prop::sample::select(vec!["open", "pending", "solved", "closed"]);
    let deed = prop_oneof![
        4 => issue.clone().prop_map(Deed::Ask),
        6 => (ticket.clone(), any::<bool>()).prop_map(|(ticket, dies)| Deed::Hint(ticket, dies)),
        3 => (ticket.clone(), status).prop_map(|(ticket, status)| Deed::Status(ticket, status)),
        1 => ticket.clone().prop_map(Deed::Write),
        1 => ticket.clone().prop_map(Deed::Delete),
        2 => issue.clone().prop_map(Deed::Deploy),
        2 => issue.clone().prop_map(Deed::Regress),
        1 => (issue, ticket).prop_map(|(issue, ticket)| Deed::Unlink(issue, ticket)),
        5 => any::<bool>().prop_map(Deed::Deliver),
        1 => (0..3_usize).prop_map(Deed::Replay),
        2 => Just(Deed::CatchUp),
        1 => Just(Deed::Sweep),
        3 => any::<u8>().prop_map(Deed::Fail),
        2 => (1..120_u64).prop_map(Deed::Pass),
    ];
    prop::collection::vec(deed, 5..40)
}

const ISSUES: usize = 2;
const FAULTS: [Fault; 6] = [
    Fault::Status(500),
    Fault::TooMany(3),
    Fault::TimeoutAfter,
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::Nonsense,
];

struct World {
    desk: Desk,
    issues: Vec<IssueId>,
    tickets: Vec<u64>,
}

impl World {
    async fn new() -> Result<Self> {
        let desk = Desk::set(json!({ "reply": "public" })).await?;
        let issue = |n: usize| {
            desk.issue(
                &format!("Error: number {n}"),
                json!({}),
                &[("license", &format!("L{n}"))],
            )
        };
        let issues = (0..ISSUES).map(issue).collect();
        Ok(World {
            desk,
            issues,
            tickets: Vec::new(),
        })
    }

    fn ticket(&self, n: usize) -> u64 {
        self.tickets.get(n).copied().unwrap_or(999)
    }

    async fn happen(&mut self, deed: &Deed) -> Result<()> {
        let desk = &self.desk;
        match *deed {
            Deed::Ask(n) => self
                .tickets
                .push(desk.ask(ADA, "", &[(LICENSE, json!(format!("L{n}")))])),
            Deed::Hint(n, dies) => {
                let fate = if dies {
                    Fate::Unacknowledged
                } else {
                    Fate::Acknowledged
                };
                desk.try_hint(self.ticket(n), fate).await?;
            }
            Deed::Status(n, status) => desk.mock.with(|account| {
                account.alter(self.ticket(n), |ticket| {
                    if ticket.status != "closed" {
                        status.clone_into(&mut ticket.status);
                    }
                });
            }),
            Deed::Write(n) => desk
                .mock
                .with(|account| account.write(self.ticket(n), "any news?", true)),
            Deed::Delete(n) => desk
                .mock
                .with(|account| drop(account.tickets.remove(&self.ticket(n)))),
            Deed::Deploy(n) => desk.deploy(self.issues[n], "shop@2.0"),
            Deed::Regress(n) => desk.stand.hub().regress(self.issues[n]),
            Deed::Unlink(issue, n) => {
                let ticket = self.ticket(n).to_string();
                desk.stand
                    .press("unlink", self.issues[issue], json!({ "ticket": ticket }))
                    .await?;
            }
            Deed::Deliver(dies) => {
                let fate = if dies {
                    Fate::Unacknowledged
                } else {
                    Fate::Acknowledged
                };
                desk.stand.deliver(fate).await;
            }
            Deed::Replay(back) => desk.stand.hub().replay(back),
            Deed::CatchUp => drop(desk.stand.job("catch-up").await),
            Deed::Sweep => drop(desk.stand.job("sweep").await),
            Deed::Fail(n) => desk.mock.plan(Plan::once(FAULTS[usize::from(n) % FAULTS.len()])),
            Deed::Pass(seconds) => desk.stand.pass(Duration::from_secs(seconds)),
        }
        Ok(())
    }

    /// All is well again, and whatever waits is done.
    async fn calm_down(&self) -> Result<()> {
        let desk = &self.desk;
        desk.mock.heal();
        desk.stand.pass(Duration::from_secs(3_600));
        desk.stand.settle().await?;
        let all: Vec<u64> = desk
            .mock
            .with(|account| account.tickets.keys().copied().collect());
        for ticket in all.iter().chain(&self.tickets) {
            desk.stand.pass(Duration::from_secs(60));
            desk.hint(*ticket).await?;
        }
        for _ in 0..20 {
            ended_well(&desk.stand.job("catch-up").await)?;
        }
        ended_well(&desk.stand.job("sweep").await)
    }

    fn check(&self) -> Result<()> {
        let tickets = self.desk.mock.with(|account| account.tickets.clone());
        for (id, ticket) in &tickets {
            let mut told: BTreeMap<String, usize> = BTreeMap::new();
            for comment in ticket.told() {
                let name = comment
                    .text
                    .split("Ref. ")
                    .nth(1)
                    .unwrap_or_default()
                    .trim()
                    .to_owned();
                *told.entry(name).or_default() += 1;
            }
            for (name, times) in told {
                ensure!(
                    times == 1 && !name.is_empty(),
                    "#{id} was told '{name}' {times} times: {:?}",
                    ticket.told()
                );
            }
        }
        for issue in &self.issues {
            for (id, link) in self.desk.links(*issue) {
                let stands = tickets.get(&id).map(|ticket| ticket.status.as_str());
                ensure!(
                    stands == Some(link.state.as_str()),
                    "#{id} is {stands:?}, the hub says {}",
                    link.state
                );
            }
        }
        Ok(())
    }
}

fn run(deeds: &[Deed]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut world = World::new().await?;
        for deed in deeds {
            world.happen(deed).await?;
        }
        world.calm_down().await?;
        world.check()?;
        let before = world.desk.mock.writes();
        world.calm_down().await?;
        ensure!(world.desk.mock.writes() == before, "it never comes to rest");
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_sides_come_to_rest_and_nobody_is_told_anything_twice(deeds in deeds()) {
        if let Err(error) = run(&deeds) {
            return Err(TestCaseError::fail(format!("{error:#}")));
        }
    }
}
