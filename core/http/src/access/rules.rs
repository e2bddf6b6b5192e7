//! Which right a route needs, read from `rules.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::Method;
use errand_model::access::{Action, Resource, Role};

/// What a request to a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing: who is not signed in may, too.
    Open,
    /// Somebody, whatever they are.
    SignedIn,
    /// A right.
    Right(Resource, Action),
}

impl Rule {
    /// Whether somebody of that role may.
    pub fn allows(self, role: Role) -> bool {
        match self {
            Rule::Open | Rule::SignedIn => true,
            Rule::Right(resource, action) => role.may(resource, action),
        }
    }
}

/// A line of the file: how, where, and what it needs.
pub type Line = (Method, &'static str, Rule);

static RULES: LazyLock<HashMap<&'static str, Vec<(Method, Rule)>>> = LazyLock::new(|| {
    let mut rules: HashMap<_, Vec<_>> = HashMap::new();
    for (method, path, rule) in lines() {
        rules.entry(path).or_default().push((method, rule));
    }
    rules
});

/// All rules.
pub fn lines() -> Vec<Line> {
    let text = include_str!("rules.txt");
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    // A line that makes no sense gives nobody anything; a test says so.
    lines.filter_map(line).flatten().collect()
}

/// The rules in a line of the file.
fn line(line: &'static str) -> Option<Vec<Line>> {
    let (methods, rest) = line.split_at(line.find('/')?);
    let (path, needed) = rest.split_once(' ')?;
    let rule = match needed.trim() {
        "open" => Rule::Open,
        "signed-in" => Rule::SignedIn,
        right => {
            let (resource, action) = right.split_once(' ')?;
            Rule::Right(resource.parse().ok()?, action.trim().parse().ok()?)
        }
    };
    let methods = methods
        .split_whitespace()
        .map(|method| method.parse::<Method>().ok());
    methods.map(|method| Some((method?, path, rule))).collect()
}

/// What is known of a request.
pub(super) enum Known {
    /// It needs this.
    Rule(Rule),
    /// The route takes these methods alone.
    Methods(Vec<Method>),
    /// There is no rule for the route.
    Nothing,
}

/// What a request to a route needs.
pub(super) fn of(method: &Method, path: &str) -> Known {
    let asked = match *method {
        Method::HEAD => &Method::GET,
        ref other => other,
    };
    let Some(rules) = RULES.get(path) else {
        return Known::Nothing;
    };
    match rules.iter().find(|(of, _)| of == asked) {
        Some((_, rule)) => Known::Rule(*rule),
        None => Known::Methods(rules.iter().map(|(of, _)| of.clone()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_makes_sense() {
        for text in include_str!("rules.txt").lines() {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                let read = line(text).unwrap_or_else(|| panic!("no rule: {text}"));
                assert!(!read.is_empty(), "{text}");
                for (_, _, rule) in read {
                    assert!(rule.allows(Role::Owner), "nobody may: {text}");
                }
            }
        }
    }

    #[test]
    fn no_rule_stands_twice() {
        let all = lines();
        for (at, (method, path, _)) in all.iter().enumerate() {
            let twice = all[..at]
                .iter()
                .any(|(of, known, _)| (of, known) == (method, path));
            assert!(!twice, "{method} {path}");
        }
    }
}
