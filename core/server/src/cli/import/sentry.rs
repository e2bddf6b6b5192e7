//! Organizations, teams, people, projects, keys and issues, one after the other.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use errand_model::issue::Assignee;
use errand_model::project::Project;
use errand_model::{GroupHash, ProjectId, TeamId, UserId};
use errand_pipeline::group;
use errand_store::imports::{self, Foreign, ForeignActivity, ForeignIssue, ForeignProject};
use errand_store::{Tx, organizations, people, projects, teams};
use serde_json::Value;

use super::Brought;
use super::bar::Bar;
use super::past::{self, Known};
use super::read::{self, Member, Owner, number, text};
use super::source::Source;
use crate::cli::job::Progress;
use crate::opened::Opened;

/// What a fresh hub's organization is called.
const UNNAMED: &str = "Default";
/// Rows of a page.
const PAGE: u32 = 100;

/// An import under way.
struct Import<'o> {
    opened: &'o Opened,
    source: &'o Source,
    progress: &'o Progress,
    /// What marks are kept under: the other system and its organization.
    name: String,
    organization: String,
    /// By slug.
    teams: BTreeMap<String, TeamId>,
    known: Known,
    brought: Brought,
}

/// Brings over what is not here yet.
pub(super) async fn bring(
    opened: &Opened,
    source: Source,
    organization: Option<&str>,
    progress: &Progress,
) -> Result<Brought> {
    let rows = chosen(&source, organization).await?;
    if let [only] = rows.as_slice() {
        name_hub(opened, only).await?;
    }
    let mut brought = Brought::default();
    for row in rows {
        let slug = text(&row, "slug");
        let mut import = Import {
            opened,
            source: &source,
            progress,
            name: format!("sentry:{}:{slug}", text(&row, "id")),
            organization: slug,
            teams: BTreeMap::new(),
            known: Known::default(),
            brought,
        };
        import.teams().await?;
        import.people().await?;
        for (project, slug) in import.projects().await? {
            import.keys(&project, &slug).await?;
            import.issues(&project, &slug).await?;
        }
        brought = import.brought;
    }
    Ok(brought)
}

/// The organizations that are meant: all that the token reaches, or one.
async fn chosen(source: &Source, wanted: Option<&str>) -> Result<Vec<Value>> {
    let mut all = source.all("api/0/organizations/").await?;
    ensure!(!all.is_empty(), "the token reaches no organization");
    if let Some(wanted) = wanted {
        let at = all.iter().position(|row| text(row, "slug") == wanted);
        let at = at.with_context(|| format!("the token reaches no organization '{wanted}'"))?;
        return Ok(vec![all.swap_remove(at)]);
    }
    Ok(all)
}

/// A hub that nobody gave a name takes that of the other system.
async fn name_hub(opened: &Opened, row: &Value) -> Result<()> {
    let own = &opened.organization;
    let name = text(row, "name");
    if own.name == UNNAMED && !["", UNNAMED].contains(&name.trim()) {
        let mut tx = opened.db.begin().await?;
        organizations::rename(&mut tx, own.id, name.trim()).await?;
        let what = format!("took the name {}, from {}", name.trim(), text(row, "slug"));
        opened.write_down(&mut tx, "organization change", what).await?;
        tx.commit().await?;
    }
    Ok(())
}

