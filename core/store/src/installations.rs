//! Plugins, configured for an organization or a project.

use errand_model::grant::Grant;
use errand_model::{InstallationId, OrganizationId, ProjectId, Secret, Timestamp};

use serde_json::Value;

use crate::outbox::text_of;
use crate::seal::Keyring;
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// A configured plugin.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The only project it hears of; none for all of the organization's.
    pub project: Option<ProjectId>,
    /// Which plugin.
    pub plugin: String,
    /// The only version of the plugin that runs for it; none for the newest that was agreed to.
    pub version: Option<String>,
    /// What to call it.
    pub name: String,
    /// Its configuration, as JSON text. It may hold secrets, so it never shows in logs, and is sealed in the database.
    pub config: Secret<String>,
    /// What it may reach.
    pub grant: Grant,
    /// The version that the settings are for, which is the one that runs; none until that was found out.
    pub settings_of: Option<String>,
    /// The settings that this version keeps secret, by their keys.
    pub secret_settings: Vec<String>,
    /// Why a newer version could not take the settings over, so that it does not run.
    pub held_back: Option<String>,
    /// Whether it hears of anything.
    pub is_enabled: bool,
    /// Why its deliveries are held, while they are.
    pub paused: Option<String>,
    /// Since when.
    pub created: Timestamp,
}

impl Installation {
    /// Its configuration, read. Only JSON is ever written; what is none counts as no settings.
    pub fn settings(&self) -> Value {
        serde_json::from_str(self.config.reveal()).unwrap_or_else(|_| {
            tracing::error!(installation = %self.id, "the settings of an installation are no JSON");
            Value::Object(serde_json::Map::new())
        })
    }

    /// The plugin as whoever runs plugins knows it: what was chosen, and after `~` the version that its settings are for,
    /// once that was found out.
    pub fn plugin_name(&self) -> String {
        match &self.settings_of {
            Some(version) => format!("{}~{version}", self.chosen_name()),
            None => self.chosen_name(),
        }
    }

    /// What is to run for it: the plugin's id for the newest version, or the version that it is held to.
    pub fn chosen_name(&self) -> String {
        match &self.version {
            Some(version) => format!("{}@{version}", self.plugin),
            None => self.plugin.clone(),
        }
    }
}

/// An installation to be made.
#[derive(Clone, Debug)]
pub struct NewInstallation<'a> {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The only project it hears of.
    pub project: Option<ProjectId>,
    /// Which plugin.
    pub plugin: &'a str,
    /// What to call it.
    pub name: &'a str,
    /// Its configuration, as JSON text.
    pub config: Secret<String>,
    /// What it may reach.
    pub grant: Grant,
}

impl NewInstallation<'_> {
    /// As it would be, before it is made: to have it checked.
    pub fn unmade(&self) -> Installation {
        Installation {
            id: InstallationId(0),
            organization: self.organization,
            project: self.project,
            plugin: self.plugin.to_owned(),
            version: None,
            name: self.name.to_owned(),
            config: self.config.clone(),
            grant: self.grant.clone(),
            settings_of: None,
            secret_settings: Vec::new(),
            held_back: None,
            is_enabled: true,
            paused: None,
            created: Timestamp::from_micros(0),
        }
    }
}

/// Asks for installations as [`Row`] reads them.
macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT id, organization_id, project_id, plugin, version, name, config, granted, settings_of, secret_settings,
                held_back, is_enabled, paused, created
             FROM installation ",
            $which
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    organization_id: i64,
    project_id: Option<i64>,
    plugin: String,
    version: Option<String>,
    name: String,
    config: Vec<u8>,
    granted: String,
    settings_of: Option<String>,
    secret_settings: String,
    held_back: Option<String>,
    is_enabled: bool,
    paused: Option<String>,
    created: i64,
}

