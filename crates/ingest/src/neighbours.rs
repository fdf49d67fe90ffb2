//! What ingest needs of its neighbours: where records go, whose keys they are, who keeps accounts.

use std::sync::Arc;

use futures::future::BoxFuture;
use model::category::Category;
use model::id::{KeyId, OrganizationId, ProjectId};
use model::intake::{Lane, Record};
use model::outcome::OutcomeKey;
use wire::rate_limit_header::Scope;

/// Where records go: the intake log.
pub trait Sink: Send + Sync {
    /// Appends a record and is done when it is durable.
    fn append(&self, lane: Lane, record: Record) -> BoxFuture<'_, Result<(), SinkError>>;

    /// Whether records can be taken at all; the answer of the health check.
    fn is_ready(&self) -> bool {
        true
    }
}

/// Why a record was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// No room; clients are told to come back.
    #[error("no room left in the intake log")]
    Full {
        /// When to come back.
        retry_after_secs: u64,
    },
    /// The disk failed; it was logged where it happened.
    #[error("writing the intake log")]
    Failed,
}

/// Who may come in: the client keys.
pub trait Doors: Send + Sync {
    /// What the key opens; `None` when there is no such key.
    fn door(&self, public_key: &str) -> Option<Arc<Door>>;
}

/// What a client key opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The only project it is for.
    pub project: ProjectId,
    /// The key itself.
    pub key: KeyId,
    /// False for a key, project or organisation that was turned off.
    pub active: bool,
    /// Pages that may send, as patterns; `*` for any. Empty refuses all that say where they are.
    pub allowed_origins: Vec<String>,
    /// Quotas of the organisation, the project and the key.
    pub quotas: Vec<Quota>,
}

/// How much may come in during a fixed window of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Its name; unique within the scope.
    pub id: String,
    /// Whom it is for.
    pub scope: Scope,
    /// The id of the organisation, project or key.
    pub scope_id: u64,
    /// What it counts; empty means items of every category.
    pub categories: Vec<Category>,
    /// Length of the window in seconds.
    pub window_secs: u32,
    /// How much fits into a window; 0 refuses all.
    pub limit: u64,
    /// A code for the client and the accounts, such as `quota_exceeded`.
    pub reason: String,
}

/// Who keeps accounts of what became of items.
pub trait Accounts: Send + Sync {
    /// Adds to a line.
    fn record(&self, key: OutcomeKey, quantity: u64);
}
