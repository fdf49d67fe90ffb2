//! Files made of pieces, each once at a time, also while nobody waits for the answer.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use meta::{MetaError, StoredArtifact};
use model::id::OrganizationId;
use model::limits::ARTIFACT_BYTES_MAX;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::bundles::BundleTarget;
use super::debug_files::DebugFileTarget;
use super::{Artifacts, Hashed, disk, hex, parse_sha1};
use crate::error::ApiError;
use crate::state::Api;

/// How long a request waits for an assembly before it answers that it goes on. A 2 GB file takes longer;
/// proxies give up after a minute.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Assemblies that run or wait; each has a list of pieces.
const ASSEMBLIES_WAITING_MAX: usize = 10_000;
/// Pieces of one file: a file of the largest size has 256 when the client heeds our options.
const CHUNKS_OF_FILE_MAX: usize = 1_024;

/// How far an assembly is. Source: the states that sentry-cli knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are Sentry's")]
pub enum AssembleState {
    NotFound,
    Created,
    Assembling,
    Ok,
    Error,
}

/// What an assembly has come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assembled {
    /// How far it is.
    pub state: AssembleState,
    /// SHA-1 of the pieces that must be sent first.
    pub missing_chunks: Vec<String>,
    /// What is wrong with the file.
    pub detail: Option<String>,
}

impl Assembled {
    /// How an outcome, or none yet, is told.
    pub(super) fn of(outcome: Option<Outcome>) -> Result<Self, ApiError> {
        let (state, missing, detail) = match outcome {
            None => (AssembleState::Assembling, Vec::new(), None),
            Some(Outcome::Done) => (AssembleState::Ok, Vec::new(), None),
            Some(Outcome::Missing(chunks)) => (AssembleState::NotFound, chunks, None),
            Some(Outcome::Broken(detail)) => (AssembleState::Error, Vec::new(), Some(detail)),
            Some(Outcome::Failed { full, sentence }) => {
                return Err(if full { ApiError::Full(sentence) } else { ApiError::Busy(sentence) });
            }
        };
        let missing_chunks = missing.iter().map(|sha1| hex(sha1)).collect();
        Ok(Self { state, missing_chunks, detail })
    }
}

/// A file that is to be made of pieces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Job {
    /// Whose it is.
    pub(super) organization: OrganizationId,
    /// SHA-1 of the whole file.
    pub(super) sha1: [u8; 20],
    /// SHA-1 of its pieces, in order.
    pub(super) chunks: Vec<[u8; 20]>,
    /// What it is to become.
    pub(super) target: Target,
}

/// What a file is to become.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// A bundle of scripts and maps.
    Bundle(BundleTarget),
    /// A debug file.
    DebugFile(DebugFileTarget),
}

impl Job {
    /// Reads what a client asks for.
    pub(super) fn new(
        organization: OrganizationId,
        checksum: &str,
        chunks: &[String],
        target: Target,
    ) -> Result<Self, ApiError> {
        let sha1 = parse_sha1(checksum)
            .ok_or_else(|| ApiError::Invalid("checksum must be a SHA-1 in hexadecimal".into()))?;
        let parsed: Option<Vec<_>> = chunks.iter().map(|sha1| parse_sha1(sha1)).collect();
        let chunks = parsed.ok_or_else(|| {
            ApiError::Invalid("chunks must be a list of SHA-1 in hexadecimal".into())
        })?;
        if chunks.is_empty() || chunks.len() > CHUNKS_OF_FILE_MAX {
            let sentence = format!("A file must have between 1 and {CHUNKS_OF_FILE_MAX} chunks");
            return Err(ApiError::Invalid(sentence));
        }
        Ok(Self { organization, sha1, chunks, target })
    }
}

/// How an assembly ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is stored.
    Done,
    /// These pieces are not here.
    Missing(Vec<[u8; 20]>),
    /// The file is not what it should be; the text is for the person whose build uploaded it.
    Broken(String),
    /// We could not; trying again may help.
    Failed {
        /// Whether there was no room.
        full: bool,
        /// What the client is told.
        sentence: String,
    },
}

/// A file that was made.
#[derive(Debug)]
pub(super) struct Whole {
    /// Its name in the store, and its bytes.
    pub(super) artifact: StoredArtifact,
    /// Open for reading.
    pub(super) file: File,
}

/// What must be done for a job.
enum Plan {
    /// Nothing more.
    Done(Outcome),
    /// The file is to be made and looked through.
    Work(Source),
}

/// Where a file's bytes are.
enum Source {
    /// In one blob.
    Stored(StoredArtifact),
    /// In several, in this order.
    Pieces(Vec<StoredArtifact>),
}

type Running = Shared<BoxFuture<'static, Outcome>>;

/// The assemblies that run, and those that failed since somebody asked.
pub(super) struct Assemblies {
    running: Mutex<HashMap<Job, Running>>,
    turns: Arc<Semaphore>,
}

