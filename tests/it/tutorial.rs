//! The tutorial of `docs/`, as it stands there: its files are written, its commands run, what it shows is awaited.
//!
//! In the document, ```` ```sh ```` is run to its end, ```` ```sh background ```` is left running,
//! ```` ```python room.py ```` is a file, and every line of ```` ```text ```` has to show in what was printed.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use errand_tests::{binary, eventually, root};

#[tokio::test]
async fn the_tutorial_does_what_it_says() -> Result<()> {
    let Some(tools) = super::languages::tools() else {
        return Ok(());
    };
    let text = std::fs::read_to_string(root().join("docs/tutorial-plugin.md"))?;
    let hub = free_port()?;
    // The ports of the document may be taken.
    let text = text
        .replace(":8000", &format!(":{hub}"))
        .replace("9000", &free_port()?.to_string());
    let mut walk = Walk::new(&tools, hub)?;
    let blocks = blocks(&text)?;
    ensure!(blocks.len() >= 10, "the document has lost its blocks");
    for block in blocks {
        match block.kind {
            "sh" => walk.run(&block.text).await?,
            "sh background" => walk.start(&block.text)?,
            "text" => walk.expect(&block.text).await?,
            kind => match kind.split_once(' ') {
                Some((_, file)) => std::fs::write(walk.folder.path().join(file), &block.text)?,
                None => bail!("nobody knows what to do with a block of '{kind}'"),
            },
        }
    }
    Ok(())
}

/// A block of the document.
struct Block<'a> {
    kind: &'a str,
    text: String,
}

fn blocks(document: &str) -> Result<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let mut text = String::new();
        loop {
            match lines.next().context("a block without an end")? {
                "```" => break,
                line => text.extend([line, "\n"]),
            }
        }
        blocks.push(Block { kind, text });
    }
    Ok(blocks)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Somebody who follows the document.
struct Walk {
    folder: tempfile::TempDir,
    path: String,
    hub: u16,
    running: Vec<Child>,
    /// Where everything that is printed goes.
    printed: PathBuf,
}

impl Walk {
    fn new(tools: &Path, hub: u16) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let errand = binary();
        let errand = errand.parent().context("the binary has a folder")?;
        let path = std::env::var("PATH").context("PATH")?;
        Ok(Walk {
            printed: folder.path().join("printed"),
            path: format!(
                "{}:{}:{path}",
                tools.join("python/bin").display(),
                errand.display()
            ),
            folder,
            hub,
            running: Vec::new(),
        })
    }

    fn command(&self, script: &str) -> Result<Command> {
        let printed = || {
            std::fs::File::options()
                .create(true)
                .append(true)
                .open(&self.printed)
        };
        let mut command = Command::new("sh");
        // What the person at this machine has set must not decide a test.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ERRAND_")) {
            command.env_remove(name);
        }
        command
            .args(["-e", "-c", script])
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            .env("ERRAND_SERVER_LISTEN", format!("127.0.0.1:{}", self.hub))
            .stdin(Stdio::null())
            .stdout(printed()?)
            .stderr(printed()?);
        Ok(command)
    }

    async fn run(&self, script: &str) -> Result<()> {
        let mut command = self.command(script)?;
        let status = tokio::task::spawn_blocking(move || command.status()).await??;
        ensure!(status.success(), "{script}ended with {status}: {}", self.said());
        Ok(())
    }

    /// In a process group of its own, so that what it starts ends with it.
    fn start(&mut self, script: &str) -> Result<()> {
        let child = self.command(script)?.process_group(0).spawn()?;
        self.running.push(child);
        Ok(())
    }

    async fn expect(&self, text: &str) -> Result<()> {
        for line in text.lines() {
            eventually(line, || async { Ok(self.said().contains(line).then_some(())) })
                .await
                .with_context(|| self.said())?;
        }
        Ok(())
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.printed).unwrap_or_default()
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        for child in &mut self.running {
            let group = format!("-{}", child.id());
            // What ended by itself is no mistake.
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = child.wait();
        }
    }
}
