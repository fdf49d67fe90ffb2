//! What every handler is given.

use std::fmt::Debug;
use std::sync::Arc;

use alarm::{AlarmError, Alarms, Author, StoredChannel};
use futures::future::BoxFuture;
use lang::ask::Ask;
use lang::health::AskHealth;
use meta::{Meta, MetaError};
use model::clock::Clock;
use model::event::Event;
use model::id::ProjectId;
use model::profile::Place;
use tokio::sync::{Notify, Semaphore};

use crate::auth::Access;
use crate::dispatch::channel::Tested;
use crate::error::ApiError;
use crate::events::readable::Explained;
use crate::live::Live;
use crate::rule::preview::Rehearse;
use crate::upload::Uploads;

/// The API's dependencies. Clones are the same ones.
#[derive(Debug, Clone)]
pub struct Api {
    /// Everything relational. Calls block; use [`Api::meta`].
    pub database: Meta,
    /// Rules, and what became of their alerts. Calls block; use [`Api::alarms`].
    pub alarms: Alarms,
    /// Wakes whoever decides who is told, after people changed something about that.
    pub alerts_bell: Arc<Notify>,
    /// Who evaluates rules on what is past.
    pub rehearse: Arc<dyn Rehearse>,
    /// Wakes whoever delivers, after people asked for another try.
    pub deliveries_bell: Arc<Notify>,
    /// Who sends test messages.
    pub teller: Arc<dyn Teller>,
    /// Answers about telemetry.
    pub ask: Arc<dyn Ask>,
    /// Answers about sessions. Calls block.
    pub health: Arc<dyn AskHealth>,
    /// Bytes of attachments.
    pub blobs: Arc<dyn Blobs>,
    /// Bytes of profiles.
    pub profiles: Arc<dyn Profiles>,
    /// Who may fold profiles: it takes a processor and much memory.
    pub folds: Arc<Semaphore>,
    /// What build tools upload.
    pub uploads: Uploads,
    /// Who makes stacks readable that were stored before their files were uploaded.
    pub stacks: Arc<dyn Stacks>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What happens right now.
    pub live: Live,
    /// URL of the server without a slash at the end, as links carry it.
    pub public_url: Arc<str>,
    /// What version the server is.
    pub version: &'static str,
}

/// Whoever sends messages over channels.
pub trait Teller: Debug + Send + Sync {
    /// Sends a test message once, and says what the peer answered.
    fn test(&self, channel: StoredChannel) -> BoxFuture<'_, Tested>;

    /// Sends an answer to what a peer told, once and some time; a log says when it failed.
    fn reply(&self, request: notify::Request);
}

/// Bytes of attachments by content hash.
pub trait Blobs: Debug + Send + Sync {
    /// All bytes of a blob. Blocks.
    ///
    /// # Errors
    /// When the disk does not give them.
    fn read(&self, sha256: &[u8; 32]) -> std::io::Result<Vec<u8>>;
}

/// Bytes of profiles by where they lie.
pub trait Profiles: Debug + Send + Sync {
    /// A profile as `flame::encode` wrote it. Blocks.
    ///
    /// # Errors
    /// When the disk does not give it, or not as it was written.
    fn read(&self, project: ProjectId, place: Place) -> std::io::Result<Vec<u8>>;
}

/// Whoever makes stacks readable with what was uploaded for their project.
pub trait Stacks: Debug + Send + Sync {
    /// Makes the stacks of a stored event readable, as far as there are uploads; if it is one of many,
    /// as far as they were read already. False when nothing has changed. Blocks.
    fn make_readable(&self, project: ProjectId, event: &mut Event<'_>, is_of_many: bool) -> bool;

    /// Says why frames are readable, or why not. Blocks.
    fn explain(&self, project: ProjectId, event: &Event<'_>) -> Explained;
}

impl Api {
    /// Rules and what belongs to them, where what is changed is noted as done by that caller.
    pub fn alarms_by(&self, access: &Access) -> Alarms {
        let (user, program) = (access.user, access.program.clone());
        self.alarms.by(Author { user, program, at: self.clock.now(), secrets: Vec::new() })
    }

    /// Asks the database on a thread that may block.
    ///
    /// # Errors
    /// What the database says, as an answer to the client.
    pub async fn meta<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Meta) -> Result<T, MetaError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.blocking(move |api| ask(&api.database).map_err(ApiError::from)).await
    }

    /// Asks the database of alerting on a thread that may block.
    ///
    /// # Errors
    /// What the database says, as an answer to the client.
    pub async fn alarms<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Alarms) -> Result<T, AlarmError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.blocking(move |api| ask(&api.alarms).map_err(ApiError::from)).await
    }

    /// Runs a handler's work on a thread that may block.
    ///
    /// # Errors
    /// What the work says.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let api = self.clone();
        match tokio::task::spawn_blocking(move || work(&api)).await {
            Ok(result) => result,
            Err(cause) => Err(ApiError::internal(cause)),
        }
    }
}

impl Api {
    /// Runs work on whole profiles: not too much of it at a time, and on a thread that may block.
    ///
    /// # Errors
    /// What the work says.
    pub(crate) async fn folding<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let permit = Arc::clone(&self.folds).acquire_owned().await.map_err(ApiError::internal)?;
        self.blocking(move |api| {
            let done = work(api);
            drop(permit);
            done
        })
        .await
    }
}

impl From<MetaError> for ApiError {
    fn from(error: MetaError) -> Self {
        match error {
            MetaError::Missing(_) => Self::NotFound,
            MetaError::Taken { .. } => Self::Conflict(error.to_string()),
            MetaError::Invalid { field, reason } => Self::field(field, reason),
            MetaError::Refused(sentence) => Self::Invalid(sentence.to_owned()),
            MetaError::Full => Self::Busy(error.to_string()),
            MetaError::Open { .. }
            | MetaError::TooNew { .. }
            | MetaError::Damaged(_)
            | MetaError::Json { .. }
            | MetaError::Key { .. }
            | MetaError::Password(_)
            | MetaError::Abandoned
            | MetaError::Database(_) => Self::internal(error),
        }
    }
}

impl From<AlarmError> for ApiError {
    fn from(error: AlarmError) -> Self {
        match error {
            AlarmError::Missing(_) => Self::NotFound,
            AlarmError::Taken { .. } => Self::Conflict(error.to_string()),
            AlarmError::TooMany { .. } => Self::Invalid(error.to_string()),
            AlarmError::Open { .. }
            | AlarmError::Format { .. }
            | AlarmError::Damaged(_)
            | AlarmError::Database(_) => Self::internal(error),
        }
    }
}
