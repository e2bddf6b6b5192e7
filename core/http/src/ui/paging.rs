//! Going from page to page of a list.

use errand_model::page::{Cursor, Page};
use serde::Deserialize;

use crate::error::Error;

/// Where a page starts, in its address.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct At {
    cursor: Option<String>,
}

impl At {
    /// The cursor, if there is one.
    pub(crate) fn cursor(&self) -> Result<Option<Cursor>, Error> {
        cursor(self.cursor.as_deref().unwrap_or_default())
    }
}

/// The cursor that `text` holds; none where it is empty.
pub(crate) fn cursor(text: &str) -> Result<Option<Cursor>, Error> {
    match text {
        "" => Ok(None),
        text => match text.parse() {
            Ok(cursor) => Ok(Some(cursor)),
            Err(_) => Err(Error::bad_request(
                "The address of this page of the list is damaged.",
            )),
        },
    }
}

/// Addresses of the pages before and after; `base` ends where `cursor=` is to follow.
pub(crate) fn neighbours<T>(base: &str, page: &Page<T>) -> (Option<String>, Option<String>) {
    let url = |cursor: Cursor| format!("{base}cursor={cursor}");
    (page.prev.map(url), page.next.map(url))
}
