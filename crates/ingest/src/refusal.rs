//! Why a request is refused, with what status and what is written in the accounts.

use std::borrow::Cow;

use http::StatusCode;
use model::outcome::Reason;
use wire::auth::AuthError;
use wire::check_in_query::CheckInError;
use wire::envelope::EnvelopeError;
use wire::json::JsonError;
use wire::otlp::OtlpError;
use wire::rate_limit_header::{RateLimit, Scope};
use wire::size_caps::TooLarge;
use wire::store_body::StoreBodyError;

use crate::coding::CodingError;
use crate::neighbours::SinkError;

/// A header of the envelope says something else than the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} header mismatch between envelope and request")]
pub(crate) struct HeaderMismatch(pub(crate) &'static str);

/// Why a key does not open this door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// No such key, or not one of this project.
    ProjectId,
    /// The key or its project was turned off.
    ProjectState,
    /// The page may not send.
    Cors,
}

/// Why there is no minidump in a request that should bring one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoMinidump {
    /// The form has no such file.
    #[error("missing minidump: the form needs a file in the field upload_file_minidump")]
    Missing,
    /// The bytes do not begin like one.
    #[error("invalid minidump: it does not begin with MDMP")]
    Invalid,
    /// It is in a box that is not opened here.
    #[error("invalid minidump: it is compressed with {0}; gzip and zstd are understood")]
    Compressed(&'static str),
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("not found")]
    NotFound,
    #[error("a notification of Pitwatch is not taken as an event: each would cause the next")]
    Notification,
    #[error("method not allowed")]
    Method { allow: &'static str },
    #[error("{0} are not supported yet")]
    NotSupported(&'static str),
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error("event submission rejected with_reason: {0:?}")]
    Closed(Closed),
    #[error("request body did not arrive in time")]
    Slow,
    #[error("request body ended early")]
    Interrupted(#[source] axum::Error),
    #[error("too many requests at once")]
    Busy,
    #[error("request body is too large")]
    BodyTooLarge,
    #[error(transparent)]
    Coding(#[from] CodingError),
    #[error("empty request body")]
    EmptyBody,
    #[error("unsupported media type")]
    MediaType,
    #[error("invalid event envelope")]
    Envelope(#[from] EnvelopeError),
    #[error("invalid event envelope")]
    Mismatch(#[from] HeaderMismatch),
    #[error(transparent)]
    Store(#[from] StoreBodyError),
    #[error("invalid security report")]
    Security(#[from] JsonError),
    #[error(transparent)]
    CheckIn(#[from] CheckInError),
    #[error("invalid event identifier")]
    EventId,
    #[error(transparent)]
    Minidump(#[from] NoMinidump),
    #[error("invalid multipart data")]
    Multipart(#[from] multer::Error),
    #[error("invalid OpenTelemetry request")]
    Otlp(#[from] OtlpError),
    #[error("not one message of gRPC")]
    GrpcFrame,
    #[error(transparent)]
    ItemTooLarge(#[from] TooLarge),
    #[error(
        "data was dropped because a quota or rate limit was reached; this does not affect your application"
    )]
    RateLimited(Vec<RateLimit>),
    #[error(transparent)]
    Sink(#[from] SinkError),
}

impl Refusal {
    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotSupported(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Auth(
                AuthError::UnsupportedVersion(_) | AuthError::BadKey | AuthError::BadProject,
            ) => StatusCode::BAD_REQUEST,
            Self::Auth(
                AuthError::Missing
                | AuthError::Multiple
                | AuthError::NoKey
                | AuthError::BadVersion
                | AuthError::BadEnvelope,
            ) => StatusCode::UNAUTHORIZED,
            Self::Closed(_) | Self::Notification => StatusCode::FORBIDDEN,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge
            | Self::ItemTooLarge(_)
            | Self::Coding(CodingError::TooLarge)
            | Self::Store(StoreBodyError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType | Self::Coding(CodingError::Unknown) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::Interrupted(_)
            | Self::Coding(CodingError::Broken(_))
            | Self::EmptyBody
            | Self::Envelope(_)
            | Self::Mismatch(_)
            | Self::Store(_)
            | Self::Security(_)
            | Self::CheckIn(_)
            | Self::EventId
            | Self::Otlp(_)
            | Self::GrpcFrame
            | Self::Minidump(_)
            | Self::Multipart(_) => StatusCode::BAD_REQUEST,
            Self::RateLimited(_) | Self::Sink(SinkError::Full { .. }) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Busy | Self::Coding(CodingError::Busy) | Self::Sink(SinkError::Failed) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// What the client is to keep back, if it is told so.
    pub(crate) fn rate_limits(&self) -> Cow<'_, [RateLimit]> {
        match self {
            Self::RateLimited(limits) => Cow::Borrowed(limits),
            Self::Sink(SinkError::Full { retry_after_secs }) => Cow::Owned(vec![RateLimit {
                retry_after_secs: *retry_after_secs,
                categories: Vec::new(),
                scope: Scope::Organization,
                reason: "disk_full".to_owned(),
            }]),
            _ => Cow::Borrowed(&[]),
        }
    }

    /// Seconds after which the client may try again, where it makes sense.
    pub(crate) fn retry_after_secs(&self) -> Option<u64> {
        match self {
            Self::Busy | Self::Coding(CodingError::Busy) => Some(1),
            _ => self.rate_limits().iter().map(|limit| limit.retry_after_secs).max(),
        }
    }

    /// What is written in the accounts for the request as a whole; `None` where items were written
    /// one by one, or nothing was lost yet.
    pub(crate) fn reason(&self) -> Option<Reason> {
        Some(Cow::Borrowed(match self {
            Self::Closed(Closed::ProjectId) => "project_id",
            Self::Closed(Closed::ProjectState) => "project_state",
            Self::Closed(Closed::Cors) => "cors",
            Self::BodyTooLarge
            | Self::Coding(CodingError::TooLarge)
            | Self::Store(StoreBodyError::TooLarge) => "request_too_large",
            Self::Coding(CodingError::Unknown | CodingError::Broken(_)) => "invalid_compression",
            Self::EmptyBody | Self::Store(StoreBodyError::Empty) => "empty_body",
            Self::MediaType => "content_type",
            Self::Envelope(EnvelopeError::InternalItem) => "internal_envelope",
            Self::Envelope(_) => "invalid_envelope",
            Self::Mismatch(_) => "multi_project_id",
            Self::Store(StoreBodyError::Json(_)) | Self::Security(_) => "invalid_json",
            Self::Store(StoreBodyError::Base64(_) | StoreBodyError::Zlib(_)) => "invalid_body",
            Self::Store(StoreBodyError::EventId) | Self::EventId => "invalid_event_id",
            Self::CheckIn(_) => "invalid_check_in",
            Self::Minidump(NoMinidump::Missing) => "missing_minidump_upload",
            Self::Minidump(NoMinidump::Invalid | NoMinidump::Compressed(_)) => "invalid_minidump",
            Self::Multipart(_) => "invalid_multipart",
            Self::Otlp(error) => error.reason(),
            Self::GrpcFrame => "invalid_body",
            Self::Slow | Self::Interrupted(_) => "invalid_body",
            Self::NotFound
            | Self::Notification
            | Self::Method { .. }
            | Self::NotSupported(_)
            | Self::Auth(_)
            | Self::Busy
            | Self::Coding(CodingError::Busy)
            | Self::ItemTooLarge(_)
            | Self::RateLimited(_)
            | Self::Sink(_) => return None,
        }))
    }
}
