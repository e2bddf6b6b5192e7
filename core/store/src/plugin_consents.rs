//! What an admin agreed that plugins may have, as JSON text: what it means is for who runs plugins.

use errand_model::Timestamp;

use crate::{Context, Reads, Result, Tx, execute, fetch_all};

/// What was agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The plugin's id.
    pub plugin: String,
    /// What it may have, as JSON text.
    pub wants: String,
    /// Who agreed last.
    pub agreed_by: String,
    /// When.
    pub agreed: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    plugin: String,
    wants: String,
    agreed_by: String,
    agreed: i64,
}

/// All of them, by plugin.
pub async fn list(mut on: impl Reads) -> Result<Vec<Consent>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT plugin, wants, agreed_by, agreed FROM plugin_consent ORDER BY plugin"
    )?;
    let read = |row: Row| Consent {
        plugin: row.plugin,
        wants: row.wants,
        agreed_by: row.agreed_by,
        agreed: Timestamp::from_micros(row.agreed),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Writes what a plugin may have from now on, in place of what was agreed to before.
pub async fn agree(tx: &mut Tx, cx: Context<'_>, plugin: &str, wants: &str, by: &str) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO plugin_consent (plugin, wants, agreed_by, agreed) VALUES ($1, $2, $3, $4)
         ON CONFLICT (plugin) DO UPDATE SET
            wants = excluded.wants, agreed_by = excluded.agreed_by, agreed = excluded.agreed",
        plugin,
        wants,
        by,
        cx.now().micros()
    )?;
    Ok(())
}
