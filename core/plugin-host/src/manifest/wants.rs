//! What a plugin wants of an admin: said in plain words, kept when agreed to, compared when a newer version comes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{HostRule, Import, Manifest, SettingField};

/// What a version of a plugin wants, or what was agreed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wants {
    /// Where requests go.
    pub hosts: BTreeSet<String>,
    /// What it uses of the hub, by the interface's name.
    pub imports: BTreeSet<String>,
    /// The secrets that it is given, with the hosts that they are bound to.
    pub secrets: BTreeSet<String>,
    /// The changes that it hears of.
    pub changes: BTreeSet<String>,
}

impl Manifest {
    /// What an admin has to agree to before this version runs.
    pub fn wanted(&self) -> Wants {
        let secrets = self.settings.iter().filter(|field| field.secret);
        Wants {
            hosts: self.hosts.iter().map(shown).collect(),
            imports: self
                .imports
                .iter()
                .map(|import| import.as_str().to_owned())
                .collect(),
            secrets: secrets.map(secret_in_words).collect(),
            changes: self.changes.iter().cloned().collect(),
        }
    }
}

impl Wants {
    /// What this asks for that was not agreed to, in plain words: each completes "it wants to …".
    pub fn beyond(&self, agreed: &Wants) -> Vec<String> {
        let beyond = |ours: &BTreeSet<String>, theirs: &BTreeSet<String>, say: &dyn Fn(&str) -> String| {
            ours.difference(theirs).map(|one| say(one)).collect::<Vec<_>>()
        };
        let mut words = beyond(&self.hosts, &agreed.hosts, &|host| {
            format!("send requests to {host}")
        });
        words.extend(beyond(&self.secrets, &agreed.secrets, &|secret| {
            format!("be given the secret {secret}")
        }));
        words.extend(beyond(&self.imports, &agreed.imports, &|import| in_words(import)));
        words.extend(beyond(&self.changes, &agreed.changes, &|change| {
            format!("hear of {change}")
        }));
        words
    }

    /// With what another asks for.
    #[must_use]
    pub fn and(mut self, other: &Wants) -> Self {
        self.hosts.extend(other.hosts.iter().cloned());
        self.imports.extend(other.imports.iter().cloned());
        self.secrets.extend(other.secrets.iter().cloned());
        self.changes.extend(other.changes.iter().cloned());
        self
    }
}

fn secret_in_words(field: &SettingField) -> String {
    let mut words = field.key.clone();
    if let Some(rule) = &field.oauth {
        words += &format!(", {}", rule.shown());
    }
    if !field.hosts.is_empty() {
        let hosts: Vec<_> = field.hosts.iter().map(shown).collect();
        words += &format!(" for {}", hosts.join(", "));
    }
    words
}

fn shown(rule: &HostRule) -> String {
    match rule {
        HostRule::Pattern(pattern) => without_usual_port(&String::from(pattern.clone())),
        HostRule::Setting { setting } => format!("the host of the setting '{setting}'"),
    }
}

/// `https://example.com` of `https://example.com:443`.
fn without_usual_port(pattern: &str) -> String {
    let (scheme, port) = match pattern.starts_with("https:") {
        true => ("https://", ":443"),
        false => ("http://", ":80"),
    };
    let host = pattern.strip_prefix(scheme).unwrap_or(pattern);
    match host.strip_suffix(port) {
        Some(host) if scheme == "https://" => host.to_owned(),
        Some(host) => format!("{scheme}{host}"),
        None => pattern.to_owned(),
    }
}

fn in_words(import: &str) -> String {
    let words = match Import::ALL.into_iter().find(|known| known.as_str() == import) {
        Some(Import::Http) => "send requests",
        Some(Import::Alerts) => "have other plugins tell people",
        Some(Import::Issues) => "read issues and their events",
        Some(Import::IssueChanges) => "change issues",
        Some(Import::Kv) => "remember things",
        Some(Import::Mail) => "send mail in the hub's name",
        Some(Import::Once) => "keep a journal of what it did",
        Some(Import::People) => "know people by name and address, and change issues in their name",
        Some(Import::Stats) => "ask how much happened",
        None => return format!("use {import}"),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(json: &str) -> Wants {
        Manifest::parse(json.as_bytes()).expect("a manifest").wanted()
    }

    #[test]
    fn what_a_newer_version_wants_beyond_the_older_is_said_in_plain_words() {
        let old = wanted(
            r#"{"id": "p", "name": "P", "version": "1.0.0", "imports": ["http"], "hosts": ["a.example"],
                "changes": ["issue.created"]}"#,
        );
        let new = wanted(
            r#"{"id": "p", "name": "P", "version": "1.1.0", "imports": ["http", "kv"],
                "hosts": ["a.example", "b.example"], "changes": ["issue.created", "issue.resolved"],
                "settings": [{"key": "token", "type": "text", "label": "T", "secret": true, "hosts": ["b.example"]}]}"#,
        );
        assert_eq!(
            new.beyond(&old),
            [
                "send requests to b.example",
                "be given the secret token for b.example",
                "remember things",
                "hear of issue.resolved"
            ]
        );
        assert_eq!(old.beyond(&new), Vec::<String>::new(), "less is no question");
        assert_eq!(new.beyond(&old.and(&new)), Vec::<String>::new());
    }
}
