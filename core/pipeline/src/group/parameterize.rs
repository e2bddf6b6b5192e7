//! Replaces what differs from event to event by what it is: `user 42 at 10.0.0.7` becomes `user <int> at <ip>`.
//!
//! To replace a further kind, add it to [`kinds`] in the place where it should win over those after it. Every
//! change here changes hashes: see `Algorithm`.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Longer texts are left as they are, in bytes.
const MAX_TEXT: usize = 8192;

const DAY: &str = "(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)";
const WEEKDAY: &str = "(?:Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday)";
const MONTH: &str = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const ZONE: &str = "(?:UT|GMT|[ECMP](?:ST|DT)|[A-IK-Z])";
const OCTET: &str = "(?:25[0-5]|(?:2[0-4]|1?[0-9])?[0-9])";
const GROUP: &str = "[0-9a-fA-F]{1,4}";

/// The hundred most used top level domains.
const DOMAINS: &str = "com net org jp de uk fr br it ru es me gov pl ca au cn co in nl edu info eu ch id at kr cz mx \
                       be tv se tr tw al ua ir vn cl sk ly cc to no fi us pt dk ar hu tk gr il news ro my biz ie za \
                       nz sg ee th io xyz pe bg hk rs lt link ph club si site mobi by cat wiki la ga xxx cf hr ng \
                       jobs online kz ug gq ae is lv pro fm tips ms sa app";

/// Every kind with its pattern, those first that win.
fn kinds() -> Vec<(&'static str, String)> {
    let plain = |name, pattern: &str| (name, pattern.to_owned());
    vec![
        plain(
            "email",
            r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*",
        ),
        plain("url", r"\b(?:wss?|https?|ftp)://[^\s/$.?#].\S*"),
        ("hostname", hostname()),
        // W3C's and Amazon's headers that carry a trace's id.
        plain(
            "traceparent",
            r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\b|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b",
        ),
        ("ip", ip()),
        plain(
            "uuid",
            r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
        ),
        plain("sha1", r"\b[0-9a-fA-F]{40}\b"),
        plain("md5", r"\b[0-9a-fA-F]{32}\b"),
        ("date", date()),
        // The word boundaries belong to one alternative each; that is how Sentry's hashes were made.
        plain("duration", r"\b\d+ms|\d(?:\.\d+)?s\b"),
        plain("hex", r"\b0[xX][0-9a-fA-F]+\b"),
        plain("float", r"-\d+\.\d+\b|\b\d+\.\d+\b"),
        plain("int", r"-\d+\b|\b\d+\b"),
        // Only behind `=`: the value of a pair, not every quotation.
        plain("quoted_str", r#"='[^']+'|="[^"]+""#),
        plain("bool", "=(?:[Tt]rue|[Ff]alse)"),
    ]
}

/// Kinds whose match includes the `=` in front, which stays.
const AFTER_EQUALS: [&str; 2] = ["quoted_str", "bool"];

fn hostname() -> String {
    let lower = DOMAINS.split_whitespace().collect::<Vec<_>>().join("|");
    let upper = lower.to_uppercase();
    format!(r"\b(?:[a-zA-Z0-9\-]{{1,63}}\.)+?(?:(?:{upper})|(?:{lower}))\b")
}

fn ip() -> String {
    let v4 = format!(r"(?:{OCTET}\.){{3}}{OCTET}");
    let rest = |most: usize| format!("(?::{GROUP}){{1,{most}}}");
    let mut v6 = vec![
        format!("(?:{GROUP}:){{7}}{GROUP}"),
        format!("(?:{GROUP}:){{1,7}}:"),
        format!("(?:{GROUP}:){{1,6}}:{GROUP}"),
    ];
    v6.extend((2..=5).map(|behind| format!("(?:{GROUP}:){{1,{}}}{}", 7 - behind, rest(behind))));
    v6.push(format!("{GROUP}:{}", rest(6)));
    v6.push(format!(":(?:{}|:)", rest(7)));
    v6.push("fe80:(?::[0-9a-fA-F]{0,4}){0,4}%[0-9a-zA-Z]+".to_owned());
    v6.push(format!("::(?:ffff(?::0{{1,4}})?:)?{v4}"));
    v6.push(format!(r"(?:{GROUP}:){{1,4}}:{v4}\b"));
    format!(r"{}|\b{v4}\b", v6.join("|"))
}

fn date() -> String {
    let offset = r"[-+]\d{2}[0-5]\d";
    [
        // RFC 822 and 1123.
        format!(r"{DAY},\s\d{{1,2}}\s{MONTH}\s\d{{2,4}}\s\d{{1,2}}:\d{{1,2}}(?::\d{{1,2}})?\s(?:{offset}|{ZONE})"),
        // `Mon Jan 02, 1999`, `Jan 02, 1999`.
        format!(r"(?:{DAY}\s)?{MONTH}\s[0-3]\d,\s\d{{2,4}}"),
        // RFC 850.
        format!(r"{WEEKDAY},\s\d{{2}}-{MONTH}-\d{{2}}\s\d{{2}}:\d{{2}}:\d{{2}}\s{ZONE}"),
        // RFC 3339.
        r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z?(?:[+-]?\d{2}:\d{2})?".to_owned(),
        r"\d{4}-?[01]\d-?[0-3]\d\s[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d+)?".to_owned(),
        // `3:04PM`.
        r"\d{1,2}:\d{2}(?::\d{2})?(?: [aApP][Mm])?".to_owned(),
        r"\d{4}-[01]\d-[0-3]\d".to_owned(),
        // C's `asctime`.
        format!(r"\b(?:{DAY}\s+)?{MONTH}\s+\d{{1,2}}\s+\d{{2}}:\d{{2}}:\d{{2}}\s+\d{{4}}"),
        // RFC 2822.
        format!(
            r"\b(?:{DAY},\s+)?(?:0[1-9]|[1-2]?\d|3[01])\s+{MONTH}\s+(?:19\d{{2}}|[2-9]\d{{3}})\s+(?:2[0-3]|[0-1]\d):[0-5]\d(?::(?:60|[0-5]\d))?\s+(?:{offset}|{ZONE})"
        ),
        r"datetime.datetime\(.*?\)".to_owned(),
    ]
    .join("|")
}

struct Pattern {
    regex: Regex,
    /// The name behind each capture group, from group 1.
    names: Vec<&'static str>,
}

static PATTERN: LazyLock<Pattern> = LazyLock::new(|| {
    let kinds = kinds();
    let groups: Vec<_> = kinds.iter().map(|(_, pattern)| format!("({pattern})")).collect();
    let regex = Regex::new(&groups.join("|"));
    Pattern {
        regex: regex.unwrap_or_else(|error| unreachable!("a valid pattern: {error}")),
        names: kinds.into_iter().map(|(name, _)| name).collect(),
    }
});

/// Replaces every known kind in `text`. Borrowed means that there was none.
pub(super) fn parameterize(text: &str) -> Cow<'_, str> {
    if text.len() > MAX_TEXT || !text.bytes().any(may_matter) {
        return Cow::Borrowed(text);
    }
    PATTERN.regex.replace_all(text, |found: &Captures<'_>| {
        let groups = found.iter().skip(1).zip(&PATTERN.names);
        let kind = groups.filter_map(|(group, name)| group.map(|_| *name)).next();
        match kind {
            Some(name) if AFTER_EQUALS.contains(&name) => format!("=<{name}>"),
            Some(name) => format!("<{name}>"),
            None => String::new(),
        }
    })
}

