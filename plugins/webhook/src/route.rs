//! Where an issue's events are told: by their environment.

use std::collections::BTreeMap;

/// What stands for nobody.
const NOBODY: &str = "-";

/// The URL for events of an environment; none where nobody is told.
pub fn to<'a>(
    environment: Option<&str>,
    url: &'a str,
    environments: &'a BTreeMap<String, String>,
    others_too: bool,
) -> Option<&'a str> {
    match environment
        .and_then(|name| environments.get(name))
        .map(String::as_str)
    {
        Some(NOBODY) => None,
        Some("") => Some(url),
        Some(own) => Some(own),
        None => others_too.then_some(url),
    }
}

/// What is wrong with the place of an environment.
pub fn problem(environment: &str, place: &str) -> Option<String> {
    let is_url = place.starts_with("https://") || place.starts_with("http://");
    (!is_url && !matches!(place, "" | NOBODY)).then(|| {
        format!("'{environment}' needs a URL, nothing for the URL above, or - where nobody is to be told")
    })
}
