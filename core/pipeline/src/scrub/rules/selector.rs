//! Where a rule looks: paths of an event's JSON, joined by `&&`, `||` and `!`.
//!
//! `extra.customer` is that value and all below it, `*` one part of a path, `**` any number of them; `$string` any text.
//! Names such as `$message` stand for places that every event has.

/// Parts of a path, and paths of a selector, at most.
const MAX_PARTS: usize = 16;
const MAX_ATOMS: usize = 16;
/// `**` in a path: each multiplies the ways to fit.
const MAX_DEEP: usize = 2;

/// What the names stand for.
const NAMES: [(&str, &[&str]); 9] = [
    ("message", &["logentry"]),
    ("error", &["exception.values.*"]),
    ("exception", &["exception.values.*"]),
    ("thread", &["threads.values.*"]),
    ("breadcrumb", &["breadcrumbs.values.*"]),
    (
        "frame",
        &[
            "exception.values.*.stacktrace.frames.*",
            "threads.values.*.stacktrace.frames.*",
            "stacktrace.frames.*",
        ],
    ),
    ("http", &["request"]),
    ("user", &["user"]),
    ("context", &["contexts.*"]),
];

#[derive(Debug)]
enum Part {
    Is(String),
    One,
    Any,
}

#[derive(Debug)]
enum Place {
    Text,
    Paths(Vec<Vec<Part>>),
}

#[derive(Debug)]
struct Atom {
    place: Place,
    is_not: bool,
}

/// Where a rule looks: one of several lists of conditions, each of which holds as a whole.
#[derive(Debug)]
pub(super) struct Selector(Vec<Vec<Atom>>);

impl Selector {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let atoms = text.split("||").flat_map(|either| either.split("&&")).count();
        if atoms > MAX_ATOMS {
            return Err(format!("at most {MAX_ATOMS} places"));
        }
        let all = |either: &str| either.split("&&").map(atom).collect::<Result<Vec<_>, _>>();
        text.split("||").map(all).collect::<Result<_, _>>().map(Selector)
    }

    /// Whether a value is meant. `path` is in small letters.
    pub(super) fn fits(&self, path: &[String], is_text: bool) -> bool {
        let holds = |atom: &Atom| {
            let is_there = match &atom.place {
                Place::Text => is_text,
                Place::Paths(paths) => paths.iter().any(|parts| leads_to(parts, path)),
            };
            is_there != atom.is_not
        };
        self.0.iter().any(|all| all.iter().all(holds))
    }
}

fn atom(text: &str) -> Result<Atom, String> {
    let text = text.trim();
    let (is_not, text) = match text.strip_prefix('!') {
        Some(rest) => (true, rest.trim()),
        None => (false, text),
    };
    if text == "$string" {
        let place = Place::Text;
        return Ok(Atom { place, is_not });
    }
    let paths = match text.strip_prefix('$') {
        None => vec![text.to_owned()],
        Some(named) => {
            let (name, rest) = named
                .split_once('.')
                .map_or((named, ""), |(name, rest)| (name, rest));
            let known = NAMES.iter().find(|(known, _)| *known == name);
            let (_, places) = known.ok_or_else(|| {
                let names: Vec<_> = NAMES.iter().map(|(name, _)| format!("${name}")).collect();
                format!("'${name}' is none of $string, {}", names.join(", "))
            })?;
            let below = |place: &&str| match rest {
                "" => (*place).to_owned(),
                rest => format!("{place}.{rest}"),
            };
            places.iter().map(below).collect()
        }
    };
    let paths = paths
        .iter()
        .map(|path| self::path(path))
        .collect::<Result<_, _>>()?;
    Ok(Atom {
        place: Place::Paths(paths),
        is_not,
    })
}

fn path(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = next(rest)?;
        parts.push(part);
        match after {
            Some(after) => rest = after,
            None => break,
        }
    }
    let deep = parts.iter().filter(|part| matches!(part, Part::Any)).count();
    if parts.len() > MAX_PARTS || deep > MAX_DEEP {
        return Err(format!(
            "'{text}': a path has at most {MAX_PARTS} parts and {MAX_DEEP} times **"
        ));
    }
    Ok(parts)
}

/// The first part of a path, and what follows its dot. A part in single quotes may hold anything.
fn next(text: &str) -> Result<(Part, Option<&str>), String> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let (part, rest) = quoted
            .split_once('\'')
            .ok_or_else(|| format!("{text}: a quote is not closed"))?;
        let after = match rest {
            "" => None,
            rest => Some(
                rest.strip_prefix('.')
                    .ok_or_else(|| format!("{text}: what follows a quote begins with a dot"))?,
            ),
        };
        return Ok((Part::Is(part.to_lowercase()), after));
    }
    let (part, after) = match text.split_once('.') {
        Some((part, after)) => (part, Some(after)),
        None => (text, None),
    };
    let is_name = |c: char| !c.is_whitespace() && !"[]()*!&|$'\"".contains(c);
    let part = match part {
        "*" => Part::One,
        "**" => Part::Any,
        part if !part.is_empty() && part.chars().all(is_name) => Part::Is(part.to_lowercase()),
        part => {
            return Err(format!(
                "'{part}' is no part of a path; write it in single quotes"
            ));
        }
    };
    Ok((part, after))
}

/// Whether the value at `path` is where the parts lead, or below.
fn leads_to(parts: &[Part], path: &[String]) -> bool {
    let Some((first, rest)) = parts.split_first() else {
        return true;
    };
    match (first, path.split_first()) {
        (Part::Any, _) => (0..=path.len()).any(|skipped| leads_to(rest, &path[skipped..])),
        (Part::One, Some((_, below))) => leads_to(rest, below),
        (Part::Is(name), Some((key, below))) => name == key && leads_to(rest, below),
        (_, None) => false,
    }
}