/// Every kind contains at least one of these; digits of other scripts begin with a byte beyond ASCII.
fn may_matter(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'@' | b'.' | b':' | b'=' | 0x80..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_replaced_by_its_name() {
        for (text, expected) in [
            ("mail jo@example.com", "mail <email>"),
            ("get https://example.com/a?b=1 now", "get <url> now"),
            ("host db1.example.io down", "host <hostname> down"),
            ("from 10.0.0.7", "from <ip>"),
            ("from 2001:db8:0:0:0:0:2:1", "from <ip>"),
            ("a 550e8400-e29b-41d4-a716-446655440000 b", "a <uuid> b"),
            ("5d41402abc4b2a76b9719d911017c592", "<md5>"),
            ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "<sha1>"),
            ("at 2023-05-02T23:46:01Z", "at <date>"),
            ("at 3:04 PM", "at <date>"),
            ("took 5s and 12ms", "took <duration> and <duration>"),
            ("at 0x40000015", "at <hex>"),
            ("was -1.5", "was <float>"),
            ("was 15", "was <int>"),
            ("key='some text' on=True", "key=<quoted_str> on=<bool>"),
            ("'some text' True", "'some text' True"),
            (
                "trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "trace <traceparent>",
            ),
        ] {
            assert_eq!(parameterize(text), expected);
        }
    }

    #[test]
    fn a_text_too_long_is_left_alone() {
        let text = "1 ".repeat(MAX_TEXT);
        assert_eq!(parameterize(&text), text);
    }
}
