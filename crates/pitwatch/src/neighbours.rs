//! What the crates ask of each other through traits, answered with what the server holds.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use api::live::{Happening, Live, What};
use futures::future::BoxFuture;
use ingest::{Door, Quota, SinkError};
use meta::{Meta, MetaError};
use model::id::{OrganizationId, ProjectId};
use model::intake::{Lane, Offset, Record};
use model::outcome::{OutcomeKey, Outcomes};
use model::profile::Place;
use pipeline::{IssueChange, Listener};
use ruler::{Arrival, Arrivals};
use store::blobs::{BlobError, BlobId, BlobStore};
use store::log::{AppendError, IntakeLog};
use store::profiles::ProfileStore;
use tokio::sync::Notify;

/// When clients are told to come back after the intake log was full.
const FULL_RETRY_SECS: u64 = 60;
/// Lines of accounts that wait to be written. More would be an attack with made-up reasons.
const WAITING_LINES_MAX: usize = 10_000;

/// Ingest's records go into the intake log.
#[derive(Debug)]
pub struct LogSink(pub Arc<IntakeLog>);

impl ingest::Sink for LogSink {
    fn append(&self, lane: Lane, record: Record) -> BoxFuture<'_, Result<(), SinkError>> {
        Box::pin(async move {
            match self.0.append(lane, record).await {
                Ok(_) => Ok(()),
                Err(AppendError::Full) => {
                    Err(SinkError::Full { retry_after_secs: FULL_RETRY_SECS })
                }
                Err(AppendError::TooLarge | AppendError::Failed) => Err(SinkError::Failed),
            }
        })
    }
}

/// Alerting's own events go into the intake log, too.
#[derive(Debug)]
pub struct OwnEvents {
    /// The intake log.
    pub log: Arc<IntakeLog>,
    /// Up to where the lane of check-ins was worked up.
    pub check_ins_position: Arc<AtomicU64>,
}

impl ruler::Intake for OwnEvents {
    fn append(&self, records: Vec<Record>) -> Result<(), ruler::IntakeError> {
        // Called by a role, on a thread that also drives futures.
        let done = tokio::task::block_in_place(|| self.log.append_blocking(Lane::Errors, records));
        done.map_err(|cause| ruler::IntakeError(Box::new(cause)))
    }

    fn check_ins(&self) -> (Offset, Offset) {
        let position = Offset(self.check_ins_position.load(Ordering::Relaxed));
        (self.log.end(Lane::CheckIns), position)
    }

    fn refused(&self) -> u64 {
        self.log.stats(Lane::CheckIns).refused
    }
}

/// Keys as `meta` has them, in ingest's words; converted once for each state of the directory.
#[derive(Debug)]
pub struct DoorBook {
    meta: Meta,
    converted: RwLock<Converted>,
}

#[derive(Debug, Default)]
struct Converted {
    of: Option<Arc<meta::Doors>>,
    doors: HashMap<String, Arc<Door>>,
}

impl DoorBook {
    /// The keys of that database.
    pub fn new(meta: Meta) -> Self {
        Self { meta, converted: RwLock::default() }
    }
}

impl ingest::Doors for DoorBook {
    fn door(&self, public_key: &str) -> Option<Arc<Door>> {
        let doors = self.meta.doors();
        let is_current =
            |converted: &Converted| converted.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &doors));
        {
            let converted = self.converted.read().unwrap_or_else(PoisonError::into_inner);
            if is_current(&converted)
                && let Some(door) = converted.doors.get(public_key)
            {
                return Some(Arc::clone(door));
            }
        }
        let door = Arc::new(door(doors.door(public_key)?));
        let mut converted = self.converted.write().unwrap_or_else(PoisonError::into_inner);
        if !is_current(&converted) {
            *converted = Converted { of: Some(Arc::clone(&doors)), doors: HashMap::new() };
        }
        converted.doors.insert(public_key.to_owned(), Arc::clone(&door));
        Some(door)
    }
}

fn door(door: &meta::Door) -> Door {
    Door {
        organization: door.organization,
        project: door.project,
        key: door.key,
        active: door.active,
        allowed_origins: door.allowed_origins.clone(),
        quotas: door.quotas.iter().map(quota).collect(),
    }
}

fn quota(quota: &meta::Quota) -> Quota {
    Quota {
        id: quota.id.clone(),
        scope: match quota.scope {
            meta::QuotaScope::Organization => ingest::Scope::Organization,
            meta::QuotaScope::Project => ingest::Scope::Project,
            meta::QuotaScope::Key => ingest::Scope::Key,
        },
        scope_id: quota.scope_id,
        categories: quota.categories.clone(),
        window_secs: quota.window_secs,
        limit: quota.limit,
        reason: quota.reason.clone(),
    }
}

/// Accounts that ingest keeps, gathered and written every second: a crash loses at most that second.
#[derive(Debug)]
pub struct Accounts {
    meta: Meta,
    waiting: Mutex<(Outcomes, usize)>,
}

