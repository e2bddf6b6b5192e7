//! Saying something in a ticket once, whatever breaks in between.

use errand_plugin_sdk::once::{self, Fate, Mine};
use errand_plugin_sdk::{Failure, log};
use serde_json::Value;

use crate::api::Refusal;
use crate::desk::Desk;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Became {
    /// It was said.
    Said,
    /// It was said, and the status was left as it was: Zendesk refused it.
    SaidOnly,
    /// The ticket is closed.
    Closed,
    /// The ticket was deleted.
    Gone,
    /// Zendesk refused it for good.
    Refused,
}

/// Whether a ticket holds what carries this name.
fn is_said(desk: &Desk<'_>, ticket: u64, mark: &str) -> Result<bool, Failure> {
    let ends = |rest: &str| rest.chars().next().is_none_or(|c| !c.is_ascii_alphanumeric());
    let holds = |text: &str| {
        text.match_indices(mark)
            .any(|(at, _)| ends(&text[at + mark.len()..]))
    };
    Ok(desk.comments(ticket)?.iter().any(|comment| holds(comment.text())))
}

impl Desk<'_> {
    /// Changes a ticket, once for each `key`. What the change says carries `mark`: by it is found whether a call that was cut
    /// had said it, or, where `is_doubtful`, something else had.
    ///
    /// Answers what became of it, and whether it became so now.
    pub(crate) fn say(
        &self,
        key: &str,
        mark: &str,
        ticket: u64,
        change: impl FnOnce() -> Result<Value, Failure>,
        is_doubtful: bool,
    ) -> Result<(Became, bool), Failure> {
        let (mine, is_doubtful) = match once::begin::<Became>(key)? {
            Fate::Done(became) => return Ok((became, false)),
            Fate::Fresh(mine) => (mine, is_doubtful),
            Fate::Unknown(mine) => (mine, true),
        };
        if is_doubtful && is_said(self, ticket, mark)? {
            return mine.finish(Became::Said).map(|became| (became, true));
        }
        let change = change()?;
        let became = match self.update(ticket, &change) {
            Err(Refusal::Invalid(why)) if change.get("status").is_some() => {
                log::warn(&format!("#{ticket} keeps its status: {why}"));
                let mut rest = change;
                if let Some(rest) = rest.as_object_mut() {
                    rest.remove("status");
                }
                ended(mine, ticket, self.update(ticket, &rest), Became::SaidOnly)
            }
            answer => ended(mine, ticket, answer, Became::Said),
        };
        Ok((became?, true))
    }
}

/// Writes down what became of it. Where that is not known, the next call finds out.
fn ended(mine: Mine, ticket: u64, answer: Result<(), Refusal>, well: Became) -> Result<Became, Failure> {
    match answer {
        Ok(()) => mine.finish(well),
        Err(Refusal::Closed) => mine.finish(Became::Closed),
        Err(Refusal::Gone) => mine.finish(Became::Gone),
        Err(Refusal::Invalid(why) | Refusal::Failed(Failure::Permanent(why))) => {
            log::error(&format!("#{ticket} was told nothing: {why}"));
            mine.finish(Became::Refused)
        }
        Err(Refusal::Failed(failure @ Failure::Retry { .. })) => Err(failure),
        Err(Refusal::Failed(failure)) => {
            mine.forget()?;
            Err(failure)
        }
    }
}