impl fmt::Debug for Assemblies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Assemblies").field("running", &self.lock().len()).finish_non_exhaustive()
    }
}

impl Assemblies {
    pub(super) fn new(at_once: usize) -> Self {
        Self { running: Mutex::default(), turns: Arc::new(Semaphore::new(at_once)) }
    }

    /// Waits until this request may do what takes much memory.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(ApiError::internal)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Job, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The assembly of that job: the one that runs, or a new one.
    fn join(self: &Arc<Self>, api: &Api, job: Job, source: Source) -> Option<Running> {
        let mut running = self.lock();
        if let Some(found) = running.get(&job) {
            return Some(found.clone());
        }
        if running.len() >= ASSEMBLIES_WAITING_MAX {
            running.retain(|_, assembly| assembly.peek().is_none());
            if running.len() >= ASSEMBLIES_WAITING_MAX {
                return None;
            }
        }
        let (assemblies, api, work) = (Arc::clone(self), api.clone(), job.clone());
        let task = tokio::spawn(async move {
            let turn = Arc::clone(&assemblies.turns).acquire_owned().await;
            let job = work.clone();
            let done = tokio::task::spawn_blocking(move || {
                let outcome = run(&api, &job, source);
                drop(turn);
                outcome
            });
            let outcome = done.await.unwrap_or_else(|panic| failed(ApiError::internal(panic)));
            if outcome == Outcome::Done {
                // From now on the database knows. Other outcomes wait until somebody asks.
                assemblies.lock().remove(&work);
            }
            outcome
        });
        let outcome =
            task.map(|done| done.unwrap_or_else(|panic| failed(ApiError::internal(panic))));
        let assembly = outcome.boxed().shared();
        running.insert(job, assembly.clone());
        Some(assembly)
    }
}

/// An assembly that has ended or goes on.
#[derive(Debug)]
pub(super) enum Step {
    /// It has ended.
    Ended(Outcome),
    /// It goes on.
    Running(Job, Running),
}

/// Until when a request that begins now waits for its assemblies.
pub(super) fn deadline() -> Instant {
    Instant::now() + ANSWER_WITHIN
}

impl Api {
    /// Makes a file of pieces, or says which are missing.
    pub(super) async fn assemble(&self, job: Job) -> Result<Json<Assembled>, ApiError> {
        let deadline = deadline();
        let step = self.begin(job).await?;
        Ok(Json(Assembled::of(self.end(step, deadline).await)?))
    }

    /// Sees to it that the file is made, if it is not there and its pieces are.
    pub(super) async fn begin(&self, job: Job) -> Result<Step, ApiError> {
        let asked = job.clone();
        let source = match self.blocking(move |api| plan(api, &asked)).await? {
            Plan::Done(outcome) => return Ok(Step::Ended(outcome)),
            Plan::Work(source) => source,
        };
        let running = self.uploads.assemblies.join(self, job.clone(), source);
        let running =
            running.ok_or_else(|| ApiError::Busy("Too many files are being assembled".into()))?;
        Ok(Step::Running(job, running))
    }

    /// How the assembly ended; `None` when it goes on.
    pub(super) async fn end(&self, step: Step, deadline: Instant) -> Option<Outcome> {
        let (job, running) = match step {
            Step::Ended(outcome) => return Some(outcome),
            Step::Running(job, running) => (job, running),
        };
        let outcome = tokio::time::timeout_at(deadline, running).await.ok()?;
        self.uploads.assemblies.lock().remove(&job);
        Some(outcome)
    }
}

/// Looks what is there already. Blocks.
fn plan(api: &Api, job: &Job) -> Result<Plan, ApiError> {
    let known = match &job.target {
        Target::Bundle(target) => target.known(&api.database, job)?,
        Target::DebugFile(target) => target.known(&api.database, job)?,
    };
    if known {
        return Ok(Plan::Done(Outcome::Done));
    }
    let artifacts = &api.uploads.artifacts;
    if let Some(stored) = api.database.assembled_artifact(job.organization, job.sha1)?
        && artifacts.open(&stored.blob).map_err(disk)?.is_some()
    {
        return Ok(Plan::Work(Source::Stored(stored)));
    }
    let found = api.database.chunks(job.organization, &job.chunks)?;
    let mut missing: Vec<[u8; 20]> =
        job.chunks.iter().filter(|sha1| !found.contains_key(*sha1)).copied().collect();
    if !missing.is_empty() {
        missing.sort_unstable();
        missing.dedup();
        return Ok(Plan::Done(Outcome::Missing(missing)));
    }
    let pieces: Vec<_> = job.chunks.iter().filter_map(|sha1| found.get(sha1).copied()).collect();
    let bytes = pieces.iter().map(|piece| piece.size).fold(0, u64::saturating_add);
    if bytes > ARTIFACT_BYTES_MAX {
        let detail = format!("The file has {bytes} bytes, {ARTIFACT_BYTES_MAX} are allowed");
        return Ok(Plan::Done(Outcome::Broken(detail)));
    }
    match (pieces.as_slice(), job.chunks.as_slice()) {
        ([piece], [sha1]) if *sha1 == job.sha1 => Ok(Plan::Work(Source::Stored(*piece))),
        ([_], [sha1]) => Ok(Plan::Done(wrong_checksum(job, *sha1))),
        _ => Ok(Plan::Work(Source::Pieces(pieces))),
    }
}

