//! Extensions and crawlers that are known, by what they say and how they name themselves.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// What errors of extensions, toolbars and meddling proxies say.
const SAID: [&str; 20] = [
    "top.GLOBALS",
    "originalCreateNotification",
    "canvas.contentDocument",
    "MyApp_RemoveAllHighlights",
    "http://tt.epicplay.com",
    "Can't find variable: ZiteReader",
    "jigsaw is not defined",
    "ComboSearch is not defined",
    "http://loading.retry.widdit.com/",
    "atomicFindClose",
    "fb_xd_fragment",
    "bmi_SafeAddOnload",
    "EBCallBackMessageReceived",
    "_gCrWeb",
    "conduitPage",
    "null is not an object (evaluating 'elt.parentNode')",
    "plugin.setSuspendState is not a function",
    "Extension context invalidated",
    "webkit-masked-url:",
    "can't access dead object",
];

/// How the addresses of their code begin.
const SCHEMES: [&str; 6] = [
    "chrome://",
    "chrome-extension://",
    "moz-extension://",
    "safari-extension://",
    "safari-web-extension://",
    "webkit-masked-url:",
];

/// What the addresses of their code contain.
const PLACES: [&str; 8] = [
    "graph.facebook.com",
    "connect.facebook.net",
    "eatdifferent.com.woopra-ns.com",
    "static.woopra.com/js/woopra.js",
    "127.0.0.1:4001/isrunning",
    "webappstoolbarba.texthelp.com/",
    "metrics.itunes.apple.com.edgesuite.net/",
    "kaspersky-labs.com",
];

/// How crawlers name themselves, beside what [`NOUNS`] finds.
const CRAWLERS: [&str; 19] = [
    "mediapartners-google",
    "adsbot-google",
    "googlebot",
    "feedfetcher-google",
    "google-inspectiontool",
    "bingbot",
    "bingpreview",
    "baiduspider",
    "slurp",
    "sogou",
    "facebookexternalhit",
    "ia_archiver",
    "slack-imgproxy",
    "calypso appcrawler",
    "pingdom",
    "aws security scanner",
    "hubspot crawler",
    "bytespider",
    "better uptime",
];

/// What every crawler is: as a word's end, followed by none of its letters.
const NOUNS: [&str; 4] = ["bot", "bots", "spider", "crawler"];

static SAID_BY: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| any_of(&SAID));
static AT: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| any_of(&PLACES));
static NAMED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| any_of(&CRAWLERS));

/// None if it does not compile, which a test rules out.
fn any_of(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words)
        .ok()
}

fn has(words: &LazyLock<Option<AhoCorasick>>, text: &str) -> bool {
    words.as_ref().is_some_and(|words| words.is_match(text))
}

/// Whether an error that says this is an extension's.
pub(super) fn is_said_by_extension(value: &str) -> bool {
    has(&SAID_BY, value)
}

/// Whether code at this address is an extension's.
pub(super) fn is_code_of_extension(path: &str) -> bool {
    let begins = |scheme: &&str| {
        path.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().any(begins) || has(&AT, path)
}

/// Whether a browser that names itself so is none.
pub(super) fn is_crawler(user_agent: &str) -> bool {
    // A workspace's own bot is a program that people wrote.
    let lower = user_agent.to_ascii_lowercase();
    if lower.starts_with("slackbot 1.") {
        return false;
    }
    has(&NAMED, user_agent) || NOUNS.iter().any(|noun| ends_a_word(&lower, noun))
}

fn ends_a_word(text: &str, noun: &str) -> bool {
    text.match_indices(noun).any(|(at, _)| {
        let next = text.as_bytes().get(at + noun.len());
        // Cubot makes telephones.
        let is_brand = text.get(..at).is_some_and(|before| before.ends_with("cu"));
        !is_brand && next.is_none_or(|next| b"/;)-".contains(next) || next.is_ascii_whitespace())
    })
}
