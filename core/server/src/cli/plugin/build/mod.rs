//! `errand plugin build`: from a folder to a component, by the tools of its language.

mod javascript;
mod python;
mod rust;
mod world;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use errand_plugin_host::{Manifest, embed_manifest};

/// Languages that plugins can be written in with nothing but a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Small and fast components.
    Rust,
    /// With an engine within: about 12 MB.
    #[value(alias = "javascript")]
    Js,
    /// With an interpreter within: about 18 MB.
    Python,
}

impl Lang {
    /// The file that a plugin's folder is known by.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Lang::Rust => "Cargo.toml",
            Lang::Js => "plugin.js",
            Lang::Python => "plugin.py",
        }
    }

    fn of(folder: &Path) -> Result<Self> {
        let langs = Lang::value_variants();
        let found = langs.iter().find(|lang| folder.join(lang.mark()).is_file());
        found.copied().with_context(|| {
            let marks: Vec<_> = langs.iter().map(|lang| lang.mark()).collect();
            format!(
                "{} is no folder of a plugin: it has none of {}",
                folder.display(),
                marks.join(", ")
            )
        })
    }
}

/// Builds the plugin in a folder; its component.
pub(crate) fn build(folder: &Path) -> Result<PathBuf> {
    let lang = Lang::of(folder)?;
    // Tools differ in what they make of relative paths and links.
    let folder = folder
        .canonicalize()
        .with_context(|| format!("there is no folder {}", folder.display()))?;
    match lang {
        Lang::Rust => rust::build(&folder),
        Lang::Js => interpreted(&folder, lang, javascript::componentize),
        Lang::Python => interpreted(&folder, lang, python::componentize),
    }
}

/// What the tool of an interpreted language is given.
struct Job<'a> {
    /// The plugin's folder.
    folder: &'a Path,
    /// Folder of the interface, with the plugin's own world.
    wit: PathBuf,
    /// Where the component is to be written.
    component: PathBuf,
}

/// Makes the plugin's world by its manifest, runs the tool, and puts the manifest into what came of it.
fn interpreted(folder: &Path, lang: Lang, componentize: fn(&Job<'_>) -> Result<()>) -> Result<PathBuf> {
    let path = folder.join("plugin.json");
    let json = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest = Manifest::parse(&json).with_context(|| path.display().to_string())?;
    let build = folder.join("build");
    let job = Job {
        folder,
        wit: build.join("wit"),
        component: build.join(&manifest.id).with_extension("wasm"),
    };
    let code = folder.join(lang.mark());
    let code = fs::read_to_string(&code).with_context(|| format!("cannot read {}", code.display()))?;
    // What it defines by these names is called.
    let defines = |names: [&str; 3]| names.iter().any(|name| code.contains(name));
    let besides = world::Besides {
        looks_back: defines(["function lookBack(", "const lookBack =", "def look_back("]),
        goes_back: defines(["function retrace(", "const retrace =", "def retrace("]),
        migrates: defines(["function migrate(", "const migrate =", "def migrate("]),
    };
    world::write(&job.wit, &manifest, besides)?;
    componentize(&job)?;
    let bare = fs::read(&job.component)
        .with_context(|| format!("nothing was built at {}", job.component.display()))?;
    fs::write(&job.component, embed_manifest(bare, &json))
        .with_context(|| format!("cannot write {}", job.component.display()))?;
    Ok(job.component)
}

/// Runs a tool to its end, in the plugin's folder. What it says goes to standard error: standard output is ours.
fn run(command: &mut Command, folder: &Path) -> Result<()> {
    let program = command.get_program().to_owned();
    let output = command
        .current_dir(folder)
        .stdout(std::io::stderr())
        .status()
        .with_context(|| format!("{} cannot be run", program.display()))?;
    ensure!(
        output.success(),
        "the plugin cannot be built: {} ended with {output}",
        program.display()
    );
    Ok(())
}

/// A program by its name, where `PATH` has it.
fn find(program: &str, advice: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH");
    let folders = path.iter().flat_map(std::env::split_paths);
    let found = folders
        .map(|folder| folder.join(OsStr::new(program)))
        .find(|file| file.is_file());
    match found {
        Some(found) => Ok(found),
        None => bail!("'{program}' is not on the PATH: {advice}"),
    }
}
