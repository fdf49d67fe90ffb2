//! Answers: success, refusal, and the headers that let a browser read them.

use std::error::Error;

use axum::body::Body;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use model::id::EventId;
use model::json::{Object, Value};
use model::json_text;
use wire::rate_limit_header;

use crate::refusal::Refusal;

type Answer = Response<Body>;

const RATE_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");

/// A transparent pixel, for pages that send with an image.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\
\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;";

/// `{"id": "…"}`, or `{}` when there is no event. Unity's SDK cannot read it compressed.
pub(crate) fn id(event_id: Option<EventId>) -> Answer {
    let mut object = Object::new();
    if let Some(event_id) = event_id {
        object.push("id", event_id.to_string());
    }
    json(StatusCode::OK, &object)
}

/// The id alone, with dashes, as crash reporters write it down.
pub(crate) fn id_text(event_id: EventId) -> Answer {
    let id = event_id.to_string();
    let steps = [0..8, 8..12, 12..16, 16..20, 20..32];
    let text: Vec<&str> = steps.into_iter().filter_map(|step| id.get(step)).collect();
    let mut answer = Response::new(Body::from(text.join("-")));
    let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
    set(&mut answer, header::CONTENT_TYPE, media_type);
    answer
}

/// The answer to an event in an image's URL.
pub(crate) fn pixel() -> Answer {
    let mut answer = Response::new(Body::from(PIXEL));
    set(&mut answer, header::CONTENT_TYPE, HeaderValue::from_static("image/gif"));
    answer
}

/// A script, which nobody may take for anything else.
pub(crate) fn script(text: &'static str) -> Answer {
    let mut answer = Response::new(Body::from(text));
    let media_type = HeaderValue::from_static("text/javascript; charset=utf-8");
    set(&mut answer, header::CONTENT_TYPE, media_type);
    set(&mut answer, header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// A status and nothing else.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

/// The answer of the health check.
pub(crate) fn health(is_healthy: bool) -> Answer {
    let mut object = Object::new();
    object.push("is_healthy", is_healthy);
    json(if is_healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &object)
}

/// What went wrong, with its causes.
pub(crate) fn refusal(refusal: &Refusal) -> Answer {
    let mut object = Object::new();
    object.push("detail", refusal.to_string());
    let mut causes = Vec::new();
    let mut source = refusal.source();
    while let Some(cause) = source {
        causes.push(Value::from(cause.to_string()));
        source = cause.source();
    }
    if !causes.is_empty() {
        object.push("causes", causes);
    }
    let mut answer = json(refusal.status(), &object);
    if let Some(secs) = refusal.retry_after_secs() {
        set(&mut answer, header::RETRY_AFTER, HeaderValue::from(secs));
    }
    let limits = rate_limit_header::write(&refusal.rate_limits());
    if let (false, Ok(limits)) = (limits.is_empty(), HeaderValue::from_str(&limits)) {
        set(&mut answer, RATE_LIMITS, limits);
    }
    if let Refusal::Method { allow } = refusal {
        set(&mut answer, header::ALLOW, HeaderValue::from_static(allow));
    }
    answer
}

/// The answer to a browser that asks whether it may send; it may.
pub(crate) fn preflight() -> Answer {
    let mut answer = empty(StatusCode::OK);
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, \
             authentication, authorization, content-encoding, transfer-encoding",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "3600"),
    ] {
        set(&mut answer, name, HeaderValue::from_static(value));
    }
    answer
}

/// The headers of every answer.
pub(crate) fn add_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "x-sentry-error, x-sentry-rate-limits, retry-after",
        ),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::SERVER, "pitwatch"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn json(status: StatusCode, object: &Object<'_>) -> Answer {
    let mut text = Vec::with_capacity(64);
    json_text::write_object(&mut text, object);
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    set(&mut answer, header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn set(answer: &mut Answer, name: HeaderName, value: HeaderValue) {
    answer.headers_mut().insert(name, value);
}
