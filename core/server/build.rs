//! Embeds the bundled plugins that `cargo xtask plugins` built, and what plugins in other languages are built with.
//! Builds nothing itself: a check of the hub's code needs no WebAssembly target. A hub built without bundled plugins
//! says so (`errand doctor`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders of text that the binary carries, by the file that lists them: from the top of the repository.
const TEXTS: [(&str, &str); 3] = [
    ("wit.rs", "wit/v1"),
    ("sdk_js.rs", "plugin-sdk/js"),
    ("sdk_python.rs", "plugin-sdk/python/errand"),
];

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let folder = plugins_folder(&out);
    println!("cargo::rerun-if-env-changed=ERRAND_BUNDLED_PLUGINS");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut code = String::from("&[\n");
    for file in files(&folder).unwrap_or_default() {
        if file.extension().is_some_and(|extension| extension == "wasm") {
            println!("cargo::rerun-if-changed={}", file.display());
            writeln!(code, "    include_bytes!({file:?}) as &[u8],").map_err(io::Error::other)?;
        }
    }
    code.push(']');
    fs::write(out.join("bundled.rs"), code)?;
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (list, folder) in TEXTS {
        fs::write(out.join(list), texts(&top.join(folder))?)?;
    }
    Ok(())
}

/// The files of a folder, as code: pairs of name and text.
fn texts(folder: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut code = String::from("&[\n");
    let is_text =
        |file: &PathBuf| file.is_file() && file.extension().is_some_and(|extension| extension != "md");
    for file in files(folder)?.into_iter().filter(is_text) {
        let name = file.file_name().unwrap_or_default();
        writeln!(code, "    ({name:?}, include_str!({file:?})),").map_err(io::Error::other)?;
    }
    code.push(']');
    Ok(code)
}

/// What is in a folder, in order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: Result<Vec<_>, _> = fs::read_dir(folder)?.collect();
    let mut files: Vec<_> = entries?.into_iter().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// `target/plugins`, whatever the target folder is called.
fn plugins_folder(out: &Path) -> PathBuf {
    if let Some(folder) = env::var_os("ERRAND_BUNDLED_PLUGINS") {
        return folder.into();
    }
    // target/<profile>/build/<package>/out
    out.ancestors().nth(4).unwrap_or(out).join("plugins")
}
