//! Request bodies come in: capped, within time, and within the memory of all requests together.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use model::limits::BODY_BYTES_MAX;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::refusal::Refusal;
use crate::state::Settings;

/// Memory is counted in pieces of this size.
const PIECE_BYTES: usize = 4096;

/// The memory that request bodies may take together.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// A budget of that many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / PIECE_BYTES)))
    }

    /// One request's share, empty at first. It goes back when dropped.
    pub fn share(&self) -> Share {
        Share { budget: self.clone(), permit: None }
    }
}

/// What one request took of a [`Budget`].
#[derive(Debug)]
pub struct Share {
    budget: Budget,
    permit: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Takes memory for `bytes` more. False when there is none left.
    #[must_use]
    pub fn take(&mut self, bytes: usize) -> bool {
        let Ok(pieces) = u32::try_from(bytes.div_ceil(PIECE_BYTES)) else { return false };
        let Ok(more) = Arc::clone(&self.budget.0).try_acquire_many_owned(pieces) else {
            return false;
        };
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        true
    }

    /// Gives back what was taken for a buffer of `bytes` that is gone.
    pub fn give_back(&mut self, bytes: usize) {
        let pieces = bytes.div_ceil(PIECE_BYTES);
        if let Some(permit) = &mut self.permit {
            drop(permit.split(pieces));
        }
    }
}

/// Reads a body as it came, compressed or not, up to [`BODY_BYTES_MAX`].
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    settings: &Settings,
    share: &mut Share,
) -> Result<Vec<u8>, Refusal> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > BODY_BYTES_MAX) {
        return Err(Refusal::BodyTooLarge);
    }
    let frames = read_frames(body, length, settings.body_idle_max, share);
    timeout(settings.body_whole_max, frames).await.unwrap_or(Err(Refusal::Slow))
}

async fn read_frames(
    mut body: Body,
    length: Option<usize>,
    idle_max: Duration,
    share: &mut Share,
) -> Result<Vec<u8>, Refusal> {
    // What the client announces is believed up to a point only: memory is taken as bytes arrive.
    let mut bytes = Vec::with_capacity(length.unwrap_or(0).min(16 * PIECE_BYTES));
    let mut paid = 0;
    while let Some(frame) = timeout(idle_max, body.frame()).await.or(Err(Refusal::Slow))? {
        let frame = frame.map_err(Refusal::Interrupted)?;
        let Ok(data) = frame.into_data() else { continue };
        let len = bytes.len() + data.len();
        if len > BODY_BYTES_MAX {
            return Err(Refusal::BodyTooLarge);
        }
        if len > paid {
            // Never more than the largest body needs: its decompressed form must fit beside it.
            let more = (len - paid).max(paid).max(4 * PIECE_BYTES).min(BODY_BYTES_MAX - paid);
            if !share.take(more) {
                return Err(Refusal::Busy);
            }
            paid += more;
            bytes.reserve_exact(paid - bytes.len());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