impl Row {
    fn read(self, keyring: &Keyring) -> Result<Installation> {
        let config = keyring.open(&place(InstallationId(self.id)), &self.config)?;
        let config = String::from_utf8(config)
            .map_err(|_| Error::corrupt("installation's settings", "they are no text"))?;
        Ok(Installation {
            id: InstallationId(self.id),
            organization: OrganizationId(self.organization_id),
            project: self.project_id.map(ProjectId),
            plugin: self.plugin,
            version: self.version,
            name: self.name,
            config: Secret::new(config),
            grant: serde_json::from_str(&self.granted)
                .map_err(|why| Error::corrupt("installation.granted", why))?,
            settings_of: self.settings_of,
            secret_settings: serde_json::from_str(&self.secret_settings)
                .map_err(|why| Error::corrupt("installation's secret settings", why))?,
            held_back: self.held_back,
            is_enabled: self.is_enabled,
            paused: self.paused,
            created: Timestamp::from_micros(self.created),
        })
    }
}

fn read_all(rows: Vec<Row>, keyring: &Keyring) -> Result<Vec<Installation>> {
    rows.into_iter().map(|row| row.read(keyring)).collect()
}

/// Where the settings of an installation belong: sealed for one, they open for no other.
fn place(id: InstallationId) -> String {
    format!("settings of installation {}", id.0)
}

pub(crate) fn sealed(keyring: &Keyring, installation: &Installation) -> Result<Vec<u8>> {
    keyring.seal(&place(installation.id), installation.config.reveal().as_bytes())
}

/// Installs a plugin. From now on it hears of what happens.
pub async fn create(tx: &mut Tx, cx: Context<'_>, new: NewInstallation<'_>) -> Result<Installation> {
    let made = Installation {
        id: InstallationId(cx.id()),
        created: cx.now(),
        ..new.unmade()
    };
    let config = sealed(tx.keyring(), &made)?;
    execute!(
        tx,
        "INSERT INTO installation (id, organization_id, project_id, plugin, name, config, granted, is_enabled, created, mended,
            secret_settings)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, '[]')",
        made.id.0,
        made.organization.0,
        made.project.map(|project| project.0),
        &made.plugin,
        &made.name,
        config,
        text_of(&made.grant)?,
        made.is_enabled,
        made.created.micros()
    )?;
    crate::plugin_hooks::renew(tx, made.id).await?;
    Ok(made)
}

/// All of an organization, or of the hub, the oldest first.
pub async fn list(mut on: impl Reads, organization: Option<OrganizationId>) -> Result<Vec<Installation>> {
    let rows = fetch_all!(
        on,
        Row,
        select!("WHERE CAST($1 AS BIGINT) IS NULL OR organization_id = $1 ORDER BY id"),
        organization.map(|organization| organization.0)
    )?;
    read_all(rows, on.keyring())
}

/// One by its id.
pub async fn by_id(mut on: impl Reads, id: InstallationId) -> Result<Option<Installation>> {
    let row = fetch_optional!(on, Row, select!("WHERE id = $1"), id.0)?;
    row.map(|row| row.read(on.keyring())).transpose()
}

/// Those that could hear of what happens in a project. Paused ones do: their deliveries wait. Disabled ones do not, and
/// are named so that it can be said why.
pub async fn that_hear(
    mut on: impl Reads,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<Vec<Installation>> {
    let rows = fetch_all!(
        on,
        Row,
        select!("WHERE organization_id = $1 AND (project_id IS NULL OR project_id = $2) ORDER BY id"),
        organization.0,
        project.0
    )?;
    read_all(rows, on.keyring())
}

/// Those of which a delivery is due, the oldest first; none that are disabled or paused.
pub async fn that_are_due(mut on: impl Reads, now: Timestamp) -> Result<Vec<Installation>> {
    let rows = fetch_all!(
        on,
        Row,
        select!("WHERE is_enabled AND paused IS NULL AND EXISTS (
            SELECT 1 FROM delivery
            WHERE delivery.installation_id = installation.id AND delivery.state IN (0, 1) AND delivery.next_at <= $1)
         ORDER BY id"),
        now.micros()
    )?;
    read_all(rows, on.keyring())
}

/// Those that are held for a reason that begins so.
pub async fn that_are_held_because(mut on: impl Reads, prefix: &str) -> Result<Vec<Installation>> {
    let rows = fetch_all!(
        on,
        Row,
        select!("WHERE substr(paused, 1, $1) = $2 ORDER BY id"),
        i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX),
        prefix
    )?;
    read_all(rows, on.keyring())
}

