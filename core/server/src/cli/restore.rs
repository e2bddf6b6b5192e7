//! `errand restore`: a data folder of a backup.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use errand_store::Location;

use super::backup::{DATABASE, SUMS, Summed};
use super::open::Place;
use super::print;
use crate::opened;

/// The longest list of sums that is read.
const SUMS_BYTES: u64 = 16 << 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The backup.
    file: PathBuf,
    /// Folder to make: it must be empty, or not there.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let data = &args.data;
    let is_empty = match fs::read_dir(data) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", data.display())),
    };
    ensure!(is_empty, "{} is not empty; name another folder", data.display());
    let unpacked = unpack(&args.file, data);
    if unpacked.is_err() {
        // Half a data folder must not be taken for a whole one.
        let _ = fs::remove_dir_all(data);
    }
    let files = unpacked?;
    print::text(&format!(
        "{files} files, all as they were backed up, in {}",
        data.display()
    ));
    match data.join(DATABASE).exists() {
        true => {
            let what = format!("restored {files} files from {}", args.file.display());
            if let Err(error) = write_down(data, what).await {
                print::warning(
                    &error.context(
                        "all is restored, but the audit log of what was restored does not tell of it",
                    ),
                );
            }
        }
        false => print::text(
            "The backup is of a hub on PostgreSQL: restore the database with pg_restore or psql. Its audit log will not \
             tell of that.",
        ),
    }
    if !data.join("secrets.key").exists() {
        print::text("The keys are not in it: put your copy of secrets.key there before you start the hub.");
    }
    Ok(())
}

/// Says in the audit log of the restored database that it was restored.
async fn write_down(data: &Path, what: String) -> Result<()> {
    let settings = Place::of(data.to_owned()).settings(Vec::new())?;
    // Wherever the settings say that the database is: this one came out of the backup.
    let location = Location::Sqlite(data.join(DATABASE));
    opened::write_down(&location, &settings, "organization change", what).await
}

/// Unpacks everything, and answers how many files there were; fails if one is not what it was.
fn unpack(file: &Path, data: &Path) -> Result<usize> {
    let archive = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut archive = tar::Archive::new(archive);
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut promised = None;
    let broken = || format!("{} is no whole backup", file.display());
    for entry in archive.entries().with_context(broken)? {
        let mut entry = entry.with_context(broken)?;
        let path = entry.path().with_context(broken)?.into_owned();
        let name = path.to_string_lossy().into_owned();
        if name == SUMS {
            let mut text = String::new();
            entry
                .take(SUMS_BYTES)
                .read_to_string(&mut text)
                .with_context(broken)?;
            promised = Some(text);
            break;
        }
        ensure!(
            is_inside(&path),
            "{} holds a path that leads out of it: {name}",
            file.display()
        );
        let target = data.join(&path);
        let folder = target.parent().unwrap_or(data);
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let target = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&target);
        let mut target = target.with_context(|| format!("cannot write {name}"))?;
        let mut content = Summed::of(&mut entry);
        io::copy(&mut content, &mut target).with_context(broken)?;
        let sum = content.sum();
        target.sync_all()?;
        found.insert(name, sum);
    }
    let Some(promised) = promised else {
        bail!("{}: it ends before its list of sums", broken());
    };
    compare(&promised, &found).with_context(broken)?;
    Ok(found.len())
}

/// Whether a path stays in its folder.
fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn compare(promised: &str, found: &BTreeMap<String, String>) -> Result<()> {
    let promised: BTreeMap<&str, &str> = promised
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name, sum))
        .collect();
    for (name, sum) in &promised {
        match found.get(*name) {
            Some(found) if found == sum => {}
            Some(_) => bail!("{name} is not what was backed up"),
            None => bail!("{name} is missing"),
        }
    }
    ensure!(
        promised.len() == found.len(),
        "it holds files that are not in its list of sums"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        assert!(is_inside(Path::new("queue/0000.segment")));
        for bad in ["../errand.db", "/etc/passwd", "queue/../../x"] {
            assert!(!is_inside(Path::new(bad)), "{bad}");
        }
    }
}
