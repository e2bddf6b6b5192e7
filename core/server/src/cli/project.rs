//! `errand project`: projects, and the DSNs to send to them.

use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use errand_store::{keys, projects};
use serde::Serialize;

use super::open::Place;
use super::print;
use crate::opened::Opened;

/// Projects keep the errors of different programs apart.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Create a project and print its DSN.
    Create {
        /// What to call it, as in "Checkout service".
        name: String,
        /// Its platform, as in "python"; only chooses the snippet that is shown.
        #[arg(long)]
        platform: Option<String>,
        #[command(flatten)]
        place: Place,
        /// Print JSON: {"id", "slug", "organization", "dsn", "public_key"}.
        #[arg(long)]
        json: bool,
    },
    /// List the projects and their DSNs.
    List {
        #[command(flatten)]
        place: Place,
        /// Print JSON, one project a line.
        #[arg(long)]
        json: bool,
    },
}

/// What is said of a project.
#[derive(Serialize)]
struct Said {
    id: i64,
    slug: String,
    organization: String,
    dsn: String,
    public_key: String,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    match &args.action {
        Action::Create {
            name,
            platform,
            place,
            json,
        } => create(place, name, platform.as_deref(), *json).await,
        Action::List { place, json } => list(place, *json).await,
    }
}

async fn create(place: &Place, name: &str, platform: Option<&str>, json: bool) -> Result<()> {
    ensure!(
        !name.trim().is_empty(),
        "the project's name is empty; give it one, as in \"Checkout service\""
    );
    let opened = place.open().await?;
    let mut tx = opened.db.begin().await?;
    let new = projects::NewProject {
        organization: opened.organization.id,
        name,
        slug: None,
        platform,
    };
    let (project, key) = projects::create(&mut tx, opened.cx(), new)
        .await
        .with_context(|| format!("cannot create the project '{name}'"))?;
    opened
        .write_down(
            &mut tx,
            "projects create",
            format!("made the project {}", project.slug),
        )
        .await?;
    tx.commit().await?;
    print_project(&opened, &project, &key, json)
}

async fn list(place: &Place, json: bool) -> Result<()> {
    let opened = place.open().await?;
    for project in projects::list(&opened.db, Some(opened.organization.id)).await? {
        let keys = keys::list(&opened.db, project.id).await?;
        if let Some(key) = keys.iter().find(|key| key.is_active) {
            print_project(&opened, &project, key, json)?;
        }
    }
    Ok(())
}

fn print_project(
    opened: &Opened,
    project: &errand_model::project::Project,
    key: &errand_model::project::ProjectKey,
    json: bool,
) -> Result<()> {
    let said = Said {
        id: project.id.0,
        slug: project.slug.clone(),
        organization: opened.organization.slug.clone(),
        dsn: key.dsn(&opened.public_url()),
        public_key: key.public_key.clone(),
    };
    if json {
        return print::json(&said);
    }
    print::text(&format!("{} ({}): {}", project.name, said.slug, said.dsn));
    Ok(())
}