/// Writes its project, version, name, configuration (and which version that is for), grant and whether it is enabled, as
/// they are in `installation`.
pub async fn update(tx: &mut Tx, installation: &Installation) -> Result<()> {
    let config = sealed(tx.keyring(), installation)?;
    let changed = execute!(
        tx,
        "UPDATE installation SET project_id = $1, name = $2, config = $3, is_enabled = $4, version = $5, granted = $6,
            settings_of = $7, secret_settings = $8
         WHERE id = $9",
        installation.project.map(|project| project.0),
        &installation.name,
        config,
        installation.is_enabled,
        &installation.version,
        text_of(&installation.grant)?,
        &installation.settings_of,
        Value::from(installation.secret_settings.clone()).to_string(),
        installation.id.0
    )?;
    if changed == 0 {
        Err(Error::Missing { what: "installation" })
    } else {
        Ok(())
    }
}

/// Holds its deliveries, because an admin has to act: `reason` says on what.
pub async fn pause(tx: &mut Tx, id: InstallationId, reason: &str) -> Result<()> {
    match execute!(
        tx,
        "UPDATE installation SET paused = $1 WHERE id = $2",
        reason,
        id.0
    )? {
        0 => Err(Error::Missing { what: "installation" }),
        _ => Ok(()),
    }
}

/// Holds its deliveries because of what an attempt met with whose settings are as of `tried`; answers whether it is held then. It
/// is not if an admin has mended it since: the next attempt is to show.
pub(crate) async fn pause_as_tried(
    tx: &mut Tx,
    id: InstallationId,
    reason: &str,
    tried: Timestamp,
) -> Result<bool> {
    let changed = execute!(
        tx,
        "UPDATE installation SET paused = COALESCE(paused, $1) WHERE id = $2 AND mended <= $3",
        reason,
        id.0,
        tried.micros()
    )?;
    Ok(changed > 0)
}

/// Lets its deliveries go on at once, the oldest first: those that were held, and those that wait for a destination
/// that failed them. What was known of its destinations is forgotten, since whoever resumes has mended something.
pub async fn resume(tx: &mut Tx, cx: Context<'_>, id: InstallationId) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE installation SET paused = NULL, mended = $1 WHERE id = $2",
        cx.now().micros(),
        id.0
    )?;
    if changed == 0 {
        return Err(Error::Missing { what: "installation" });
    }
    crate::deliveries::forget_destinations(tx, id).await?;
    crate::plugin_jobs::go_on(tx, id).await?;
    crate::deliveries::go_on(tx, id).await
}

/// Takes it out, with its deliveries and what it remembered.
pub async fn delete(tx: &mut Tx, id: InstallationId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE installation_id = $1)",
        id.0
    )?;
    execute!(tx, "DELETE FROM delivery WHERE installation_id = $1", id.0)?;
    crate::deliveries::forget_destinations(tx, id).await?;
    for sql in [
        "DELETE FROM plugin_kv WHERE installation_id = $1",
        "DELETE FROM plugin_comment WHERE installation_id = $1",
        "DELETE FROM plugin_job WHERE installation_id = $1",
        "DELETE FROM plugin_call WHERE installation_id = $1",
        "DELETE FROM older_settings WHERE installation_id = $1",
        "DELETE FROM plugin_grant WHERE installation_id = $1",
        "DELETE FROM plugin_hook WHERE installation_id = $1",
        "DELETE FROM plugin_receipt WHERE installation_id = $1",
        "DELETE FROM mail_refusal WHERE installation_id = $1",
    ] {
        execute!(tx, sql, id.0)?;
    }
    match execute!(tx, "DELETE FROM installation WHERE id = $1", id.0)? {
        0 => Err(Error::Missing { what: "installation" }),
        _ => Ok(()),
    }
}
