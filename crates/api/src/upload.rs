//! The way in for what build tools upload: pieces of files, then the files that are made of them.
//!
//! A client asks with `chunk-upload` how to upload, cuts its file into pieces named by their SHA-1, asks
//! to assemble them, sends those that are missing, and asks again. Everything may be repeated, and cut
//! off at any point: what is there is found again, what is half there is not.
//!
//! Source: recordings of sentry-cli 2.58 and 3.8, of `sentry` 0.49, and of the bundler plugins.

pub mod assembly;
pub mod bundles;
pub mod chunks;
mod content;
pub mod debug_files;
mod download;
mod form;
mod limits;
pub mod listing;
pub mod release_files;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use meta::{Claim, Meta, Project, Scope, StoredArtifact};
use serde_json::Value;
use sha1::{Digest, Sha1};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use assembly::Assemblies;
use limits::{ASSEMBLIES_AT_ONCE_MAX, UPLOAD_MILLIS_MAX, UPLOADS_AT_ONCE_MAX};

/// How long a request may wait for others to end before it is told to come back.
const TURN_WAIT: Duration = Duration::from_secs(20);

/// Bytes of uploads by content hash.
pub trait Artifacts: fmt::Debug + Send + Sync {
    /// Writes what `source` gives beside the stored files. Blocks.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] when there are more than `bytes_max` bytes, else what the disk or
    /// the source says.
    fn receive<'a>(
        &'a self,
        source: &mut dyn Read,
        bytes_max: u64,
    ) -> io::Result<Box<dyn Received + 'a>>;

    /// Opens a stored file; `None` when it is not there. Blocks.
    ///
    /// # Errors
    /// When the disk does not give it.
    fn open(&self, sha256: &[u8; 32]) -> io::Result<Option<File>>;
}

/// Bytes on disk that are stored only when they are placed; dropped they are gone.
pub trait Received {
    /// How they will be named, and how many they are.
    fn artifact(&self) -> StoredArtifact;

    /// Opens them for reading.
    ///
    /// # Errors
    /// When the disk does not give them.
    fn open(&self) -> io::Result<File>;

    /// Stores them, durably.
    ///
    /// # Errors
    /// When the disk does not take them.
    fn place(self: Box<Self>) -> io::Result<()>;
}

/// What uploads share: how many there may be at a time, and what is being assembled.
#[derive(Debug, Clone)]
pub struct Uploads {
    /// Where their bytes go.
    pub artifacts: Arc<dyn Artifacts>,
    /// How many bytes all of them may have together.
    pub bytes_max: u64,
    turns: Arc<Semaphore>,
    assemblies: Arc<Assemblies>,
}

impl Uploads {
    /// Uploads into that store.
    pub fn new(artifacts: Arc<dyn Artifacts>, bytes_max: u64) -> Self {
        Self {
            artifacts,
            bytes_max,
            turns: Arc::new(Semaphore::new(UPLOADS_AT_ONCE_MAX)),
            assemblies: Arc::new(Assemblies::new(ASSEMBLIES_AT_ONCE_MAX)),
        }
    }

    /// Waits until this request may send its bytes.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(TURN_WAIT, turn).await {
            Ok(turn) => turn.map_err(ApiError::internal),
            Err(_) => Err(ApiError::Busy("Too many uploads at once. Try again.".into())),
        }
    }

    /// Waits until this request may do what takes much memory.
    async fn heavy_turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = self.assemblies.turn();
        let busy = || ApiError::Busy("Too many uploads at once. Try again.".into());
        tokio::time::timeout(TURN_WAIT, turn).await.unwrap_or_else(|_| Err(busy()))
    }

    /// Writes what a client sends beside the stored files. Blocks.
    fn receive<R: Read>(
        &self,
        content: &mut Hashed<R>,
        bytes_max: u64,
    ) -> Result<Box<dyn Received + '_>, ApiError> {
        let received = self.artifacts.receive(content, bytes_max);
        match (received, content.failure.take()) {
            (Ok(received), _) => Ok(received),
            (Err(_), Some(failure)) => {
                Err(ApiError::Invalid(format!("The file cannot be read: {failure}")))
            }
            (Err(cause), None) if cause.kind() == io::ErrorKind::FileTooLarge => {
                Err(ApiError::TooLarge(format!("The file has more than {bytes_max} bytes")))
            }
            (Err(cause), None) => Err(disk(cause)),
        }
    }

    /// Stores what was received. Blocks.
    fn place(&self, database: &Meta, received: Box<dyn Received + '_>) -> Result<(), ApiError> {
        self.claim(database, received.artifact())?;
        received.place().map_err(disk)
    }

    /// Makes sure that a blob stays until a line refers to it, if there is one. Blocks.
    fn claim(&self, database: &Meta, artifact: StoredArtifact) -> Result<(), ApiError> {
        match database.claim_artifact(artifact, self.bytes_max)? {
            Claim::Held => Ok(()),
            Claim::Leaving => {
                Err(ApiError::Busy("An old copy is being deleted. Try again.".into()))
            }
            Claim::NoRoom => {
                Err(ApiError::Full("The server's space for uploads is used up.".into()))
            }
        }
    }
}

