//! Stored files on their way out: a piece in memory at a time, and never shown by a browser as a page.

use std::fs::File;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::io::AsyncReadExt;

use crate::events::attachments::disposition;

/// Bytes read at a time.
const FRAME_BYTES: usize = 64 * 1024;

/// A file of that name; the client may save it, and nothing else.
pub(super) fn file(name: &str, file: File) -> Response {
    let file = tokio::fs::File::from_std(file);
    let frames = futures::stream::try_unfold(file, |mut file| async move {
        let mut frame = vec![0; FRAME_BYTES];
        let read = file.read(&mut frame).await?;
        frame.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(frame), file)))
    });
    (headers(name), Body::from_stream(frames)).into_response()
}

/// The same of bytes in memory.
pub(super) fn bytes(name: &str, bytes: Vec<u8>) -> Response {
    (headers(name), bytes).into_response()
}

fn headers(name: &str) -> [(HeaderName, HeaderValue); 4] {
    let disposition = HeaderValue::from_str(&disposition(name));
    [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (
            header::CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ]
}
