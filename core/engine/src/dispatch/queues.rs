//! What is claimed and waits for its turn: a queue for each installation, bounded, and the workers that empty it.
//!
//! An installation has a few workers only, so that a slow one does not hold up the others. How many deliveries are
//! claimed ahead for it follows from how fast they go: what waits in a queue holds a lease that runs out. That an
//! issue's deliveries keep their order is the store's: it gives out the first of a lane only.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use errand_model::InstallationId;

use super::brief::Brief;

/// Deliveries that a worker makes before it gives its place to another installation, if one waits.
const TURN: usize = 64;

/// A queue that lasts longer than that is too long: what waits in it holds a lease, and others could go before it.
const SLOW: Duration = Duration::from_secs(2);

/// Exists for as long as a delivery is claimed: queued, under way, or not yet written down.
#[derive(Debug)]
pub(crate) struct Token {
    _claimed: Arc<()>,
    _probe: Option<Arc<()>>,
}

/// A claimed delivery, ready to be tried.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) brief: Brief,
    pub(crate) token: Token,
}

/// A worker's place.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) installation: InstallationId,
    /// Deliveries made in this turn.
    made: usize,
    _of_installation: Arc<()>,
    _of_all: Arc<()>,
}

/// The bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Workers in all.
    pub(crate) at_once: usize,
    /// Workers of one installation.
    pub(crate) per_installation: usize,
    /// Deliveries of one installation that are claimed ahead.
    pub(crate) ahead: usize,
}

#[derive(Debug)]
struct Queue {
    ready: VecDeque<Ready>,
    workers: Arc<()>,
    /// How many are claimed ahead.
    pace: usize,
    /// When it was last filled.
    filled: Instant,
    /// There while a delivery is on its way to see whether a destination is back.
    probe: Weak<()>,
}

/// All queues.
#[derive(Debug)]
pub(crate) struct Queues {
    bounds: Bounds,
    claimed: Arc<()>,
    workers: Arc<()>,
    /// How often something was taken out again.
    drains: AtomicU64,
    of: Mutex<HashMap<InstallationId, Queue>>,
}

/// How many were cloned from it and are still there.
fn count(of: &Arc<()>) -> usize {
    Arc::strong_count(of) - 1
}

