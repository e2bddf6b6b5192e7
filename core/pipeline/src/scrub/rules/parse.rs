//! Reads a line: `[Mask|Remove|Hash|Replace] [what] (with [words]) from [where]`.

use super::pattern::Pattern;
use super::selector::Selector;
use super::{MAX_LINE, Method, Rule, filtered};

/// The lines that hold a rule, with their numbers from 1. A line that begins with `#` is for people.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Reads a line.
pub(super) fn rule(line: &str) -> Result<Rule, String> {
    const FORM: &str = "a rule is '[Mask] [Email addresses] from [$message]'";
    if line.len() > MAX_LINE {
        return Err(format!("a line has at most {MAX_LINE} bytes"));
    }
    let (method, rest) = bracketed(line).ok_or(FORM)?;
    // A regular expression may hold brackets, and words the like: what ends them stands behind.
    let (what, place) = rest.rsplit_once("from").ok_or(FORM)?;
    let (selector, behind) = bracketed(place).ok_or(FORM)?;
    if !behind.trim().is_empty() {
        return Err(format!("what is '{}' behind the rule?", behind.trim()));
    }
    let (pattern, with) = match what.rsplit_once("] with [") {
        Some((pattern, with)) => (
            format!("{pattern}]"),
            Some(inner(&format!("[{with}")).ok_or(FORM)?.to_owned()),
        ),
        None => (what.to_owned(), None),
    };
    let pattern = inner(&pattern).ok_or(FORM)?;
    Ok(Rule {
        method: self::method(method, with)?,
        pattern: Pattern::read(pattern)?,
        selector: Selector::read(selector)?,
    })
}

fn method(name: &str, with: Option<String>) -> Result<Method, String> {
    let method = match name.trim().to_lowercase().as_str() {
        "mask" => Method::Mask,
        "remove" => Method::Remove,
        "hash" => Method::Hash,
        "replace" => return Ok(Method::Replace(with.unwrap_or_else(filtered))),
        _ => return Err(format!("'{name}' is none of Mask, Remove, Hash and Replace")),
    };
    match with {
        Some(_) => Err("only Replace has a 'with'".to_owned()),
        None => Ok(method),
    }
}

/// What stands in the first brackets, and what follows them.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    text.trim_start().strip_prefix('[')?.split_once(']')
}

/// What stands in brackets that are all there is.
fn inner(text: &str) -> Option<&str> {
    text.trim().strip_prefix('[')?.strip_suffix(']')
}
