//! What plugins were built against stays as it is: every declaration of a version that was published is still there,
//! word for word. Additions are free.
//!
//! `wit/v1.frozen` holds the declarations. With `ERRAND_FREEZE=1` the test adds what is new, which is done when a
//! version is published, and never takes anything away.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")
}

/// A WIT file without comments, its white space made single.
fn plain(text: &str) -> String {
    let code = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    let code: Vec<_> = code.flat_map(str::split_whitespace).collect();
    code.join(" ")
}

/// The declarations of one file: `kv: record entry { … }`. Worlds are not among them: plugins take them by name, and
/// growing is what they are for.
fn declarations(text: &str, found: &mut BTreeSet<String>) {
    let text = plain(text);
    let Some(at) = text.find("interface ") else { return };
    let Some((name, rest)) = text[at + "interface ".len()..].split_once('{') else {
        return;
    };
    let mut declaration = String::new();
    let mut depth = 0_usize;
    for c in rest.chars() {
        match c {
            '{' => depth += 1,
            // The end of the interface.
            '}' if depth == 0 => return,
            '}' => depth -= 1,
            _ => {}
        }
        declaration.push(c);
        if depth == 0 && matches!(c, ';' | '}') {
            // `use types.{a, b};` ends twice; what is used shows in the signatures.
            let is_use = declaration.trim_start().starts_with("use ");
            let is_rest = declaration.trim() == ";";
            if !is_use && !is_rest {
                found.insert(format!("{}: {}", name.trim(), declaration.trim()));
            }
            declaration.clear();
        }
    }
}

fn declared() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(wit().join("v1")).expect("the folder") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("readable");
        declarations(&text, &mut found);
    }
    found
}

#[test]
fn declarations_are_read() {
    let mut found = BTreeSet::new();
    let text = "package a:b@1.0.0;\n/// Doc.\ninterface x {\n  use types.{a, b};\n  record r { a: u8, // why\n b: u8 }\n  f: func(a: r) -> u8;\n}\n";
    declarations(text, &mut found);
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        ["x: f: func(a: r) -> u8;", "x: record r { a: u8, b: u8 }"]
    );
}

#[test]
fn what_was_published_is_still_there() {
    let path = wit().join("v1.frozen");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let frozen: BTreeSet<String> = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    let declared = declared();
    let gone: Vec<_> = frozen.difference(&declared).collect();
    assert!(
        gone.is_empty(),
        "plugins were built against these, which are gone or changed (see wit/README.md): {gone:#?}"
    );
    if std::env::var_os("ERRAND_FREEZE").is_some() {
        let all: Vec<_> = frozen.union(&declared).cloned().collect();
        fs::write(path, all.join("\n") + "\n").expect("written");
    }
    assert!(declared.len() > 40, "{declared:#?}");
}
