//! How many findings of one kind become events. A slow query in a busy place is found a thousand times a
//! second; an example now and then tells as much.

use std::collections::HashMap;

use model::clock::Micros;

use super::findings::Found;

/// Time between two examples of one kind in one place.
const PAUSE_MICROS: u64 = 10_000_000;
/// Kinds and places that are remembered.
const REMEMBERED_MAX: usize = 16_384;

/// When the last example of each kind arrived. By the times of arrival, not by the clock, so that reading
/// the log again chooses the same ones.
#[derive(Debug, Default)]
pub(super) struct Examples {
    last: HashMap<u64, Micros>,
}

impl Examples {
    /// Whether a finding is to become an event.
    pub(super) fn wants(&mut self, found: &Found) -> bool {
        let received = found.record.received;
        let is_recent = |last: &Micros| received.0.saturating_sub(last.0) < PAUSE_MICROS;
        if self.last.get(&found.key).is_some_and(is_recent) {
            return false;
        }
        if self.last.len() >= REMEMBERED_MAX {
            self.last.retain(|_, last| is_recent(last));
        }
        if self.last.len() < REMEMBERED_MAX {
            self.last.insert(found.key, received);
        }
        true
    }
}
