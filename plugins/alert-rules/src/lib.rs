//! Has other plugins act when rules say so, assigns and prioritizes.
//!
//! ```text
//! rules (text) ──parse──▶ Rule: when · if · then · limit · mute
//! change ──facts──▶ judge(rules, facts, memory) ──▶ verdicts ──deed──▶ alerts, changes
//!                        └── the same over history, with a memory of its own: the back-test (past)
//! by the clock ──watch──▶ issues that grew, numbers, new values, the clock ──▶ the same conditions, limits and deeds
//! ```

mod condition;
mod deed;
mod facts;
mod fresh;
mod judge;
mod limit;
mod memory;
mod metric;
mod parse;
mod past;
mod questions;
mod quiet;
mod rule;
mod share;
mod sight;
mod time;
mod timetable;
mod track;
mod trigger;
mod watch;

use errand_plugin_sdk::{
    Call, Event, Events, Failure, Hindsight, Issue, Outcome, PastVerdict, Plugin, Problem, Retrace, Retraced,
    Schedule, export, log, manifest, now,
};
use serde::Deserialize;
use serde_json::Value;

use deed::Deed;
use judge::Verdict;
use memory::{History, Memory, Stored};
use questions::Questions;
use rule::Rule;
use sight::Live;

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
            notes.extend(act((rule, rule.then.iter()), &event.issue, why));
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

impl Schedule for AlertRules {
    fn on_schedule(call: &Call, _: &str, _: u64, settings: &Settings) -> Result<Outcome, Failure> {
        let rules = settings.read()?;
        let mut memory = Stored::new(&call.idempotency_key);
        let alarms = watch::watch(&rules, now(), &mut memory, &mut Live(Questions::of_a_call()))?;
        for alarm in &alarms {
            // What is over is told, and nothing else is done about it.
            let deeds = alarm.rule.then.iter();
            let deeds = deeds.filter(|deed| !alarm.is_over || deed.is_telling());
            act((alarm.rule, deeds), &alarm.issue, &alarm.why);
            log::info(&format!(
                "'{}' fired for {}",
                alarm.rule.name, alarm.issue.short_id
            ));
        }
        match alarms.is_empty() {
            true => Ok(Outcome::Ignored),
            false => Ok(Outcome::Done),
        }
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

impl Retrace for AlertRules {
    fn retrace(since: u64, until: u64, memory: Value, settings: &Settings) -> Result<Retraced, Failure> {
        past::retrace(&settings.read()?, (since, until), History::read(memory))
    }
}

/// Does what a rule says; answers what could not be done. One rule that names nobody keeps no other from acting.
fn act<'a>((rule, deeds): (&Rule, impl Iterator<Item = &'a Deed>), issue: &Issue, why: &str) -> Vec<String> {
    let failed = |deed: &Deed| {
        let failure = deed.perform(rule, issue, why).err()?;
        let note = format!("{}: {failure}", rule.name);
        log::error(&note);
        Some(note)
    };
    deeds.filter_map(failed).collect()
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

export!(AlertRules: Events + Schedule + Hindsight + Retrace);
