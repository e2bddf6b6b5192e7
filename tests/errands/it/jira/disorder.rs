//! Two-way sync under disorder: changes on both sides, webhooks late, twice, lost and out of order, calls that are cut, hubs
//! that die. Once all is quiet both sides say the same, with one ticket, and few writes.

use anyhow::{Context, Result, ensure};
use errand_model::issue::Status;
use errand_model::lifecycle::Change;
use errand_tests::contract::{Fault, Plan};
use errand_tests::simulators::jira::Edition;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::{Site, hooks};
use errand_errands::{Fate, ended_well};

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    Resolve,
    Reopen,
    Regress,
    Assign(u8),
    Move(u8),
    AssignThere(u8),
    /// The hub delivers what is owed; it may die before it takes note.
    Deliver(bool),
    /// A webhook arrives, of those on the way the n-th, and may come again.
    Hook {
        nth: u8,
        stays: bool,
        dies: bool,
    },
    Lose,
    Poll,
    Fault(u8),
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Resolve),
        1 => Just(Step::Reopen),
        2 => Just(Step::Regress),
        2 => (0..3_u8).prop_map(Step::Assign),
        3 => (0..4_u8).prop_map(Step::Move),
        2 => (0..3_u8).prop_map(Step::AssignThere),
        5 => any::<bool>().prop_map(Step::Deliver),
        5 => (any::<u8>(), any::<bool>(), any::<bool>()).prop_map(|(nth, stays, dies)| Step::Hook { nth, stays, dies }),
        1 => Just(Step::Lose),
        1 => Just(Step::Poll),
        2 => (0..5_u8).prop_map(Step::Fault),
        1 => (1..4_000_u16).prop_map(Step::Pass),
    ]
}

const FAULTS: [Fault; 5] = [
    Fault::CutAfter,
    Fault::CutBefore,
    Fault::TooMany(3),
    Fault::Status(500),
    Fault::TimeoutAfter,
];
const STATES: [&str; 4] = ["To Do", "In Progress", "Done", "Won't Do"];
const ACCOUNTS: [Option<&str>; 3] = [None, Some("5b10-mia"), Some("5b10-bob")];

struct Play {
    site: Site,
    issue: errand_model::IssueId,
    people: [Option<errand_model::issue::Assignee>; 3],
    /// Changes that people made.
    changes: usize,
}

impl Play {
    async fn begin(edition: Edition) -> Result<Self> {
        let site = Site::set(edition, json!({})).await?;
        let hub = site.stand.hub();
        let people = [
            None,
            Some(hub.person(7, "Mia", "mia@example.com")),
            Some(hub.person(8, "Bob", "bob@example.com")),
        ];
        let issue = hub.new_issue("it broke");
        Ok(Play {
            site,
            issue,
            people,
            changes: 0,
        })
    }

    fn id(&self) -> Option<u64> {
        self.site
            .jira
            .with(|jira| jira.tickets.keys().next_back().copied())
    }

    async fn make(&mut self, step: Step) -> Result<()> {
        let (hub, jira) = (self.site.stand.hub(), &self.site.jira);
        let status = hub.issue(self.issue).context("an issue")?.status;
        self.changes += 1;
        match step {
            Step::Resolve if status != Status::Resolved => hub.resolve(self.issue),
            Step::Reopen if status != Status::Unresolved => hub.change(self.issue, Change::Unresolved),
            Step::Regress if status == Status::Resolved => hub.regress(self.issue),
            Step::Assign(who) => hub.change(
                self.issue,
                Change::Assigned {
                    assignee: self.people[usize::from(who)],
                },
            ),
            Step::Move(to) => {
                if let Some(id) = self.id() {
                    jira.with(|jira| jira.move_to(id, STATES[usize::from(to)]));
                }
            }
            Step::AssignThere(who) => {
                if let Some(id) = self.id() {
                    jira.with(|jira| jira.assign(id, ACCOUNTS[usize::from(who)]));
                }
            }
            other => {
                self.changes -= 1;
                return self.transport(other).await;
            }
        }
        Ok(())
    }

