//! Plain text.

use super::{Block, Span, lines, span};

pub(super) fn render(blocks: &[Block]) -> String {
    let blocks: Vec<String> = blocks.iter().map(block).collect();
    blocks.join("\n\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => span(text),
        Block::Paragraph(spans) => inline(spans),
        Block::Facts(facts) => {
            let fact = |(name, value): &(String, Vec<Span>)| format!("{}: {}", span(name), inline(value));
            facts.iter().map(fact).collect::<Vec<_>>().join("\n")
        }
        Block::Code(code) => lines(code),
    }
}

fn inline(spans: &[Span]) -> String {
    spans.iter().map(one).collect()
}

fn one(part: &Span) -> String {
    match part {
        Span::Plain(text) | Span::Strong(text) | Span::Code(text) => span(text),
        Span::Link { text, url } if text == url => span(url),
        Span::Link { text, url } => format!("{} ({})", span(text), span(url)),
    }
}
