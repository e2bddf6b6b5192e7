//! Browsers that are too old.

use errand_model::event::Event;
use errand_model::filters::OldBrowser;
use serde::Deserialize;

/// Whether the event's browser is one of those that `slugs` name.
pub(super) fn is_old(event: &Event<'_>, slugs: &[String]) -> bool {
    #[derive(Deserialize)]
    struct Browser {
        name: Option<String>,
        version: Option<String>,
    }
    let context = event.contexts.get("browser");
    let read = context.and_then(|raw| serde_json::from_str::<Browser>(raw.get()).ok());
    let Some((name, version)) = read.and_then(|read| read.name.zip(read.version)) else {
        return false;
    };
    let Some(family) = family(&name) else {
        return false;
    };
    let major = version
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    let named = slugs.iter().filter_map(|slug| OldBrowser::by_slug(slug));
    let mut of_family = named.filter(|old| old.family == family);
    major.is_some_and(|major| of_family.any(|old| (old.from..=old.to).contains(&major)))
}

/// The family of a browser's name: those of phones are old at the same version.
fn family(name: &str) -> Option<&'static str> {
    Some(match name {
        "IE" | "IE Mobile" | "Internet Explorer" => "Internet Explorer",
        "Edge" | "Edge Mobile" | "Microsoft Edge" => "Edge",
        "Safari" | "Mobile Safari" => "Safari",
        "Firefox" | "Firefox Mobile" | "Firefox iOS" => "Firefox",
        "Chrome" | "Chrome Mobile" | "Chrome Mobile WebView" | "Chrome Mobile iOS" | "HeadlessChrome" => {
            "Chrome"
        }
        "Opera" | "Opera Mobile" => "Opera",
        "Opera Mini" => "Opera Mini",
        "Android" => "Android",
        _ => return None,
    })
}
