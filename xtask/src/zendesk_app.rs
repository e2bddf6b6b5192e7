//! Packs the app for Zendesk's sidebar: a zip of `plugins/zendesk/app`, for one hub.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::shell;

/// What goes into the app, besides its manifest.
const FILES: [&str; 7] = [
    "assets/app.css",
    "assets/app.js",
    "assets/iframe.html",
    "assets/logo-small.png",
    "assets/logo.png",
    "assets/words-en.json",
    "translations/en.json",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The hub that the app is to ask, such as https://errors.example.com: Zendesk sends its secret nowhere else.
    #[arg(long)]
    hub: String,
    /// Where to write it.
    #[arg(long)]
    to: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let to = args
        .to
        .clone()
        .unwrap_or_else(|| shell::target().join("zendesk-app.zip"));
    pack(&args.hub, &to)?;
    shell::say(&format!(
        "packed {}: upload it as a private app in Zendesk",
        to.display()
    ));
    Ok(())
}

/// The same files and hub give the same bytes.
fn pack(hub: &str, to: &Path) -> Result<()> {
    let folder = shell::root().join("plugins/zendesk/app");
    let manifest = fs::read(folder.join("manifest.json")).context("reading the app's manifest")?;
    let manifest = manifest_for(hub, serde_json::from_slice(&manifest)?)?;
    let manifest = serde_json::to_string_pretty(&manifest)?.into_bytes();
    let mut files = vec![("manifest.json", manifest)];
    for file in FILES {
        files.push((
            file,
            fs::read(folder.join(file)).with_context(|| format!("reading {file}"))?,
        ));
    }
    fs::write(to, archive(&files)).with_context(|| format!("writing {}", to.display()))
}

/// A zip of a few small files, stored as they are: each behind a header of its own, and all in a list at the end.
fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut zip, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let at = length(&zip).to_le_bytes();
        let size = length(bytes).to_le_bytes();
        // Version, flags (names in UTF-8), method (stored), time and date (1980-01-01), sum, sizes, length of the name.
        let mut facts: Vec<u8> = [20_u16, 0x0800, 0, 0, 0x21]
            .iter()
            .flat_map(|field| field.to_le_bytes())
            .collect();
        facts.extend(sum(bytes).to_le_bytes());
        facts.extend([size, size].concat());
        facts.extend(
            [u16_of(name.len()), 0]
                .iter()
                .flat_map(|field| field.to_le_bytes()),
        );
        zip.extend(b"PK\x03\x04");
        zip.extend(&facts);
        zip.extend(name.as_bytes());
        zip.extend(bytes);
        list.extend(b"PK\x01\x02");
        list.extend(20_u16.to_le_bytes());
        list.extend(facts);
        // No comment, the first disk, no attributes.
        list.extend([0; 10]);
        list.extend(at);
        list.extend(name.as_bytes());
    }
    let (start, size) = (length(&zip), length(&list));
    zip.extend(list);
    zip.extend(b"PK\x05\x06");
    zip.extend([0; 4]);
    zip.extend(
        [u16_of(files.len()); 2]
            .iter()
            .flat_map(|field| field.to_le_bytes()),
    );
    zip.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    zip.extend([0; 2]);
    zip
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn u16_of(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// CRC-32 as zip has it.
fn sum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, step)
}

/// The manifest with the hub's host as the only one that the secret may go to.
fn manifest_for(hub: &str, mut manifest: Value) -> Result<Value> {
    let host = hub
        .strip_prefix("https://")
        .context("the hub's address begins with https://")?;
    let host = host.trim_end_matches('/');
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    ensure!(
        !host.is_empty() && host.contains('.') && host.chars().all(is_host),
        "the hub's address is https:// and a host's name, which Zendesk can reach"
    );
    manifest["domainWhitelist"] = json!([host]);
    manifest["author"]["url"] = json!(format!("https://{host}"));
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_app_is_packed_for_one_hub() -> Result<()> {
        let to = std::env::temp_dir().join(format!("errand-zendesk-app-{}.zip", std::process::id()));
        pack("https://errors.example.com/", &to)?;
        // What reads it is not what wrote it.
        let script = "import json, sys, zipfile\n\
            zip = zipfile.ZipFile(sys.argv[1])\n\
            assert zip.testzip() is None\n\
            print(json.dumps([zip.namelist(), json.loads(zip.read('manifest.json'))]))";
        let read = Command::new("python3").args(["-c", script]).arg(&to).output()?;
        fs::remove_file(to)?;
        ensure!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        let read: Value = serde_json::from_slice(&read.stdout)?;
        let expected: Vec<_> = std::iter::once("manifest.json").chain(FILES).collect();
        assert_eq!(read[0], json!(expected));
        assert_eq!(read[1]["domainWhitelist"], json!(["errors.example.com"]));
        let secret = json!({"name": "secret", "type": "text", "secure": true, "required": true});
        assert_eq!(read[1]["parameters"][1], secret);
        for wrong in [
            "http://errors.example.com",
            "https://",
            "https://localhost",
            "https://a.b/c?d",
            "https://*.example.com",
        ] {
            assert!(manifest_for(wrong, json!({})).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn nothing_of_the_app_is_left_out() -> Result<()> {
        let folder = shell::root().join("plugins/zendesk/app");
        let mut there = Vec::new();
        for part in ["assets", "translations"] {
            for entry in fs::read_dir(folder.join(part))? {
                there.push(format!("{part}/{}", entry?.file_name().to_string_lossy()));
            }
        }
        there.sort_unstable();
        assert_eq!(there, FILES);
        // A secret that the browser is to be told is none.
        let app = fs::read_to_string(folder.join("assets/app.js"))?;
        assert!(app.contains("secure: true") && app.contains("{{setting.secret}}"));
        assert!(!app.contains("settings.secret") && !app.contains("innerHTML"));
        Ok(())
    }
}
