//! Reads fingerprint rules:
//!
//! ```text
//! matcher…  ->  value, {{ variable }} [, title="…"]
//! ```

use super::cursor::{Cursor, one_line};
use super::error::{LineError, RuleError, RuleText};
use super::fingerprint::{FingerprintRule, Matcher, Test};
use crate::group::variable::{DEFAULT, variable};

const MAX_RULES: usize = 1000;
const MAX_PARTS: usize = 50;

/// Reads a text of rules, one on each line.
pub(super) fn parse(text: &str) -> Result<Vec<FingerprintRule>, RuleError> {
    let mut rules = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut cursor = Cursor::new(line);
        cursor.skip_space();
        if cursor.is_done() {
            continue;
        }
        let rule = match rules.len() {
            MAX_RULES.. => Err(cursor.error(format!("a project has at most {MAX_RULES} rules"))),
            _ => parse_rule(line, cursor),
        };
        rules.push(rule.map_err(|error| error.in_line(RuleText::Fingerprint, index + 1))?);
    }
    Ok(rules)
}

fn parse_rule(line: &str, mut cursor: Cursor<'_>) -> Result<FingerprintRule, LineError> {
    let mut rule = FingerprintRule {
        text: one_line(line),
        matchers: Vec::new(),
        fingerprint: Vec::new(),
        title: None,
    };
    while !cursor.take("->") {
        if rule.matchers.len() == MAX_PARTS {
            return Err(cursor.error(format!("a rule has at most {MAX_PARTS} matchers")));
        }
        if cursor.is_done() {
            return Err(cursor.error("expected `->` and what to group by".to_owned()));
        }
        rule.matchers.push(matcher(&mut cursor)?);
        cursor.skip_space();
    }
    if rule.matchers.is_empty() {
        return Err(
            cursor.error("expected a matcher before `->`, such as `error.type:TimeoutError`".to_owned())
        );
    }
    cursor.skip_space();
    while !cursor.rest().is_empty() && rule.fingerprint.len() < MAX_PARTS {
        value(&mut cursor, &mut rule)?;
        cursor.skip_space();
        cursor.take(",");
        cursor.skip_space();
    }
    if rule.fingerprint.is_empty() {
        return Err(cursor.error("expected what to group by".to_owned()));
    }
    Ok(rule)
}

fn matcher(cursor: &mut Cursor<'_>) -> Result<Matcher, LineError> {
    let start = cursor.mark();
    let negated = cursor.take("!");
    let key = match cursor.quoted()? {
        Some(key) => key,
        None => cursor.name().into(),
    };
    cursor.expect(":")?;
    let pattern = match cursor.quoted()? {
        Some(pattern) => pattern,
        None => cursor.take_while(|c| !c.is_whitespace()).into(),
    };
    if pattern.is_empty() {
        return Err(cursor.error(format!("`{key}:` needs a pattern; `\"\"` matches nothing")));
    }
    let test = Test::new(&key, &pattern).map_err(|message| cursor.error_at(start, message))?;
    Ok(Matcher { negated, test })
}

/// One value of the fingerprint, or an attribute.
fn value(cursor: &mut Cursor<'_>, rule: &mut FingerprintRule) -> Result<(), LineError> {
    if let Some(text) = cursor.quoted()? {
        rule.fingerprint.push(normal(&text));
        return Ok(());
    }
    let start = cursor.mark();
    let name = cursor.name();
    if !name.is_empty() && cursor.take("=") {
        let Some(text) = cursor.quoted()? else {
            return Err(cursor.error(format!("`{name}=` needs a value in quotes")));
        };
        if name != "title" {
            return Err(cursor.error_at(start, format!("`{name}` is no attribute; there is title")));
        }
        rule.title = Some(text.into_owned());
        return Ok(());
    }
    cursor.return_to(start);
    if cursor.rest().starts_with("{{") {
        let rest = cursor.rest();
        let Some(end) = rest.find("}}") else {
            return Err(cursor.error("`{{` without `}}`".to_owned()));
        };
        let text = rest.get(..end + 2).unwrap_or_default();
        cursor.take(text);
        rule.fingerprint.push(normal(text));
        return Ok(());
    }
    let text = cursor.take_while(|c| !c.is_whitespace() && c != '{' && c != ',');
    if text.is_empty() {
        return Err(cursor.error("expected what to group by".to_owned()));
    }
    rule.fingerprint.push(text.to_owned());
    Ok(())
}

/// Writes every way to say `{{ default }}` as one.
fn normal(text: &str) -> String {
    match variable(text) {
        Some("default") => DEFAULT.to_owned(),
        _ => text.to_owned(),
    }
}
