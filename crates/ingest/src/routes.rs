//! All routes of ingest behind one function, in front of whatever else the server answers.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::Method;
use http::request::Parts;
use model::id::ProjectId;
use model::intake::{ItemType, NOTIFICATION_HEADER};
use model::json::Object;
use model::json_text;
use tower::ServiceExt;
use wire::auth::AuthError;
use wire::envelope::{Item, ItemHeader};

use crate::admission::{Visitor, admit, credentials};
use crate::answer;
use crate::body::{self, Share};
use crate::coding::{self, ContentCoding, Decoded};
use crate::path::Route;
use crate::refusal::Refusal;
use crate::state::{Ingest, Inner};

mod attachments;
mod cron;
mod envelope;
mod error_page;
mod minidump;
mod otlp;
mod security;
mod store;

type Answer = Result<Response, Refusal>;

/// Ingest alone: any other path is not found.
pub fn routes(ingest: Ingest) -> Router {
    Router::new().fallback(alone).with_state(ingest)
}

/// Ingest, and `rest` for all paths that are not ingest's.
pub fn routes_before(ingest: Ingest, rest: Router) -> Router {
    Router::new().fallback(before).with_state((ingest, rest))
}

/// Whether a path is answered by ingest.
pub fn is_ingest_path(path: &str) -> bool {
    Route::of(path).is_some()
}

async fn alone(State(ingest): State<Ingest>, request: Request) -> Response {
    respond(ingest.inner(), request).await
}

async fn before(State((ingest, rest)): State<(Ingest, Router)>, request: Request) -> Response {
    if is_ingest_path(request.uri().path()) {
        return respond(ingest.inner(), request).await;
    }
    rest.oneshot(request).await.unwrap_or_else(|never| match never {})
}

async fn respond(ingest: &Inner, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answer = Box::pin(dispatch(ingest, &parts, body)).await;
    let mut answer = answer.unwrap_or_else(|refusal| answer::refusal(&refusal));
    answer::add_headers(answer.headers_mut());
    answer
}

async fn dispatch(ingest: &Inner, parts: &Parts, body: Body) -> Answer {
    let route = Route::of(parts.uri.path()).ok_or(Refusal::NotFound)?;
    if parts.method == Method::OPTIONS {
        return Ok(answer::preflight());
    }
    if parts.headers.contains_key(NOTIFICATION_HEADER) {
        return Err(Refusal::Notification);
    }
    let request = Arrival { ingest, parts, body };
    match (&parts.method, route) {
        (&Method::GET, Route::Health("ready")) => Ok(answer::health(ingest.sink.is_ready())),
        (&Method::GET, Route::Health(_)) => Ok(answer::health(true)),
        (_, Route::Health(_)) => Err(Refusal::Method { allow: "GET" }),
        (_, Route::Unsupported(what)) => Err(Refusal::NotSupported(what)),
        (_, Route::OtlpUnsupported(what)) => Ok(otlp::unsupported(&request, what)),
        (_, Route::OtlpTraces(project)) => otlp::traces(request, project.transpose()?).await,
        (&Method::POST, Route::Envelope(project)) => envelope::post(request, Some(project?)).await,
        (&Method::POST, Route::Tunnel) => envelope::post(request, None).await,
        (&Method::POST, Route::Store(project)) => store::post(request, project.transpose()?).await,
        (&Method::GET, Route::Store(project)) => store::get(request, project.transpose()?).await,
        (&Method::POST, Route::Security(project)) => security::reports(request, project?).await,
        (&Method::POST, Route::Nel(project)) => security::network_errors(request, project?).await,
        (&Method::GET | &Method::POST, Route::Cron { project, slug, key }) => {
            cron::check_in(request, project?, &slug, key).await
        }
        (&Method::POST, Route::Attachments { project, event_id }) => {
            attachments::post(request, project?, event_id).await
        }
        (&Method::POST, Route::Minidump(project)) => minidump::post(request, project?).await,
        (&Method::GET, Route::ErrorPage) => error_page::script(&request),
        (&Method::POST, Route::ErrorPage) => error_page::report(request).await,
        (_, Route::Store(_) | Route::Cron { .. } | Route::ErrorPage) => {
            Err(Refusal::Method { allow: "GET, POST" })
        }
        (
            _,
            Route::Envelope(_)
            | Route::Tunnel
            | Route::Security(_)
            | Route::Nel(_)
            | Route::Minidump(_)
            | Route::Attachments { .. },
        ) => Err(Refusal::Method { allow: "POST" }),
    }
}

