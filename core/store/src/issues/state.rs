//! The columns that hold an issue's state.

use errand_model::IssueId;
use errand_model::issue::{Status, Substatus};
use errand_model::state::State;

use crate::outbox::text_of;
use crate::{Error, Result, Tx, execute};

/// The state that the columns hold.
pub(crate) fn read_state(
    status: i16,
    substatus: i16,
    resolution: Option<&str>,
    archive: Option<&str>,
) -> Result<State> {
    Ok(State {
        status: Status::from_code(status).ok_or_else(|| Error::corrupt("issue.status", status))?,
        substatus: Substatus::from_code(substatus)
            .ok_or_else(|| Error::corrupt("issue.substatus", substatus))?,
        resolution: resolution
            .map(serde_json::from_str)
            .transpose()
            .map_err(|why| Error::corrupt("issue.resolution", why))?,
        archive: archive
            .map(serde_json::from_str)
            .transpose()
            .map_err(|why| Error::corrupt("issue.archive", why))?,
    })
}

/// Writes the state, and moves the revision on.
pub(crate) async fn write_state(tx: &mut Tx, issue: IssueId, state: &State) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE issue SET status = $1, substatus = $2, resolution = $3, archive = $4, revision = revision + 1
         WHERE id = $5",
        state.status.code(),
        state.substatus.code(),
        state.resolution.as_ref().map(text_of).transpose()?,
        state.archive.as_ref().map(text_of).transpose()?,
        issue.0
    )?;
    if changed == 0 {
        Err(Error::Missing { what: "issue" })
    } else {
        Ok(())
    }
}
