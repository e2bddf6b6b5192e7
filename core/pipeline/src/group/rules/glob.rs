//! Globs, as rules write them: `*`, `?`, `**`, `[abc]`, `{a,b}`, `\` before what is meant literally.
//!
//! Most patterns are a piece of text with a star before, behind or around it; those are compared as text.
//! The rest becomes a regular expression, which takes time linear in what it reads.

use regex::{Regex, RegexBuilder};

/// The longest pattern.
const MAX_PATTERN: usize = 1000;

/// How a pattern is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Stack trace rules, for names: `*` spans everything.
    Name,
    /// Stack trace rules, for paths: `*` stays within a folder, `**/` and `/**` span folders. Case and the
    /// direction of slashes do not matter.
    Path,
    /// Fingerprint rules, for names.
    Exactly,
    /// Fingerprint rules, for text that people write: case does not matter.
    Loosely,
    /// Fingerprint rules, for paths: `**` spans folders wherever it stands.
    LoosePath,
}

impl Dialect {
    fn is_path(self) -> bool {
        matches!(self, Dialect::Path | Dialect::LoosePath)
    }

    fn folds_case(self) -> bool {
        !matches!(self, Dialect::Name | Dialect::Exactly)
    }

    fn is_stack_trace(self) -> bool {
        matches!(self, Dialect::Name | Dialect::Path)
    }
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    shape: Shape,
    literal: Box<str>,
}

#[derive(Clone, Debug)]
enum Shape {
    Whole(Box<str>),
    Start(Box<str>),
    End(Box<str>),
    /// For paths: found anywhere in the path with a leading slash.
    Within(Box<str>),
    /// For paths: what a path with a leading slash ends with.
    Tail(Box<str>),
    Any,
    Regex(Regex),
}

/// A path as patterns see it: lower case, forward slashes, and always one in front.
#[derive(Clone, Copy, Debug)]
pub(in crate::group) struct PathText<'a> {
    slashed: &'a str,
    had_slash: bool,
}

impl<'a> PathText<'a> {
    /// Writes `path` to the end of `buffer` as patterns want it; the range is what was written.
    pub(in crate::group) fn write(path: &str, buffer: &mut String) -> std::ops::Range<usize> {
        let start = buffer.len();
        let first = path.as_bytes().first();
        if first != Some(&b'/') && first != Some(&b'\\') {
            buffer.push('/');
        }
        if path.is_ascii() && !path.contains('\\') {
            let written = buffer.len();
            buffer.push_str(path);
            if let Some(written) = buffer.get_mut(written..) {
                written.make_ascii_lowercase();
            }
        } else {
            buffer.extend(
                path.chars()
                    .flat_map(char::to_lowercase)
                    .map(|c| if c == '\\' { '/' } else { c }),
            );
        }
        start..buffer.len()
    }

    /// Reads what [`PathText::write`] wrote for `path`.
    pub(in crate::group) fn read(path: &str, slashed: &'a str) -> Self {
        PathText {
            slashed,
            had_slash: matches!(path.as_bytes().first(), Some(b'/' | b'\\')),
        }
    }