/// A request on its way to its route.
struct Arrival<'a> {
    ingest: &'a Inner,
    parts: &'a Parts,
    body: Body,
}

/// A body that was brought in.
pub(crate) struct Arrived {
    /// As it came; empty when it came without compression.
    pub(crate) compressed: Vec<u8>,
    pub(crate) decoded: Decoded,
    /// Held for as long as the bytes are.
    pub(crate) share: Share,
}

impl Arrival<'_> {
    /// Lets the client in by what it says outside the body.
    fn admit(&self, project: Option<ProjectId>, key: Option<&str>) -> Result<Visitor, Refusal> {
        let credentials = credentials(self.parts, key)?.ok_or(AuthError::Missing)?;
        admit(self.ingest, self.parts, &credentials, project)
    }

    /// Reads and decompresses the body.
    async fn arrive(self, bytes_max: usize) -> Result<Arrived, Refusal> {
        let encoding = self.parts.headers.get(http::header::CONTENT_ENCODING);
        let coding = ContentCoding::of_header(encoding.map(http::HeaderValue::as_bytes))?;
        let mut share = self.ingest.budget.share();
        let settings = &self.ingest.settings;
        let bytes = body::read(&self.parts.headers, self.body, settings, &mut share).await?;
        if bytes.is_empty() {
            return Err(Refusal::EmptyBody);
        }
        unpack(coding, bytes, bytes_max, share).await
    }

    fn content_type(&self) -> Option<&str> {
        self.parts.headers.get(http::header::CONTENT_TYPE)?.to_str().ok()
    }

    fn media_type(&self) -> &str {
        let text = self.content_type().unwrap_or_default();
        text.split(';').next().unwrap_or_default().trim()
    }
}

/// Decompresses a body, elsewhere if that takes long.
pub(crate) async fn unpack(
    coding: ContentCoding,
    bytes: Vec<u8>,
    bytes_max: usize,
    mut share: Share,
) -> Result<Arrived, Refusal> {
    let is_quick = coding.is_quick(&bytes);
    let decode = move || {
        let (compressed, decoded) = coding::decode(coding, bytes, bytes_max, &mut share)?;
        Ok(Arrived { compressed, decoded, share })
    };
    if is_quick {
        return decode();
    }
    // The task can only be missing when the server is shutting down.
    tokio::task::spawn_blocking(decode).await.unwrap_or(Err(Refusal::Busy))
}

/// An item that a route makes, as if it had come in an envelope. `fields` go into its header.
pub(crate) fn built_item<'a>(
    item_type: ItemType,
    fields: Object<'static>,
    payload: &'a [u8],
) -> Item<'a> {
    let mut header = Object::new();
    header.push("type", item_type.name());
    for (name, value) in fields.into_entries() {
        header.push(name, value);
    }
    let text = |name: &str| header.str(name).map(str::to_owned);
    let fields = ItemHeader {
        item_type: Some(item_type),
        length: Some(payload.len()),
        item_count: 1,
        content_type: text("content_type"),
        attachment_type: text("attachment_type"),
        filename: text("filename"),
        ..ItemHeader::default()
    };
    let mut line = Vec::with_capacity(64);
    json_text::write_object(&mut line, &header);
    let header_line = String::from_utf8_lossy(&line).into_owned().into();
    Item { header: fields, header_line, start: 0, payload }
}
