//! Text to tokens: `key:value` pairs and free text, with their places.

use super::error::{Problem, SearchError, quoted};
use super::keys::is_known;

/// One part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Characters before it.
    pub position: usize,
    /// Whether a `!` stands before it.
    pub negated: bool,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Words, or a quoted phrase.
    Text(String),
    /// `key:value`, or `key:[value, value]`.
    Pair {
        key: String,
        values: Vec<String>,
        is_list: bool,
        /// Where the values begin.
        at: usize,
    },
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

/// Takes a query apart. Words that stand side by side are one phrase.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SearchError> {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
    };
    let mut tokens: Vec<Token> = Vec::new();
    let mut may_join = false;
    while let Some((token, is_word)) = lexer.token()? {
        let word = match (&token.content, is_word && may_join && !token.negated) {
            (Content::Text(word), true) => Some(word.clone()),
            _ => None,
        };
        match (word, tokens.last_mut().map(|token| &mut token.content)) {
            (Some(word), Some(Content::Text(phrase))) => {
                phrase.push(' ');
                phrase.push_str(&word);
            }
            _ => {
                may_join = is_word && !token.negated;
                tokens.push(token);
            }
        }
    }
    Ok(tokens)
}

impl Lexer {
    /// The next token, and whether it is a bare word.
    fn token(&mut self) -> Result<Option<(Token, bool)>, SearchError> {
        self.skip_space();
        let position = self.at;
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        let negated = first == '!'
            && self
                .chars
                .get(self.at + 1)
                .is_some_and(|next| !next.is_whitespace());
        self.at += usize::from(negated);
        let (content, is_word) = match self.peek() {
            Some('"') => (Content::Text(self.quoted()?), false),
            _ => match self.key() {
                Some(key) => (self.pair(key)?, false),
                None => (Content::Text(self.word()?), true),
            },
        };
        let token = Token {
            position,
            negated,
            content,
        };
        Ok(Some((token, is_word)))
    }

    /// A key and its colon, unless what stands here is text: `TypeError: x`, `https://…`.
    fn key(&mut self) -> Option<String> {
        let start = self.at;
        let is_key = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']');
        let length = self.chars.iter().skip(start).take_while(|c| is_key(c)).count();
        let key: String = self.chars.iter().skip(start).take(length).collect();
        let colon = start + length;
        if key.is_empty() || self.chars.get(colon) != Some(&':') {
            return None;
        }
        let next = self.chars.get(colon + 1);
        let is_text = match next {
            None => !is_known(&key),
            Some('/') => self.chars.get(colon + 2) == Some(&'/'),
            Some(':') => true,
            Some(c) => c.is_whitespace() && !is_known(&key),
        };
        if is_text {
            return None;
        }
        self.at = colon + 1;
        // `tags[key]` says that a tag is meant.
        let inner = key.strip_prefix("tags[").and_then(|key| key.strip_suffix(']'));
        Some(inner.map(|tag| format!("tags[{tag}]")).unwrap_or(key))
    }

    fn pair(&mut self, key: String) -> Result<Content, SearchError> {
        let at = self.at;
        if self.peek() == Some('[') {
            let values = self.list(&key)?;
            return Ok(Content::Pair {
                key,
                values,
                is_list: true,
                at,
            });
        }
        let value = match self.peek() {
            Some('"') => self.quoted()?,
            Some(c) if !c.is_whitespace() => self.run(char::is_whitespace),
            _ => String::new(),
        };
        if value.is_empty() {
            return Err(SearchError::new(at, Problem::NoValue { key: quoted(&key) }));
        }
        Ok(Content::Pair {
            key,
            values: vec![value],
            is_list: false,
            at,
        })
    }

    fn list(&mut self, key: &str) -> Result<Vec<String>, SearchError> {
        let start = self.at;
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => return Err(SearchError::new(start, Problem::UnclosedList)),
                Some(']') => break,
                Some(',') => self.at += 1,
                Some('"') => values.push(self.quoted()?),
                Some(_) => {
                    let value = self.run(|c| matches!(c, ',' | ']'));
                    values.push(value.trim().to_owned());
                }
            }
        }
        self.at += 1;
        if values.is_empty() {
            return Err(SearchError::new(start, Problem::NoValue { key: quoted(key) }));
        }
        Ok(values)
    }

    fn word(&mut self) -> Result<String, SearchError> {
        let start = self.at;
        let word = self.run(char::is_whitespace);
        if matches!(word.as_str(), "AND" | "OR") || word.starts_with('(') {
            return Err(SearchError::new(start, Problem::Boolean { word: quoted(&word) }));
        }
        Ok(word)
    }

    /// The text between quotes; `\"` is a quote in it.
    fn quoted(&mut self) -> Result<String, SearchError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(SearchError::new(start, Problem::UnclosedQuote)),
                Some('"') => return Ok(text),
                Some('\\') if self.peek() == Some('"') => {
                    self.at += 1;
                    text.push('"');
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn run(&mut self, is_end: impl Fn(char) -> bool) -> String {
        let text: String = self
            .chars
            .iter()
            .skip(self.at)
            .take_while(|c| !is_end(**c))
            .collect();
        self.at += text.chars().count();
        text
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }
}
