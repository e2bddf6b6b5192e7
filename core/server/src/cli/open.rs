//! What every command begins with: where the settings, the data folder and the database are.

use std::future::Future;
use std::path::PathBuf;

use anyhow::Result;

use crate::config::{self, Config, Sources};
use crate::opened::Opened;

/// Where the hub keeps its data, and its settings.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Place {
    /// Folder of the hub's data: database, queue, settings.
    #[arg(long, value_name = "DIR", env = "ERRAND_DATA", default_value = ".errand")]
    pub(crate) data: PathBuf,
    /// File with settings, rather than `errand.toml` in the data folder.
    #[arg(long, value_name = "FILE", env = "ERRAND_CONFIG")]
    config: Option<PathBuf>,
    /// Database, rather than SQLite in the data folder: postgres://user:password@host/name.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

impl Place {
    /// A data folder with the settings in it.
    pub(crate) const fn of(data: PathBuf) -> Self {
        Place {
            data,
            config: None,
            database_url: None,
        }
    }

    /// The settings, those of `flags` (`section.name` and value) being the strongest.
    pub(crate) fn settings(&self, mut flags: Vec<(&'static str, String)>) -> Result<Config> {
        flags.extend(self.database_url.clone().map(|url| ("database.url", url)));
        config::load(&Sources {
            file: Some(
                self.config
                    .clone()
                    .unwrap_or_else(|| self.data.join("errand.toml")),
            ),
            file_is_named: self.config.is_some(),
            env: std::env::vars().collect(),
            flags,
        })
    }

    /// The database, at this version's schema, with an organization and an administrator in it.
    pub(crate) async fn open(&self) -> Result<Opened> {
        let settings = self.settings(Vec::new())?;
        Opened::at(&self.data, settings).await
    }
}

/// Runs a command that waits for the database.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
