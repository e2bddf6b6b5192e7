//! Reads User-Agent strings with uap-core's rules.
//!
//! Why `ua-parser` (0.2.2, Apache-2.0): it is the ua-parser organization's own crate, and its package carries a
//! copy of the rules, those that Sentry uses too, so that names agree. Of the others, `uaparser` 0.6.4 carries an
//! older copy and reads it with the deprecated `serde_yaml`; `user-agent-parser` 0.5 carries none; `fast_uaparser`
//! 2.0.1 is of 2020 and downloads them while it is built; `woothee` 0.13 has rules of its own, without HeadlessChrome.
//!
//! Measured, optimised: 112 ms and 27 MB once, at the first string; then 3 to 26 µs a string where its rules are
//! warm and up to 410 µs where they are not, which is why `cache.rs` stands in front.
//!
//! The rules are no source of this repository: `build.rs` takes them from the crate's package.

use std::sync::LazyLock;

use ua_parser::{Extractor, Regexes};

use super::{Client, Device, Named};

static RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/user_agents.json"));

/// None if the rules do not compile, which a test rules out.
static PARSER: LazyLock<Option<Extractor<'static>>> = LazyLock::new(|| {
    let regexes: Regexes<'static> = serde_json::from_str(RULES).ok()?;
    Extractor::try_from(regexes).ok()
});

/// What `user_agent` tells of its sender.
pub(super) fn parse(user_agent: &str) -> Client {
    let Some(parser) = PARSER.as_ref() else {
        return Client::default();
    };
    let (browser, os, device) = parser.extract(user_agent);
    let is_known = |family: &str| !family.is_empty() && family != "Other";
    Client {
        browser: browser
            .filter(|found| is_known(&found.family))
            .map(|found| Named {
                name: found.family.to_string(),
                version: version(&[found.major, found.minor, found.patch]),
            }),
        os: os.filter(|found| is_known(&found.os)).map(|found| {
            let parts = [
                found.major.as_deref(),
                found.minor.as_deref(),
                found.patch.as_deref(),
            ];
            Named {
                name: found.os.to_string(),
                version: version(&parts).map(|version| at_least(user_agent, version)),
            }
        }),
        device: device
            .filter(|found| is_known(&found.device))
            .map(|found| Device {
                family: found.device.to_string(),
                model: found.model.map(|model| model.to_string()),
                brand: found.brand.map(|brand| brand.to_string()),
            }),
    }
}

/// Compiles the rules now, so that the first event does not wait for it.
pub fn warm_up() {
    LazyLock::force(&PARSER);
}

/// Browsers froze what they say of the system: newer ones say the same. Sentry writes such versions with `>=`.
fn at_least(user_agent: &str, version: String) -> String {
    let is_frozen = [
        "Windows NT 10.0",
        "Intel Mac OS X 10_15_7",
        "Intel Mac OS X 10.15;",
    ]
    .iter()
    .any(|frozen| user_agent.contains(frozen));
    if is_frozen {
        format!(">={version}")
    } else {
        version
    }
}

fn version(parts: &[Option<&str>]) -> Option<String> {
    let known: Vec<&str> = parts
        .iter()
        .map_while(|part| part.filter(|part| !part.is_empty()))
        .collect();
    (!known.is_empty()).then(|| known.join("."))
}
