//! The layer around every request: continues the trace, opens a transaction, isolates the scope,
//! reports errors, turns panics into answers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request as HttpRequest, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::HeaderMap;
use sentry::protocol::{self, SpanStatus};
use sentry::{Hub, SentryFutureExt as _, TransactionOrSpan};

use crate::error::{ApiError, Reported};
use crate::{Request, log, sdk, span};

/// Whether the headers about the player are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Between services.
    Inside,
    /// At the gateway.
    Outside,
}

/// Put into the extensions of an answer that is not worth a transaction (a file of a page).
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

/// Headers that are sent along with events; the others may hold secrets.
const TOLD: [&str; 5] =
    ["user-agent", "content-type", "content-length", "x-casino-fault", "referer"];

/// Puts the layer around all routes of `router`.
pub fn observe(router: Router, trust: Trust) -> Router {
    router.layer(middleware::from_fn_with_state(trust, watch))
}

async fn watch(State(trust): State<Trust>, http: HttpRequest, next: Next) -> Response {
    if http.uri().path() == "/health" {
        return next.run(http).await;
    }
    let route = http.extensions().get::<MatchedPath>().map_or("(unmatched)", MatchedPath::as_str);
    let method = http.method().to_string();
    let name = format!("{method} {route}");
    let request = Arc::new(Request::from_headers(http.headers(), &name, trust == Trust::Inside));
    let hub = Arc::new(Hub::new_from_top(Hub::main()));
    let began = Instant::now();
    let about = sdk::active().then(|| about(&http));
    let root = open(&hub, &request, "http.server", about);
    if let Some(root) = &root {
        root.set_data("http.request.method", method.into());
        root.set_data("http.route", route.into());
    }
    let mut open = Open { hub: hub.clone(), request: request.clone(), root };
    let work = async {
        let answer = AssertUnwindSafe(next.run(http)).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| panicked());
        report(&hub, &answer);
        if answer.extensions().get::<Quiet>().is_none() {
            let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let status = answer.status().as_u16();
            crate::info!("request", route = request.route(), status = status, ms = millis);
        }
        answer
    };
    let answer = request.clone().during(work).bind_hub(hub.clone()).await;
    let root = open.root.take();
    if answer.extensions().get::<Quiet>().is_none() {
        let status = answer.status().as_u16();
        close(&hub, &request, root, span::of_http(status), Some(status));
    } else if root.is_some() {
        // A transaction that is not finished is not sent.
        hub.end_session();
    }
    answer
}

/// A request that is under way. Dropped with a root in it, the caller has gone away before the answer.
struct Open {
    hub: Arc<Hub>,
    request: Arc<Request>,
    root: Option<TransactionOrSpan>,
}

impl Drop for Open {
    fn drop(&mut self) {
        close(&self.hub, &self.request, self.root.take(), SpanStatus::Cancelled, Some(499));
    }
}

/// The panic itself was reported and logged by hooks, on this request's scope.
fn panicked() -> Response {
    let mut answer = ApiError::internal("something went wrong here").into_response();
    answer.extensions_mut().remove::<Reported>();
    answer
}

/// Errors of the server become events.
fn report(hub: &Hub, answer: &Response) {
    let Some(Reported(error)) = answer.extensions().get::<Reported>() else { return };
    log::error(&error.message, &[("code", error.code.clone().into())]);
    let event = protocol::Event {
        level: protocol::Level::Error,
        exception: vec![protocol::Exception {
            ty: error.kind(),
            value: Some(error.detail()),
            mechanism: Some(protocol::Mechanism {
                ty: "axum".to_owned(),
                handled: Some(true),
                ..Default::default()
            }),
            ..Default::default()
        }]
        .into(),
        ..Default::default()
    };
    hub.capture_event(event);
}

fn about(http: &HttpRequest) -> protocol::Request {
    let host = http
        .headers()
        .get(http::header::HOST)
        .and_then(|it| it.to_str().ok())
        .unwrap_or("localhost");
    // Without the query: the table's WebSocket has its token there.
    let url = format!("http://{host}{}", http.uri().path()).parse().ok();
    protocol::Request {
        url,
        method: Some(http.method().to_string()),
        headers: told(http.headers()),
        ..Default::default()
    }
}

fn told(headers: &HeaderMap) -> protocol::Map<String, String> {
    let text = |name: &str| Some((name.to_owned(), headers.get(name)?.to_str().ok()?.to_owned()));
    TOLD.into_iter().filter_map(text).collect()
}

/// Opens a transaction on `hub`, if there is an SDK.
pub(crate) fn open(
    hub: &Hub,
    request: &Arc<Request>,
    op: &str,
    about: Option<protocol::Request>,
) -> Option<TransactionOrSpan> {
    hub.client().filter(|client| client.is_enabled())?;
    let transaction = hub.start_transaction(request.incoming.transaction(&request.route(), op));
    transaction.set_origin(if op == "http.server" { "auto.http.axum" } else { "manual" });
    if let Some(about) = &about {
        transaction.set_request(about.clone());
    }
    let root = TransactionOrSpan::from(transaction);
    let told = request.clone();
    hub.configure_scope(|scope| {
        scope.set_span(Some(root.clone()));
        scope.add_event_processor(move |mut event| {
            let known = told.describe();
            event.tags.extend(known.tags.into_iter().map(|(name, value)| (name.to_owned(), value)));
            event.user = event.user.or(known.user);
            event.transaction = event.transaction.or(Some(known.route));
            event.request = event.request.or_else(|| about.clone());
            if let Some(flags) = known.flags {
                event.contexts.insert("flags".to_owned(), flags);
            }
            Some(event)
        });
    });
    if op == "http.server" {
        hub.start_session();
    }
    Some(root)
}

/// Closes what [`open`] opened, with all that became known meanwhile.
pub(crate) fn close(
    hub: &Arc<Hub>,
    request: &Request,
    root: Option<TransactionOrSpan>,
    how: SpanStatus,
    status: Option<u16>,
) {
    let Some(root) = root else { return };
    let known = request.describe();
    root.set_name(&known.route);
    if let Some(status) = status {
        root.set_data("http.response.status_code", status.into());
    }
    for (name, value) in known.data {
        root.set_data(name, value);
    }
    root.set_status(how);
    hub.configure_scope(|scope| {
        for (name, value) in known.tags {
            scope.set_tag(name, value);
        }
        scope.set_user(known.user);
        if let Some(flags) = known.flags {
            scope.set_context("flags", flags);
        }
    });
    Hub::run(hub.clone(), || root.finish());
    hub.end_session();
}