    /// What is no change, but moves what was changed about.
    async fn transport(&mut self, step: Step) -> Result<()> {
        let (stand, jira) = (&self.site.stand, &self.site.jira);
        match step {
            Step::Deliver(dies) => {
                let fate = if dies {
                    Fate::Unacknowledged
                } else {
                    Fate::Acknowledged
                };
                stand.deliver(fate).await;
            }
            Step::Hook { nth, stays, dies } => {
                let event = jira.with(|jira| {
                    let at = usize::from(nth) % jira.webhooks.len().max(1);
                    let event = jira.webhooks.get(at).cloned();
                    if !stays {
                        jira.webhooks.remove(at);
                    }
                    event
                });
                if let Some(event) = event {
                    let fate = if dies {
                        Fate::Unacknowledged
                    } else {
                        Fate::Acknowledged
                    };
                    hooks::send(stand, &event, fate).await?;
                }
            }
            Step::Lose => {
                jira.with(|jira| jira.webhooks.pop_front());
            }
            Step::Poll => {
                stand.job("poll").await;
            }
            Step::Fault(which) => jira.plan(Plan::once(FAULTS[usize::from(which)])),
            Step::Pass(seconds) => self.site.pass(u64::from(seconds)),
            _ => {}
        }
        Ok(())
    }

    /// Nothing goes wrong any more, and all that is under way arrives.
    async fn come_to_rest(&self) -> Result<()> {
        self.site.jira.heal();
        self.site.pass(7_200);
        self.site.stand.settle().await?;
        self.site.deliver_webhooks().await?;
        ended_well(&self.site.stand.job("poll").await)?;
        self.site.stand.settle().await?;
        self.site.deliver_webhooks().await?;
        Ok(())
    }

    fn judge(&self) -> Result<()> {
        let tickets = self.site.jira.with(|jira| jira.tickets.len());
        ensure!(tickets == 1, "{tickets} tickets");
        let issue = self.site.stand.hub().held(self.issue).context("an issue")?;
        ensure!(issue.tickets.len() == 1, "{} links", issue.tickets.len());
        let id = self.id().context("a ticket")?;
        let is_done = matches!(self.site.state(id), "Done" | "Won't Do");
        let is_resolved = issue.summary.status == Status::Resolved;
        ensure!(
            is_done == is_resolved,
            "the ticket is {}, the issue {:?}",
            self.site.state(id),
            issue.summary.status
        );
        let account = self.site.jira.with(|jira| jira.tickets[&id].assignee.clone());
        let ours = self
            .people
            .iter()
            .position(|person| *person == issue.summary.assignee);
        let ours = ours.and_then(|at| ACCOUNTS[at]);
        ensure!(
            ours == account.as_deref(),
            "the ticket is {account:?}'s, the issue {ours:?}'s"
        );
        ensure!(
            issue.tickets[0].state == self.site.state(id),
            "the hub shows {}",
            issue.tickets[0].state
        );
        Ok(())
    }
}

#[test]
fn both_sides_come_to_say_the_same_with_one_ticket_and_few_writes() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut runner = TestRunner::new_with_rng(
        Config {
            cases: 60,
            failure_persistence: None,
            max_shrink_iters: 200,
            ..Config::default()
        },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let steps = (any::<bool>(), proptest::collection::vec(step(), 1..30));
    let result = runner.run(&steps, |(is_cloud, steps)| {
        let edition = if is_cloud {
            Edition::Cloud
        } else {
            Edition::DataCenter
        };
        let played: Result<()> = runtime.block_on(async {
            let mut play = Play::begin(edition).await?;
            for step in steps {
                play.make(step).await?;
            }
            play.come_to_rest().await?;
            play.judge()?;
            // In line, nothing follows from looking again.
            let before = (play.site.jira.writes(), play.site.stand.hub().edits());
            for _ in 0..3 {
                play.come_to_rest().await?;
            }
            let writes = |play: &Play| {
                let of = ["doTransition", "assignIssue", "createIssue"];
                of.iter()
                    .map(|operation| play.site.jira.count(operation))
                    .sum::<usize>()
            };
            ensure!(
                before.1 == play.site.stand.hub().edits(),
                "the issue is changed again and again"
            );
            // One write for each change on either side, and one more for each call that was cut.
            let most = 2 * (play.changes + 30) + 2;
            ensure!(
                writes(&play) + play.site.stand.hub().edits() <= most,
                "{} writes",
                writes(&play)
            );
            Ok(())
        });
        played.map_err(|error| TestCaseError::fail(format!("{error:#}")))
    });
    result.expect("in line");
}
