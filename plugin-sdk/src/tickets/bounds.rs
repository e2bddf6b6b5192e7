//! How much is enough: when a ticket is taken up again, and how often something is written.

/// A day in milliseconds.
const DAY_MS: u64 = 86_400_000;
/// An hour in milliseconds.
const HOUR_MS: u64 = 3_600_000;
/// How often a ticket's state is written within an hour. A rule over there that turns back what is written here is
/// answered that often, and then no more until the hour is over.
const MAX_WRITES: usize = 6;

/// What becomes of a done ticket whose issue came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comeback {
    /// It is taken up again.
    Reopen,
    /// It is history: a new one is made and linked with it.
    MakeNew,
}

/// Whether a ticket that was done at `done_at` is taken up again within `days`. One of which nobody knows when it was done
/// is taken up. 0 days always make a new one.
pub fn comeback(done_at: Option<u64>, now: u64, days: u32) -> Comeback {
    let Some(done_at) = done_at.filter(|_| days > 0) else {
        return if days > 0 {
            Comeback::Reopen
        } else {
            Comeback::MakeNew
        };
    };
    match now.saturating_sub(done_at) <= u64::from(days) * DAY_MS {
        true => Comeback::Reopen,
        false => Comeback::MakeNew,
    }
}

/// Whether a ticket's state may be written once more, and writes it down. `writes` is kept with the link.
pub fn may_write(writes: &mut Vec<u64>, now: u64) -> bool {
    writes.retain(|at| now.saturating_sub(*at) < HOUR_MS);
    let may = writes.len() < MAX_WRITES;
    if may {
        writes.push(now);
    }
    may
}

/// Counts as they were last written to a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Written {
    /// Events.
    pub events: u64,
    /// Users.
    pub users: u64,
    /// When, in milliseconds since 1970.
    pub at: u64,
}

/// Whether counts are worth another write: a quarter more since the last, which is an hour ago at least; or anything new,
/// and the last is a day ago.
pub fn is_worth_writing(last: &Written, events: u64, users: u64, now: u64) -> bool {
    let age = now.saturating_sub(last.at);
    let grew = |before: u64, after: u64| after > before && (after - before) * 4 >= before;
    let is_new = events != last.events || users != last.users;
    is_new && (age >= DAY_MS || (age >= HOUR_MS && (grew(last.events, events) || grew(last.users, users))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_comes_back_within_its_days() {
        assert_eq!(comeback(Some(0), DAY_MS * 14, 14), Comeback::Reopen);
        assert_eq!(comeback(Some(0), DAY_MS * 14 + 1, 14), Comeback::MakeNew);
        assert_eq!(comeback(None, DAY_MS, 14), Comeback::Reopen);
        assert_eq!(comeback(Some(5), 5, 0), Comeback::MakeNew);
    }

    #[test]
    fn a_quarrel_ends() {
        let mut writes = Vec::new();
        let within_an_hour = (0..100)
            .filter(|minute| may_write(&mut writes, minute * 30_000))
            .count();
        assert_eq!(within_an_hour, MAX_WRITES);
        assert!(may_write(&mut writes, 3 * HOUR_MS));
        assert_eq!(writes, [3 * HOUR_MS]);
    }

    #[test]
    fn counts_are_written_when_they_matter() {
        let last = Written {
            events: 100,
            users: 10,
            at: 0,
        };
        assert!(!is_worth_writing(&last, 1_000, 10, HOUR_MS - 1));
        assert!(is_worth_writing(&last, 125, 10, HOUR_MS));
        assert!(!is_worth_writing(&last, 124, 10, HOUR_MS));
        assert!(is_worth_writing(&last, 101, 10, DAY_MS));
        assert!(!is_worth_writing(&last, 100, 10, 9 * DAY_MS));
    }
}
