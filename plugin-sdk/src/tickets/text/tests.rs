use super::*;

/// What a program that fails may say, as a title, a message or a tag.
const HOSTILE: &[&str] = &[
    "{code}{noformat}h1. x{noformat} [~admin] !http://x/y.png! {html}<b>{html} *b* _i_ ----",
    "<script>alert(1)</script> & \"q\" 'q' {{ticket.comments}}",
    "[x](javascript:alert(1)) ![x](http://x/y) @everyone #12 `` ` ``` *b* | a | <!channel> &lt;",
    "a\r\nBcc: b\u{0}\u{1b}[31m\u{7}\u{202e}\u{2066}\u{200b}\u{feff}z",
    "/close\n/assign @root",
    "1. one\n- two\n> three\n# four",
    "h1. title",
    "",
    " ",
    "😀\u{1F468}\u{200D}\u{1F469} ü",
];

fn said(text: &str) -> Text {
    Text::default()
        .push(Block::Heading(text.to_owned()))
        .push(Block::Paragraph(vec![
            Span::plain(text),
            Span::strong(text),
            Span::code(text),
            Span::link(text, text),
            Span::link(text, format!("https://example.com/{}", text.trim())),
        ]))
        .push(Block::Facts(vec![(text.to_owned(), vec![Span::plain(text)])]))
        .push(Block::Code(text.to_owned()))
}

/// A character, and what stands before it, outside of code.
fn unescaped(text: &str, wanted: char) -> bool {
    let mut before = ' ';
    for c in text.chars() {
        if c == wanted && before != '\\' {
            return true;
        }
        before = if before == '\\' { ' ' } else { c };
    }
    false
}

#[test]
fn html_has_the_elements_of_the_renderer_alone() {
    for text in HOSTILE {
        let html = said(text).html();
        for tag in html.split('<').skip(1) {
            let name = tag
                .trim_start_matches('/')
                .split(['>', ' '])
                .next()
                .unwrap_or_default();
            assert!(
                ["h3", "p", "ul", "li", "strong", "code", "pre", "a"].contains(&name),
                "{text:?} made <{name}>"
            );
        }
        assert!(
            !html.contains("javascript:alert") || !html.contains("href=\"javascript"),
            "{html}"
        );
        assert!(!html.contains("{{"), "{html}");
    }
}

#[test]
fn wiki_markup_of_others_is_text() {
    for text in HOSTILE {
        let plain = Text::default()
            .push(Block::Paragraph(vec![Span::plain(*text)]))
            .wiki();
        for marked in ['{', '}', '[', ']', '!', '*', '_', '|', '~', '^', '-'] {
            assert!(!unescaped(&plain, marked), "{marked} of {text:?} in {plain:?}");
        }
        assert!(!plain.starts_with("h1."), "{plain}");
        let code = Text::default().push(Block::Code((*text).to_owned())).wiki();
        assert_eq!(code.matches("{noformat}").count(), 2, "{code}");
    }
}

#[test]
fn markdown_of_others_is_text() {
    for text in HOSTILE {
        let plain = Text::default()
            .push(Block::Paragraph(vec![Span::plain(*text)]))
            .markdown();
        for marked in ['[', ']', '*', '_', '`', '<', '>', '|', '!', '#'] {
            assert!(!unescaped(&plain, marked), "{marked} of {text:?} in {plain:?}");
        }
        assert!(!plain.contains("@e") && !plain.contains("@r"), "{plain}");
        assert!(!plain.trim_start().starts_with('/'), "{plain}");
        let code = Text::default().push(Block::Code((*text).to_owned())).markdown();
        let fence = code.split('\n').next().unwrap_or_default();
        assert!(fence.len() >= 3 && fence.chars().all(|c| c == '`'), "{code}");
        let within = &code[fence.len()..code.trim_end().len() - fence.len()];
        assert!(!within.contains(fence), "{code}");
    }
}

#[test]
fn nothing_hidden_and_nothing_endless_is_said() {
    for text in HOSTILE {
        let text = said(text);
        let all = [text.html(), text.adf().to_string(), text.plain()];
        for rendered in all {
            let is_hidden = |c: char| visible(c).is_none() || (c.is_control() && c != '\n' && c != '\t');
            assert!(!rendered.chars().any(is_hidden), "{rendered:?}");
        }
    }
    let long = said(&"😀<".repeat(50_000));
    for rendered in [
        long.html(),
        long.wiki(),
        long.markdown(),
        long.plain(),
        long.adf().to_string(),
    ] {
        assert!(rendered.len() < 1 << 20, "{}", rendered.len());
    }
}

#[test]
fn links_lead_to_the_web_alone() {
    assert_eq!(address("javascript:alert(1)"), None);
    assert_eq!(address("https://x/\ny"), None);
    assert_eq!(
        address("https://x/a|b](c)"),
        Some("https://x/a%7Cb%5D%28c%29".to_owned())
    );
    let link = Text::default().push(Block::Paragraph(vec![Span::link("x", "javascript:alert(1)")]));
    assert_eq!(
        link.adf()["content"][0]["content"][0],
        serde_json::json!({"type": "text", "text": "x"})
    );
    assert_eq!(link.html(), "<p>x</p>");
}

#[test]
fn a_line_is_one() {
    assert_eq!(line(" a\r\nb\u{202e}c ", 10), "a  bc");
    assert_eq!(line("abcdef", 4), "abc…");
}
