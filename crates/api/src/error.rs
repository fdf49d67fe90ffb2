//! What goes wrong, and the one place that turns it into a status and a body.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lang::ask::AskError;
use serde_json::json;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// A query, parameter or path that makes no sense. 400.
    #[error("{0}")]
    Invalid(String),
    /// Fields of the body that make no sense, each with its sentences. 400.
    #[error("invalid body")]
    Fields(BTreeMap<String, Vec<String>>),
    /// No credentials at all. 401.
    #[error("Authentication credentials were not provided.")]
    Anonymous,
    /// Credentials we do not know. 401.
    #[error("{0}")]
    Unknown(&'static str),
    /// Known, but not allowed. 403.
    #[error("You do not have permission to perform this action.")]
    Forbidden,
    /// Allowed, but the browser did not prove that our page sent it. 403.
    #[error("CSRF token missing or wrong. Reload the page.")]
    Forged,
    /// Not there, or not visible to the asker. 404.
    #[error("The requested resource does not exist")]
    NotFound,
    /// Something else has that name already. 409.
    #[error("{0}")]
    Conflict(String),
    /// Too often. 429.
    #[error("Too many attempts. Try again in {retry_after_secs} seconds.")]
    TooOften {
        /// When to try again.
        retry_after_secs: u64,
    },
    /// The body is too large. 413.
    #[error("{0}")]
    TooLarge(String),
    /// No room is left for it, perhaps later. 507, which upload clients try again as they do 503.
    #[error("{0}")]
    Full(String),
    /// The question is too heavy right now. 503.
    #[error("{0}")]
    Busy(String),
    /// We failed. 500; the cause is logged, not shown.
    #[error("Internal Error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    /// One field of a body that makes no sense.
    pub fn field(name: &str, sentence: impl Into<String>) -> Self {
        Self::Fields(BTreeMap::from([(name.to_owned(), vec![sentence.into()])]))
    }

    /// A failure of ours.
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(cause))
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) | Self::Fields(_) => StatusCode::BAD_REQUEST,
            Self::Anonymous | Self::Unknown(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::Forged => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Invalid(sentence) => Self::Invalid(sentence),
            AskError::TooLong | AskError::Busy => Self::Busy(error.to_string()),
            AskError::Failed(cause) => Self::Internal(cause),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = match &self {
            Self::Fields(fields) => json!(fields),
            Self::TooOften { retry_after_secs } => {
                json!({"detail": self.to_string(), "retryAfter": retry_after_secs})
            }
            other => json!({"detail": other.to_string()}),
        };
        if let Self::Internal(cause) = &self {
            tracing::error!(cause = causes(cause.as_ref()), "a request could not be answered");
        }
        let mut response = (status, Json(body)).into_response();
        let wait = match &self {
            Self::TooOften { retry_after_secs } => Some(*retry_after_secs),
            Self::Busy(_) => Some(5),
            _ => None,
        };
        if let Some(value) = wait.and_then(|secs| HeaderValue::from_str(&secs.to_string()).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

/// The error with all its causes in one line.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
