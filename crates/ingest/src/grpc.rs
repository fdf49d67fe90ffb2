//! OTLP over gRPC, on a port of its own: `TraceService/Export`, with the same keys, limits and way into
//! the intake log as over HTTP.
//!
//! gRPC is written out here rather than taken from a framework: one call with one message each way is
//! a prefix of five bytes and a trailer, and this way a message is paid for from the memory of all
//! request bodies before it is read, decompressed under the same cap, and never decoded.
//!
//! Source: "gRPC over HTTP2" and the OTLP specification.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use model::limits::OTLP_BYTES_MAX;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::body;
use crate::coding::{CodingError, ContentCoding};
use crate::otlp::{Form, admit_otlp, keep};
use crate::refusal::Refusal;
use crate::routes::{Arrived, unpack};
use crate::rpc_status::{self, Code};
use crate::state::{Ingest, Inner};

const MEDIA_TYPE: &str = "application/grpc";
const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const EXPORT_METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
/// An empty message: everything was taken.
const EMPTY_MESSAGE: &[u8] = &[0; PREFIX_BYTES];
/// Whether the message is compressed, and its length.
const PREFIX_BYTES: usize = 5;

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_STATUS_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// What must not stand in a `grpc-message` as it is.
const RESERVED: &AsciiSet = &CONTROLS.add(b'%');

/// The methods of gRPC. They need connections that speak HTTP/2.
pub fn grpc_routes(ingest: Ingest) -> Router {
    Router::new().fallback(call).with_state(ingest)
}

async fn call(State(ingest): State<Ingest>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let media_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|media_type| media_type.starts_with(MEDIA_TYPE)) {
        // Not a client of gRPC, which would not look into trailers.
        let mut answer = Response::new(Body::from("only gRPC is spoken on this port\n"));
        *answer.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return answer;
    }
    match Box::pin(export(ingest.inner(), &parts, body)).await {
        Ok(()) => success(),
        Err(refusal) => failure(&refusal),
    }
}

async fn export(ingest: &Inner, parts: &Parts, body: Body) -> Result<(), Refusal> {
    match parts.uri.path() {
        EXPORT if parts.method == Method::POST => {}
        EXPORT_LOGS => return Err(Refusal::NotSupported("OpenTelemetry logs")),
        EXPORT_METRICS => return Err(Refusal::NotSupported("OpenTelemetry metrics")),
        _ => return Err(Refusal::NotSupported("other methods")),
    }
    let visitor = admit_otlp(ingest, parts, None)?;
    let arrived = arrive(ingest, parts, body).await;
    let arrived = arrived.inspect_err(|refusal| visitor.account_refusal(ingest, refusal))?;
    match arrived {
        Some(arrived) => keep(ingest, &visitor, Form::Protobuf, &arrived).await,
        None => Ok(()),
    }
}

/// Reads the one message of a call; `None` when it is empty.
async fn arrive(ingest: &Inner, parts: &Parts, body: Body) -> Result<Option<Arrived>, Refusal> {
    let encoding = parts.headers.get(GRPC_ENCODING).map(HeaderValue::as_bytes);
    let mut share = ingest.budget.share();
    let mut bytes = body::read(&parts.headers, body, &ingest.settings, &mut share).await?;
    let Some((&[flag, length @ ..], message)) = bytes.split_first_chunk::<PREFIX_BYTES>() else {
        return Err(Refusal::GrpcFrame);
    };
    if usize::try_from(u32::from_be_bytes(length)) != Ok(message.len()) {
        return Err(Refusal::GrpcFrame);
    }
    let coding = match flag {
        0 => ContentCoding::Identity,
        1 => match ContentCoding::of_header(encoding)? {
            ContentCoding::Identity => return Err(CodingError::Unknown.into()),
            coding => coding,
        },
        _ => return Err(Refusal::GrpcFrame),
    };
    bytes.drain(..PREFIX_BYTES);
    if bytes.is_empty() {
        return Ok(None);
    }
    unpack(coding, bytes, OTLP_BYTES_MAX, share).await.map(Some)
}

fn success() -> Response<Body> {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(GRPC_STATUS, HeaderValue::from(u16::from(Code::OK.0)));
    let message = Full::new(bytes::Bytes::from_static(EMPTY_MESSAGE));
    answer(Body::new(message.with_trailers(async move { Some(Ok(trailers)) })))
}

/// An answer of headers alone.
fn failure(refusal: &Refusal) -> Response<Body> {
    let mut answer = answer(Body::empty());
    let headers = answer.headers_mut();
    let code = match refusal {
        Refusal::NotFound => Code::UNIMPLEMENTED,
        refusal => Code::of(refusal.status()),
    };
    headers.insert(GRPC_STATUS, HeaderValue::from(u16::from(code.0)));
    let message = rpc_status::message(refusal);
    let message = utf8_percent_encode(&message, RESERVED).to_string();
    if let Ok(message) = HeaderValue::from_str(&message) {
        headers.insert(GRPC_MESSAGE, message);
    }
    let details = BASE64_STANDARD_NO_PAD.encode(rpc_status::protobuf(refusal));
    if let Ok(details) = HeaderValue::from_str(&details) {
        headers.insert(GRPC_STATUS_DETAILS, details);
    }
    answer
}

fn answer(body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(GRPC_ACCEPT_ENCODING, HeaderValue::from_static("identity,gzip,deflate,zstd"));
    answer
}
