//! Which report is mailed to whom, and when. A mail that is due is claimed by one hub; one that dies while it sends leaves
//! the claim to run out, and who sends it then sends the same mail.

use errand_model::{Timestamp, UserId};

use crate::{Db, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// How long a hub has to send what it claimed, in seconds.
const CLAIM: i64 = 300;

/// A report that is mailed to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailing {
    /// Which report.
    pub report: i64,
    /// To whom.
    pub person: UserId,
    /// When, as cron says it.
    pub cron: String,
    /// When it is due next, or since when it is.
    pub due: Timestamp,
}

type Row = (i64, i64, String, i64);

fn read((report, person, cron, due): Row) -> Mailing {
    Mailing {
        report,
        person: UserId(person),
        cron,
        due: Timestamp::from_micros(due),
    }
}

/// When a report is mailed to somebody, if it is.
pub async fn of(mut on: impl Reads, report: i64, person: UserId) -> Result<Option<Mailing>> {
    let row = fetch_optional!(
        on,
        Row,
        "SELECT report_id, person_id, cron, due FROM report_mail WHERE report_id = $1 AND person_id = $2",
        report,
        person.0
    )?;
    Ok(row.map(read))
}

/// Mails a report to somebody from now on.
pub async fn set(tx: &mut Tx, mailing: &Mailing) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO report_mail (report_id, person_id, cron, due, claimed_until) VALUES ($1, $2, $3, $4, 0)
         ON CONFLICT (report_id, person_id) DO UPDATE SET cron = excluded.cron, due = excluded.due, claimed_until = 0",
        mailing.report,
        mailing.person.0,
        &mailing.cron,
        mailing.due.micros()
    )
    .map(|_| ())
}

/// Mails it to them no more.
pub async fn stop(tx: &mut Tx, report: i64, person: UserId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM report_mail WHERE report_id = $1 AND person_id = $2",
        report,
        person.0
    )
    .map(|_| ())
}

/// Claims a mail that is due, if there is one.
pub async fn claim(db: &Db, now: Timestamp) -> Result<Option<Mailing>> {
    let due = fetch_all!(
        db,
        Row,
        "SELECT report_id, person_id, cron, due FROM report_mail
         WHERE due <= $1 AND claimed_until <= $1 ORDER BY due, report_id, person_id LIMIT 1",
        now.micros()
    )?;
    let Some(mailing) = due.into_iter().next().map(read) else {
        return Ok(None);
    };
    let mut tx = db.begin().await?;
    let claimed = execute!(
        tx,
        "UPDATE report_mail SET claimed_until = $1
         WHERE report_id = $2 AND person_id = $3 AND due = $4 AND claimed_until <= $5",
        now.plus_seconds(CLAIM).micros(),
        mailing.report,
        mailing.person.0,
        mailing.due.micros(),
        now.micros()
    )?;
    tx.commit().await?;
    // Where another hub was faster, there is another chance in the next round.
    Ok((claimed > 0).then_some(mailing))
}

/// It was sent, or is given up: the next is due then; none for never.
pub async fn done(db: &Db, mailing: &Mailing, next: Option<Timestamp>) -> Result<()> {
    let mut tx = db.begin().await?;
    match next {
        Some(next) => execute!(
            tx,
            "UPDATE report_mail SET due = $1, claimed_until = 0 WHERE report_id = $2 AND person_id = $3 AND due = $4",
            next.micros(),
            mailing.report,
            mailing.person.0,
            mailing.due.micros()
        )?,
        None => execute!(
            tx,
            "DELETE FROM report_mail WHERE report_id = $1 AND person_id = $2",
            mailing.report,
            mailing.person.0
        )?,
    };
    tx.commit().await
}
