//! What ingest must know to let a request in, kept in memory.

use std::collections::HashMap;
use std::sync::Arc;

use model::category::Category;
use model::id::{KeyId, OrganizationId, ProjectId};

/// What a client key leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// The key itself.
    pub key: KeyId,
    /// False when the key was turned off.
    pub active: bool,
    /// Origins browsers may send from; `*` is any.
    pub allowed_origins: Vec<String>,
    /// What limits apply: the key's, the project's, the organisation's.
    pub quotas: Vec<Quota>,
}

/// Whose items are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuotaScope {
    /// Of all projects of an organisation.
    Organization,
    /// Of a project.
    Project,
    /// That came with one key.
    Key,
}

/// A limit in fixed windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Stable name to count under.
    pub id: String,
    /// Whose items are counted together.
    pub scope: QuotaScope,
    /// The id of that organisation, project or key.
    pub scope_id: u64,
    /// What is counted; none means everything.
    pub categories: Vec<Category>,
    /// Length of a window.
    pub window_secs: u32,
    /// Items in a window; 0 takes nothing in.
    pub limit: u64,
    /// What the client is told.
    pub reason: String,
}

/// All doors, as they were at one moment.
#[derive(Debug, Default)]
pub struct Doors {
    pub(crate) by_key: HashMap<String, Arc<Door>>,
}

impl Doors {
    /// The door for a public key: 32 lower-case hex digits.
    pub fn door(&self, public_key: &str) -> Option<&Arc<Door>> {
        self.by_key.get(public_key)
    }

    /// How many keys there are, inactive ones included.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// True when there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}
