//! Packages from npm and PyPI, at the versions of a lock file, in a folder under `target`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// Packages to install, and what to say of them.
pub(crate) struct Packages<'a> {
    /// Where they go: `node_modules`, and a virtual environment in `python`.
    pub(crate) folder: &'a Path,
    /// Where `package.json`, `package-lock.json` and `requirements.txt` are.
    pub(crate) wanted: &'a Path,
    /// What they are for, as in "testing the SDKs".
    pub(crate) why: &'a str,
}

impl Packages<'_> {
    /// Installs what is missing or not of the wanted version.
    pub(crate) fn install(&self) -> Result<()> {
        fs::create_dir_all(self.folder).with_context(|| format!("creating {}", self.folder.display()))?;
        self.install_node()?;
        self.install_python()
    }

    fn install_node(&self) -> Result<()> {
        if !shell::has("npm") {
            shell::apt_install(&["nodejs", "npm"], self.why)?;
        }
        let lock_file = self.wanted.join("package-lock.json");
        let lock = fs::read(&lock_file).with_context(|| format!("reading {}", lock_file.display()))?;
        let folder = self.folder;
        if fs::read(folder.join("package-lock.json")).is_ok_and(|installed| installed == lock)
            && folder.join("node_modules").is_dir()
        {
            return Ok(());
        }
        shell::say(&format!("installing packages from npm for {}", self.why));
        fs::copy(self.wanted.join("package.json"), folder.join("package.json"))?;
        fs::write(folder.join("package-lock.json"), &lock)?;
        // Not `npm ci`: it refuses a lock that lacks packages for other systems which were never published.
        shell::run(
            Command::new("npm")
                .args([
                    "install",
                    "--no-save",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                ])
                .current_dir(folder),
        )
    }

    fn install_python(&self) -> Result<()> {
        let requirements = self.wanted.join("requirements.txt");
        let venv = self.folder.join("python");
        let stamp = venv.join("requirements.txt");
        let text = fs::read(&requirements).with_context(|| format!("reading {}", requirements.display()))?;
        if fs::read(&stamp).is_ok_and(|installed| installed == text) {
            return Ok(());
        }
        shell::say(&format!("installing packages from PyPI for {}", self.why));
        let make = || {
            let mut command = Command::new("python3");
            command.args(["-m", "venv", "--clear"]).arg(&venv);
            command
        };
        if make().status().is_ok_and(|status| !status.success()) {
            shell::apt_install(&["python3", "python3-venv"], self.why)?;
            shell::run(&mut make())?;
        }
        shell::run(
            Command::new(venv.join("bin/pip"))
                .args(["install", "--quiet", "--requirement"])
                .arg(&requirements),
        )?;
        fs::write(stamp, text).map_err(Into::into)
    }
}
