//! `errand backup`: one file with everything, while the hub runs.
//!
//! The queue is copied before the database: what is digested and deleted from the queue meanwhile is in the database by
//! then, so that all that was acknowledged before the backup began is in one of the two.
//!
//! The audit log tells of it once it is there. A backup is kept also of a database that cannot be written to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use errand_store::seal::Keyring;
use errand_store::{Db, Location};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::open::Place;
use super::print;
use crate::opened;

/// The last entry: what each file before it has to be.
pub(super) const SUMS: &str = "SHA256SUMS";
/// What the database is called.
pub(super) const DATABASE: &str = "errand.db";
/// What of the data folder goes along, besides the database and the queue.
const FOLDERS: [&str; 2] = ["plugins", "dead"];
const SETTINGS: &str = "errand.toml";
const KEYS: &str = "secrets.key";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file to write, a tar archive. It must not be there yet.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Put the keys that secrets are sealed with in it too. Without, keep a copy of them elsewhere.
    #[arg(long)]
    with_keys: bool,
    /// Print JSON: {"files", "bytes", "database", "audited"}; the last says whether the audit log tells of it.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let data = &args.place.data;
    ensure!(data.is_dir(), "there is no data folder {}", data.display());
    ensure!(!args.file.exists(), "{} is there already", args.file.display());
    let settings = args.place.settings(Vec::new())?;
    let location = settings.database(data)?;
    let draft = beside(&args.file, "part");
    let mut archive = Archive::begin(&draft)?;
    archive.add_folder(data, "queue")?;
    let has_database = match &location {
        Location::Sqlite(path) => {
            ensure!(path.is_file(), "there is no database {}", path.display());
            let db = opened::connect(&location, &settings, &Keyring::default()).await?;
            let copy = beside(&args.file, "database");
            let copied = copy_database(&db, &copy).await;
            db.close().await;
            let added = copied.and_then(|()| archive.add_file(&copy, DATABASE));
            let _ = fs::remove_file(&copy);
            added?;
            true
        }
        Location::Postgres(_) => false,
    };
    for folder in FOLDERS {
        archive.add_folder(data, folder)?;
    }
    let alone = [SETTINGS, KEYS];
    for name in &alone[..1 + usize::from(args.with_keys)] {
        archive.add_file_if_there(&data.join(name), name)?;
    }
    let (files, bytes) = archive.end()?;
    fs::rename(&draft, &args.file).with_context(|| format!("cannot write {}", args.file.display()))?;
    let what = format!("backed up {files} files to {}", args.file.display());
    let written = opened::write_down(&location, &settings, "organization see", what).await;
    let is_audited = written.is_ok();
    if let Err(error) = written {
        print::warning(&error.context("the backup is whole, but the audit log does not tell of it"));
    }
    if args.json {
        return print::json(&json!({
            "files": files,
            "bytes": bytes,
            "database": has_database,
            "audited": is_audited,
        }));
    }
    say(args, files, bytes, has_database);
    Ok(())
}

fn say(args: &Args, files: usize, bytes: u64, has_database: bool) {
    print::text(&format!(
        "{files} files, {bytes} bytes, in {}",
        args.file.display()
    ));
    if !has_database {
        print::text(
            "The database is PostgreSQL and is not in it: run pg_dump now, after this command and not before.",
        );
    }
    if !args.with_keys {
        print::text("The keys of sealed secrets are not in it: keep a copy of secrets.key elsewhere.");
    }
}

fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}"));
    file.with_file_name(name)
}

/// Copies the database as it is at one moment, and says how far it is.
async fn copy_database(db: &Db, copy: &Path) -> Result<()> {
    let path = copy.to_str().context("the path of the backup is no text")?;
    ensure!(
        !copy.exists(),
        "{path} is there, of a backup that was broken off: delete it"
    );
    let used = db.used().await?;
    let whole = (used.file - used.free.unwrap_or(0)).max(1);
    let copying = db.copy_to(path);
    tokio::pin!(copying);
    let mut every = tokio::time::interval(Duration::from_secs(2));
    every.tick().await;
    loop {
        tokio::select! {
            copied = &mut copying => {
                copied.context("copying the database")?;
                return Ok(());
            }
            _ = every.tick() => {
                let written = fs::metadata(copy).map_or(0, |file| file.len());
                let percent = (written as f64 * 100.0 / whole as f64).min(99.0);
                print::progress(&format!("copying the database: {percent:.0} %"));
            }
        }
    }
}

/// The archive in the making.
struct Archive {
    tar: tar::Builder<File>,
    sums: String,
    files: usize,
    bytes: u64,
}

impl Archive {
    fn begin(draft: &Path) -> Result<Self> {
        // It holds what users sent.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(draft);
        let file = file.with_context(|| format!("cannot write {}", draft.display()))?;
        Ok(Archive {
            tar: tar::Builder::new(file),
            sums: String::new(),
            files: 0,
            bytes: 0,
        })
    }

    /// Adds the files of a folder; those that vanish meanwhile are left out.
    fn add_folder(&mut self, data: &Path, folder: &str) -> Result<()> {
        let path = data.join(folder);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.extend(entry.file_name().into_string().ok());
            }
        }
        // The segments of the queue in their order.
        names.sort();
        for name in names.iter().filter(|name| *name != "lock") {
            self.add_file_if_there(&path.join(name), &format!("{folder}/{name}"))?;
        }
        Ok(())
    }

    fn add_file_if_there(&mut self, path: &Path, name: &str) -> Result<()> {
        match path.exists() {
            true => self.add_file(path, name),
            false => Ok(()),
        }
    }

    /// Adds as many bytes as the file has now: what is appended meanwhile is of after the backup's moment.
    fn add_file(&mut self, path: &Path, name: &str) -> Result<()> {
        let file = match File::open(path) {
            Ok(file) => file,
            // A segment of the queue that was digested meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let size = file.metadata()?.len();
        let mut content = Summed::of(file.take(size));
        self.append(name, size, &mut content)?;
        let sum = content.sum();
        self.sums.push_str(&format!("{sum}  {name}\n"));
        self.files += 1;
        self.bytes += size;
        Ok(())
    }

    fn append(&mut self, name: &str, size: u64, content: impl Read) -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        let added = self.tar.append_data(&mut header, name, content);
        added.with_context(|| format!("cannot add {name} to the backup"))
    }

    fn end(mut self) -> Result<(usize, u64)> {
        let sums = std::mem::take(&mut self.sums);
        self.append(SUMS, sums.len() as u64, sums.as_bytes())?;
        let mut file = self.tar.into_inner().context("cannot end the backup")?;
        file.flush()?;
        file.sync_all().context("cannot end the backup")?;
        Ok((self.files, self.bytes))
    }
}

/// What is read through it, and its sum.
pub(super) struct Summed<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Summed<R> {
    pub(super) fn of(inner: R) -> Self {
        Summed {
            inner,
            hasher: Sha256::new(),
        }
    }

    pub(super) fn sum(self) -> String {
        let digest = self.hasher.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}
