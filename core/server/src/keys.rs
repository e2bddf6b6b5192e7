//! The keys that secrets are sealed with: from the settings, else from a file that the first start makes.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use errand_model::{Clock as _, SystemClock};
use errand_store::Db;
use errand_store::seal::{self, Key, KeyId, KeySource, Keyring};

use crate::config::Config;

const HEADER: &str = "# Keys that the hub seals plugins' secrets with in its database: the first seals, all open.\n\
                      # Without them those secrets are lost. Keep a copy where the database's backups are not.\n";

/// Where the keys are.
#[derive(Clone)]
pub(crate) enum Keys {
    /// In the settings `secrets.keys`.
    Set(String),
    /// In a file, a key a line.
    File(PathBuf),
}

impl Keys {
    /// By the settings.
    pub(crate) fn of(data: &Path, settings: &Config) -> Self {
        let secrets = &settings.secrets;
        match (secrets.keys.trim(), secrets.key_file.as_str()) {
            ("", "") => Keys::File(data.join("secrets.key")),
            ("", path) => Keys::File(path.into()),
            (keys, _) => Keys::Set(keys.to_owned()),
        }
    }

    /// In words, for messages.
    pub(crate) fn place(&self) -> String {
        match self {
            Keys::Set(_) => "the setting secrets.keys (ERRAND_SECRETS_KEYS)".to_owned(),
            Keys::File(path) => path.display().to_string(),
        }
    }

    /// The keys as they are now; none if the file is not there yet.
    pub(crate) fn read(&self) -> Result<Vec<Key>> {
        let text = match self {
            Keys::Set(keys) => keys.replace(',', "\n"),
            Keys::File(path) => match fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
                Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
            },
        };
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        // The line itself is not shown: it may be a key with a typing error.
        let keys = lines.map(|(at, line)| {
            Key::parse(line).with_context(|| format!("{}, line {at}, is no key", self.place()))
        });
        keys.collect()
    }

    /// What seals and opens with them, and takes up keys that are added later.
    pub(crate) fn ring(&self) -> Result<Keyring> {
        self.read()?;
        Ok(Keyring::from_source(Box::new(self.clone())))
    }

    /// Sees to it that the keys are those of the database: makes the first one, refuses others.
    pub(crate) async fn settle(&self, db: &Db, keyring: &Keyring) -> Result<()> {
        let mut tx = db.begin().await?;
        let registered = seal::registered(&mut tx).await?;
        if registered.is_empty() && keyring.ids().is_empty() {
            self.make_first(keyring)?;
        }
        let known = keyring.ids();
        let Some(first) = known.first() else {
            bail!(self.lost(&registered));
        };
        let is_ours = registered.is_empty() || known.iter().any(|id| registered.contains(id));
        ensure!(is_ours, self.lost(&registered));
        let uses = seal::uses(&mut tx).await?;
        let lost: Vec<_> = uses
            .iter()
            .filter(|uses| uses.rows > 0 && !known.contains(&uses.key))
            .map(|uses| uses.key)
            .collect();
        ensure!(lost.is_empty(), self.lost(&lost));
        seal::register(&mut tx, *first, SystemClock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    fn lost(&self, keys: &[KeyId]) -> String {
        let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
        format!(
            "the database's secrets are sealed with key {}, which is not in {}; put the key file of the hub that wrote \
             them there, or restore it from your copy",
            keys.join(", "),
            self.place()
        )
    }

    fn make_first(&self, keyring: &Keyring) -> Result<()> {
        let Keys::File(path) = self else {
            bail!("secrets.keys holds no key; `errand secrets new-key` prints one");
        };
        let text = format!("{HEADER}{}\n", Key::generate()?.to_text().reveal());
        match private(path, true).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        }) {
            // Another process may have been faster: its key is as good.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => made.with_context(|| format!("cannot write {}", path.display()))?,
        }
        keyring.refresh();
        Ok(())
    }

    /// Writes these keys to the file in place of what was there, all or nothing.
    pub(crate) fn write(&self, keys: &[Key]) -> Result<()> {
        let Keys::File(path) = self else {
            bail!("the keys are in {}, which only you can change", self.place());
        };
        let lines = keys.iter().map(|key| format!("{}\n", key.to_text().reveal()));
        let text = format!("{HEADER}{}", lines.collect::<String>());
        let draft = path.with_extension("key.new");
        let written = private(&draft, false).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, path)
        });
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

/// A file for the eyes of its owner alone.
fn private(path: &Path, must_be_new: bool) -> std::io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    match must_be_new {
        true => options.create_new(true),
        false => options.create(true).truncate(true),
    };
    options.open(path)
}

impl KeySource for Keys {
    fn keys(&self) -> Option<Vec<Key>> {
        self.read()
            .inspect_err(|error| tracing::error!(error = format!("{error:#}"), "the keys cannot be read"))
            .ok()
    }
}
