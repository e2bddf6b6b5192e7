//! HTML of few elements, without attributes but an address.

use super::{Block, Span, address, lines, span};

pub(super) fn render(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect()
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("<h3>{}</h3>", escape(&span(text))),
        Block::Paragraph(spans) => format!("<p>{}</p>", inline(spans)),
        Block::Facts(facts) => {
            let fact = |(name, value): &(String, Vec<Span>)| {
                format!(
                    "<li><strong>{}:</strong> {}</li>",
                    escape(&span(name)),
                    inline(value)
                )
            };
            format!("<ul>{}</ul>", facts.iter().map(fact).collect::<String>())
        }
        Block::Code(code) => format!("<pre>{}</pre>", escape(&lines(code))),
    }
}

fn inline(spans: &[Span]) -> String {
    spans.iter().map(one).collect()
}

fn one(part: &Span) -> String {
    match part {
        Span::Plain(text) => escape(&span(text)),
        Span::Strong(text) => format!("<strong>{}</strong>", escape(&span(text))),
        Span::Code(text) => format!("<code>{}</code>", escape(&span(text))),
        Span::Link { text, url } => match address(url) {
            Some(address) => format!("<a href=\"{}\">{}</a>", escape(&address), escape(&span(text))),
            None => escape(&span(text)),
        },
    }
}

fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // Templates of help desks are put together from `{{…}}`.
            '{' => html.push_str("&#123;"),
            '}' => html.push_str("&#125;"),
            c => html.push(c),
        }
    }
    html
}
