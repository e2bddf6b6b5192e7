//! Embeds the bundled plugins that `cargo xtask plugins` built. Builds nothing itself: a check of the hub's code
//! needs no WebAssembly target. A hub built without them says so (`errand doctor`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let folder = plugins_folder(&out);
    println!("cargo::rerun-if-env-changed=ERRAND_BUNDLED_PLUGINS");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    files.sort();
    let mut code = String::from("&[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        writeln!(code, "    include_bytes!({file:?}) as &[u8],").map_err(io::Error::other)?;
    }
    code.push(']');
    fs::write(out.join("bundled.rs"), code)
}

/// `target/plugins`, whatever the target folder is called.
fn plugins_folder(out: &Path) -> PathBuf {
    if let Some(folder) = env::var_os("ERRAND_BUNDLED_PLUGINS") {
        return folder.into();
    }
    // target/<profile>/build/<package>/out
    out.ancestors().nth(4).unwrap_or(out).join("plugins")
}
