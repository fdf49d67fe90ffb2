//! Incidents: what users felt, with everything that belongs to it; and how fast we were.

use std::collections::BTreeSet;

use model::clock::Micros;
use serde::{Deserialize, Serialize};

use crate::dispatch::Acknowledgement;
use crate::labels::Fingerprint;

/// Which incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IncidentId(pub u64);

/// A time of trouble: opened by a symptom, it gathers what is related.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Which.
    pub id: IncidentId,
    /// The symptom that opened it.
    pub opened_by: Fingerprint,
    /// When the first of its alerts began, which may be a cause that came before the symptom.
    #[serde(with = "crate::moment")]
    pub began: Micros,
    /// When it was opened: detected.
    #[serde(with = "crate::moment")]
    pub opened: Micros,
    /// When people were first told.
    #[serde(with = "crate::moment::option")]
    pub notified: Option<Micros>,
    /// The first who was on it.
    pub acknowledged: Option<Acknowledgement>,
    /// When its last symptom ended; while that is younger than the grace time, it may come back.
    #[serde(with = "crate::moment::option")]
    pub ended: Option<Micros>,
    /// `ended`, once it is for good.
    #[serde(with = "crate::moment::option")]
    pub resolved: Option<Micros>,
    /// All its symptoms.
    pub symptoms: BTreeSet<Fingerprint>,
    /// All other alerts it gathered, up to a limit.
    pub gathered: BTreeSet<Fingerprint>,
    /// Whose other alerts belong to it: the service of the symptom that opened it, if that says one.
    #[serde(alias = "connected")]
    pub(crate) services: BTreeSet<String>,
}

/// Mean times over incidents, in microseconds; `None` where there was nothing to measure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measures {
    /// From the beginning to the opening: mean time to detect.
    pub to_detect: Option<u64>,
    /// From telling somebody to their acknowledgement: mean time to acknowledge.
    pub to_acknowledge: Option<u64>,
    /// From the beginning to the end of the last symptom: mean time to resolve.
    pub to_resolve: Option<u64>,
}

impl Measures {
    /// Over these incidents; those that are not acknowledged, or not resolved, do not count there.
    pub fn of(incidents: &[Incident]) -> Self {
        let acknowledged = incidents.iter().filter_map(|incident| {
            let at = incident.acknowledged.as_ref()?.at;
            Some(at.0.saturating_sub(incident.notified?.0))
        });
        let resolved = incidents
            .iter()
            .filter_map(|incident| Some(incident.resolved?.0.saturating_sub(incident.began.0)));
        let detected =
            incidents.iter().map(|incident| incident.opened.0.saturating_sub(incident.began.0));
        Self {
            to_detect: mean(detected),
            to_acknowledge: mean(acknowledged),
            to_resolve: mean(resolved),
        }
    }
}

fn mean(times: impl Iterator<Item = u64>) -> Option<u64> {
    let (sum, count) =
        times.fold((0_u64, 0_u64), |(sum, count), time| (sum.saturating_add(time), count + 1));
    sum.checked_div(count)
}
