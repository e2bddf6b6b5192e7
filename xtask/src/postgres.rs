//! A PostgreSQL of one's own: private folder, private port, gone afterwards.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::shell;

/// A running server; dropping it stops it and removes its folder.
pub(crate) struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    /// The account it runs under: PostgreSQL refuses to run as root.
    account: Option<&'static str>,
}

impl Postgres {
    /// Starts a server for tests: their data is thrown away, so nothing is synced to disk.
    pub(crate) fn start() -> Result<Self> {
        Self::start_with("-c fsync=off -c full_page_writes=off -c shared_buffers=128MB")
    }

    /// Starts a server that is as durable as one in use.
    pub(crate) fn start_durable() -> Result<Self> {
        Self::start_with("-c shared_buffers=512MB -c max_wal_size=4GB")
    }

    /// Installs PostgreSQL first where it is missing.
    fn start_with(settings: &str) -> Result<Self> {
        let bin = binaries()?;
        let folder = std::env::temp_dir().join(format!("errand-postgres-{}", std::process::id()));
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let account = shell::is_root()?.then_some("postgres");
        shell::say(&format!("starting PostgreSQL on port {port}"));
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let server = Postgres {
            bin,
            folder,
            port,
            account,
        };
        if let Some(account) = account {
            shell::run(Command::new("chown").arg(account).arg(&server.folder))?;
        }
        server.run(
            "initdb",
            &[
                "--auth=trust",
                "--username=errand",
                "--no-sync",
                "--encoding=UTF8",
            ],
            true,
        )?;
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c max_connections=200 {settings}",
            server.folder.display()
        );
        server.run(
            "pg_ctl",
            &[
                "start",
                "--wait",
                "--silent",
                "--log=/dev/null",
                "--options",
                &options,
            ],
            true,
        )?;
        Ok(server)
    }

    /// Where tests reach it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://errand@127.0.0.1:{}/postgres", self.port)
    }

    fn run(&self, program: &str, args: &[&str], loud: bool) -> Result<()> {
        let mut command = match self.account {
            Some(account) => {
                let mut command = Command::new("runuser");
                command.args(["-u", account, "--"]).arg(self.bin.join(program));
                command
            }
            None => Command::new(self.bin.join(program)),
        };
        command.arg("--pgdata").arg(self.folder.join("data")).args(args);
        // The account may not be allowed to look into the folder we stand in.
        command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if !loud {
            command.stderr(Stdio::null());
        }
        shell::run(&mut command)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        shell::say("stopping PostgreSQL");
        if let Err(error) = self.run("pg_ctl", &["stop", "--mode=immediate", "--silent"], false) {
            eprintln!("PostgreSQL did not stop: {error}");
        }
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("{} stays behind: {error}", self.folder.display());
        }
    }
}

fn binaries() -> Result<PathBuf> {
    if let Some(bin) = installed() {
        return Ok(bin);
    }
    shell::apt_install(&["postgresql"], "testing on PostgreSQL")?;
    installed().context("PostgreSQL was installed, yet its initdb is not to be found")
}

/// The folder with the newest `initdb`.
fn installed() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    let on_path = shell::find("initdb").and_then(|file| file.parent().map(Path::to_path_buf));
    folders
        .into_iter()
        .rev()
        .chain(on_path)
        .find(|bin| bin.join("initdb").is_file() && bin.join("pg_ctl").is_file())
}
