//! How chats write what stands out, and how foreign text stays text there.
//!
//! Titles, tags and names come from programs that anybody may have made fail. Whatever they hold, in no chat do they
//! call people, make links or break out of their place.

/// A chat's way to write text. Everything but what a method says is escaped by it.
pub trait Markup {
    /// Foreign text, as it is.
    fn text(&self, text: &str) -> String;

    /// Foreign text that stands out.
    fn bold(&self, text: &str) -> String;

    /// A link; its address is the hub's or a ticket's.
    fn link(&self, url: &str, text: &str) -> String;

    /// Foreign text as code, in the line.
    fn code(&self, text: &str) -> String;

    /// Lines of foreign text as code.
    fn block(&self, lines: &str) -> String;
}

/// Foreign text without what no chat should be sent: control characters, marks that turn the direction of what stands
/// beside them, line breaks. At most `most` characters; what is cut ends in `…`.
pub fn plain(text: &str, most: usize) -> String {
    cut(&lines(text).replace(['\n', '\t'], " "), most)
}

/// The same with its line breaks.
pub(super) fn lines(text: &str) -> String {
    let fit = |c: char| match c {
        '\r' => None,
        '\n' | '\t' => Some(c),
        c if c.is_control() => Some(' '),
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        '\u{2028}' | '\u{2029}' => Some(' '),
        c => Some(c),
    };
    text.chars().filter_map(fit).collect()
}

pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept.trim_end().to_owned() + "…"
}

/// Foreign text, cut before it is written in a chat's markup, so that it is at most `most` characters long afterwards and
/// no mark is cut in two.
pub fn fit(text: &str, most: usize, write: impl Fn(&str) -> String) -> String {
    let mut room = most;
    loop {
        let written = write(&cut(text, room));
        if written.chars().nth(most).is_none() || room == 0 {
            return written;
        }
        room /= 2;
    }
}

/// Slack's own markup. Send it with `"verbatim": true`, so that Slack does not look for names and links by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mrkdwn;

impl Mrkdwn {
    /// `<!channel>` becomes text: Slack asks for exactly these three. What makes text bold or code is kept from doing so
    /// by a mark of no width.
    fn escape(text: &str) -> String {
        let mut escaped = String::with_capacity(text.len() + 16);
        for c in lines(text).chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '*' | '_' | '~' | '`' => {
                    escaped.push('\u{2060}');
                    escaped.push(c);
                    escaped.push('\u{2060}');
                }
                c => escaped.push(c),
            }
        }
        escaped
    }

    /// In code only backticks end it.
    fn escape_code(text: &str) -> String {
        let text = lines(text).replace('&', "&amp;");
        let text = text.replace('<', "&lt;").replace('>', "&gt;");
        text.replace('`', "\u{2060}`\u{2060}")
    }
}

impl Markup for Mrkdwn {
    fn text(&self, text: &str) -> String {
        Mrkdwn::escape(text)
    }

    fn bold(&self, text: &str) -> String {
        match text.trim().is_empty() {
            true => String::new(),
            false => format!("*{}*", Mrkdwn::escape(&text.replace('\n', " "))),
        }
    }

    fn link(&self, url: &str, text: &str) -> String {
        match safe_url(url) {
            Some(url) => {
                let url = url.replace('&', "&amp;");
                let url = url.replace('<', "%3C").replace('>', "%3E").replace('|', "%7C");
                format!("<{url}|{}>", Mrkdwn::escape(&text.replace(['\n', '|'], " ")))
            }
            None => Mrkdwn::escape(text),
        }
    }

    fn code(&self, text: &str) -> String {
        match text.trim().is_empty() {
            true => String::new(),
            false => format!("`{}`", Mrkdwn::escape_code(&text.replace('\n', " "))),
        }
    }

    fn block(&self, lines: &str) -> String {
        format!("```{}```", Mrkdwn::escape_code(lines))
    }
}

/// The Markdown of Discord, Mattermost and Teams.
#[derive(Clone, Copy, Debug, Default)]
pub struct Markdown;

impl Markdown {
    fn escape(text: &str) -> String {
        let mut escaped = String::with_capacity(text.len() + 16);
        for c in lines(text).chars() {
            match c {
                // Nobody is called, no channel or emoji is named, no address becomes a link.
                '@' | '#' | ':' => {
                    escaped.push(c);
                    escaped.push('\u{2060}');
                }
                '\\' | '*' | '_' | '~' | '`' | '|' | '[' | ']' | '(' | ')' | '<' | '>' | '!' | '+' | '-'
                | '&' => {
                    escaped.push('\\');
                    escaped.push(c);
                }
                c => escaped.push(c),
            }
        }
        escaped
    }

    fn escape_code(text: &str) -> String {
        lines(text)
            .replace('`', "\u{2060}`\u{2060}")
            .replace('@', "@\u{2060}")
    }
}

impl Markup for Markdown {
    fn text(&self, text: &str) -> String {
        Markdown::escape(text)
    }

    fn bold(&self, text: &str) -> String {
        match text.trim().is_empty() {
            true => String::new(),
            false => format!("**{}**", Markdown::escape(text.replace('\n', " ").trim())),
        }
    }

    fn link(&self, url: &str, text: &str) -> String {
        let text = Markdown::escape(&text.replace('\n', " "));
        match safe_url(url) {
            Some(url) => {
                let url = url.replace('(', "%28").replace(')', "%29");
                let url = url.replace('<', "%3C").replace('>', "%3E");
                format!("[{text}]({url})")
            }
            None => text,
        }
    }

    fn code(&self, text: &str) -> String {
        match text.trim().is_empty() {
            true => String::new(),
            false => format!("`{}`", Markdown::escape_code(&text.replace('\n', " "))),
        }
    }

    fn block(&self, lines: &str) -> String {
        format!("```\n{}\n```", Markdown::escape_code(lines))
    }
}

/// An address that is one, without spaces.
fn safe_url(url: &str) -> Option<&str> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_whole = !url.chars().any(|c| c.is_whitespace() || c.is_control());
    (is_web && is_whole).then_some(url)
}
