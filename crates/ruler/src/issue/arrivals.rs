//! Events on their way from the pipeline to the rules that want to see each of them.
//!
//! Bounded, and only in memory: after a start, the worker asks the store for what arrived since it last
//! looked.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::id::{EventId, IssueId, ProjectId};

/// Issues that wait.
const ISSUES_MAX: usize = 10_000;
/// Events of one issue that wait; of more, the newest.
const EVENTS_MAX: usize = 100;

/// Events of an issue that were stored together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Of which project.
    pub project: ProjectId,
    /// Of which issue.
    pub issue: IssueId,
    /// Whether the first of them made the issue.
    pub is_new: bool,
    /// Which, in order.
    pub events: Vec<EventId>,
}

/// What waits.
#[derive(Debug, Default)]
pub struct Arrivals {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    issues: HashMap<IssueId, Arrival>,
    /// Events that found no room.
    lost: u64,
}

impl Arrivals {
    /// Takes note of stored events. Never blocks for long.
    pub fn note(&self, arrival: Arrival) {
        let mut waiting = self.lock();
        let is_full = waiting.issues.len() >= ISSUES_MAX;
        let events = arrival.events.len();
        let lost = match waiting.issues.entry(arrival.issue) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.events.extend(arrival.events);
                cut(known)
            }
            Entry::Vacant(_) if is_full => events,
            Entry::Vacant(place) => cut(place.insert(arrival)),
        };
        waiting.lost += lost as u64;
    }

    /// What waits, and how many events found no room since the last call.
    pub(super) fn take(&self) -> (Vec<Arrival>, u64) {
        let mut waiting = self.lock();
        let mut taken: Vec<Arrival> = waiting.issues.drain().map(|(_, arrival)| arrival).collect();
        // Loud issues go last: there is a limit to how many events one look reads.
        taken.sort_by_key(|arrival| (arrival.events.len(), arrival.issue));
        (taken, std::mem::take(&mut waiting.lost))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leaves the newest; answers how many went.
fn cut(arrival: &mut Arrival) -> usize {
    let over = arrival.events.len().saturating_sub(EVENTS_MAX);
    arrival.events.drain(..over);
    arrival.is_new &= over == 0;
    over
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(issue: u64, events: std::ops::Range<u8>) -> Arrival {
        let events = events.map(|byte| EventId([byte; 16])).collect();
        Arrival { project: ProjectId(issue % 2), issue: IssueId(issue), is_new: true, events }
    }

    #[test]
    fn what_finds_no_room_is_counted_and_the_newest_stay() {
        let arrivals = Arrivals::default();
        arrivals.note(arrival(1, 0..90));
        arrivals.note(Arrival { is_new: false, ..arrival(1, 90..120) });
        arrivals.note(arrival(2, 0..150));
        let (taken, lost) = arrivals.take();
        assert_eq!(lost, 20 + 50);
        let shown: Vec<_> = taken
            .iter()
            .map(|taken| (taken.issue.0, taken.is_new, taken.events.len(), taken.events[0].0[0]))
            .collect();
        assert_eq!(shown, [(1, false, 100, 20), (2, false, 100, 50)]);
        for issue in 0..10_001 {
            arrivals.note(arrival(issue, 0..2));
        }
        let (taken, lost) = arrivals.take();
        assert_eq!((taken.len(), lost), (10_000, 2));
        assert_eq!(arrivals.take(), (Vec::new(), 0));
    }
}
