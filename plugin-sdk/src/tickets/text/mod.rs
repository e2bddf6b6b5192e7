//! Text for people, without a markup of its own: what is written is said once, and rendered as each system has it.
//!
//! ```
//! use errand_plugin_sdk::tickets::text::{Block, Span, Text};
//!
//! let text = Text::default()
//!     .push(Block::Paragraph(vec![Span::plain("It broke: "), Span::link("SHOP-1", "https://errors.example.com/1")]))
//!     .push(Block::Code("at pay (checkout.js:12)".to_owned()));
//! assert_eq!(text.markdown(), "It broke: [SHOP\\-1](https://errors.example.com/1)\n\n```\nat pay (checkout.js:12)\n```\n");
//! ```
//!
//! Foreign text (titles, messages, tags) stays text in every rendering: no mention, no macro, no link that a script
//! could hide in, no control character, nothing that turns the direction of what stands beside it.

mod adf;
mod html;
mod markdown;
mod plain;
#[cfg(test)]
mod tests;
mod wiki;

use serde_json::Value;

/// Characters of one span; a title may have any length.
const MAX_SPAN: usize = 4_000;
/// Characters of one code block.
const MAX_CODE: usize = 10_000;

/// What is to be said, block by block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    blocks: Vec<Block>,
}

/// A block of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Names and values, one a line.
    Facts(Vec<(String, Vec<Span>)>),
    /// Lines as they are: a stack trace.
    Code(String),
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Text.
    Plain(String),
    /// Text that matters.
    Strong(String),
    /// A word of a program.
    Code(String),
    /// A link, to http or https; anything else is shown as its text.
    Link {
        /// What people read.
        text: String,
        /// Where it leads.
        url: String,
    },
}

impl Span {
    /// Text.
    pub fn plain(text: impl Into<String>) -> Self {
        Span::Plain(text.into())
    }

    /// Text that matters.
    pub fn strong(text: impl Into<String>) -> Self {
        Span::Strong(text.into())
    }

    /// A word of a program.
    pub fn code(text: impl Into<String>) -> Self {
        Span::Code(text.into())
    }

    /// A link.
    pub fn link(text: impl Into<String>, url: impl Into<String>) -> Self {
        Span::Link {
            text: text.into(),
            url: url.into(),
        }
    }
}

impl Text {
    /// With a block more.
    #[must_use]
    pub fn push(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// With all of another behind it.
    #[must_use]
    pub fn then(mut self, other: Text) -> Self {
        self.blocks.extend(other.blocks);
        self
    }

    /// A paragraph of plain text alone, with a paragraph more for each empty line in it.
    pub fn plain_paragraphs(text: &str) -> Self {
        let paragraphs = text
            .split("\n\n")
            .filter(|paragraph| !paragraph.trim().is_empty());
        let blocks = paragraphs.map(|paragraph| Block::Paragraph(vec![Span::plain(paragraph)]));
        Text {
            blocks: blocks.collect(),
        }
    }

    /// Markdown as GitHub, GitLab and Linear read it.
    pub fn markdown(&self) -> String {
        markdown::render(&self.blocks)
    }

    /// HTML of few elements, without styles.
    pub fn html(&self) -> String {
        html::render(&self.blocks)
    }

    /// Jira's wiki markup, for Data Center.
    pub fn wiki(&self) -> String {
        wiki::render(&self.blocks)
    }

    /// Atlassian's document format, for Jira Cloud.
    pub fn adf(&self) -> Value {
        adf::render(&self.blocks)
    }

    /// Plain text.
    pub fn plain(&self) -> String {
        plain::render(&self.blocks)
    }
}

/// Foreign text as one line: what cannot be seen becomes a blank or goes, and it ends after `most` characters.
pub fn line(text: &str, most: usize) -> String {
    let clean: String = text.chars().filter_map(visible).map(flat).collect();
    cut(clean.trim(), most)
}

/// The same, keeping its lines.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let keep = |c: char| match c {
        '\n' => Some('\n'),
        '\t' => Some('\t'),
        c => visible(c).map(flat),
    };
    cut(&text.chars().filter_map(keep).collect::<String>(), MAX_CODE)
}

/// As much of a span as is said; blanks at its ends stay, since others stand beside it.
fn span(text: &str) -> String {
    let clean: String = text
        .chars()
        .take(MAX_SPAN + 1)
        .filter_map(visible)
        .map(flat)
        .collect();
    cut(&clean, MAX_SPAN)
}

fn cut(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// Without marks that reorder or hide what stands beside them.
fn visible(c: char) -> Option<char> {
    let is_hidden = matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    );
    (!is_hidden).then_some(c)
}

fn flat(c: char) -> char {
    if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
        ' '
    } else {
        c
    }
}

/// A link's address if a browser may follow it: http or https, without what would end it in any markup.
fn address(url: &str) -> Option<String> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if !is_web || url.len() > 2_000 {
        return None;
    }
    let mut address = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            c if c.is_control() || c.is_whitespace() => return None,
            '<' | '>' | '"' | '\'' | '`' | '|' | '[' | ']' | '(' | ')' | '{' | '}' | '\\' | '*' | '^' => {
                address.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => {
                visible(c)?;
                address.push(c);
            }
        }
    }
    Some(address)
}
