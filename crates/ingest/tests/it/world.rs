//! A small world: two keys, a log in memory, accounts in memory, a clock that stands still.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use ingest::{Accounts, Door, Doors, Ingest, Neighbours, Quota, Settings, Sink, SinkError, routes};
use model::clock::{FixedClock, Micros};
use model::id::{KeyId, OrganizationId, ProjectId};
use model::intake::{BodyCoding, Lane, Record};
use model::outcome::{OutcomeKey, Outcomes};
use tower::ServiceExt;

/// The key of project 1.
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";
/// A key of project 2 that was turned off.
pub(crate) const KEY_OFF: &str = "ffffffffffffffffffffffffffffffff";

/// The neighbours, and what the sink says instead of taking records.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) quotas: Vec<Quota>,
    pub(crate) origins: Option<Vec<String>>,
    pub(crate) settings: Settings,
    pub(crate) sink_error: Option<SinkError>,
    pub(crate) log: Mutex<Vec<(Lane, Record)>>,
    pub(crate) accounts: Mutex<Outcomes>,
}

impl Doors for World {
    fn door(&self, public_key: &str) -> Option<Arc<Door>> {
        let project = match public_key {
            KEY => 1,
            KEY_OFF => 2,
            _ => return None,
        };
        Some(Arc::new(Door {
            organization: OrganizationId(9),
            project: ProjectId(project),
            key: KeyId(project * 10),
            active: project == 1,
            allowed_origins: self.origins.clone().unwrap_or_else(|| vec!["*".to_owned()]),
            quotas: self.quotas.clone(),
        }))
    }
}

impl Sink for World {
    fn append(&self, lane: Lane, record: Record) -> BoxFuture<'_, Result<(), SinkError>> {
        let answer = self.sink_error.map_or(Ok(()), Err);
        if answer.is_ok() {
            self.log.lock().unwrap().push((lane, record));
        }
        async move { answer }.boxed()
    }

    fn is_ready(&self) -> bool {
        self.sink_error.is_none()
    }
}

impl Accounts for World {
    fn record(&self, key: OutcomeKey, quantity: u64) {
        self.accounts.lock().unwrap().record(key, quantity);
    }
}

/// What a client gets back.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Sends one request, and shows what is in the world afterwards.
    pub(crate) fn send(self, request: Request<Body>) -> (Got, Arc<Self>) {
        self.send_to(routes, request)
    }

    /// The same to other routes. Trailers are shown with the headers.
    pub(crate) fn send_to(
        self,
        routes: fn(Ingest) -> Router,
        request: Request<Body>,
    ) -> (Got, Arc<Self>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let settings = self.settings.clone();
        let world = Arc::new(self);
        let neighbours = Neighbours {
            clock: Arc::new(FixedClock::at(Micros(1_795_255_200_000_000))),
            sink: Arc::<Self>::clone(&world),
            doors: Arc::<Self>::clone(&world),
            accounts: Arc::<Self>::clone(&world),
        };
        let router = routes(Ingest::new(settings, neighbours));
        let got = runtime.block_on(async {
            let answer: Response = router.oneshot(request).await.unwrap();
            let (mut parts, body) = answer.into_parts();
            let body = body.collect().await.unwrap();
            parts.headers.extend(body.trailers().cloned().unwrap_or_default());
            let body = body.to_bytes();
            let body = String::from_utf8_lossy(&body).into_owned();
            Got { status: parts.status, headers: parts.headers, body }
        });
        (got, world)
    }

    pub(crate) fn records(&self) -> Vec<(Lane, Record)> {
        self.log.lock().unwrap().clone()
    }

    /// The accounts, one line each.
    pub(crate) fn accounts(&self) -> Vec<String> {
        let accounts = self.accounts.lock().unwrap();
        let lines = accounts.iter().map(|(key, quantity)| {
            format!("{} {} {} {quantity}", key.category, key.fate.name(), key.reason)
        });
        lines.collect()
    }
}

/// The payload of an item of a record, as the pipeline finds it.
pub(crate) fn payloads(record: &Record) -> Vec<Vec<u8>> {
    let len = usize::try_from(record.body_len).unwrap();
    let body = match record.coding {
        BodyCoding::Identity => record.body.clone(),
        BodyCoding::Gzip => {
            let mut body = vec![0; len];
            libdeflater::Decompressor::new().gzip_decompress(&record.body, &mut body).unwrap();
            body
        }
        BodyCoding::Zstd => zstd::bulk::decompress(&record.body, len).unwrap(),
    };
    assert_eq!(body.len(), len);
    let payload = |item: &model::intake::Item| {
        let start = usize::try_from(item.start).unwrap();
        body[start..start + usize::try_from(item.len).unwrap()].to_vec()
    };
    record.items.iter().map(payload).collect()
}

/// A request with the key in a header.
pub(crate) fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    let auth = format!("Sentry sentry_key={KEY}, sentry_version=7, sentry_client=test/1.0");
    Request::post(path).header("x-sentry-auth", auth).body(body.into()).unwrap()
}

/// An envelope of items given as `(type, payload)`.
pub(crate) fn envelope(items: &[(&str, &str)]) -> Vec<u8> {
    let mut body = b"{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n".to_vec();
    for (item_type, payload) in items {
        let header = format!("{{\"type\":\"{item_type}\",\"length\":{}}}\n", payload.len());
        body.extend([header.as_bytes(), payload.as_bytes(), b"\n"].concat());
    }
    body
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let len = compressor.gzip_compress(bytes, &mut out).unwrap();
    out.truncate(len);
    out
}
