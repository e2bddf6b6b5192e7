//! Jira's wiki markup.

use super::{Block, Span, address, lines, span};

/// Nobody sees it, and no macro has it in its name.
const BREAK: char = '\u{200b}';

pub(super) fn render(blocks: &[Block]) -> String {
    let blocks: Vec<String> = blocks.iter().map(block).collect();
    blocks.join("\n\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("h3. {}", escape(span(text).trim())),
        Block::Paragraph(spans) => begin(inline(spans).trim()),
        Block::Facts(facts) => {
            let fact = |(name, value): &(String, Vec<Span>)| {
                format!("* *{}:* {}", escape(span(name).trim()), inline(value).trim())
            };
            facts.iter().map(fact).collect::<Vec<_>>().join("\n")
        }
        // Within it nothing is read but its own end.
        Block::Code(code) => {
            let code = lines(code).replace("{noformat", &format!("{{{BREAK}noformat"));
            format!("{{noformat}}\n{}\n{{noformat}}", code.trim_end_matches('\n'))
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
            text => format!("*{}*", escape(text)),
        },
        Span::Code(text) => match span(text).trim() {
            "" => String::new(),
            text => format!("{{{{{}}}}}", escape(text)),
        },
        Span::Link { text, url } => match address(url) {
            Some(address) => format!("[{}|{address}]", escape(span(text).trim())),
            None => escape(&span(text)),
        },
    }
}

/// A backslash before all that marks, calls or draws something.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            // Two of them would be the end of a line.
            '\\' => escaped.push_str("&#92;"),
            '&' => escaped.push_str("&amp;"),
            // `:)` and `;)` are faces, `://` begins a link.
            ':' | ';' => escaped.extend([c, BREAK]),
            '{' | '}' | '[' | ']' | '(' | ')' | '*' | '_' | '-' | '+' | '^' | '~' | '?' | '!' | '|' | '#'
            | '@' => {
                escaped.extend(['\\', c]);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// `h1.` and `bq.` mean something at the beginning of a paragraph.
fn begin(paragraph: &str) -> String {
    match paragraph.char_indices().find(|(_, c)| !c.is_ascii_alphanumeric()) {
        Some((at, '.')) if at == 2 => format!("{}{BREAK}{}", &paragraph[..at], &paragraph[at..]),
        _ => paragraph.to_owned(),
    }
}
