//! Finds the User-Agent rules (uap-core's `regexes.yaml`) in the package of `ua-parser`, which carries them but
//! does not export them, and writes them as JSON for `normalize/client/parser.rs` to include. So the rules come
//! from the registry by lockfile, and `cargo update` brings newer ones.
#![expect(
    clippy::expect_used,
    reason = "panicking is how a build script says what is wrong"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::{Map, Value};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rules = package_dir("ua-parser").join("uap-core/regexes.yaml");
    println!("cargo::rerun-if-changed={}", rules.display());
    let yaml = fs::read_to_string(&rules)
        .unwrap_or_else(|error| panic!("the User-Agent rules should be at {}: {error}", rules.display()));
    let json = Value::Object(read_rules(&yaml)).to_string();
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("user_agents.json"), json).expect("OUT_DIR is writable");
}

/// Where cargo keeps the source of a dependency.
fn package_dir(name: &str) -> PathBuf {
    let cargo = env::var("CARGO").expect("cargo sets CARGO");
    let target = env::var("TARGET").expect("cargo sets TARGET");
    let metadata = |extra: &[&str]| {
        let mut command = Command::new(&cargo);
        command.args(["metadata", "--format-version=1", "--filter-platform", &target]);
        command.args(extra).output().expect("cargo runs")
    };
    // What is built now was fetched, so there is no need for the network; a partial fetch is the exception.
    let mut output = metadata(&["--offline"]);
    if !output.status.success() {
        output = metadata(&[]);
    }
    assert!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON");
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    let package = packages.iter().find(|package| package["name"] == name);
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    let manifest = manifest.unwrap_or_else(|| panic!("{name} is a dependency"));
    Path::new(manifest)
        .parent()
        .expect("a manifest lies in a folder")
        .to_owned()
}

/// Reads the shape of YAML that the rules are written in: named lists of flat records of quoted text. Anything
/// else stops the build, so that a change of the format is seen here and not as unknown browsers.
fn read_rules(yaml: &str) -> Map<String, Value> {
    let mut lists = Map::new();
    let mut list = String::new();
    for (number, line) in yaml.lines().enumerate() {
        read_line(line, &mut list, &mut lists)
            .unwrap_or_else(|| panic!("regexes.yaml, line {}: unexpected {line:?}", number + 1));
    }
    lists
}

fn read_line(line: &str, list: &mut String, lists: &mut Map<String, Value>) -> Option<()> {
    let content = line.trim();
    if content.is_empty() || content.starts_with('#') {
        return Some(());
    }
    if !line.starts_with(' ') {
        *list = content.strip_suffix(':')?.to_owned();
        lists.insert(list.clone(), Value::Array(Vec::new()));
        return Some(());
    }
    let records = lists.get_mut(list)?.as_array_mut()?;
    if content.starts_with("- ") {
        records.push(Value::Object(Map::new()));
    }
    let (key, value) = content.trim_start_matches("- ").split_once(':')?;
    let record = records.last_mut()?.as_object_mut()?;
    record.insert(key.trim().to_owned(), scalar(value.trim())?);
    Some(())
}

/// Text in single quotes (a quote is doubled), in double quotes (JSON's escapes suffice), or null.
fn scalar(text: &str) -> Option<Value> {
    if text == "null" {
        return Some(Value::Null);
    }
    if text.starts_with('"') {
        return serde_json::from_str(&text[..=text.rfind('"')?]).ok();
    }
    let inner = text.strip_prefix('\'')?;
    let end = inner.rfind('\'')?;
    Some(Value::String(inner[..end].replace("''", "'")))
}
