//! What a running hub writes into its data folder, for the commands beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What is in the file.
#[derive(Serialize, Deserialize)]
struct Running {
    url: String,
}

fn file(data: &Path) -> PathBuf {
    data.join("running.json")
}

/// Writes down where the hub is reached.
pub(crate) fn write_url(data: &Path, url: &str) -> Result<()> {
    let text = serde_json::to_string(&Running { url: url.to_owned() })?;
    std::fs::write(file(data), text).with_context(|| format!("cannot write {}", file(data).display()))
}

/// Where the hub that runs on this data folder, or ran last, is reached.
pub(crate) fn url(data: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file(data)).ok()?;
    serde_json::from_str::<Running>(&text)
        .ok()
        .map(|running| running.url)
}
