//! Markdown, as CommonMark and GitHub's dialect have it.

use super::{Block, Span, address, lines, span};

/// Put behind a character that would call somebody or something: nobody sees it.
const BREAK: char = '\u{200b}';

pub(super) fn render(blocks: &[Block]) -> String {
    let blocks: Vec<String> = blocks
        .iter()
        .map(block)
        .filter(|block| !block.is_empty())
        .collect();
    let mut text = blocks.join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("### {}", escape(span(text).trim())),
        Block::Paragraph(spans) => inline(spans).trim().to_owned(),
        Block::Facts(facts) => {
            let fact = |(name, value): &(String, Vec<Span>)| {
                format!("- **{}:** {}", escape(span(name).trim()), inline(value).trim())
            };
            facts.iter().map(fact).collect::<Vec<_>>().join("\n")
        }
        Block::Code(code) => {
            let code = lines(code);
            let fence = "`".repeat(longest_run(&code).max(2) + 1);
            format!("{fence}\n{}\n{fence}", code.trim_end_matches('\n'))
        }
    }
}

fn inline(spans: &[Span]) -> String {
    spans.iter().map(one).collect()
}

fn one(part: &Span) -> String {
    match part {
        Span::Plain(text) => escape(&span(text)),
        Span::Strong(text) => match span(text).trim() {
            "" => String::new(),
            text => format!("**{}**", escape(text)),
        },
        Span::Code(text) => match span(text).trim() {
            "" => String::new(),
            text => {
                let fence = "`".repeat(longest_run(text) + 1);
                // A blank on both sides belongs to the fence, and lets the code begin with one.
                format!("{fence} {text} {fence}")
            }
        },
        Span::Link { text, url } => match address(url) {
            Some(address) => format!("[{}]({address})", escape(span(text).trim())),
            None => escape(&span(text)),
        },
    }
}

/// Text that means nothing but itself. A backslash does for what Markdown reads; mentions and references are found in what
/// it made, where no backslash is left, and are broken by a character that has no width.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '@' => escaped.extend(['@', BREAK]),
            '#' => escaped.extend(['\\', '#', BREAK]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // At the beginning of a line some trackers take it for an order.
            '/' if escaped.trim_start().is_empty() => escaped.extend([BREAK, '/']),
            ':' => escaped.extend([':', BREAK]),
            '.' | ',' | ';' | '\'' | '?' | '/' | ' ' => escaped.push(c),
            c if c.is_ascii_punctuation() => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    // A number with a dot begins a list.
    let digits = escaped.len() - escaped.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && escaped[digits..].starts_with('.') {
        escaped.insert(digits, '\\');
    }
    escaped
}

fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
