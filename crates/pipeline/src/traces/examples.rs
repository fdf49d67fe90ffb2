//! How many findings of one kind become events. A slow query in a busy place is found a thousand times a
//! second; an example now and then tells as much.

use std::collections::HashMap;

use model::clock::Micros;
use model::id::ProjectId;

use super::findings::Found;

/// Time between two examples of one kind in one place.
const PAUSE_MICROS: u64 = 10_000_000;
/// Kinds and places of one project in that time; further ones wait. Findings are not counted by quotas,
/// so that names made up without end must not become events without end.
const KINDS_MAX: usize = 500;

/// When the last example of each kind arrived. By the times of arrival, not by the clock, so that reading
/// fast what waited long chooses as it would have at the time.
#[derive(Debug, Default)]
pub(super) struct Examples {
    last: HashMap<ProjectId, HashMap<u64, Micros>>,
}

impl Examples {
    /// Whether a finding is to become an event.
    pub(super) fn wants(&mut self, found: &Found) -> bool {
        let received = found.record.received;
        let is_recent = |last: &Micros| received.0.saturating_sub(last.0) < PAUSE_MICROS;
        let last = self.last.entry(found.record.project).or_default();
        if last.get(&found.key).is_some_and(is_recent) {
            return false;
        }
        if last.len() >= KINDS_MAX {
            last.retain(|_, last| is_recent(last));
        }
        let has_room = last.len() < KINDS_MAX;
        if has_room {
            last.insert(found.key, received);
        }
        has_room
    }

    /// Forgets everything: what was wanted is wanted again.
    pub(super) fn forget(&mut self) {
        self.last.clear();
    }
}

#[cfg(test)]
mod tests {
    use model::id::{KeyId, OrganizationId};
    use model::intake::{BodyCoding, Record};

    use super::*;

    fn found(project: u64, key: u64, received: u64) -> Found {
        let record = Record {
            received: Micros(received),
            organization: OrganizationId(1),
            project: ProjectId(project),
            key: KeyId(1),
            client_ip: String::new(),
            user_agent: String::new(),
            sdk: String::new(),
            header: String::new(),
            items: Vec::new(),
            coding: BodyCoding::Identity,
            body_len: 0,
            body: Vec::new(),
        };
        Found { key, record }
    }

    #[test]
    fn one_of_a_kind_in_a_while() {
        let mut examples = Examples::default();
        let wanted = [(1, 7, 0), (1, 7, 1), (1, 8, 1), (2, 7, 1), (1, 7, PAUSE_MICROS)];
        let wanted = wanted.map(|(project, key, at)| examples.wants(&found(project, key, at)));
        assert_eq!(wanted, [true, false, true, true, true]);
        examples.forget();
        assert!(examples.wants(&found(1, 7, PAUSE_MICROS)));
    }

    #[test]
    fn made_up_kinds_of_one_project_end_and_take_nothing_from_another() {
        let mut examples = Examples::default();
        let kinds = u64::try_from(KINDS_MAX).unwrap();
        let wanted = (0..2 * kinds).filter(|key| examples.wants(&found(1, *key, 5)));
        assert_eq!(wanted.count(), KINDS_MAX);
        assert!(examples.wants(&found(2, 0, 5)));
        assert!(examples.wants(&found(1, 0, 5 + PAUSE_MICROS)));
    }
}
