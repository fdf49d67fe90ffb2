//! Forms with files, read as they come in: never more of them in memory than a few frames.

use std::io::{self, Read};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use futures::StreamExt;
use model::limits::BODY_IDLE_MILLIS_MAX;
use multer::{Constraints, Field, Multipart, SizeLimit};
use tokio::sync::mpsc;

use crate::error::ApiError;

/// Frames between the connection and the thread that writes them to disk.
const FRAMES_WAITING_MAX: usize = 4;
/// How long the rest of a refused upload is listened to.
const DRAIN_MAX: Duration = Duration::from_secs(30);
/// Bytes of a body that is too large that are listened to.
const SKIPPED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of a field that is a text.
const TEXT_BYTES_MAX: usize = 16 * 1024;

/// A form that is being received.
pub(super) struct Form(Multipart<'static>);

impl Form {
    /// Begins to read a form of at most that many bytes.
    pub(super) async fn begin(
        headers: &HeaderMap,
        body: Body,
        bytes_max: u64,
    ) -> Result<Self, ApiError> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = multer::parse_boundary(kind.unwrap_or_default())
            .map_err(|cause| ApiError::Invalid(format!("A form is expected: {cause}")))?;
        let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if length.and_then(|length| length.parse().ok()).is_some_and(|bytes: u64| bytes > bytes_max)
        {
            skip(body).await;
            return Err(too_large(bytes_max));
        }
        let limits = SizeLimit::new().whole_stream(bytes_max);
        let constraints = Constraints::new().size_limit(limits);
        Ok(Self(Multipart::with_constraints(frames(body), boundary, constraints)))
    }

    /// The next part.
    pub(super) async fn next(&mut self) -> Result<Option<Part>, ApiError> {
        Ok(self.0.next_field().await.map_err(broken)?.map(Part))
    }

    /// Reads what is left and forgets it, so that the client hears the answer before it has sent all.
    pub(super) async fn drain(mut self) {
        let rest = async {
            while let Ok(Some(mut field)) = self.0.next_field().await {
                while let Ok(Some(_)) = field.chunk().await {}
            }
        };
        if tokio::time::timeout(DRAIN_MAX, rest).await.is_err() {
            tracing::debug!("a refused upload goes on; its connection is closed");
        }
    }
}

/// The frames of a body, each on time. A frame is asked for only when the one before was worked up:
/// the reader of forms would else gather whatever the connection has.
fn frames(body: Body) -> impl futures::Stream<Item = io::Result<Bytes>> + Send {
    let idle = Duration::from_millis(BODY_IDLE_MILLIS_MAX);
    futures::stream::unfold(body.into_data_stream(), move |mut frames| async move {
        tokio::task::yield_now().await;
        let frame = match tokio::time::timeout(idle, frames.next()).await {
            Ok(frame) => frame?.map_err(io::Error::other),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        Some((frame, frames))
    })
}

/// Listens to a body that is too large for a while: most clients hear an answer only when they have
/// sent all.
async fn skip(body: Body) {
    let mut frames = body.into_data_stream();
    let rest = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = frames.next().await {
            bytes += frame.len();
            if bytes > SKIPPED_BYTES_MAX {
                break;
            }
        }
    };
    if tokio::time::timeout(DRAIN_MAX, rest).await.is_err() {
        tracing::debug!("an upload that is too large goes on; its connection is closed");
    }
}

fn too_large(bytes_max: u64) -> ApiError {
    ApiError::TooLarge(format!("The request has more than {bytes_max} bytes"))
}

fn broken(cause: multer::Error) -> ApiError {
    match cause {
        multer::Error::StreamSizeExceeded { limit } => too_large(limit),
        cause => ApiError::Invalid(format!("The form could not be read: {cause}")),
    }
}

/// A part of a form.
pub(super) struct Part(Field<'static>);

impl Part {
    /// The name of the form's field.
    pub(super) fn name(&self) -> &str {
        self.0.name().unwrap_or_default()
    }

    /// The name of the file, as the client gave it; never a path of ours.
    pub(super) fn file_name(&self) -> &str {
        self.0.file_name().unwrap_or_default()
    }

    /// The whole part, which must be a short text.
    pub(super) async fn text(mut self) -> Result<String, ApiError> {
        let mut bytes = Vec::new();
        while let Some(frame) = self.0.chunk().await.map_err(broken)? {
            bytes.extend_from_slice(&frame);
            if bytes.len() > TEXT_BYTES_MAX {
                return Err(ApiError::Invalid("A field of the form is too long".into()));
            }
        }
        String::from_utf8(bytes)
            .map_err(|cause| ApiError::Invalid(format!("A field of the form: {cause}")))
    }

    /// Reads and forgets the part.
    pub(super) async fn skip(mut self) -> Result<(), ApiError> {
        while self.0.chunk().await.map_err(broken)?.is_some() {}
        Ok(())
    }

    /// Gives the part's bytes to work that blocks, while they come in.
    pub(super) async fn read<T: Send + 'static>(
        mut self,
        work: impl FnOnce(PartReader) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (frames, received) = mpsc::channel(FRAMES_WAITING_MAX);
        let reader = PartReader { received, frame: Bytes::new(), is_whole: false };
        let worker = tokio::task::spawn_blocking(move || work(reader));
        let sent = self.send(&frames).await;
        // Where it was cut off, the reader must not take that for the end.
        drop(frames);
        let done = worker.await.map_err(ApiError::internal)?;
        sent.and(done)
    }

    /// Hands the frames over; when nobody wants more of them, the rest is skipped.
    async fn send(&mut self, frames: &mpsc::Sender<Option<Bytes>>) -> Result<(), ApiError> {
        let mut wanted = true;
        while let Some(frame) = self.0.chunk().await.map_err(broken)? {
            wanted = wanted && frames.send(Some(frame)).await.is_ok();
        }
        if wanted {
            // An error would mean that the work has ended already.
            drop(frames.send(None).await);
        }
        Ok(())
    }
}

/// A part's bytes, for a thread that may block.
#[derive(Debug)]
pub(super) struct PartReader {
    received: mpsc::Receiver<Option<Bytes>>,
    frame: Bytes,
    is_whole: bool,
}

impl Read for PartReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.frame.is_empty() && !self.is_whole {
            match self.received.blocking_recv() {
                Some(Some(frame)) => self.frame = frame,
                Some(None) => self.is_whole = true,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "cut off")),
            }
        }
        let length = self.frame.len().min(into.len());
        let part = self.frame.split_to(length);
        if let Some(into) = into.get_mut(..length) {
            into.copy_from_slice(&part);
        }
        Ok(length)
    }
}
