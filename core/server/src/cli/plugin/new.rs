//! `errand plugin new`: a plugin to begin with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::build::Lang;
use crate::bundled;
use crate::cli::print;

/// What `new` asks for.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its id: lower-case letters, digits and hyphens. Also the name of the folder that is made.
    name: String,
    /// The language.
    #[arg(long, value_enum, default_value = "rust")]
    lang: Lang,
    /// Folder of the Rust SDK's source, rather than the SDK of this version from the project's repository.
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
    /// Where to make the folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    within: PathBuf,
}

/// The files of a template, by where they go.
type Files = &'static [(&'static str, &'static str)];

macro_rules! template {
    ($($path:literal from $file:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../../plugin-sdk/templates/", $file)))),*]
    };
}

/// The same in every language.
const ANY: Files = template!["plugin.json" from "plugin.json.in"];
const RUST: Files = template![
    "Cargo.toml" from "rust/Cargo.toml.in",
    "src/lib.rs" from "rust/src/lib.rs.in",
    ".gitignore" from "rust/gitignore.in",
];
const JS: Files = template![
    "plugin.js" from "js/plugin.js.in",
    "package.json" from "js/package.json.in",
    ".gitignore" from "js/gitignore.in",
];
const PYTHON: Files = template![
    "plugin.py" from "python/plugin.py.in",
    "requirements.txt" from "python/requirements.txt.in",
    ".gitignore" from "python/gitignore.in",
];

/// Where the SDK of an interpreted language goes: it is part of the plugin.
const SDK_FOLDER: &str = "errand";

pub(super) fn run(args: &Args) -> Result<()> {
    let is_id_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let begins_well = args.name.starts_with(|c: char| c.is_ascii_lowercase());
    ensure!(
        begins_well && args.name.len() <= 64 && args.name.chars().all(is_id_char),
        "'{}' cannot be a plugin's id: up to 64 lower-case letters, digits and hyphens, as in \"team-chat\"",
        args.name
    );
    ensure!(
        args.sdk.is_none() || args.lang == Lang::Rust,
        "--sdk is for plugins in Rust; others carry their SDK with them"
    );
    let folder = args.within.join(&args.name);
    ensure!(!folder.exists(), "{} is there already", folder.display());
    let (files, sdk_files, code, tools): (_, bundled::Texts, _, _) = match args.lang {
        Lang::Rust => (RUST, &[], "src/lib.rs", None),
        Lang::Js => (JS, bundled::SDK_JS, "plugin.js", Some("npm install --prefix")),
        Lang::Python => (PYTHON, bundled::SDK_PYTHON, "plugin.py", Some("pip install -r")),
    };
    let sdk = sdk(args.sdk.as_deref())?;
    for (path, template) in ANY.iter().chain(files) {
        let text = template
            .replace("{{id}}", &args.name)
            .replace("{{name}}", &title(&args.name))
            .replace("{{sdk}}", &sdk);
        write(&folder.join(path), &text)?;
    }
    for (name, text) in sdk_files {
        write(&folder.join(SDK_FOLDER).join(name), text)?;
    }
    let shown = folder.display();
    print::text(&format!(
        "made {shown}; what it does is in {shown}/{code}, what it may do in {shown}/plugin.json"
    ));
    if let Some(tools) = tools {
        let argument = match args.lang {
            Lang::Python => folder.join("requirements.txt"),
            _ => folder.clone(),
        };
        print::text(&format!(
            "its tools, if they are not here: {tools} {}",
            argument.display()
        ));
    }
    print::text(&format!("next: errand plugin test {shown}"));
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
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
