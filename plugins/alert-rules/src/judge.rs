//! What each rule says of a change, and why.

use errand_plugin_sdk::Failure;

use crate::facts::Facts;
use crate::limit::Limit;
use crate::memory::{Firing, Memory};
use crate::rule::Rule;
use crate::trigger::Trigger;

/// What a rule says of a change.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It fires.
    Fired {
        /// Which rule.
        rule: String,
        /// Why, in words.
        why: String,
    },
    /// It is about other changes.
    NotAsked,
    /// It is about such changes, and does not fire.
    Held {
        /// Which rule.
        rule: String,
        /// Why not, in words.
        why: String,
    },
}

/// Asks every rule. Whoever fires is remembered.
pub fn judge(rules: &[Rule], facts: &Facts, memory: &mut dyn Memory) -> Result<Vec<Verdict>, Failure> {
    let context = facts.context();
    let mut verdicts = Vec::with_capacity(rules.len());
    for rule in rules {
        if !rule.hears(&facts.change) {
            verdicts.push(Verdict::NotAsked);
            continue;
        }
        let held = match unmet(rule, facts, &context) {
            Some(why) => Some(why),
            None => limited(rule, rule.limit.as_ref(), facts, memory)?,
        };
        let rule_name = rule.name.clone();
        verdicts.push(match held {
            Some(why) => Verdict::Held { rule: rule_name, why },
            None => Verdict::Fired {
                rule: rule_name,
                why: because(Trigger::name_of(&facts.change), rule),
            },
        });
    }
    Ok(verdicts)
}

/// Asks a rule that watches about an issue, because of `what`; answers why it fires, if it does. Without a limit of its
/// own, `usual` holds.
pub fn watch(
    rule: &Rule,
    (what, usual): (&str, Option<&Limit>),
    facts: &Facts,
    memory: &mut dyn Memory,
) -> Result<Option<String>, Failure> {
    if unmet(rule, facts, &facts.context()).is_some() {
        return Ok(None);
    }
    let held = limited(rule, rule.limit.as_ref().or(usual), facts, memory)?;
    Ok(held.is_none().then(|| because(what, rule)))
}

/// The condition that does not hold, or the time at which it keeps quiet.
fn unmet(rule: &Rule, facts: &Facts, context: &cel::Context<'_, '_>) -> Option<String> {
    for condition in &rule.conditions {
        match condition.holds(context) {
            Ok(true) => {}
            Ok(false) => return Some(format!("{} does not hold", condition.text)),
            Err(why) => return Some(format!("{}: {why}", condition.text)),
        }
    }
    let mute = rule.mutes.iter().find(|mute| mute.holds(facts.at))?;
    Some(format!("muted {}", mute.text()))
}

/// Whether it has fired often enough; if not, it is remembered that it fires.
fn limited(
    rule: &Rule,
    limit: Option<&Limit>,
    facts: &Facts,
    memory: &mut dyn Memory,
) -> Result<Option<String>, Failure> {
    let Some(limit) = limit else {
        return Ok(None);
    };
    let delivery = memory.delivery().to_owned();
    let since = facts.at.saturating_sub(limit.span);
    let mut is_repetition = false;
    let fires = memory.visit(&rule.name, &mut |firings: &mut Vec<Firing>| {
        is_repetition = !delivery.is_empty()
            && firings
                .iter()
                .any(|firing| firing.by == delivery && firing.issue == facts.issue);
        if is_repetition {
            return false;
        }
        firings.retain(|firing| firing.at > since);
        let is_counted = |firing: &&Firing| !limit.per_issue || firing.issue == facts.issue;
        if firings.iter().filter(is_counted).count() >= limit.times {
            return false;
        }
        firings.push(Firing {
            at: facts.at,
            issue: facts.issue.clone(),
            by: delivery.clone(),
        });
        true
    })?;
    Ok((!fires && !is_repetition).then(|| format!("limit {}", limit.text)))
}

/// Why it fires, for those who are told.
fn because(what: &str, rule: &Rule) -> String {
    let conditions: Vec<&str> = rule
        .conditions
        .iter()
        .map(|condition| condition.text.as_str())
        .collect();
    match conditions.is_empty() {
        true => what.to_owned(),
        false => format!("{what}, and {}", conditions.join(" && ")),
    }
}

/// All verdicts in a sentence.
pub fn in_words(verdicts: &[Verdict]) -> String {
    let words: Vec<String> = verdicts
        .iter()
        .filter_map(|verdict| match verdict {
            Verdict::Fired { rule, .. } => Some(format!("'{rule}' fired")),
            Verdict::Held { rule, why } => Some(format!("'{rule}' did not: {why}")),
            Verdict::NotAsked => None,
        })
        .collect();
    match words.is_empty() {
        true => "no rule is about such changes".to_owned(),
        false => words.join("; "),
    }
}
