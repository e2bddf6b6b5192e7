//! What may be claimed now: by how much room there is, and by how destinations fare.

use std::collections::HashMap;

use errand_model::destination::{Circuit, Destination};
use errand_model::{InstallationId, Timestamp};
use errand_store::deliveries::{Hosts, Want};

use super::queues::Queues;

/// What may be claimed for `installations`, of whose destinations that is known.
///
/// A delivery that was not tried yet is taken to go to any destination that works: it is held where none does. One
/// that failed goes where it failed.
pub(crate) fn of(
    installations: &[InstallationId],
    destinations: &HashMap<InstallationId, Vec<Destination>>,
    queues: &Queues,
    now: Timestamp,
) -> Vec<Want> {
    let mut wants = Vec::new();
    for installation in installations {
        let room = queues.room(*installation);
        if room == 0 {
            continue;
        }
        let known = destinations.get(installation).map_or(&[][..], Vec::as_slice);
        let mut probing = queues.is_probing(*installation);
        for (limit, hosts) in within(known, room, now) {
            if matches!(hosts, Hosts::Only { .. }) && std::mem::replace(&mut probing, true) {
                continue;
            }
            wants.push(Want {
                installation: *installation,
                limit,
                hosts,
                together: usize::MAX,
            });
        }
    }
    wants
}

/// Whether it goes to see whether a destination is back.
pub(crate) const fn is_probe(want: &Want) -> bool {
    matches!(want.hosts, Hosts::Only { .. })
}

fn within(known: &[Destination], room: usize, now: Timestamp) -> Vec<(usize, Hosts)> {
    // That attempts without any request went well says nothing of where others go.
    let known: Vec<&Destination> = known
        .iter()
        .filter(|destination| !destination.host.is_empty() || destination.circuit(now) != Circuit::Closed)
        .collect();
    let not_closed: Vec<&Destination> = known
        .iter()
        .copied()
        .filter(|destination| destination.circuit(now) != Circuit::Closed)
        .collect();
    let works = known.is_empty() || not_closed.len() < known.len();
    let probes = not_closed
        .iter()
        .filter(|destination| destination.circuit(now) == Circuit::HalfOpen)
        .map(|destination| {
            let hosts = Hosts::Only {
                host: destination.host.clone(),
                or_unknown: !works,
            };
            (1, hosts)
        });
    let mut wants: Vec<(usize, Hosts)> = probes.collect();
    if works {
        let shunned = not_closed.iter().map(|destination| destination.host.clone());
        wants.push((room, Hosts::AllBut(shunned.collect())));
    }
    wants
}

#[cfg(test)]
mod tests {
    use errand_model::destination::OPENS_AFTER;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn destination(host: &str, failures: i32, held_for: i64) -> Destination {
        Destination {
            failures,
            held_until: NOW.plus_seconds(held_for),
            ..Destination::new(host)
        }
    }

    fn all_but(hosts: &[&str]) -> (usize, Hosts) {
        (
            9,
            Hosts::AllBut(hosts.iter().map(|host| (*host).to_owned()).collect()),
        )
    }

    fn only(host: &str, or_unknown: bool) -> (usize, Hosts) {
        let host = host.to_owned();
        (1, Hosts::Only { host, or_unknown })
    }

    #[test]
    fn where_all_is_well_everything_goes() {
        assert_eq!(within(&[], 9, NOW), [all_but(&[])]);
        assert_eq!(within(&[destination("a", 2, -1)], 9, NOW), [all_but(&[])]);
    }

    #[test]
    fn the_only_destination_that_is_held_holds_everything() {
        assert_eq!(within(&[destination("a", 0, 60)], 9, NOW), []);
        assert_eq!(within(&[destination("a", OPENS_AFTER, 60)], 9, NOW), []);
        assert_eq!(
            within(&[destination("a", OPENS_AFTER, -1)], 9, NOW),
            [only("a", true)]
        );
    }

    #[test]
    fn attempts_without_a_request_show_no_way_around_what_is_down() {
        let known = [destination("", 0, -1), destination("a", OPENS_AFTER, 60)];
        assert_eq!(within(&known, 9, NOW), []);
        let known = [destination("", OPENS_AFTER, 60), destination("a", 0, -1)];
        assert_eq!(within(&known, 9, NOW), [all_but(&[""])]);
    }

    #[test]
    fn a_destination_that_is_down_holds_up_no_other() {
        let known = [
            destination("up", 0, -1),
            destination("busy", 0, 60),
            destination("back?", OPENS_AFTER, -1),
        ];
        assert_eq!(
            within(&known, 9, NOW),
            [only("back?", false), all_but(&["busy", "back?"])]
        );
    }
}
