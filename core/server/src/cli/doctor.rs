//! `errand doctor`: what is wrong with a set-up, and how to mend it.

use std::path::Path;

use anyhow::{Result, bail};
use errand_store::seal::{self, Keyring};
use errand_store::{Db, Location};
use serde::Serialize;

use super::open::Place;
use super::print;
use crate::bundled;
use crate::config::Config;
use crate::keys::Keys;
use crate::mail::Mail;
use crate::opened;

/// Free space below which the queue would soon refuse events.
const LOW_DISK_BYTES: u64 = 2 << 30;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Print JSON, one finding a line: {"check", "ok", "says", "mend"}.
    #[arg(long)]
    json: bool,
}

/// What one look found.
#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    says: String,
    /// What to do about it.
    mend: Option<String>,
}

impl Finding {
    fn good(check: &'static str, says: impl Into<String>) -> Self {
        Finding {
            check,
            ok: true,
            says: says.into(),
            mend: None,
        }
    }

    fn bad(check: &'static str, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Finding {
            check,
            ok: false,
            says: says.into(),
            mend: Some(mend.into()),
        }
    }
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let findings = look(&args.place).await;
    for finding in &findings {
        if args.json {
            print::json(finding)?;
            continue;
        }
        let mark = if finding.ok { "ok  " } else { "BAD " };
        print::text(&format!("{mark} {}: {}", finding.check, finding.says));
        if let Some(mend) = &finding.mend {
            print::text(&format!("     → {mend}"));
        }
    }
    match findings.iter().filter(|finding| !finding.ok).count() {
        0 => Ok(()),
        1 => bail!("one thing needs mending"),
        count => bail!("{count} things need mending"),
    }
}

async fn look(place: &Place) -> Vec<Finding> {
    let settings = match place.settings(Vec::new()) {
        Ok(settings) => settings,
        Err(error) => {
            let mend = "correct the setting; config.default.toml in the repository explains each";
            return vec![Finding::bad("settings", format!("{error:#}"), mend)];
        }
    };
    let mut findings = vec![Finding::good("settings", "all are valid")];
    findings.push(data_folder(&place.data));
    findings.push(disk(&place.data));
    findings.push(public_url(&settings));
    findings.push(plugins());
    findings.push(mail(&settings).await);
    findings.extend(database(place, &settings).await);
    findings
}

fn data_folder(data: &Path) -> Finding {
    let shown = data.display();
    if !data.exists() {
        return Finding::good(
            "data folder",
            format!("{shown} is not there yet; `errand serve` makes it"),
        );
    }
    let probe = data.join(".doctor");
    match std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Finding::good("data folder", format!("{shown} can be written")),
        Err(error) => {
            let mend = format!(
                "give the hub's account the right to write to {shown}, or choose another with --data"
            );
            Finding::bad("data folder", format!("{shown} cannot be written: {error}"), mend)
        }
    }
}

fn disk(data: &Path) -> Finding {
    let folder = data
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(Path::new("."));
    match rustix::fs::statvfs(folder) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let says = format!("{} MiB are free", free >> 20);
            match free < LOW_DISK_BYTES {
                true => Finding::bad(
                    "disk",
                    says,
                    "free some space, or move the data folder to a larger disk",
                ),
                false => Finding::good("disk", says),
            }
        }
        Err(error) => Finding::bad(
            "disk",
            format!("its free space cannot be read: {error}"),
            "check the mount",
        ),
    }
}

fn public_url(settings: &Config) -> Finding {
    let url = settings.public_url();
    if settings.server.public_url.is_empty() && !settings.server.listen.ip().is_loopback() {
        let mend = "set server.public_url to the address that browsers and SDKs use, as in https://errors.example.com";
        return Finding::bad(
            "public URL",
            format!("not set, so DSNs and links say {url}"),
            mend,
        );
    }
    Finding::good("public URL", url)
}

