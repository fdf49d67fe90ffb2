//! All that is known of traces when they are thinned out.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use model::id::{OrganizationId, ProjectId, TraceId};
use model::limits::VERDICTS_AT_ONCE_MAX;
use model::sampling::{Rule, Share, Verdict};

/// Verdicts by trace. A trace may lie in several projects of an organisation, and stays in all of them or
/// in none; what another organisation says of a trace of the same id does not matter.
#[derive(Debug, Default)]
pub struct Docket {
    /// By the hash of organisation and trace: half the memory, and a collision in 2^64 keeps a trace.
    known: HashMap<u64, (Share, Rule)>,
    /// The smallest share of what nothing spoke for, in each project, lately.
    background: HashMap<ProjectId, Share>,
}

impl Docket {
    /// Takes a verdict from that organisation in. Offer the newest first: beyond
    /// [`VERDICTS_AT_ONCE_MAX`] traces there is no room.
    pub fn add(&mut self, organization: OrganizationId, verdict: &Verdict) {
        let Verdict { project, share, rule, .. } = *verdict;
        if rule == Rule::Background {
            let smallest = self.background.entry(project).or_insert(share);
            *smallest = share.min(*smallest);
        }
        let is_full = self.known.len() >= VERDICTS_AT_ONCE_MAX;
        match self.known.entry(key(organization, verdict.trace)) {
            Entry::Occupied(mut known) => {
                if share > known.get().0 {
                    known.insert((share, rule));
                }
            }
            Entry::Vacant(place) if !is_full => drop(place.insert((share, rule))),
            Entry::Vacant(_) => {}
        }
    }

    /// Which share of what nothing speaks for stays, if `wanted` does by now. It shrinks at once and
    /// grows only when the last smaller one is forgotten: otherwise late spans could stay of a trace
    /// whose first ones are gone.
    pub fn background(&self, project: ProjectId, wanted: Share) -> Share {
        self.background.get(&project).map_or(wanted, |smallest| wanted.min(*smallest))
    }

    /// The share of a trace and the rule it comes from.
    pub fn share_of(
        &self,
        organization: OrganizationId,
        trace: TraceId,
        background: Share,
    ) -> (Share, Rule) {
        match self.known.get(&key(organization, trace)) {
            // Dropped.
            Some((Share::NONE, rule)) => (Share::NONE, *rule),
            Some((share, rule)) if *share > background => (*share, *rule),
            _ => (background, Rule::Background),
        }
    }
}

fn key(organization: OrganizationId, trace: TraceId) -> u64 {
    let mut hasher = DefaultHasher::new();
    organization.hash(&mut hasher);
    trace.hash(&mut hasher);
    hasher.finish()
}