impl Queues {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let per_installation = bounds.per_installation.max(1);
        Queues {
            bounds: Bounds {
                at_once: bounds.at_once.max(1),
                per_installation,
                ahead: bounds.ahead.max(per_installation),
            },
            claimed: Arc::default(),
            workers: Arc::default(),
            drains: AtomicU64::new(0),
            of: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<InstallationId, Queue>> {
        // A queue is whole at every moment.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often something was taken out again: what was claimed before is to be given back after.
    pub(crate) fn drains(&self) -> u64 {
        self.drains.load(Ordering::Acquire)
    }

    /// Has what is claimed now and not yet queued given back.
    pub(crate) fn doubt(&self) {
        self.drains.fetch_add(1, Ordering::AcqRel);
    }

    /// Deliveries that are claimed and not yet written down.
    pub(crate) fn outstanding(&self) -> usize {
        count(&self.claimed)
    }

    /// Workers, each with an attempt under way.
    pub(crate) fn running(&self) -> usize {
        count(&self.workers)
    }

    /// How many more may be claimed for an installation. None until half of what was is used up: a large claim costs
    /// hardly more than a small one.
    pub(crate) fn room(&self, installation: InstallationId) -> usize {
        let of = self.lock();
        let Some(queue) = of.get(&installation) else {
            return self.bounds.per_installation;
        };
        let waiting = queue.ready.len();
        if waiting > queue.pace / 2 {
            0
        } else {
            queue.pace - waiting
        }
    }

    /// Whether one of its deliveries is on its way to see whether a destination is back.
    pub(crate) fn is_probing(&self, installation: InstallationId) -> bool {
        let of = self.lock();
        of.get(&installation)
            .is_some_and(|queue| queue.probe.strong_count() > 0)
    }

    /// Adds what was claimed of `wanted`. Where that much was there and the queue had soon run dry, more is claimed the
    /// next time; where it took long, less. Gives all of it back if anything was taken out since `drains`: it was claimed
    /// without knowing why.
    pub(crate) fn add(
        &self,
        drains: u64,
        installation: InstallationId,
        wanted: usize,
        briefs: Vec<Brief>,
    ) -> Vec<Brief> {
        let mut of = self.lock();
        if self.drains() != drains {
            return briefs;
        }
        let queue = of.entry(installation).or_insert_with(|| self.queue());
        let took = queue.filled.elapsed();
        if took > SLOW {
            queue.pace = (queue.pace / 2).max(self.bounds.per_installation);
        } else if briefs.len() >= wanted && queue.ready.is_empty() {
            queue.pace = (queue.pace * 2).min(self.bounds.ahead);
        }
        queue.filled = Instant::now();
        let ready = briefs.into_iter().map(|brief| Ready {
            brief,
            token: Token {
                _claimed: Arc::clone(&self.claimed),
                _probe: None,
            },
        });
        queue.ready.extend(ready);
        Vec::new()
    }

    /// Adds the delivery that sees whether a destination is back.
    pub(crate) fn add_probe(&self, installation: InstallationId, brief: Brief) {
        let mut of = self.lock();
        let queue = of.entry(installation).or_insert_with(|| self.queue());
        let probe = Arc::new(());
        queue.probe = Arc::downgrade(&probe);
        queue.ready.push_front(Ready {
            brief,
            token: Token {
                _claimed: Arc::clone(&self.claimed),
                _probe: Some(probe),
            },
        });
    }

    fn queue(&self) -> Queue {
        Queue {
            ready: VecDeque::new(),
            workers: Arc::default(),
            pace: self.bounds.per_installation,
            filled: Instant::now(),
            probe: Weak::new(),
        }
    }

    /// Places for as many workers as there is work and room for. Queues that nothing is left of are forgotten.
    pub(crate) fn places(&self) -> Vec<Slot> {
        let mut of = self.lock();
        of.retain(|_, queue| !queue.ready.is_empty() || count(&queue.workers) > 0);
        let mut slots = Vec::new();
        for (installation, queue) in of.iter() {
            let most = self.bounds.per_installation.min(queue.ready.len());
            while count(&queue.workers) < most && count(&self.workers) < self.bounds.at_once {
                slots.push(Slot {
                    installation: *installation,
                    made: 0,
                    _of_installation: Arc::clone(&queue.workers),
                    _of_all: Arc::clone(&self.workers),
                });
            }
        }
        slots
    }

    /// The next delivery of a worker; none, and its place is free, if it has none or another has waited long enough.
    /// Whoever gets none has places given anew: one may have been counted that was about to be free.
    pub(crate) fn take(&self, mut slot: Slot) -> Option<(Ready, Slot)> {
        let mut of = self.lock();
        let is_crowded = count(&self.workers) >= self.bounds.at_once;
        if is_crowded && slot.made >= TURN {
            return None;
        }
        let ready = of.get_mut(&slot.installation)?.ready.pop_front()?;
        slot.made += 1;
        Some((ready, slot))
    }

    /// Whether it is time to claim more for an installation.
    pub(crate) fn is_low(&self, installation: InstallationId) -> bool {
        let of = self.lock();
        of.get(&installation)
            .is_none_or(|queue| queue.ready.len() == queue.pace / 2)
    }

    /// Takes everything out that is not under way; of one installation, or of all.
    pub(crate) fn drain(&self, installation: Option<InstallationId>) -> Vec<Ready> {
        let mut of = self.lock();
        self.doubt();
        let mut drained = Vec::new();
        for (id, queue) in of.iter_mut() {
            if installation.is_none_or(|installation| installation == *id) {
                drained.extend(queue.ready.drain(..));
                // Whatever comes next is to be seen one by one.
                queue.pace = self.bounds.per_installation;
            }
        }
        drained
    }
}

#[cfg(test)]
mod tests {
    use errand_model::delivery::{AttemptOutcome, Delivery, DeliveryState};
    use errand_model::lifecycle::{Actor, Change, LifecycleEvent};
    use errand_model::{DeliveryId, IssueId, LifecycleId, OrganizationId, ProjectId, Timestamp};
    use errand_store::deliveries::Claimed;

    use super::super::plan::Plan;
    use super::*;

    const ONE: InstallationId = InstallationId(1);
    const TWO: InstallationId = InstallationId(2);

    fn brief(installation: InstallationId) -> Brief {
        let event = LifecycleEvent {
            id: LifecycleId(1),
            organization: OrganizationId(1),
            project: ProjectId(1),
            issue: IssueId(1),
            change: Change::Created,
            actor: Actor::System,
            chain_depth: 0,
            at: Timestamp::default(),
        };
        let delivery = Delivery {
            id: DeliveryId(1),
            installation,
            lifecycle: event.id,
            issue: event.issue,
            state: DeliveryState::Leased,
            attempts: 0,
            next_at: Timestamp::default(),
            is_replay: false,
        };
        Brief {
            claimed: Claimed {
                delivery,
                crashes: 0,
                event,
                lease_token: 1,
                lease_until: Timestamp::default(),
                digest: None,
            },
            others: Vec::new(),
            plan: Plan::End(AttemptOutcome::Done),
            as_of: Timestamp::default(),
        }
    }

    fn fill(queues: &Queues, of: InstallationId, wanted: usize, count: usize) {
        let briefs = (0..count).map(|_| brief(of)).collect();
        assert!(queues.add(queues.drains(), of, wanted, briefs).is_empty());
    }

    fn queues() -> Queues {
        Queues::new(Bounds {
            at_once: 3,
            per_installation: 2,
            ahead: 8,
        })
    }

    #[test]
    fn one_installation_gets_its_share_and_leaves_room_for_others() {
        let queues = queues();
        fill(&queues, ONE, 2, 2);
        fill(&queues, TWO, 2, 2);
        let slots = queues.places();
        assert_eq!((slots.len(), queues.running()), (3, 3));
        let of_one = slots.iter().filter(|slot| slot.installation == ONE).count();
        assert!((1..=2).contains(&of_one));
        assert!(queues.places().is_empty(), "all are taken");
        drop(slots);
        assert_eq!(queues.running(), 0);
    }

    #[test]
    fn more_is_claimed_ahead_where_it_goes_fast_and_up_to_a_bound() {
        let queues = queues();
        let mut rooms = Vec::new();
        for _ in 0..4 {
            let room = queues.room(ONE);
            rooms.push(room);
            fill(&queues, ONE, room, room);
            let mut slot = queues.places().remove(0);
            while let Some((_, kept)) = queues.take(slot) {
                slot = kept;
                if queues.lock()[&ONE].ready.is_empty() {
                    break;
                }
            }
        }
        assert_eq!(rooms, [2, 4, 8, 8]);
        let before = queues.drains();
        queues.drain(Some(ONE));
        assert_eq!(queues.room(ONE), 2, "from anew after a failure");
        let back = queues.add(before, ONE, 2, vec![brief(ONE)]);
        assert_eq!(back.len(), 1, "claimed before it was known");
    }

    #[test]
    fn what_is_claimed_counts_until_it_is_written_down() {
        let queues = queues();
        fill(&queues, ONE, 2, 1);
        queues.add_probe(ONE, brief(ONE));
        assert_eq!(queues.outstanding(), 2);
        let slot = queues.places().remove(0);
        let (probe, slot) = queues.take(slot).expect("two wait");
        assert!(queues.is_probing(ONE) && !queues.is_probing(TWO));
        let (other, slot) = queues.take(slot).expect("one waits");
        assert!(queues.take(slot).is_none());
        drop(probe);
        assert!(!queues.is_probing(ONE));
        assert_eq!(queues.outstanding(), 1);
        drop(other);
        assert_eq!(queues.outstanding(), 0);
    }
}
