//! `errand export`: everything of the organization as a tar archive of JSON lines, while the hub runs.
//!
//! Memory holds one row and the part that is being filled; parts are closed when they are full, because an entry of an archive
//! says how long it is before it begins.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use errand_store::export::{self, Record, TABLES};
use errand_store::storage;
use serde_json::{Map, Value, json};

use super::job::{self, Job, Progress};
use super::open::Place;
use super::print;
use crate::opened::Opened;

/// A part is closed when it has so many bytes.
const PART_BYTES: usize = 8 << 20;
/// How often is said how far it is.
const EVERY: Duration = Duration::from_secs(2);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file to write, a tar archive, or `-` for standard output. A file must not be there yet.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Print JSON: {"rows": {"event": …, …}}.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let is_stdout = args.file.as_os_str() == "-";
    ensure!(
        is_stdout || !args.file.exists(),
        "{} is there already",
        args.file.display()
    );
    ensure!(
        !(is_stdout && args.json),
        "the archive goes to standard output: there is no room for --json"
    );
    let opened = args.place.open().await?;
    // It takes out what users sent: that is written down before the first row is read.
    let mut tx = opened.db.begin().await?;
    opened
        .write_down(&mut tx, "organization see", "exported everything".to_owned())
        .await?;
    tx.commit().await?;
    let stored = storage::of_projects(&opened.db).await?;
    let events: i64 = stored.iter().map(|of| of.events).sum();
    let draft = args.file.with_extension("part");
    let out: Box<dyn Write> = match is_stdout {
        true => Box::new(io::stdout().lock()),
        false => Box::new(create(&draft)?),
    };
    let progress = Progress::default();
    // Of the large tables one knows how many rows there are.
    progress.expect(events);
    let title = match is_stdout {
        true => "Export".to_owned(),
        false => format!("Export to {}", args.file.display()),
    };
    let job = Job {
        kind: "export",
        title: &title,
    };
    let archive = Archive::begin(out, events, &progress);
    let said = |counts: &Map<String, Value>| format!("{} rows", rows(counts));
    let counts = job::shown(&opened, job, &progress, write(&opened, archive), said).await?;
    if !is_stdout {
        fs::rename(&draft, &args.file).with_context(|| format!("cannot write {}", args.file.display()))?;
    }
    match args.json {
        true => print::json(&json!({ "rows": counts })),
        false if is_stdout => Ok(()),
        false => {
            print::text(&format!("{} rows in {}", rows(&counts), args.file.display()));
            Ok(())
        }
    }
}

fn rows(counts: &Map<String, Value>) -> i64 {
    counts.values().filter_map(Value::as_i64).sum()
}

/// Writes all there is; answers how many rows of what.
async fn write(opened: &Opened, mut archive: Archive<'_>) -> Result<Map<String, Value>> {
    let (db, organization) = (&opened.db, opened.organization.id);
    for table in &TABLES {
        archive.table = table.name;
        export::rows(db, organization, table, |record| archive.add(&record)).await?;
        archive.close()?;
    }
    archive.table = "fact";
    export::facts(db, organization, |record| archive.add(&record)).await?;
    archive.close()?;
    archive.end()
}

fn create(path: &Path) -> Result<File> {
    // It holds what users sent.
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    file.with_context(|| format!("cannot write {}", path.display()))
}

/// The archive in the making.
struct Archive<'p> {
    progress: &'p Progress,
    tar: tar::Builder<Box<dyn Write>>,
    table: &'static str,
    part: Vec<u8>,
    parts: usize,
    counts: Map<String, Value>,
    rows: i64,
    events: i64,
    said: Instant,
}

impl<'p> Archive<'p> {
    fn begin(out: Box<dyn Write>, events: i64, progress: &'p Progress) -> Self {
        Archive {
            progress,
            tar: tar::Builder::new(out),
            table: "",
            part: Vec::new(),
            parts: 0,
            counts: Map::new(),
            rows: 0,
            events,
            said: Instant::now(),
        }
    }

    /// Adds a row to the part, and its bytes as a file of their own.
    fn add(&mut self, record: &Record) -> Result<()> {
        if let Some(content) = &record.content {
            let id = record.fields.get("id").and_then(Value::as_i64).unwrap_or(0);
            self.file(&format!("{}/{id}", self.table), content)?;
        }
        serde_json::to_writer(&mut self.part, &record.fields)?;
        self.part.push(b'\n');
        self.rows += 1;
        self.progress.advance(1);
        if self.part.len() >= PART_BYTES {
            self.flush()?;
        }
        if self.said.elapsed() >= EVERY {
            self.said = Instant::now();
            print::progress(&self.in_words());
        }
        Ok(())
    }

    fn in_words(&self) -> String {
        match self.table {
            "event" if self.events > 0 => {
                let percent = (self.rows * 100 / self.events).min(99);
                format!("event: {} rows, {percent} %", self.rows)
            }
            table => format!("{table}: {} rows", self.rows),
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.parts += 1;
        let name = format!("{}-{:06}.jsonl", self.table, self.parts);
        let part = std::mem::take(&mut self.part);
        self.file(&name, &part)
    }

    /// Ends a table.
    fn close(&mut self) -> Result<()> {
        if !self.part.is_empty() {
            self.flush()?;
        }
        self.counts.insert(self.table.to_owned(), self.rows.into());
        (self.rows, self.parts) = (0, 0);
        Ok(())
    }

    fn file(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        let added = self.tar.append_data(&mut header, name, content);
        added.with_context(|| format!("cannot write {name}"))
    }

    /// Ends the archive with what is in it: one without that entry was broken off.
    fn end(mut self) -> Result<Map<String, Value>> {
        let content = json!({ "errand": env!("CARGO_PKG_VERSION"), "rows": self.counts });
        self.file("manifest.json", content.to_string().as_bytes())?;
        let mut out = self.tar.into_inner().context("cannot end the archive")?;
        out.flush().context("cannot end the archive")?;
        Ok(self.counts)
    }
}
