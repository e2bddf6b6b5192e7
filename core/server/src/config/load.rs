//! Puts the settings together: defaults, file, environment, flags; the later wins. What is wrong is said with the
//! name of the setting, its value, and where it was read.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::Config;

/// Variables of this prefix that are no settings.
const NOT_SETTINGS: [&str; 2] = ["ERRAND_DATA", "ERRAND_CONFIG"];

/// Where settings come from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The file; it must be there if it was named, and may be missing if it is the data folder's.
    pub(crate) file: Option<PathBuf>,
    pub(crate) file_is_named: bool,
    /// The environment.
    pub(crate) env: Vec<(String, String)>,
    /// `section.name` and value of each flag that was given.
    pub(crate) flags: Vec<(&'static str, String)>,
}

/// Reads all sources.
pub(crate) fn load(sources: &Sources) -> Result<Config> {
    let defaults = Table::try_from(Config::default()).context("the defaults are not representable")?;
    let mut merged = defaults.clone();
    if let Some(path) = &sources.file {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let table = text
                    .parse::<Table>()
                    .with_context(|| format!("{} is no TOML", path.display()))?;
                merge(&mut merged, table);
                read(&merged).with_context(|| format!("in {}", path.display()))?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !sources.file_is_named => {}
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
    for (name, text) in &sources.env {
        let Some(rest) = name.strip_prefix("ERRAND_") else {
            continue;
        };
        if NOT_SETTINGS.contains(&name.as_str()) || rest.starts_with("TEST_") {
            continue;
        }
        let Some((section, key)) = setting_of(&defaults, rest) else {
            bail!(
                "the environment variable {name} names no setting; known are {}",
                known(&defaults)
            );
        };
        set(&mut merged, &section, &key, text);
        read(&merged).with_context(|| format!("in the environment variable {name}"))?;
    }
    for (name, text) in &sources.flags {
        let (section, key) = name.split_once('.').context("a flag is named section.name")?;
        set(&mut merged, section, key, text);
        read(&merged).with_context(|| format!("in the flag for {name}"))?;
    }
    read(&merged)
}

fn read(table: &Table) -> Result<Config> {
    let deserializer = Value::Table(table.clone());
    let config: Config = serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let value = at_path(table, &path).map_or_else(String::new, |value| format!(" is {value}"));
        anyhow::anyhow!("{path}{value}: {}", error.into_inner().message())
    })?;
    config.check()?;
    Ok(config)
}

fn at_path<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    let (section, key) = path.split_once('.')?;
    // A database URL may hold a password, and an error is printed.
    if matches!(
        (section, key),
        ("database", "url")
            | ("secrets", "keys")
            | ("mail", "password")
            | ("single_sign_on", "client_secret")
    ) {
        return None;
    }
    table.get(section)?.get(key)
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(section)), Value::Table(values)) => section.extend(values),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn set(table: &mut Table, section: &str, key: &str, text: &str) {
    let Some(Value::Table(section)) = table.get_mut(section) else {
        return;
    };
    let value = match section.get(key) {
        Some(Value::String(_)) | None => Value::String(text.to_owned()),
        // What is no TOML stays text, and is refused with its name when it is read.
        Some(_) => format!("value = {text}")
            .parse::<Table>()
            .ok()
            .and_then(|mut table| table.remove("value"))
            .unwrap_or_else(|| Value::String(text.to_owned())),
    };
    section.insert(key.to_owned(), value);
}

/// The section and name that `SERVER_LISTEN` stands for.
fn setting_of(defaults: &Table, variable: &str) -> Option<(String, String)> {
    settings(defaults).find(|(section, key)| variable_of(section, key) == variable)
}

fn settings(defaults: &Table) -> impl Iterator<Item = (String, String)> + '_ {
    defaults.iter().flat_map(|(section, values)| {
        let keys = values.as_table().into_iter().flat_map(Table::keys);
        keys.map(move |key| (section.clone(), key.clone()))
    })
}

fn variable_of(section: &str, key: &str) -> String {
    format!("{section}_{key}").to_uppercase()
}

fn known(defaults: &Table) -> String {
    let names: Vec<_> = settings(defaults)
        .map(|(section, key)| format!("ERRAND_{}", variable_of(&section, &key)))
        .collect();
    names.join(", ")
}
