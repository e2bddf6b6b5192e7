//! From the text of rules to rules: a line each for what they say.

use crate::condition::Condition;
use crate::deed::Deed;
use crate::limit::Limit;
use crate::quiet::Mute;
use crate::rule::{Problem, Rule};
use crate::trigger::Trigger;

/// Rules of one installation.
const MAX_RULES: usize = 50;
/// Bytes of a rule's name.
const MAX_NAME: usize = 100;
const ALLOWED: &str = "rule, when, if, then, limit, mute; # begins a comment";

/// Reads rules; all that is wrong with them if anything is.
pub fn rules(text: &str) -> Result<Vec<Rule>, Vec<Problem>> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut problems = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let read = match line.split_once(char::is_whitespace).unwrap_or((line, "")) {
            ("rule", name) => begin(&mut rules, name.trim(), at + 1),
            (word, rest) => match rules.last_mut() {
                Some(rule) => add(rule, word, rest.trim()),
                None => Err(format!(
                    "'{word}' stands before any rule; begin with: rule <name>"
                )),
            },
        };
        if let Err(message) = read {
            problems.push(Problem {
                rule: rules.last().map(|rule| rule.name.clone()),
                line: at + 1,
                message,
            });
        }
    }
    problems.extend(rules.iter().filter_map(incomplete));
    if rules.is_empty() && problems.is_empty() {
        problems.push(Problem {
            rule: None,
            line: 1,
            message: "there is no rule; begin with: rule <name>".to_owned(),
        });
    }
    match problems.is_empty() {
        true => Ok(rules),
        false => Err(problems),
    }
}

fn begin(rules: &mut Vec<Rule>, name: &str, line: usize) -> Result<(), String> {
    let is_taken = rules.iter().any(|rule| rule.name == name);
    let is_fit = !name.is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control);
    let is_full = rules.len() == MAX_RULES;
    rules.push(Rule {
        name: name.to_owned(),
        line,
        when: Vec::new(),
        conditions: Vec::new(),
        then: Vec::new(),
        limit: None,
        mutes: Vec::new(),
    });
    if !is_fit {
        return Err(format!("a rule has a name of 1 to {MAX_NAME} bytes"));
    }
    if is_taken {
        return Err(format!(
            "another rule is called '{name}': each has a name of its own"
        ));
    }
    if is_full {
        return Err(format!("there are more than {MAX_RULES} rules"));
    }
    Ok(())
}

fn add(rule: &mut Rule, word: &str, rest: &str) -> Result<(), String> {
    match word {
        "when" => {
            rule.when.extend(Trigger::parse_line(rest)?);
        }
        "if" => rule.conditions.push(Condition::parse(rest)?),
        "then" => rule.then.push(Deed::parse(rest)?),
        "limit" if rule.limit.is_some() => return Err("a rule has one limit".to_owned()),
        "limit" => rule.limit = Some(Limit::parse(rest)?),
        "mute" => rule.mutes.push(Mute::parse(rest)?),
        _ => return Err(format!("'{word}' begins no line of a rule; allowed: {ALLOWED}")),
    }
    Ok(())
}

/// What a rule lacks.
fn incomplete(rule: &Rule) -> Option<Problem> {
    let message = match (rule.when.is_empty(), rule.then.is_empty()) {
        (true, _) => "it does not say when; for instance: when first seen",
        (_, true) => "it does not say what to do then; for instance: then notify by Team chat",
        _ => return None,
    };
    Some(Problem {
        rule: Some(rule.name.clone()),
        line: rule.line,
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        # Somebody has to look.
        rule Fatal in production
          when first seen, regressed
          if level == "fatal" && environment == "production"
          if tag("customer").startsWith("acme") || users > 10
          then notify owner by Team chat
          then assign team:checkout
          limit once in 1h per issue
          mute 22:00-07:00 mon-fri +01:00
    "#;

    fn said(text: &str) -> Vec<String> {
        rules(text)
            .err()
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn rules_are_read_line_by_line() {
        let rules = rules(GOOD).unwrap_or_else(|problems| panic!("{}", problems[0]));
        assert_eq!(rules.len(), 1);
        let rule = &rules[0];
        assert_eq!((rule.name.as_str(), rule.line), ("Fatal in production", 3));
        assert_eq!(
            (rule.when.len(), rule.conditions.len(), rule.then.len()),
            (2, 2, 2)
        );
        assert!(rule.hears("issue.regressed") && !rule.hears("issue.resolved"));
    }

    #[test]
    fn what_is_wrong_names_rule_and_line_and_what_is_allowed() {
        for (line, expected) in [
            (
                "when frist seen",
                "rule 'X', line 2: 'frist seen' is nothing that a rule can wait for; allowed: first seen",
            ),
            (
                "if leve == 1",
                "rule 'X', line 2: nothing is called 'leve'; allowed: actor",
            ),
            (
                "if sqrt(age)",
                "rule 'X', line 2: no function is called 'sqrt'; allowed: all",
            ),
            ("if level ==", "rule 'X', line 2: 'level ==' is no CEL expression"),
            (
                "then shout",
                "rule 'X', line 2: 'shout' is nothing that a rule can do; allowed: notify",
            ),
            (
                "limit twice",
                "rule 'X', line 2: 'twice' is no limit; allowed: once in 30m",
            ),
            (
                "mute later",
                "rule 'X', line 2: 'later' says no time to keep quiet; allowed: a time",
            ),
            (
                "iff x",
                "rule 'X', line 2: 'iff' begins no line of a rule; allowed: rule, when",
            ),
        ] {
            let said = said(&format!("rule X\n{line}"));
            assert!(said[0].starts_with(expected), "{line}: {said:?}");
        }
        assert_eq!(
            said("when first seen"),
            ["line 1: 'when' stands before any rule; begin with: rule <name>"]
        );
        assert_eq!(
            said("  \n"),
            ["line 1: there is no rule; begin with: rule <name>"]
        );
        assert!(said("rule X\nwhen first seen")[0].contains("what to do then"));
    }
}
