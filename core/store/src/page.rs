//! Cutting pages out of sorted rows, of which one more was fetched than the page holds.

use errand_model::page::{Cursor, Page};

/// A page of rows that are sorted by a key no two of them share, the highest first. Rows of a backward page come
/// in the opposite order.
pub(crate) fn by_key<T>(
    mut rows: Vec<T>,
    cursor: Option<Cursor>,
    limit: u32,
    key: impl Fn(&T) -> i64,
) -> Page<T> {
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let is_backwards = cursor.is_some_and(|cursor| cursor.is_prev);
    if is_backwards {
        rows.reverse();
    }
    let at = |row: Option<&T>, is_prev| {
        row.map(|row| Cursor {
            value: key(row),
            offset: 0,
            is_prev,
        })
    };
    // Whoever came from one side can go back to it.
    let (has_prev, has_next) = if is_backwards {
        (has_more, true)
    } else {
        (cursor.is_some(), has_more)
    };
    Page {
        prev: at(rows.first(), true).filter(|_| has_prev),
        next: at(rows.last(), false).filter(|_| has_next),
        rows,
    }
}

/// A page of rows that are told apart by their place in the list alone: `offset` of the cursor.
pub(crate) fn by_offset<T>(mut rows: Vec<T>, cursor: Option<Cursor>, limit: u32) -> Page<T> {
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let offset = cursor.map_or(0, |cursor| cursor.offset);
    let at = |offset, is_prev| Cursor {
        value: 0,
        offset,
        is_prev,
    };
    Page {
        rows,
        prev: (offset > 0).then(|| at((offset - i64::from(limit)).max(0), true)),
        next: has_more.then(|| at(offset.saturating_add(i64::from(limit)), false)),
    }
}
