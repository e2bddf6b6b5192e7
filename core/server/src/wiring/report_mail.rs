//! Mails reports to who wants them, when they are due: each with what that person may see.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use errand_model::access::{Action, Resource};
use errand_model::cron::Cron;
use errand_model::{Clock, InstallationId, OrganizationId, SystemClock, Timestamp};
use errand_pipeline::report::{Ask, Letter as Written, Table, letter};
use errand_plugin_host::{Mail as Outgoing, MailError, Recipient};
use errand_store::facts::{self, Asker};
use errand_store::mail::{self, Admission};
use errand_store::people::{self, Person};
use errand_store::reports::mailing::{self, Mailing};
use errand_store::reports::{self, Report};
use errand_store::{Db, projects};
use lettre::message::Mailbox;
use tokio::task::AbortHandle;

use crate::mail::{Letter, Mail};
use crate::opened::Opened;

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// A mail that the server does not take is tried for so long, in seconds, and then the next is waited for.
const GIVE_UP_AFTER: i64 = 6 * 3_600;
/// The hub itself, among those that send mail.
const HUB: InstallationId = InstallationId(0);

/// What mailing reports takes.
pub(crate) struct ReportMail {
    db: Db,
    clock: Arc<SystemClock>,
    organization: OrganizationId,
    /// None where no mail server is set: what is due waits.
    mail: Option<Mail>,
    /// Where the hub is.
    url: String,
}

/// What became of a mail that was due.
#[derive(Debug)]
enum Done {
    /// The next is due at its time.
    Over,
    /// Nobody wants it any more.
    Ended,
    /// It is tried again once the claim has run out.
    Later,
}

impl ReportMail {
    /// Mails what is due until it is aborted: what it is sending then is sent by whoever is next.
    pub(crate) fn start(opened: &Opened, url: &str) -> Result<AbortHandle> {
        let reports = ReportMail {
            db: opened.db.clone(),
            clock: opened.clock.clone(),
            organization: opened.organization.id,
            mail: Mail::of(&opened.settings.mail)?,
            url: url.to_owned(),
        };
        Ok(tokio::spawn(reports.run()).abort_handle())
    }

    async fn run(self) {
        let Some(server) = &self.mail else { return };
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(error) = self.look(server).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "reports cannot be mailed"
                );
            }
        }
    }

    async fn look(&self, server: &Mail) -> errand_store::Result<()> {
        while let Some(due) = mailing::claim(&self.db, self.clock.now()).await? {
            let next = self.next(&due);
            match self.mail_one(server, &due).await? {
                Done::Over => mailing::done(&self.db, &due, next).await?,
                Done::Ended => mailing::done(&self.db, &due, None).await?,
                Done::Later if self.is_too_late(&due) => mailing::done(&self.db, &due, next).await?,
                Done::Later => {}
            }
        }
        Ok(())
    }

    /// What was missed while no hub ran is one mail.
    fn next(&self, due: &Mailing) -> Option<Timestamp> {
        let cron: Cron = due.cron.parse().ok()?;
        cron.next_after(self.clock.now())
    }

    fn is_too_late(&self, due: &Mailing) -> bool {
        due.due.plus_seconds(GIVE_UP_AFTER) < self.clock.now()
    }

    async fn mail_one(&self, server: &Mail, due: &Mailing) -> errand_store::Result<Done> {
        let Some(person) = people::by_id(&self.db, due.person).await? else {
            return Ok(Done::Ended);
        };
        let report = reports::get(&self.db, self.organization, person.id, due.report).await?;
        let Some(report) = report.filter(|_| person.role.may(Resource::Issues, Action::See)) else {
            return Ok(Done::Ended);
        };
        let Ok(address) = person.email.parse() else {
            return Ok(Done::Ended);
        };
        let to = Mailbox::new((!person.name.is_empty()).then(|| person.name.clone()), address);
        let mut tx = self.db.begin().await?;
        let most = server.most_an_hour();
        let admission = mail::admit(&mut tx, self.clock.now(), HUB, &person.email, most).await?;
        tx.commit().await?;
        let recipient = match admission {
            Admission::Go(recipient) => recipient,
            Admission::TooMany => return Ok(Done::Later),
            // Mail does not arrive there, or is not wanted: the report waits until that changes.
            Admission::Refused(_) => return Ok(Done::Over),
        };
        let written = self.write(&person, &report, due).await?;
        let outgoing = self.outgoing(&person, &report, due, written);
        let letter = Letter {
            to,
            mail: &outgoing,
            sender: "reports".to_owned(),
            standing: None,
        };
        match server.send(&letter).await {
            Ok(_) => {
                metrics::counter!("errand_report_mails_total").increment(1);
                Ok(Done::Over)
            }
            Err(error) => {
                tracing::warn!(report = report.id, %error, "a report was not mailed");
                let mut tx = self.db.begin().await?;
                mail::give_back(&mut tx, self.clock.now(), &recipient).await?;
                tx.commit().await?;
                Ok(match error {
                    MailError::Rejected(_) | MailError::Invalid(_) => Done::Over,
                    _ => Done::Later,
                })
            }
        }
    }

    /// The report as of when it was due, whenever it is written.
    async fn write(&self, person: &Person, report: &Report, due: &Mailing) -> errand_store::Result<Written> {
        let address = format!("{}/reports/{}", self.url.trim_end_matches('/'), report.id);
        let ask: Ask = serde_json::from_str(&report.ask).unwrap_or_default();
        let asked = ask.in_words();
        let wrong = |why: String| Written {
            text: format!("{}\n{asked}\n\n{why}\n\n{address}\n", report.name),
            html: None,
        };
        let question = match ask.question(due.due) {
            Ok(question) => question,
            Err(why) => return Ok(wrong(why)),
        };
        let mut seen = projects::seen(&self.db, Some(self.organization), person.viewer()).await?;
        seen.retain(|project| ask.projects.is_empty() || ask.projects.contains(&project.slug));
        let asker = Asker {
            organization: self.organization,
            projects: &seen,
            viewer: Some(person.id),
        };
        let answer = match facts::answer(&self.db, asker, &question).await {
            Ok(answer) => answer,
            Err(errand_store::Error::Invalid { reason }) => return Ok(wrong(reason)),
            Err(error) => return Err(error),
        };
        let names = facts::names(&self.db, &seen, &question.keys, &answer).await?;
        let table = Table::new(&question, answer, |key, label| names.text(key, label));
        Ok(letter(&report.name, &asked, &address, &table))
    }

    fn outgoing(&self, person: &Person, report: &Report, due: &Mailing, written: Written) -> Outgoing {
        Outgoing {
            to: Recipient::Person(person.id),
            subject: report.name.clone(),
            text: written.text,
            html: written.html,
            images: Vec::new(),
            // The reports of one schedule are one conversation.
            thread: Some(format!("report {}", report.id)),
            key: format!("report {} {} {}", report.id, person.id, due.due.micros()),
        }
    }
}
