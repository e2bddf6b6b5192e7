//! `errand plugin new`: a plugin to begin with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;

use super::print;

/// Languages with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    Rust,
}

/// What `new` asks for.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its id: lower-case letters, digits and hyphens. Also the name of the folder that is made.
    name: String,
    /// The language.
    #[arg(long, value_enum, default_value = "rust")]
    lang: Lang,
    /// Folder of the SDK's source, rather than the SDK of this version from the project's repository.
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
    /// Where to make the folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    within: PathBuf,
}

/// The files of the Rust template, by where they go.
const RUST: [(&str, &str); 4] = [
    (
        "Cargo.toml",
        include_str!("../../../../plugin-sdk/templates/rust/Cargo.toml.in"),
    ),
    (
        "plugin.json",
        include_str!("../../../../plugin-sdk/templates/rust/plugin.json.in"),
    ),
    (
        "src/lib.rs",
        include_str!("../../../../plugin-sdk/templates/rust/src/lib.rs.in"),
    ),
    (
        ".gitignore",
        include_str!("../../../../plugin-sdk/templates/rust/gitignore.in"),
    ),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let is_id_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let begins_well = args.name.starts_with(|c: char| c.is_ascii_lowercase());
    ensure!(
        begins_well && args.name.len() <= 64 && args.name.chars().all(is_id_char),
        "'{}' cannot be a plugin's id: up to 64 lower-case letters, digits and hyphens, as in \"team-chat\"",
        args.name
    );
    let folder = args.within.join(&args.name);
    ensure!(!folder.exists(), "{} is there already", folder.display());
    let sdk = sdk(args.sdk.as_deref())?;
    let Lang::Rust = args.lang;
    for (path, template) in RUST {
        let text = template
            .replace("{{id}}", &args.name)
            .replace("{{name}}", &title(&args.name))
            .replace("{{sdk}}", &sdk);
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let shown = folder.display();
    print::text(&format!(
        "made {shown}; what it does is in {shown}/src/lib.rs, what it may do in {shown}/plugin.json"
    ));
    print::text(&format!("next: errand plugin test {shown}"));
    Ok(())
}

/// The dependency as Cargo.toml has it.
fn sdk(folder: Option<&Path>) -> Result<String> {
    let Some(folder) = folder else {
        return Ok(format!("{{ git = \"{}\" }}", env!("CARGO_PKG_REPOSITORY")));
    };
    let folder = folder
        .canonicalize()
        .with_context(|| format!("there is no folder {}", folder.display()))?;
    ensure!(
        folder.join("Cargo.toml").is_file(),
        "{} is not the SDK's folder: it has no Cargo.toml",
        folder.display()
    );
    let path = toml::Value::String(folder.display().to_string());
    Ok(format!("{{ path = {path} }}"))
}

/// `team-chat` as `Team chat`.
fn title(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + letters.as_str(),
        None => words,
    }
}