    /// The path with a leading slash.
    pub(in crate::group) fn slashed(&self) -> &'a str {
        self.slashed
    }

    fn original(&self) -> &'a str {
        match self.had_slash {
            true => self.slashed,
            false => self.slashed.get(1..).unwrap_or_default(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    /// Already a regular expression: `?`, a class, a part of `{a,b}`.
    Other(String),
    Star,
    /// `**/` in front.
    FoldersBefore,
    /// `/**` behind.
    FoldersBehind,
    /// `/**/` between.
    FoldersBetween,
    /// `**` in a fingerprint rule's path.
    Everything,
}

impl Glob {
    /// Compiles `pattern`.
    pub(crate) fn new(pattern: &str, dialect: Dialect) -> Result<Self, String> {
        if pattern.len() > MAX_PATTERN {
            return Err(format!("a pattern has at most {MAX_PATTERN} bytes"));
        }
        let pattern = match (dialect.folds_case(), dialect.is_path()) {
            (true, true) => pattern.to_lowercase().replace('\\', "/"),
            (true, false) => pattern.to_lowercase(),
            _ => pattern.to_owned(),
        };
        let tokens = tokenize(&pattern, dialect)?;
        let shape = match simple_shape(&tokens, dialect) {
            Some(shape) => shape,
            None => Shape::Regex(regex(&tokens, dialect)?),
        };
        Ok(Glob {
            shape,
            literal: longest_literal(&tokens).into_boxed_str(),
        })
    }

    /// Text that whatever matches contains (for paths: contains once it has a leading slash); may be empty.
    pub(in crate::group) fn literal(&self) -> &str {
        &self.literal
    }

    /// Whether a name matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Whole(whole) => text == whole.as_ref(),
            Shape::Start(start) => text.starts_with(start.as_ref()),
            Shape::End(end) => text.ends_with(end.as_ref()),
            Shape::Within(part) => text.contains(part.as_ref()),
            Shape::Tail(tail) => text.ends_with(tail.as_ref()),
            Shape::Any => true,
            Shape::Regex(regex) => regex.is_match(text),
        }
    }

    /// Whether text matches in whatever case (for the dialects that fold it).
    pub(in crate::group) fn matches_folded(&self, text: &str) -> bool {
        self.matches(&text.to_lowercase())
    }

    /// Whether a path matches, as it is or with a slash in front.
    pub(in crate::group) fn matches_path(&self, path: PathText<'_>) -> bool {
        match &self.shape {
            Shape::Within(part) => path.slashed.contains(part.as_ref()),
            Shape::Tail(tail) => path.slashed.ends_with(tail.as_ref()),
            _ => self.matches(path.original()) || (!path.had_slash && self.matches(path.slashed)),
        }
    }
}

fn tokenize(pattern: &str, dialect: Dialect) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut braces = 0_usize;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        at += 1;
        let token = match c {
            '*' if next == Some('*') => {
                at += 1;
                double_star(&mut tokens, &chars, &mut at, dialect);
                continue;
            }
            '*' => Token::Star,
            '?' => Token::Other(if dialect.is_path() { "[^/]" } else { "(?s:.)" }.to_owned()),
            '[' => Token::Other(class(&chars, &mut at)?),
            '\\' if dialect.is_stack_trace() => {
                at += 1;
                Token::Char(next.ok_or("a lone `\\` at the end of the pattern")?)
            }
            '{' if dialect.is_stack_trace() => {
                braces += 1;
                Token::Other("(?:".to_owned())
            }
            '}' if braces > 0 => {
                braces -= 1;
                Token::Other(")".to_owned())
            }
            ',' if braces > 0 => Token::Other("|".to_owned()),
            '}' if dialect.is_stack_trace() => return Err("`}` without `{`; write `\\}`".to_owned()),
            c => Token::Char(c),
        };
        tokens.push(token);
    }
    if braces > 0 {
        return Err("`{` without `}`; write `\\{`".to_owned());
    }
    Ok(tokens)
}

/// `**` is special only as a whole folder; elsewhere it is two stars. Fingerprint rules know no such difference.
fn double_star(tokens: &mut Vec<Token>, chars: &[char], at: &mut usize, dialect: Dialect) {
    if !dialect.is_stack_trace() {
        tokens.push(if dialect.is_path() {
            Token::Everything
        } else {
            Token::Star
        });
        return;
    }
    let follows = chars.get(*at).copied();
    let after_slash = tokens.last() == Some(&Token::Char('/'));
    match follows {
        None | Some('/') if tokens.is_empty() => {
            *at += usize::from(follows.is_some());
            tokens.push(if follows.is_some() {
                Token::FoldersBefore
            } else {
                Token::Everything
            });
        }
        None if after_slash => {
            tokens.pop();
            tokens.push(Token::FoldersBehind);
        }
        Some('/') if after_slash => {
            *at += 1;
            tokens.pop();
            tokens.push(Token::FoldersBetween);
        }
        _ => tokens.push(Token::Star),
    }
}

