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
    [resolution, deployed, archive]: [Option<&str>; 3],
) -> Result<State> {
    Ok(State {
        status: Status::from_code(status).ok_or_else(|| Error::corrupt("issue.status", status))?,
        substatus: Substatus::from_code(substatus)
            .ok_or_else(|| Error::corrupt("issue.substatus", substatus))?,
        resolution: read("issue.resolution", resolution)?,
        deployed: read("issue.deployed", deployed)?,
        archive: read("issue.archive", archive)?,
    })
}

fn read<T: serde::de::DeserializeOwned>(column: &'static str, text: Option<&str>) -> Result<Option<T>> {
    let read = text.map(serde_json::from_str).transpose();
    read.map_err(|why| Error::corrupt(column, why))
}

/// Writes the state, and moves the revision on.
pub(crate) async fn write_state(tx: &mut Tx, issue: IssueId, state: &State) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE issue SET status = $1, substatus = $2, resolution = $3, archive = $4, deployed = $5, awaits_deploy = $6,
            fixed_in = $7, revision = revision + 1
         WHERE id = $8",
        state.status.code(),
        state.substatus.code(),
        state.resolution.as_ref().map(text_of).transpose()?,
        state.archive.as_ref().map(text_of).transpose()?,
        state.deployed.as_ref().map(text_of).transpose()?,
        state.awaits_deploy(),
        state.fixed_in(),
        issue.0
    )?;
    if changed == 0 {
        Err(Error::Missing { what: "issue" })
    } else {
        Ok(())
    }
}
