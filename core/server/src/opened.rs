//! An open database, with the settings and the data folder that it was opened by.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use errand_model::access::Role;
use errand_model::project::Organization;
use errand_model::{Ids, SystemClock, UserId};
use errand_store::audit::{self, Audited, Deed};
use errand_store::seal::Keyring;
use errand_store::{Context, Db, Location, Options, Tx, organizations, people};

use crate::config::Config;
use crate::keys::Keys;
use crate::running;

/// Who the administrator is, until accounts can be made.
const ADMIN: (&str, &str) = ("admin@localhost", "Administrator");

/// An open database and what goes with it.
pub(crate) struct Opened {
    pub(crate) settings: Config,
    pub(crate) db: Db,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) organization: Organization,
    pub(crate) admin: UserId,
    pub(crate) keys: Keys,
    pub(crate) keyring: Keyring,
    data: PathBuf,
}

impl Opened {
    /// Opens it, brings it to this version's schema, and makes the first rows.
    pub(crate) async fn at(data: &Path, settings: Config) -> Result<Self> {
        make_private_folder(data)?;
        let location = settings.database(data)?;
        let keys = Keys::of(data, &settings);
        let keyring = keys.ring()?;
        let db = connect(&location, &settings, &keyring).await?;
        migrate(&db, &settings)
            .await
            .with_context(|| format!("cannot bring {location} to this version's schema"))?;
        keys.settle(&db, &keyring).await?;
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(Ids::new(settings.server.node)));
        let cx = Context {
            clock: clock.as_ref(),
            ids: &ids,
        };
        let mut tx = db.begin().await?;
        let organization = organizations::ensure_default(&mut tx, cx).await?;
        let admin = ensure_admin(&mut tx, cx).await?;
        tx.commit().await?;
        Ok(Opened {
            settings,
            db,
            clock,
            ids,
            organization,
            admin,
            keys,
            keyring,
            data: data.to_path_buf(),
        })
    }

    /// The time and ids for new rows.
    pub(crate) fn cx(&self) -> Context<'_> {
        Context {
            clock: self.clock.as_ref(),
            ids: &self.ids,
        }
    }

    /// Writes down in a transaction what the command does with it, for the audit log: `kind` says to what kind of things, as
    /// `projects create`.
    pub(crate) async fn write_down(&self, tx: &mut Tx, kind: &str, what: String) -> Result<()> {
        let deed = Deed { what, ..doer(kind) };
        Ok(audit::write(tx, self.cx(), &deed).await?)
    }

    /// Does what begins transactions of its own, and has the first of them written down; or, where it changed nothing but files,
    /// that it is done.
    pub(crate) async fn written_down<T, E>(
        &self,
        kind: &str,
        what: String,
        work: impl Future<Output = std::result::Result<T, E>>,
    ) -> Result<T>
    where
        anyhow::Error: From<E>,
    {
        let audited = Audited::new(self.clock.clone(), Arc::clone(&self.ids), doer(kind));
        audited.say(what);
        let done = audited.during(work).await?;
        if let Some(deed) = audited.left() {
            let mut tx = self.db.begin().await?;
            audit::write(&mut tx, self.cx(), &deed).await?;
            tx.commit().await?;
        }
        Ok(done)
    }

    /// Where the hub is reached: what is set, else what the running hub wrote down, else what it would listen on.
    pub(crate) fn public_url(&self) -> String {
        if self.settings.server.public_url.is_empty()
            && let Some(url) = running::url(&self.data)
        {
            return url;
        }
        self.settings.public_url()
    }
}

/// Opens the database without changing it. Secrets in it are read with `keyring`; some commands need none.
pub(crate) async fn connect(location: &Location, settings: &Config, keyring: &Keyring) -> Result<Db> {
    let options = Options {
        connections: match location {
            Location::Sqlite(_) => Options::default().connections,
            Location::Postgres(_) => settings.database.max_connections,
        },
        keyring: keyring.clone(),
        ..Options::default()
    };
    Db::open(location, &options).await.with_context(|| {
        format!("cannot open {location}; `errand doctor` says what is wrong and how to mend it")
    })
}

/// Brings the database to this version's schema, each step written down with itself; answers which those were.
pub(crate) async fn migrate(db: &Db, settings: &Config) -> Result<Vec<&'static str>> {
    let ids = Arc::new(Ids::new(settings.server.node));
    let audited = Audited::new(Arc::new(SystemClock), ids, doer("organization change"));
    Ok(audited.during(db.migrate()).await?)
}

/// Writes down in the audit log of a database what was done with it as a whole. It may be of another version: nothing else in it is
/// looked at or changed.
pub(crate) async fn write_down(
    location: &Location,
    settings: &Config,
    kind: &str,
    what: String,
) -> Result<()> {
    let db = connect(location, settings, &Keyring::default()).await?;
    let (clock, ids) = (SystemClock, Ids::new(settings.server.node));
    let cx = Context {
        clock: &clock,
        ids: &ids,
    };
    let written = async {
        let mut tx = db.begin().await?;
        audit::write(&mut tx, cx, &Deed { what, ..doer(kind) }).await?;
        tx.commit().await
    };
    let written = written.await.map_err(anyhow::Error::from);
    let is_old = match &written {
        Ok(()) => false,
        Err(_) => db.pending().await.is_ok_and(|steps| !steps.is_empty()),
    };
    db.close().await;
    match is_old {
        true => written.context("the database is older than this version: `errand migrate` brings it up"),
        false => written,
    }
}

/// Whom the audit log names for what the command line does.
fn doer(kind: &str) -> Deed {
    let is_word =
        |text: &String| text.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !text.starts_with('-');
    // The words of the command alone: what follows may be secret.
    let words = std::env::args().skip(1).take(2).take_while(is_word);
    let command: Vec<String> = std::iter::once("errand".to_owned()).chain(words).collect();
    Deed {
        actor: "Command line".to_owned(),
        kind: kind.to_owned(),
        request: command.join(" "),
        ..Deed::default()
    }
}

async fn ensure_admin(tx: &mut Tx, cx: Context<'_>) -> Result<UserId> {
    let (email, name) = ADMIN;
    if let Some(admin) = people::list(&mut *tx)
        .await?
        .into_iter()
        .find(|person| person.role == Role::Owner)
    {
        return Ok(admin.id);
    }
    Ok(people::create(tx, cx, email, name, Role::Owner).await?.id)
}

/// Makes the data folder, for the eyes of its owner alone: it holds what users sent.
fn make_private_folder(data: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| {
            format!(
                "cannot make the data folder {}; choose another with --data",
                data.display()
            )
        })
}