fn plugins() -> Finding {
    match bundled::PLUGINS.len() {
        0 => Finding::bad(
            "plugins",
            "this binary was built without the bundled plugins",
            "build it with `cargo xtask serve`, or run `cargo xtask plugins` before `cargo build`",
        ),
        count => Finding::good("plugins", format!("{count} bundled")),
    }
}

/// Whether the keys at hand open what is sealed.
async fn sealed(db: &Db, keys: &Keys, keyring: &Keyring) -> Finding {
    let known = keyring.ids();
    let uses = match seal::uses(db).await {
        Ok(uses) => uses,
        Err(error) => {
            let mend = "restore the table installation from a backup";
            return Finding::bad("keys", error.to_string(), mend);
        }
    };
    match uses.iter().find(|uses| !known.contains(&uses.key)) {
        Some(lost) => Finding::bad(
            "keys",
            format!(
                "{} settings of plugins are sealed with key {}, which is not in {}",
                lost.rows,
                lost.key,
                keys.place()
            ),
            "put the key file of the hub that wrote them there, or restore it from your copy",
        ),
        None => Finding::good("keys", format!("what is sealed opens with {}", keys.place())),
    }
}

async fn mail(settings: &Config) -> Finding {
    let (host, port) = (&settings.mail.host, settings.mail.port);
    let mail = match Mail::of(&settings.mail) {
        Ok(Some(mail)) => mail,
        Ok(None) => return Finding::good("mail", "no server is set, so none is sent"),
        Err(error) => return Finding::bad("mail", format!("{error:#}"), "correct the setting"),
    };
    match mail.test().await {
        Ok(true) => Finding::good("mail", format!("{host}:{port} answers")),
        Ok(false) => Finding::bad(
            "mail",
            format!("{host}:{port} answers, and takes no mail"),
            "check the server",
        ),
        Err(error) => Finding::bad(
            "mail",
            format!("{host}:{port}: {error}"),
            "check mail.host, mail.port, mail.tls, mail.user and mail.password",
        ),
    }
}

async fn database(place: &Place, settings: &Config) -> Vec<Finding> {
    let location = match settings.database(&place.data) {
        Ok(location) => location,
        Err(error) => {
            let mend = "set database.url to postgres://user:password@host/name, or leave it empty for SQLite";
            return vec![Finding::bad("database", format!("{error:#}"), mend)];
        }
    };
    if let Location::Sqlite(path) = &location
        && !path.exists()
    {
        return vec![Finding::good(
            "database",
            format!("{location} is not there yet; `errand serve` makes it"),
        )];
    }
    let keys = Keys::of(&place.data, settings);
    let keyring = match keys.ring() {
        Ok(keyring) => keyring,
        Err(error) => {
            let mend = "correct the line, or restore the file from your copy";
            return vec![Finding::bad("keys", format!("{error:#}"), mend)];
        }
    };
    let db = match opened::connect(&location, settings, &keyring).await {
        Ok(db) => db,
        Err(error) => {
            let mend = match location {
                Location::Sqlite(_) => {
                    "check that the file is an SQLite database and belongs to the hub's account"
                }
                Location::Postgres(_) => {
                    "check that the server runs, and the user, password and name in database.url"
                }
            };
            return vec![Finding::bad("database", format!("{location}: {error:#}"), mend)];
        }
    };
    match db.pending().await {
        Ok(names) if names.is_empty() => vec![
            Finding::good("database", format!("{location} is up to date")),
            sealed(&db, &keys, &keyring).await,
        ],
        Ok(names) => {
            let says = format!("{location} lacks {}", names.join(", "));
            vec![Finding::bad(
                "database",
                says,
                "`errand migrate` (or the next `errand serve`) applies them",
            )]
        }
        Err(error) => {
            let mend = "start the version of Errand that wrote the database, or a newer one";
            vec![Finding::bad("database", format!("{location}: {error}"), mend)]
        }
    }
}
