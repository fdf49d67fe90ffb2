//! What all requests share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::clock::Clock;
use model::limits;

use crate::body::Budget;
use crate::client_address::ForwardedFrom;
use crate::neighbours::{Accounts, Doors, Sink};
use crate::quotas::Quotas;

/// What a person may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whose word on the client's address is taken.
    pub forwarded_from: ForwardedFrom,
    /// Longest silence within a request body.
    pub body_idle_max: Duration,
    /// Longest time for a whole request body.
    pub body_whole_max: Duration,
    /// All request bodies in memory together, compressed and decompressed.
    pub bodies_in_flight_bytes_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            forwarded_from: ForwardedFrom::default(),
            body_idle_max: Duration::from_millis(limits::BODY_IDLE_MILLIS_MAX),
            body_whole_max: Duration::from_millis(limits::BODY_WHOLE_MILLIS_MAX),
            bodies_in_flight_bytes_max: limits::BODIES_IN_FLIGHT_BYTES_MAX,
        }
    }
}

/// Whom ingest works with.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "the neighbours need not have one")]
pub struct Neighbours {
    /// Tells the time of arrival.
    pub clock: Arc<dyn Clock>,
    /// Takes the records.
    pub sink: Arc<dyn Sink>,
    /// Knows the keys.
    pub doors: Arc<dyn Doors>,
    /// Keeps the accounts.
    pub accounts: Arc<dyn Accounts>,
}

/// The state of ingest; cheap to clone.
#[derive(Clone)]
pub struct Ingest(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) doors: Arc<dyn Doors>,
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) quotas: Quotas,
    pub(crate) budget: Budget,
}

impl Ingest {
    /// Puts ingest together.
    pub fn new(settings: Settings, neighbours: Neighbours) -> Self {
        let Neighbours { clock, sink, doors, accounts } = neighbours;
        let budget = Budget::new(settings.bodies_in_flight_bytes_max);
        let quotas = Quotas::default();
        Self(Arc::new(Inner { settings, clock, sink, doors, accounts, quotas, budget }))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }
}

impl fmt::Debug for Ingest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Ingest").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
