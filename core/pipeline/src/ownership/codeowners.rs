//! From a CODEOWNERS file to rules.

/// The rules that a CODEOWNERS file means. Names of other systems (`@ada`, `@acme/payments`) are turned into what the hub
/// knows by `named`, which gives an address or a `#team`; lines of which nobody is known become comments that say so.
pub fn rules_of(file: &str, named: impl Fn(&str) -> Option<String>) -> String {
    let mut rules = String::new();
    for line in file.lines().take(2_000) {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with(['#', '[', '^']) {
            continue;
        }
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next() else { continue };
        let names: Vec<&str> = words.collect();
        let owners: Vec<String> = names.iter().filter_map(|name| named(name)).collect();
        if owners.is_empty() {
            rules.push_str(&format!("# nobody here is {}: {pattern}\n", names.join(" ")));
        } else {
            let pattern = if pattern == "*" { "**" } else { pattern };
            rules.push_str(&format!("path:{pattern} {}\n", owners.join(" ")));
        }
    }
    rules
}
