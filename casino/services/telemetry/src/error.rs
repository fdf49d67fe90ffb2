//! The one shape of errors: `{"error":{"code":…,"message":…}}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// An answer that is an error.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// 4xx or 5xx.
    pub status: StatusCode,
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Further fields beside code and message (`reason`).
    pub more: Map<String, Value>,
    /// What really happened; reported, not answered.
    pub cause: Option<String>,
    /// How long to wait, in seconds.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// Any.
    pub fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            more: Map::new(),
            cause: None,
            retry_after: None,
        }
    }

    /// 400 `invalid`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    /// 404 `not_found`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 409 with a code of its own.
    pub fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 500 `internal`.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// 503 `<service>_unavailable`.
    pub fn unavailable(service: &str) -> Self {
        let message = format!("{service} cannot be reached; please try again");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, format!("{service}_unavailable"), message)
    }

    /// A further field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// What really happened.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// `wallet_unavailable` as `WalletUnavailable`: the name of the error in reports.
    pub(crate) fn kind(&self) -> String {
        let capital = |word: &str| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        };
        let kind: String = self.code.split('_').filter_map(capital).collect();
        if kind == "Internal" { "InternalError".to_owned() } else { kind }
    }

    pub(crate) fn detail(&self) -> String {
        self.cause.clone().unwrap_or_else(|| self.message.clone())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.code, self.detail())
    }
}

impl std::error::Error for ApiError {}

/// Rides on an answer so that the layer reports it once.
#[derive(Clone)]
pub(crate) struct Reported(pub(crate) ApiError);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut error = self.more.clone();
        error.insert("code".to_owned(), self.code.clone().into());
        error.insert("message".to_owned(), self.message.clone().into());
        let mut answer = (self.status, Json(json!({ "error": error }))).into_response();
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
        }
        if self.status.is_server_error() {
            answer.extensions_mut().insert(Reported(self));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_errors_are_readable() {
        assert_eq!(ApiError::unavailable("wallet").kind(), "WalletUnavailable");
        assert_eq!(ApiError::internal("x").kind(), "InternalError");
    }

    #[test]
    fn only_errors_of_the_server_are_reported() {
        assert!(ApiError::invalid("x").into_response().extensions().get::<Reported>().is_none());
        assert!(
            ApiError::unavailable("x").into_response().extensions().get::<Reported>().is_some()
        );
    }
}
