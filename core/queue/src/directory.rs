//! The queue's directory: who it is, who has it open, which segments it holds.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::{OpenError, Position};

/// The format of directory and segments.
pub(crate) const FORMAT: u32 = 1;

const LOCK: &str = "lock";
const IDENTITY: &str = "queue";
const SEGMENT: &str = "segment";

/// Takes the directory for this process, making it if there is none. It is held until the file is dropped.
pub(crate) fn lock(directory: &Path) -> Result<File, OpenError> {
    std::fs::create_dir_all(directory).map_err(OpenError::io(directory))?;
    let path = directory.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = file.map_err(OpenError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
    }
}

/// The queue's name, made at random when it is opened for the first time: marks in a database are kept by it, so
/// that a directory that was replaced is not taken for the old one.
pub(crate) fn identity(directory: &Path) -> Result<String, OpenError> {
    let path = directory.join(IDENTITY);
    match File::open(&path) {
        Ok(file) => {
            let mut text = String::new();
            file.take(256)
                .read_to_string(&mut text)
                .map_err(OpenError::io(&path))?;
            parse_identity(&text).ok_or_else(|| OpenError::Format {
                path,
                found: text.chars().take(64).collect(),
            })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = random_id().map_err(OpenError::io(&path))?;
            write_whole(directory, &path, &format!("errand-queue {FORMAT}\n{id}\n"))
                .map_err(OpenError::io(&path))?;
            Ok(id)
        }
        Err(source) => Err(OpenError::Io { path, source }),
    }
}

fn parse_identity(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let format = lines.next()?.strip_prefix("errand-queue ")?.parse::<u32>().ok()?;
    let id = lines.next()?;
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (format == FORMAT && is_id).then(|| id.to_owned())
}

fn random_id() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes a small file so that it is there in full or not at all.
fn write_whole(directory: &Path, path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    sync(directory)
}

/// Makes names that were added to the directory durable.
pub(crate) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The file of the segment that begins at `start`.
pub(crate) fn segment_path(directory: &Path, start: Position) -> PathBuf {
    directory.join(format!("{start}.{SEGMENT}"))
}

/// Begins a segment: an empty file whose name is durable.
pub(crate) fn create_segment(directory: &Path, start: Position) -> io::Result<File> {
    let path = segment_path(directory, start);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    sync(directory)?;
    Ok(file)
}

/// Where the segments begin, in order.
pub(crate) fn segment_starts(directory: &Path) -> io::Result<Vec<Position>> {
    let mut starts = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == SEGMENT) {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            match u64::from_str_radix(stem, 16) {
                Ok(start) if stem.len() == 16 => starts.push(Position(start)),
                _ => {
                    tracing::warn!(file = %path.display(), "a file in the queue is named like no segment; left alone");
                }
            }
        }
    }
    starts.sort_unstable();
    Ok(starts)
}
