//! Spans and transactions around pieces of work.

use std::future::Future;
use std::sync::Arc;

use sentry::protocol::{SpanStatus, Value};
use sentry::{Hub, SentryFutureExt as _, TransactionOrSpan};

use crate::Request;

/// What is running now.
pub(crate) fn current() -> Option<TransactionOrSpan> {
    Hub::with_active(|hub| hub.configure_scope(|scope| scope.get_span()))
}

/// A span of the current transaction; nothing where there is none. It ends when it is dropped.
#[derive(Debug)]
pub struct Span {
    inner: Option<TransactionOrSpan>,
}

impl Span {
    /// Begins one.
    pub fn start(op: &str, description: &str) -> Self {
        let inner = current().map(|parent| parent.start_child(op, description).into());
        Self { inner }
    }

    /// One fact of it.
    pub fn set(&self, name: &str, value: impl Into<Value>) {
        if let Some(span) = &self.inner {
            span.set_data(name, value.into());
        }
    }

    /// How it went, as HTTP says it.
    pub fn status(&self, status: u16) {
        if let Some(span) = &self.inner {
            span.set_status(of_http(status));
        }
    }

    /// It failed, or it did not.
    pub fn ok(&self, ok: bool) {
        if let Some(span) = &self.inner {
            span.set_status(if ok { SpanStatus::Ok } else { SpanStatus::InternalError });
        }
    }

    /// Runs `work` within it: spans and events of `work` are below it.
    pub async fn run<F: Future>(&self, work: F) -> F::Output {
        let Some(span) = self.inner.clone() else { return work.await };
        let hub = Hub::new_from_top(Hub::current());
        hub.configure_scope(|scope| scope.set_span(Some(span)));
        work.bind_hub(hub).await
    }

    pub(crate) fn inner(&self) -> Option<&TransactionOrSpan> {
        self.inner.as_ref()
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(span) = self.inner.take() {
            if span.get_status().is_none() {
                // Dropped before anybody knew how it ends: the caller has gone away.
                span.set_status(SpanStatus::Cancelled);
            }
            span.finish();
        }
    }
}

/// Work nobody asked for (a check every ten seconds, a consumer) as a transaction of its own.
pub async fn transaction<T, E>(
    name: &str,
    op: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let request = Arc::new(Request::background(name));
    let hub = Arc::new(Hub::new_from_top(Hub::main()));
    let root = crate::layer::open(&hub, &request, op, None);
    let result = request.clone().during(work).bind_hub(hub.clone()).await;
    let status = if result.is_ok() { SpanStatus::Ok } else { SpanStatus::InternalError };
    crate::layer::close(&hub, &request, root, status, None);
    result
}

pub(crate) fn of_http(status: u16) -> SpanStatus {
    match status {
        401 => SpanStatus::Unauthenticated,
        403 => SpanStatus::PermissionDenied,
        404 => SpanStatus::NotFound,
        409 => SpanStatus::AlreadyExists,
        429 => SpanStatus::ResourceExhausted,
        499 => SpanStatus::Cancelled,
        400..=498 => SpanStatus::InvalidArgument,
        501 => SpanStatus::Unimplemented,
        503 => SpanStatus::Unavailable,
        504 => SpanStatus::DeadlineExceeded,
        500..=599 => SpanStatus::InternalError,
        _ => SpanStatus::Ok,
    }
}