impl Accounts {
    /// Accounts that end in that database.
    pub fn new(meta: Meta) -> Self {
        Self { meta, waiting: Mutex::default() }
    }

    /// Writes what waits. Blocks.
    ///
    /// # Errors
    /// When the database cannot be written; what waited waits on.
    pub fn write(&self) -> Result<(), MetaError> {
        let (outcomes, _) = std::mem::take(&mut *self.lock());
        self.meta.record_outcomes(&outcomes).inspect_err(|_| {
            let mut waiting = self.lock();
            waiting.1 += outcomes.iter().count();
            waiting.0.merge(outcomes.clone());
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (Outcomes, usize)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ingest::Accounts for Accounts {
    fn record(&self, key: OutcomeKey, quantity: u64) {
        let mut waiting = self.lock();
        if waiting.1 >= WAITING_LINES_MAX {
            let total = OutcomeKey { reason: "too_many_reasons".into(), ..key };
            return waiting.0.record(total, quantity);
        }
        waiting.1 += 1;
        waiting.0.record(key, quantity);
    }
}

/// What the pipeline stored is told to open pages and to rules about issues.
#[derive(Debug)]
pub struct LiveListener {
    /// Where pages listen.
    pub live: Live,
    /// To know which project saw its first event.
    pub meta: Meta,
    /// Projects that are known to have events.
    pub begun: Mutex<std::collections::HashSet<ProjectId>>,
    /// Where rules find events.
    pub arrivals: Arc<Arrivals>,
    /// Wakes them.
    pub bell: Arc<Notify>,
}

impl LiveListener {
    fn is_first(&self, project: ProjectId) -> bool {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(project)
    }

    fn tell(&self, organization: OrganizationId, project: ProjectId, what: What) {
        self.live.tell(Happening { organization, project, what });
    }
}

impl Listener for LiveListener {
    fn stored(&self, changes: &[IssueChange]) {
        for change in changes {
            self.arrivals.note(Arrival {
                project: change.project,
                issue: change.issue,
                is_new: change.new,
                events: change.events.clone(),
            });
            if change.is_again {
                continue;
            }
            // Told once per project and start of the server; pages that know better ignore it.
            if self.is_first(change.project) {
                self.tell(change.organization, change.project, What::FirstEvent);
            }
            let what = match (change.new, change.regressed) {
                (true, _) => What::IssueNew(change.issue),
                (false, true) => What::IssueRegressed(change.issue),
                (false, false) => What::IssueUpdated(change.issue),
            };
            self.tell(change.organization, change.project, what);
        }
        self.bell.notify_one();
    }
}

/// Attachments for the API.
#[derive(Debug)]
pub struct BlobReader(pub Arc<BlobStore>);

impl api::state::Blobs for BlobReader {
    fn read(&self, sha256: &[u8; 32]) -> io::Result<Vec<u8>> {
        let found = self.0.open_blob(BlobId::from_bytes(*sha256)).map_err(io::Error::other)?;
        let (mut file, bytes) = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0));
        file.read_to_end(&mut content)?;
        Ok(content)
    }
}

/// Uploads for the API.
#[derive(Debug)]
pub struct ArtifactFiles(pub Arc<BlobStore>);

impl api::upload::Artifacts for ArtifactFiles {
    fn receive<'a>(
        &'a self,
        source: &mut dyn Read,
        bytes_max: u64,
    ) -> io::Result<Box<dyn api::upload::Received + 'a>> {
        let received = self.0.receive(source, bytes_max).map_err(blob_error)?;
        Ok(Box::new(ReceivedFile(received)))
    }

    fn open(&self, sha256: &[u8; 32]) -> io::Result<Option<File>> {
        let found = self.0.open_blob(BlobId::from_bytes(*sha256)).map_err(blob_error)?;
        Ok(found.map(|(file, _)| file))
    }
}

struct ReceivedFile<'a>(store::blobs::Received<'a>);

impl api::upload::Received for ReceivedFile<'_> {
    fn artifact(&self) -> meta::StoredArtifact {
        meta::StoredArtifact { blob: self.0.id.bytes(), size: self.0.bytes }
    }

    fn open(&self) -> io::Result<File> {
        self.0.open().map_err(blob_error)
    }

    fn place(self: Box<Self>) -> io::Result<()> {
        self.0.place().map_err(blob_error)
    }
}

/// Keeps the kind, which tells a full disk from a broken one.
fn blob_error(problem: BlobError) -> io::Error {
    match &problem {
        BlobError::TooLarge { .. } => io::Error::new(io::ErrorKind::FileTooLarge, problem),
        BlobError::Disk { cause, .. } => io::Error::new(cause.kind(), problem),
    }
}

/// Profiles for the API.
#[derive(Debug)]
pub struct ProfileReader(pub Arc<ProfileStore>);

impl api::state::Profiles for ProfileReader {
    fn read(&self, project: ProjectId, place: Place) -> io::Result<Vec<u8>> {
        self.0.read(project, place)
    }
}
