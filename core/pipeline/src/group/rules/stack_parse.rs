//! Reads stack trace rules:
//!
//! ```text
//! [ caller ] | matcher… | [ callee ]   action…   # comment
//! ```

use super::cursor::{Cursor, one_line, unescape};
use super::error::{LineError, RuleError, RuleText};
use super::glob::{Dialect, Glob};
use super::stack_rule::{
    Action, Categories, ExceptionMatcher, FrameMatcher, Place, Reach, StackRule, exception_field, frame_test,
    parse_bool, parse_count,
};

/// The most rules a project may have.
const MAX_RULES: usize = 1000;
/// The most matchers or actions in one rule.
const MAX_PARTS: usize = 50;

/// Reads a text of rules, one on each line. Categories that they set are added to `categories`.
pub(super) fn parse(text: &str, categories: &mut Categories) -> Result<Vec<StackRule>, RuleError> {
    let mut rules = Vec::new();
    note_categories(text, categories);
    for (index, line) in text.lines().enumerate() {
        let mut cursor = Cursor::new(line);
        cursor.skip_space();
        if cursor.is_done() {
            continue;
        }
        let rule = parse_rule(line, cursor, categories).and_then(|rule| {
            if rules.len() < MAX_RULES {
                Ok(rule)
            } else {
                Err(Cursor::new(line).error(format!("a project has at most {MAX_RULES} rules")))
            }
        });
        rules.push(rule.map_err(|error| error.in_line(RuleText::StackTrace, index + 1))?);
    }
    Ok(rules)
}

/// `category:` matchers are resolved to sets while reading, so every name has to be known before.
fn note_categories(text: &str, categories: &mut Categories) {
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (index, _) in line.match_indices("category") {
            let mut cursor = Cursor::new(line.get(index + "category".len()..).unwrap_or_default());
            cursor.skip_space();
            if cursor.take("=") {
                cursor.skip_space();
                // Beyond the bound, reading the action says so.
                let _ = categories.add(cursor.name());
            }
        }
    }
}

fn parse_rule(
    line: &str,
    mut cursor: Cursor<'_>,
    categories: &mut Categories,
) -> Result<StackRule, LineError> {
    let mut rule = StackRule {
        text: one_line(line),
        exception: Vec::new(),
        frame: Vec::new(),
        actions: Vec::new(),
    };
    if cursor.take("[") {
        matcher(&mut cursor, Place::Caller, categories, &mut rule)?;
        close(&mut cursor)?;
        cursor.skip_space();
        cursor.expect("|")?;
        cursor.skip_space();
    }
    let mut matchers = 0;
    while at_matcher(&mut cursor) {
        matcher(&mut cursor, Place::Here, categories, &mut rule)?;
        cursor.skip_space();
        matchers += 1;
        if matchers > MAX_PARTS {
            return Err(cursor.error(format!("a rule has at most {MAX_PARTS} matchers")));
        }
    }
    if matchers == 0 {
        return Err(
            cursor.error("expected a matcher such as `function:name` or `path:**/folder/**`".to_owned())
        );
    }
    if cursor.take("|") {
        cursor.skip_space();
        cursor.expect("[")?;
        matcher(&mut cursor, Place::Callee, categories, &mut rule)?;
        close(&mut cursor)?;
        cursor.skip_space();
    }
    while !cursor.is_done() && rule.actions.len() < MAX_PARTS {
        let action = action(&mut cursor, categories)?;
        rule.actions.push(action);
        cursor.skip_space();
    }
    if rule.actions.is_empty() || !cursor.is_done() {
        return Err(cursor.error("expected an action such as `-group`, `+app` or `category=name`".to_owned()));
    }
    Ok(rule)
}

fn close(cursor: &mut Cursor<'_>) -> Result<(), LineError> {
    cursor.skip_space();
    cursor.expect("]")
}

/// Whether a matcher comes next, and not an action: a name (or `!`) with a colon behind it.
fn at_matcher(cursor: &mut Cursor<'_>) -> bool {
    let mark = cursor.mark();
    cursor.take("!");
    let found = match cursor.quoted() {
        Ok(Some(_)) => true,
        _ => !cursor.name().is_empty(),
    } && cursor.peek() == Some(':');
    cursor.return_to(mark);
    found
}

fn matcher(
    cursor: &mut Cursor<'_>,
    place: Place,
    categories: &Categories,
    rule: &mut StackRule,
) -> Result<(), LineError> {
    cursor.skip_space();
    let start = cursor.mark();
    let negated = cursor.take("!");
    let field = match cursor.quoted()? {
        Some(field) => field,
        None => cursor.name().into(),
    };
    cursor.expect(":")?;
    let pattern = match cursor.quoted()? {
        Some(pattern) => pattern,
        None => unescape(cursor.take_while(|c| !c.is_whitespace())),
    };
    if pattern.is_empty() {
        return Err(cursor.error(format!("`{field}:` needs a pattern")));
    }
    if let Some(field) = exception_field(&field) {
        let glob = Glob::new(&pattern, Dialect::Name).map_err(|message| cursor.error_at(start, message))?;
        rule.exception.push(ExceptionMatcher { negated, field, glob });
        return Ok(());
    }
    match frame_test(&field, &pattern, categories) {
        Some(test) => {
            let test = test.map_err(|message| cursor.error_at(start, message))?;
            rule.frame.push(FrameMatcher { place, negated, test });
            Ok(())
        }
        None => Err(cursor.error_at(
            start,
            format!(
                "`{field}` is nothing to match; there are family, path, function, module, package, app, \
                 category, error.type, error.value and error.mechanism"
            ),
        )),
    }
}

fn action(cursor: &mut Cursor<'_>, categories: &mut Categories) -> Result<Action, LineError> {
    let start = cursor.mark();
    let reach = match cursor.peek() {
        Some('^') => Reach::Above,
        Some('v') => Reach::Below,
        _ => Reach::Here,
    };
    if reach != Reach::Here {
        cursor.take(if reach == Reach::Above { "^" } else { "v" });
    }
    if matches!(cursor.peek(), Some('+' | '-')) {
        let flag = cursor.take("+");
        if !flag {
            cursor.take("-");
        }
        return match cursor.name() {
            "app" => Ok(Action::InApp(flag, reach)),
            "group" => Ok(Action::Contributes(flag, reach)),
            "prefix" | "sentinel" => Ok(Action::Nothing),
            other => Err(cursor.error_at(start, format!("`{other}` is no flag; there are app and group"))),
        };
    }
    cursor.return_to(start);
    let variable = cursor.name();
    cursor.skip_space();
    cursor.expect("=")?;
    cursor.skip_space();
    let at = cursor.mark();
    let value = cursor.name();
    let here = |error: LineError| cursor.error_at(at, error.message);
    match variable {
        "max-frames" => parse_count(value).map(Action::MaxFrames).map_err(here),
        "min-frames" => parse_count(value).map(Action::MinFrames).map_err(here),
        "invert-stacktrace" if parse_bool(value).is_some() => Ok(Action::Nothing),
        "invert-stacktrace" => Err(cursor.error_at(at, format!("`{value}` is neither yes nor no"))),
        "category" if value.is_empty() => Err(cursor.error_at(at, "a category needs a name".to_owned())),
        "category" => match categories.add(value) {
            Some(number) => Ok(Action::Category(number)),
            None => Err(cursor.error_at(at, "too many different categories".to_owned())),
        },
        _ => Err(cursor.error_at(
            start,
            format!(
                "`{variable}` cannot be set; there are category, max-frames, min-frames and invert-stacktrace"
            ),
        )),
    }
}