/// What the disk says, as an answer: a full one is worth trying again later.
fn disk(cause: io::Error) -> ApiError {
    match cause.kind() {
        io::ErrorKind::StorageFull => ApiError::Full("The server's disk is full.".into()),
        _ => ApiError::internal(cause),
    }
}

/// Enters an organisation to upload: with the right to releases, or with a token made for continuous
/// integration. Blocks.
fn enter(database: &Meta, caller: &Caller, organization: &str) -> Result<Access, ApiError> {
    match caller.enter(database, organization, Scope::ProjectReleases) {
        Err(ApiError::Forbidden) => caller.enter(database, organization, Scope::OrgCi),
        entered => entered,
    }
}

/// Enters an organisation to see what was uploaded: whoever may upload, or see projects. Blocks.
fn enter_to_read(database: &Meta, caller: &Caller, organization: &str) -> Result<Access, ApiError> {
    match caller.enter(database, organization, Scope::ProjectRead) {
        Err(ApiError::Forbidden) => enter(database, caller, organization),
        entered => entered,
    }
}

/// Ends what takes too long: a client that sends a byte now and then.
async fn within<T>(upload: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let whole = Duration::from_millis(UPLOAD_MILLIS_MAX);
    let slow = || ApiError::Invalid("The upload took too long".into());
    tokio::time::timeout(whole, upload).await.unwrap_or_else(|_| Err(slow()))
}

/// The projects that a body lists by slug or number; at least one. Blocks.
fn projects(database: &Meta, access: &Access, listed: &[Value]) -> Result<Vec<Project>, ApiError> {
    let name = |value: &Value| match value {
        Value::String(slug) => Some(slug.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    let unknown = || ApiError::Invalid("Invalid project ids or slugs".into());
    let find = |value: &Value| match access.project(database, &name(value).ok_or_else(unknown)?) {
        Err(ApiError::NotFound) => Err(unknown()),
        found => found,
    };
    if listed.is_empty() {
        return Err(ApiError::Invalid("One or more projects are required".into()));
    }
    listed.iter().map(find).collect()
}

/// Reads a SHA-1 as clients write it: 40 hexadecimal digits.
fn parse_sha1(text: &str) -> Option<[u8; 20]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16)?).ok();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

/// A digest as clients write it.
fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads on, and adds up the SHA-1 of what was read.
struct Hashed<R> {
    source: R,
    sha1: Sha1,
    /// What the source said when it failed, as the disk's failures look the same to the reader.
    failure: Option<String>,
}

impl<R: Read> Hashed<R> {
    fn new(source: R) -> Self {
        Self { source, sha1: Sha1::new(), failure: None }
    }

    fn sha1(self) -> [u8; 20] {
        self.sha1.finalize().into()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into).inspect_err(|cause| {
            self.failure = Some(cause.to_string());
        })?;
        self.sha1.update(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_read_and_written() {
        let text = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        assert_eq!(hex(&parse_sha1(text).unwrap()), text);
        assert_eq!(parse_sha1(&text.to_uppercase()), parse_sha1(text));
        for text in ["", "da39", "../../etc/passwd", &text.replace('d', "g"), &format!("{text}00")]
        {
            assert_eq!(parse_sha1(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_read_is_hashed() {
        let mut hashed = Hashed::new(&b"abc"[..]);
        io::copy(&mut hashed, &mut io::sink()).unwrap();
        assert_eq!(hex(&hashed.sha1()), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
