//! Calls to the other services: a span, the trace, the faults and the player go along; every call has a limit.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::propagation::Outgoing;
use crate::{ApiError, Request, Span};

/// For the services of the casino.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// For the payment provider.
pub const PROVIDER_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Answers are small; a larger one is a mistake.
const LARGEST_ANSWER: usize = 4 << 20;

/// How a call failed.
#[derive(Debug, Error)]
pub enum CallError {
    /// No answer: not there, too slow, cut off.
    #[error("{service}: {reason}")]
    Unavailable {
        /// Which service.
        service: &'static str,
        /// What happened.
        reason: String,
        /// No connection was made, so nothing was asked: the same can be asked elsewhere.
        unasked: bool,
    },
    /// An answer that is an error.
    #[error("{service} answered {status} {code}: {message}")]
    Refused {
        /// Which service.
        service: &'static str,
        /// 4xx or 5xx.
        status: StatusCode,
        /// Its code, or `unknown`.
        code: String,
        /// Its message.
        message: String,
        /// What else was in `error`.
        more: Map<String, Value>,
    },
    /// An answer that cannot be read.
    #[error("{service} answered what cannot be read: {reason}")]
    Unreadable {
        /// Which service.
        service: &'static str,
        /// Why.
        reason: String,
    },
}

impl CallError {
    /// Whether the service surely knows nothing of this call.
    pub fn is_unasked(&self) -> bool {
        matches!(self, Self::Unavailable { unasked: true, .. })
    }

    /// The status of an answer that is an error.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Refusals (4xx) and a 503 that says who is away go on as they are; everything else is `<service>_unavailable`.
impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        let cause = error.to_string();
        match error {
            CallError::Refused { status, code, message, more, .. }
                if status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE =>
            {
                let mut out = Self::new(status, code, message).because(&cause);
                out.more = more;
                out
            }
            CallError::Refused { service, .. }
            | CallError::Unavailable { service, .. }
            | CallError::Unreadable { service, .. } => Self::unavailable(service).because(&cause),
        }
    }
}

/// What was answered, whatever the status.
#[derive(Debug)]
pub struct Answer {
    /// Any.
    pub status: StatusCode,
    /// As they came.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Vec<u8>,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// GET, POST, ….
    pub method: Method,
    /// With the query.
    pub path: String,
    /// Further headers; those of the trace and the player come by themselves.
    pub headers: HeaderMap,
    /// Empty for none.
    pub body: Vec<u8>,
}

/// Another service.
#[derive(Clone, Debug)]
pub struct Service {
    name: &'static str,
    base: String,
    client: reqwest::Client,
}

impl Service {
    /// `name` is what its errors are called by: `wallet` gives `wallet_unavailable`.
    pub fn new(name: &'static str, base: &str, timeout: Duration) -> Result<Self, CallError> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            // Loopback; a redirect is an answer for the caller.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(32)
            .build()
            .map_err(|error| unavailable(name, &error))?;
        Ok(Self { name, base: base.trim_end_matches('/').to_owned(), client })
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The same at another address, with the same connections.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), ..self.clone() }
    }

    /// Asks for JSON.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.json(Method::GET, path, Vec::new()).await
    }

    /// Sends JSON, gets JSON.
    pub async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, CallError> {
        let body = serde_json::to_vec(body).map_err(|error| self.unreadable(&error))?;
        self.json(Method::POST, path, body).await
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, CallError> {
        let mut headers = HeaderMap::new();
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let answer = self.ask(Ask { method, path: path.to_owned(), headers, body }).await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer));
        }
        serde_json::from_slice(&answer.body).map_err(|error| self.unreadable(&error))
    }

    /// Any request; an answer with an error is an answer here.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, CallError> {
        let path = ask.path.split('?').next().unwrap_or_default();
        let span = Span::start("http.client", &format!("{} {}{path}", ask.method, self.base));
        span.set("http.request.method", ask.method.as_str());
        span.set("url.full", format!("{}{path}", self.base));
        span.set("server.address", self.base.as_str());
        span.set("peer.service", self.name);
        let result = self.exchange(ask, &span).await;
        match &result {
            Ok(answer) => {
                span.set("http.response.status_code", answer.status.as_u16());
                span.status(answer.status.as_u16());
            }
            Err(_) => span.status(503),
        }
        result
    }

    async fn exchange(&self, ask: Ask, span: &Span) -> Result<Answer, CallError> {
        let mut headers = ask.headers;
        let request = Request::current();
        if let Some(request) = &request {
            request.write_headers(&mut headers);
        }
        let outgoing = match (span.inner(), &request) {
            (Some(span), Some(request)) => Outgoing::of(span, &request.incoming),
            _ => Outgoing::current(),
        };
        outgoing.write(&mut headers);
        let url = format!("{}{}", self.base, ask.path);
        let sent =
            self.client.request(ask.method, url).headers(headers).body(ask.body).send().await;
        let mut response = sent.map_err(|error| unavailable(self.name, &error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(part) =
            response.chunk().await.map_err(|error| unavailable(self.name, &error))?
        {
            if body.len() + part.len() > LARGEST_ANSWER {
                return Err(self.unreadable(&"it is too large"));
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer { status, headers, body })
    }

    fn refused(&self, answer: &Answer) -> CallError {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let mut more = body.get("error").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut text = |name: &str| more.remove(name).and_then(|it| it.as_str().map(str::to_owned));
        let code = text("code").unwrap_or_else(|| "unknown".to_owned());
        let message = text("message").unwrap_or_else(|| "no message".to_owned());
        CallError::Refused { service: self.name, status: answer.status, code, message, more }
    }

    fn unreadable(&self, reason: &dyn std::fmt::Display) -> CallError {
        CallError::Unreadable { service: self.name, reason: reason.to_string() }
    }
}

/// With the causes: reqwest's own message only says which address.
fn unavailable(service: &'static str, error: &reqwest::Error) -> CallError {
    let mut reason =
        if error.is_timeout() { "timed out".to_owned() } else { "no answer".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        reason = error.to_string();
        cause = error.source();
    }
    CallError::Unavailable { service, reason, unasked: error.is_connect() }
}
