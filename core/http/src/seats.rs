//! How many pages may be told by themselves what is new, each by a stream: of one person, and of the hub.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use errand_model::UserId;
use tokio::sync::watch;

/// Streams of one person: pages that they see at once. Pages in the background let go of theirs.
pub(crate) const OF_PERSON: usize = 8;
/// Streams of a hub; each looks into the database every other second.
const OF_HUB: usize = 1_000;

/// The seats of a hub. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Seats(Arc<Room>);

#[derive(Debug)]
struct Room {
    taken: Mutex<HashMap<UserId, usize>>,
    /// Whether everybody has to leave: the hub stops.
    closes: watch::Sender<bool>,
}

/// Why there is no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The person has enough.
    Person,
    /// All are taken, or the hub stops.
    Hub,
}

/// A seat; it is free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    room: Arc<Room>,
    person: UserId,
    closes: watch::Receiver<bool>,
}

impl Room {
    fn taken(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    pub(crate) fn new() -> Self {
        Seats(Arc::new(Room {
            taken: Mutex::default(),
            closes: watch::Sender::new(false),
        }))
    }

    /// Takes one.
    pub(crate) fn take(&self, person: UserId) -> Result<Seat, Full> {
        let room = &self.0;
        let mut taken = room.taken();
        if *room.closes.borrow() || taken.values().sum::<usize>() >= OF_HUB {
            return Err(Full::Hub);
        }
        let theirs = taken.entry(person).or_default();
        if *theirs >= OF_PERSON {
            return Err(Full::Person);
        }
        *theirs += 1;
        Ok(Seat {
            room: Arc::clone(room),
            person,
            closes: room.closes.subscribe(),
        })
    }

    /// Has everybody leave, and lets nobody in any more.
    pub(crate) fn close(&self) {
        self.0.closes.send_replace(true);
    }
}

impl Seat {
    /// Until everybody has to leave.
    pub(crate) async fn left(&mut self) {
        // The sender lives in the room, which this seat holds.
        let _ = self.closes.wait_for(|closes| *closes).await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        if let Some(theirs) = taken.get_mut(&self.person) {
            *theirs -= 1;
            if *theirs == 0 {
                taken.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_bounded_for_each_and_for_all() {
        let seats = Seats::new();
        let mut held: Vec<Seat> = (0..OF_PERSON)
            .map(|_| seats.take(UserId(1)).expect("a seat"))
            .collect();
        assert_eq!(seats.take(UserId(1)).err(), Some(Full::Person));
        held.pop();
        held.push(seats.take(UserId(1)).expect("the one that was given back"));
        for n in OF_PERSON..OF_HUB {
            let person = UserId(i64::try_from(n).expect("a number") + 10);
            held.push(seats.take(person).expect("a seat"));
        }
        assert_eq!(seats.take(UserId(2)).err(), Some(Full::Hub));
        held.clear();
        assert!(seats.0.taken().is_empty(), "nobody is remembered");
    }

    #[tokio::test]
    async fn who_sits_leaves_when_the_hub_stops() {
        let seats = Seats::new();
        let mut seat = seats.take(UserId(1)).expect("a seat");
        seats.close();
        seat.left().await;
        assert_eq!(seats.take(UserId(1)).err(), Some(Full::Hub));
    }
}