/// A class in brackets as a regular expression; `at` stands behind the opening bracket.
fn class(chars: &[char], at: &mut usize) -> Result<String, String> {
    let mut out = "[".to_owned();
    if matches!(chars.get(*at), Some('!' | '^')) {
        out.push('^');
        *at += 1;
    }
    let start = *at;
    while let Some(&c) = chars.get(*at) {
        *at += 1;
        match c {
            ']' if *at > start + 1 => {
                out.push(']');
                return Ok(out);
            }
            '-' if *at > start + 1 && chars.get(*at) != Some(&']') => out.push('-'),
            c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    Err("`[` without `]`; write `[[]` for the bracket itself".to_owned())
}

/// Text with a star before, behind or around it.
fn simple_shape(tokens: &[Token], dialect: Dialect) -> Option<Shape> {
    let text = |tokens: &[Token]| -> Option<String> {
        tokens
            .iter()
            .map(|token| {
                if let Token::Char(c) = token {
                    Some(*c)
                } else {
                    None
                }
            })
            .collect()
    };
    let (first, last) = (tokens.first(), tokens.last());
    let shape = match (first, last) {
        (Some(Token::Everything), _) if tokens.len() == 1 => Shape::Any,
        (Some(Token::Star), _) if tokens.len() == 1 && !dialect.is_path() => Shape::Any,
        (Some(Token::FoldersBefore), Some(Token::FoldersBehind)) if dialect.is_path() => {
            let inner = text(tokens.get(1..tokens.len() - 1)?)?;
            Shape::Within(format!("/{inner}/").into())
        }
        (Some(Token::FoldersBefore), _) if dialect.is_path() => {
            Shape::Tail(format!("/{}", text(tokens.get(1..)?)?).into())
        }
        (Some(Token::Star), Some(Token::Star)) if !dialect.is_path() && tokens.len() > 1 => {
            Shape::Within(text(tokens.get(1..tokens.len() - 1)?)?.into())
        }
        (Some(Token::Star), _) if !dialect.is_path() => Shape::End(text(tokens.get(1..)?)?.into()),
        (_, Some(Token::Star)) if !dialect.is_path() => {
            Shape::Start(text(tokens.get(..tokens.len() - 1)?)?.into())
        }
        (_, Some(Token::FoldersBehind)) => {
            Shape::Start(format!("{}/", text(tokens.get(..tokens.len() - 1)?)?).into())
        }
        _ => Shape::Whole(text(tokens)?.into()),
    };
    Some(shape)
}

fn longest_literal(tokens: &[Token]) -> String {
    let mut runs = vec![String::new()];
    let mut depth = 0;
    for token in tokens {
        match token {
            Token::Other(text) if text == "(?:" => depth += 1,
            Token::Other(text) if text == ")" => depth -= 1,
            Token::Char(c) if depth == 0 => {
                if let Some(run) = runs.last_mut() {
                    run.push(*c);
                }
                continue;
            }
            _ => {}
        }
        runs.push(String::new());
    }
    runs.into_iter().max_by_key(String::len).unwrap_or_default()
}

fn regex(tokens: &[Token], dialect: Dialect) -> Result<Regex, String> {
    let mut text = "^".to_owned();
    for token in tokens {
        match token {
            Token::Char(c) => text.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            Token::Other(other) => text.push_str(other),
            Token::Star => text.push_str(if dialect.is_path() { "[^/]*" } else { ".*" }),
            Token::FoldersBefore => text.push_str("(?:/?|.*/)"),
            Token::FoldersBehind => text.push_str("/.*"),
            Token::FoldersBetween => text.push_str("(?:/|/.*/)"),
            Token::Everything => text.push_str(".*"),
        }
    }
    text.push('$');
    RegexBuilder::new(&text)
        .dot_matches_new_line(true)
        .size_limit(1 << 20)
        .build()
        .map_err(|_| "the pattern is not a valid glob".to_owned())
}
