//! What people call the groups of an answer.

use std::collections::HashMap;

use errand_model::IssueId;
use errand_model::issue::{Issue, short_id};
use errand_model::project::Project;
use errand_model::question::{Answer, Key, Label};

use crate::{Db, Result, Statement, issues};

/// Ids that one statement looks up.
const AT_ONCE: usize = 500;

/// The names of projects, issues and users of an answer.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By id.
    pub projects: HashMap<i64, Project>,
    /// By id: those that are there.
    pub issues: HashMap<i64, Issue>,
    /// By id.
    pub users: HashMap<i64, String>,
}

impl Names {
    /// What a group is called.
    pub fn text(&self, key: &Key, label: &Label) -> String {
        let id = match label {
            Label::Missing => return "(none)".to_owned(),
            Label::Text(text) => return text.to_string(),
            Label::Id(id) => *id,
        };
        let named = match key {
            Key::Project => self.projects.get(&id).map(|project| project.slug.clone()),
            Key::Issue => self.issues.get(&id).map(|issue| {
                let name = self.short_id(issue);
                format!("{name} {}", issue.title)
            }),
            Key::User => self.users.get(&id).cloned(),
            Key::Tag(_) => None,
        };
        named.unwrap_or_else(|| id.to_string())
    }

    /// `SHOP-1A`.
    pub fn short_id(&self, issue: &Issue) -> String {
        let project = self.projects.get(&issue.project.0);
        short_id(project.map_or("", |project| &project.slug), issue.number)
    }
}

/// Looks up the names of an answer's rows.
pub async fn names(db: &Db, projects: &[Project], keys: &[Key], answer: &Answer) -> Result<Names> {
    let mut names = Names {
        projects: projects
            .iter()
            .map(|project| (project.id.0, project.clone()))
            .collect(),
        ..Names::default()
    };
    for (at, key) in keys.iter().enumerate() {
        let labels = answer.rows.iter().filter_map(|row| row.labels.get(at));
        let ids = labels.filter_map(|label| match label {
            Label::Id(id) => Some(*id),
            Label::Missing | Label::Text(_) => None,
        });
        let mut ids: Vec<i64> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        match key {
            Key::Issue => {
                let ids: Vec<IssueId> = ids.into_iter().map(IssueId).collect();
                for ids in ids.chunks(AT_ONCE) {
                    let found = issues::by_ids(db, ids).await?;
                    names
                        .issues
                        .extend(found.into_iter().map(|issue| (issue.id.0, issue)));
                }
            }
            Key::User => {
                for ids in ids.chunks(AT_ONCE) {
                    names.users.extend(users(db, ids).await?);
                }
            }
            Key::Project | Key::Tag(_) => {}
        }
    }
    Ok(names)
}

type User = (
    i64,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
);

async fn users(db: &Db, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT id, email, username, ident, ip, key FROM app_user WHERE id IN ",
    );
    statement.bind_list(ids.iter().copied())?;
    let rows: Vec<User> = statement.fetch_all(db).await?;
    let name = |(id, email, username, ident, ip, key): User| {
        (id, email.or(username).or(ident).or(ip).unwrap_or(key))
    };
    Ok(rows.into_iter().map(name).collect())
}