/// Makes the file and what it is to become. Blocks, long for a large file.
fn run(api: &Api, job: &Job, source: Source) -> Outcome {
    let outcome = match source {
        Source::Stored(artifact) => whole(api, job, artifact),
        Source::Pieces(pieces) => join_pieces(api, job, &pieces),
    };
    outcome.unwrap_or_else(failed)
}

/// A file that is one blob already.
fn whole(api: &Api, job: &Job, artifact: StoredArtifact) -> Result<Outcome, ApiError> {
    let Some(file) = api.uploads.artifacts.open(&artifact.blob).map_err(disk)? else {
        return lost(api, job, job.chunks.first());
    };
    let whole = Whole { artifact, file };
    become_target(api, job, whole, |api| api.uploads.claim(&api.database, artifact))
}

/// A file in several pieces.
fn join_pieces(api: &Api, job: &Job, pieces: &[StoredArtifact]) -> Result<Outcome, ApiError> {
    let artifacts = Arc::clone(&api.uploads.artifacts);
    let reader = Pieces { artifacts: artifacts.as_ref(), pieces, next: 0, file: None, lost: false };
    let mut content = Hashed::new(reader);
    let received = match artifacts.receive(&mut content, ARTIFACT_BYTES_MAX) {
        Ok(received) => received,
        Err(_) if content.source.lost => {
            return lost(api, job, job.chunks.get(content.source.next.saturating_sub(1)));
        }
        Err(cause) => return Err(disk(cause)),
    };
    let found = content.sha1();
    if found != job.sha1 {
        return Ok(wrong_checksum(job, found));
    }
    let whole = Whole { artifact: received.artifact(), file: received.open().map_err(disk)? };
    let done = become_target(api, job, whole, |api| api.uploads.place(&api.database, received))?;
    if done == Outcome::Done {
        api.database.chunks_assembled(job.organization, &job.chunks)?;
    }
    Ok(done)
}

/// Looks the file through; stores it, and only then says what it is.
fn become_target(
    api: &Api,
    job: &Job,
    whole: Whole,
    store: impl FnOnce(&Api) -> Result<(), ApiError>,
) -> Result<Outcome, ApiError> {
    match &job.target {
        Target::Bundle(target) => target.assemble(api, job, whole, store),
        Target::DebugFile(target) => target.assemble(api, job, whole, store),
    }
}

/// The disk has lost a piece that the database knows.
fn lost(api: &Api, job: &Job, sha1: Option<&[u8; 20]>) -> Result<Outcome, ApiError> {
    let Some(sha1) = sha1 else { return Ok(Outcome::Missing(job.chunks.clone())) };
    tracing::warn!(chunk = hex(sha1), "a chunk is not on disk any more; the client sends it again");
    api.database.forget_chunk(job.organization, *sha1)?;
    Ok(Outcome::Missing(vec![*sha1]))
}

fn wrong_checksum(job: &Job, found: [u8; 20]) -> Outcome {
    let (announced, found) = (hex(&job.sha1), hex(&found));
    Outcome::Broken(format!("The file has the checksum {found}, announced was {announced}"))
}

/// What went wrong with us, for all who wait.
fn failed(problem: ApiError) -> Outcome {
    match problem {
        ApiError::Full(sentence) => Outcome::Failed { full: true, sentence },
        ApiError::Busy(sentence) => Outcome::Failed { full: false, sentence },
        problem => {
            let cause = crate::error::causes(&problem);
            tracing::error!(cause, "an upload could not be assembled");
            let sentence = "The file could not be assembled. Try again.".into();
            Outcome::Failed { full: false, sentence }
        }
    }
}

/// What the database refuses about an upload is said to the person whose build uploaded it.
pub(super) fn refused(problem: MetaError) -> Result<Outcome, ApiError> {
    match problem {
        MetaError::Invalid { .. } => Ok(Outcome::Broken(problem.to_string())),
        problem => Err(problem.into()),
    }
}

/// Pieces, read one after the other; one of them is open at a time.
struct Pieces<'a> {
    artifacts: &'a dyn Artifacts,
    pieces: &'a [StoredArtifact],
    next: usize,
    file: Option<File>,
    lost: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.file {
                let read = file.read(into)?;
                if read > 0 {
                    return Ok(read);
                }
            }
            let Some(piece) = self.pieces.get(self.next) else { return Ok(0) };
            self.next += 1;
            self.file = self.artifacts.open(&piece.blob)?;
            if self.file.is_none() {
                self.lost = true;
                return Err(io::ErrorKind::NotFound.into());
            }
        }
    }
}
