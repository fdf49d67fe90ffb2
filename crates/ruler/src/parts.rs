//! Whom workers work with.

use std::sync::Arc;

use alarm::Alarms;
use lang::ask::Ask;
use lang::health::AskHealth;
use meta::Meta;
use model::clock::Clock;
use tokio::sync::Notify;

use crate::issue::Arrivals;

/// Given to each worker. Clones are the same ones.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Rules, and what was decided.
    pub alarms: Alarms,
    /// Issues, people, projects.
    pub meta: Meta,
    /// Answers about telemetry.
    pub ask: Arc<dyn Ask>,
    /// Answers about sessions. Calls block.
    pub health: Arc<dyn AskHealth>,
    /// Events that rules about issues have yet to look at.
    pub arrivals: Arc<Arrivals>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// URL of the server without a slash at the end, as links carry it.
    pub public_url: Arc<str>,
    /// Who wakes whom.
    pub bells: Bells,
}

/// Bells that wake workers. Clones are the same ones.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    /// Events were stored.
    pub events: Arc<Notify>,
    /// Alerts were reported, or what people asked for has changed: silences, acknowledgements, rules.
    pub reports: Arc<Notify>,
    /// Notifications wait for delivery.
    pub deliveries: Arc<Notify>,
}