impl Import<'_> {
    fn foreign<'f>(&'f self, kind: &'f str, id: &'f str) -> Foreign<'f> {
        Foreign {
            source: &self.name,
            kind,
            id,
        }
    }

    /// Writes down what is brought that is administrative.
    async fn write_down(&self, tx: &mut Tx, kind: &str, what: String) -> Result<()> {
        let what = format!("{what}, from {} ({})", self.organization, self.name);
        self.opened.write_down(tx, kind, what).await
    }

    /// Everybody, and which teams they are in.
    async fn people(&mut self) -> Result<()> {
        let path = format!("api/0/organizations/{}/members/", self.organization);
        let rows = self.source.all_of_some(&path).await?;
        let mut bar = Bar::new("people".to_owned(), self.progress);
        bar.expect(i64::try_from(rows.len()).ok());
        for row in rows {
            if let Some(member) = read::member(&row) {
                self.person(&member).await?;
            }
            bar.advance(1);
        }
        bar.end();
        for (slug, team) in self.teams.clone() {
            let path = format!("api/0/teams/{}/{slug}/members/", self.organization);
            let rows = self.source.all_of_some(&path).await?;
            let members = rows.iter().filter_map(read::member);
            let emails: Vec<String> = members.map(|member| member.email).collect();
            self.members(&slug, team, &emails).await?;
        }
        Ok(())
    }

    /// Lets in who is not in the team. Who was, and was taken out here, stays out.
    async fn members(&self, slug: &str, team: TeamId, emails: &[String]) -> Result<()> {
        let mut tx = self.opened.db.begin().await?;
        let mut new = Vec::new();
        for email in emails {
            let Some(person) = self.known.people.get(email) else {
                continue;
            };
            let membership = format!("{team}/{person}");
            let mark = self.foreign("member of", &membership);
            if imports::own(&mut tx, mark).await?.is_some() {
                continue;
            }
            if teams::add_member(&mut tx, team, *person).await? {
                new.push(email.as_str());
            }
            imports::mark(&mut tx, mark, person.0).await?;
        }
        if !new.is_empty() {
            let what = format!("let {} into #{slug}", new.join(", "));
            self.write_down(&mut tx, "teams change", what).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn person(&mut self, member: &Member) -> Result<()> {
        let known = imports::own(&self.opened.db, self.foreign("person", &member.id)).await?;
        if let Some(known) = known {
            self.known.people.insert(member.email.clone(), UserId(known));
            return Ok(());
        }
        let mut tx = self.opened.db.begin().await?;
        let who = (member.email.as_str(), member.name.as_str());
        if let Some((id, is_new)) = imports::person(&mut tx, self.opened.cx(), who, member.role).await? {
            imports::mark(&mut tx, self.foreign("person", &member.id), id.0).await?;
            self.known.people.insert(member.email.clone(), id);
            self.brought.people += i64::from(is_new);
            if is_new {
                let what = format!("added {} as {}", member.email, member.role);
                self.write_down(&mut tx, "people create", what).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn teams(&mut self) -> Result<()> {
        let path = format!("api/0/organizations/{}/teams/", self.organization);
        let rows = self.source.all(&path).await?;
        let mut bar = Bar::new("teams".to_owned(), self.progress);
        bar.expect(i64::try_from(rows.len()).ok());
        for row in rows {
            let (id, slug, name) = (text(&row, "id"), text(&row, "slug"), text(&row, "name"));
            let known = imports::own(&self.opened.db, self.foreign("team", &id)).await?;
            let team = match known {
                // One that was deleted here stays away.
                Some(known) => teams::by_id(&self.opened.db, TeamId(known))
                    .await?
                    .map(|team| team.id),
                None => {
                    let mut tx = self.opened.db.begin().await?;
                    let name = if name.is_empty() { &slug } else { &name };
                    let organization = self.opened.organization.id;
                    let team = imports::team(&mut tx, self.opened.cx(), organization, name, &slug).await?;
                    imports::mark(&mut tx, self.foreign("team", &id), team.0).await?;
                    self.write_down(&mut tx, "teams create", format!("made the team {name}"))
                        .await?;
                    tx.commit().await?;
                    self.brought.teams += 1;
                    Some(team)
                }
            };
            if let Some(team) = team {
                self.teams.insert(slug, team);
                self.known.teams.insert(id, team);
            }
            bar.advance(1);
        }
        bar.end();
        Ok(())
    }

    /// Brings the projects; answers each that is here, with its slug there.
    async fn projects(&mut self) -> Result<Vec<(Project, String)>> {
        let path = format!("api/0/organizations/{}/projects/", self.organization);
        let rows = self.source.all(&path).await?;
        let mut bar = Bar::new("projects".to_owned(), self.progress);
        bar.expect(i64::try_from(rows.len()).ok());
        let mut found = Vec::new();
        for row in rows {
            found.extend(self.project(&row).await?);
            bar.advance(1);
        }
        bar.end();
        Ok(found)
    }

    async fn project(&mut self, row: &Value) -> Result<Option<(Project, String)>> {
        let (id, slug, name) = (text(row, "id"), text(row, "slug"), text(row, "name"));
        if let Some(known) = imports::own(&self.opened.db, self.foreign("project", &id)).await? {
            // One that was deleted here stays away.
            let known = projects::by_id(&self.opened.db, ProjectId(known)).await?;
            return Ok(known.map(|project| (project, slug)));
        }
        let platform = text(row, "platform");
        let foreign = ForeignProject {
            id: id.parse().ok(),
            slug: &slug,
            name: if name.is_empty() { &slug } else { &name },
            platform: Some(platform.as_str()).filter(|platform| !platform.is_empty()),
        };
        let mut tx = self.opened.db.begin().await?;
        let organization = self.opened.organization.id;
        let project = imports::project(&mut tx, self.opened.cx(), organization, foreign).await?;
        for team in row["teams"].as_array().into_iter().flatten() {
            if let Some(team) = self.teams.get(&text(team, "slug")) {
                teams::add_project(&mut tx, *team, project.id).await?;
            }
        }
        imports::mark(&mut tx, self.foreign("project", &id), project.id.0).await?;
        let what = format!("made the project {}", project.slug);
        self.write_down(&mut tx, "projects create", what).await?;
        tx.commit().await?;
        self.brought.projects += 1;
        Ok(Some((project, slug)))
    }

    async fn keys(&mut self, project: &Project, slug: &str) -> Result<()> {
        let path = format!("api/0/projects/{}/{slug}/keys/", self.organization);
        let rows = self.source.all(&path).await?;
        let mut tx = self.opened.db.begin().await?;
        let mut new = 0;
        for row in &rows {
            let mut texts = Default::default();
            let key = read::key(row, &mut texts);
            let mark = self.foreign("key", key.public);
            // One that was deleted here stays away: it must not let anybody in again.
            if imports::own(&mut tx, mark).await?.is_some() {
                continue;
            }
            if let Some((id, is_new)) = imports::key(&mut tx, self.opened.cx(), project.id, key).await? {
                imports::mark(&mut tx, mark, id.0).await?;
                new += i64::from(is_new);
            }
        }
        if new > 0 {
            let what = format!("made {new} keys of {}", project.slug);
            self.write_down(&mut tx, "settings change", what).await?;
        }
        tx.commit().await?;
        self.brought.keys += new;
        Ok(())
    }

    /// Page by page, from where the last run was. One that came to the end begins anew, for what is new.
    async fn issues(&mut self, project: &Project, slug: &str) -> Result<()> {
        let list = project.id.to_string();
        let place = imports::place(&self.opened.db, self.foreign("issues of", &list)).await?;
        let first = format!(
            "api/0/projects/{}/{slug}/issues/?query=&limit={PAGE}",
            self.organization
        );
        let mut next = Some(place.filter(|place| !place.is_empty()).unwrap_or(first));
        let mut bar = Bar::new(format!("issues of {slug}"), self.progress);
        while let Some(path) = next.take() {
            let page = self.source.rows(&path).await?;
            bar.expect(page.hits);
            let mut issues = Vec::with_capacity(page.rows.len());
            for row in page.rows {
                issues.extend(self.issue(row).await?);
                bar.advance(1);
            }
            let mut tx = self.opened.db.begin().await?;
            for pending in &issues {
                let own = imports::issue(&mut tx, self.opened.cx(), project.id, &pending.issue).await?;
                imports::mark(&mut tx, self.foreign("issue", &pending.id), own.0).await?;
                for hash in &pending.hashes {
                    let is_new = imports::bind(&mut tx, project.id, own, *hash, group::VERSION).await?;
                    self.brought.hashes += i64::from(is_new);
                }
                imports::past(&mut tx, self.opened.cx(), (project.id, own), &pending.past).await?;
                self.brought.activities += i64::try_from(pending.past.len()).unwrap_or(0);
                self.brought.issues += 1;
            }
            let place = page.next.as_deref().unwrap_or_default();
            imports::set_place(&mut tx, self.foreign("issues of", &list), place).await?;
            tx.commit().await?;
            next = page.next;
        }
        bar.end();
        Ok(())
    }

    /// What is to be brought of an issue; none if it is here, or cannot be read.
    async fn issue(&self, row: Value) -> Result<Option<Pending>> {
        let id = text(&row, "id");
        let known = imports::own(&self.opened.db, self.foreign("issue", &id)).await?;
        if known.is_some() || id.is_empty() {
            return Ok(None);
        }
        let Some(mut issue) = read::issue(&row) else {
            return Ok(None);
        };
        issue.assignee = match read::owner(&row) {
            Some(Owner::Team(name)) => self.teams.get(&name).copied().map(Assignee::Team),
            Some(Owner::Person(email)) => {
                let person = people::by_email(&self.opened.db, &email.to_lowercase()).await?;
                person.map(|person| Assignee::User(person.id))
            }
            None => None,
        };
        let hashes = self
            .source
            .some(&format!("api/0/issues/{id}/hashes/"), "")
            .await?;
        Ok(Some(Pending {
            hashes: hashes.iter().filter_map(read::hash).take(100).collect(),
            past: self.past(&row, &id).await?,
            id,
            issue,
        }))
    }

    /// What was said and done about an issue; not asked for where nobody touched it.
    async fn past(&self, row: &Value, id: &str) -> Result<Vec<ForeignActivity>> {
        let has_comments = number(row, "numComments") > 0;
        let is_touched = has_comments || text(row, "status") != "unresolved" || row["assignedTo"].is_object();
        if !is_touched {
            return Ok(Vec::new());
        }
        let path = format!("api/0/issues/{id}/activities/");
        let mut rows = self.source.some(&path, "activity").await?;
        // GlitchTip knows comments alone.
        if rows.is_empty() && has_comments {
            rows = self
                .source
                .some(&format!("api/0/issues/{id}/comments/"), "")
                .await?;
        }
        Ok(past::read(&rows, &self.known))
    }
}

/// An issue to be brought.
struct Pending {
    /// Its id there.
    id: String,
    issue: ForeignIssue,
    /// What its events are grouped by.
    hashes: Vec<GroupHash>,
    past: Vec<ForeignActivity>,
}
