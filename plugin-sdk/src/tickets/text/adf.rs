//! Atlassian's document format: text is text there, and needs no escapes; empty text is not allowed.

use serde_json::{Value, json};

use super::{Block, Span, address, lines, span};

pub(super) fn render(blocks: &[Block]) -> Value {
    let content: Vec<Value> = blocks.iter().filter_map(block).collect();
    json!({ "type": "doc", "version": 1, "content": content })
}

fn block(block: &Block) -> Option<Value> {
    Some(match block {
        Block::Heading(text) => {
            let content = node(&span(text), &[])?;
            json!({ "type": "heading", "attrs": { "level": 3 }, "content": [content] })
        }
        Block::Paragraph(spans) => json!({ "type": "paragraph", "content": inline(spans) }),
        Block::Facts(facts) => {
            let items: Vec<Value> = facts.iter().map(fact).collect();
            if items.is_empty() {
                return None;
            }
            json!({ "type": "bulletList", "content": items })
        }
        Block::Code(code) => {
            let content = node(&lines(code), &[])?;
            json!({ "type": "codeBlock", "content": [content] })
        }
    })
}

fn fact((name, value): &(String, Vec<Span>)) -> Value {
    let mut content: Vec<Value> = node(&format!("{}: ", span(name)), &[strong()])
        .into_iter()
        .collect();
    content.extend(inline(value));
    json!({ "type": "listItem", "content": [{ "type": "paragraph", "content": content }] })
}

fn inline(spans: &[Span]) -> Vec<Value> {
    spans.iter().filter_map(one).collect()
}

fn one(part: &Span) -> Option<Value> {
    match part {
        Span::Plain(text) => node(&span(text), &[]),
        Span::Strong(text) => node(&span(text), &[strong()]),
        Span::Code(text) => node(&span(text), &[json!({ "type": "code" })]),
        Span::Link { text, url } => match address(url) {
            Some(href) => node(
                &span(text),
                &[json!({ "type": "link", "attrs": { "href": href } })],
            ),
            None => node(&span(text), &[]),
        },
    }
}

fn strong() -> Value {
    json!({ "type": "strong" })
}

fn node(text: &str, marks: &[Value]) -> Option<Value> {
    match (text.is_empty(), marks.is_empty()) {
        (true, _) => None,
        (false, true) => Some(json!({ "type": "text", "text": text })),
        (false, false) => Some(json!({ "type": "text", "text": text, "marks": marks })),
    }
}
