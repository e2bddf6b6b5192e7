//! Has other plugins act when rules say so, assigns and prioritizes.
//!
//! ```text
//! rules (text) ──parse──▶ Rule: when · if · then · limit · mute
//! change ──facts──▶ judge(rules, facts, memory) ──▶ verdicts ──deed──▶ alerts, changes
//!                        └── the same over history, with a memory of its own: the back-test
//! ```

mod condition;
mod deed;
mod facts;
mod judge;
mod limit;
mod memory;
mod parse;
mod quiet;
mod rule;
mod time;
mod trigger;

use errand_plugin_sdk::{
    Call, Event, Events, Failure, Hindsight, Outcome, PastVerdict, Plugin, Problem, export, log, manifest,
};
use serde::Deserialize;
use serde_json::Value;

use judge::Verdict;
use memory::{History, Memory, Stored};
use rule::Rule;

manifest!("../plugin.json");

#[derive(Deserialize)]
struct Settings {
    rules: String,
}

impl Settings {
    fn read(&self) -> Result<Vec<Rule>, Failure> {
        parse::rules(&self.rules).map_err(|problems| {
            let problem = problems.first().map(ToString::to_string);
            Failure::config("rules", problem.unwrap_or_default())
        })
    }
}

struct AlertRules;

impl Plugin for AlertRules {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<Vec<Problem>, Failure> {
        let problems = parse::rules(&settings.rules).err().unwrap_or_default();
        Ok(problems
            .iter()
            .map(|problem| Problem::with("rules", problem.to_string()))
            .collect())
    }
}

impl Events for AlertRules {
    fn on_event(call: &Call, event: &Event, settings: &Settings) -> Result<Outcome, Failure> {
        let rules = settings.read()?;
        let mut memory = Stored::new(&call.idempotency_key);
        let verdicts = decide(&rules, event, &mut memory)?;
        let mut notes = Vec::new();
        for (rule, why) in fired(&rules, &verdicts) {
            for deed in &rule.then {
                if let Err(failure) = deed.perform(rule, event, why) {
                    // One rule that names nobody keeps no other from acting.
                    let note = format!("{}: {failure}", rule.name);
                    log::error(&note);
                    notes.push(note);
                }
            }
        }
        let outcome = match fired(&rules, &verdicts).next() {
            Some(_) => Outcome::Done,
            None => Outcome::Ignored,
        };
        notes.push(judge::in_words(&verdicts));
        log::explain(&notes.join("; "));
        Ok(outcome)
    }
}

impl Hindsight for AlertRules {
    fn look_back(
        events: &[Event],
        memory: Value,
        settings: &Settings,
    ) -> Result<(Vec<PastVerdict>, Value), Failure> {
        let rules = settings.read()?;
        let mut memory = History::read(memory);
        let mut past = Vec::with_capacity(events.len());
        for event in events {
            let verdicts = decide(&rules, event, &mut memory)?;
            past.push(PastVerdict {
                did: fired(&rules, &verdicts)
                    .map(|(rule, _)| rule.name.clone())
                    .collect(),
                why: judge::in_words(&verdicts),
            });
        }
        Ok((past, memory.write()))
    }
}

/// What each rule says of a change. What the change was about is asked for only where a rule needs it.
fn decide(rules: &[Rule], event: &Event, memory: &mut dyn Memory) -> Result<Vec<Verdict>, Failure> {
    if !rules.iter().any(|rule| rule.hears(&event.change)) {
        return Ok(rules.iter().map(|_| Verdict::NotAsked).collect());
    }
    judge::judge(rules, &facts::of(event)?, memory)
}

fn fired<'a>(rules: &'a [Rule], verdicts: &'a [Verdict]) -> impl Iterator<Item = (&'a Rule, &'a str)> {
    rules
        .iter()
        .zip(verdicts)
        .filter_map(|(rule, verdict)| match verdict {
            Verdict::Fired { why, .. } => Some((rule, why.as_str())),
            _ => None,
        })
}

export!(AlertRules: Events + Hindsight);
