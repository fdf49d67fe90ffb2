//! Passing a request on: to which path, with which headers, and the answer back.

use std::net::SocketAddr;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts as _, Request as HttpRequest};
use axum::response::Response;
use casino_telemetry::ApiError;
use casino_telemetry::call::{Answer, Ask};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::doors::address_of;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The rest is between the browser and the gateway.
const THERE: [HeaderName; 3] = [ACCEPT, CONTENT_TYPE, USER_AGENT];
const BACK: [HeaderName; 5] = [CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER];
const LONGEST_QUERY: usize = 1024;

/// What came from outside, read and bounded.
pub(crate) struct Came {
    method: Method,
    query: Option<String>,
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Came {
    type Rejection = ApiError;

    async fn from_request(request: HttpRequest, state: &S) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let query = parts.uri.query().map(str::to_owned);
        if query.as_ref().is_some_and(|query| query.len() > LONGEST_QUERY) {
            return Err(ApiError::invalid("the query is too long"));
        }
        let mut headers = pick(&parts.headers, &THERE);
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(&mut parts, state).await.ok();
        let address =
            peer.map(|ConnectInfo(peer)| address_of(peer.ip(), &parts.headers).to_string());
        if let Some(value) = address.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(FORWARDED_FOR, value);
        }
        let method = parts.method.clone();
        let request = HttpRequest::from_parts(parts, body);
        let body = Bytes::from_request(request, state).await.map_err(|error| refused(&error))?;
        Ok(Self { method, query, headers, body })
    }
}

fn refused(error: &BytesRejection) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "a body has at most 256 KiB",
        );
    }
    ApiError::invalid("the body did not arrive")
}

impl Came {
    /// The same request, for `path` of a service.
    pub(crate) fn to(self, path: &str) -> Ask {
        let path = match self.query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        Ask { method: self.method, path, headers: self.headers, body: self.body.to_vec() }
    }
}

/// The answer as it came, without what is between the services.
pub(crate) fn back(answer: Answer) -> Response {
    let headers = pick(&answer.headers, &BACK);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = headers;
    response
}

fn pick(from: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    names.iter().filter_map(|name| Some((name.clone(), from.get(name)?.clone()))).collect()
}

/// A part of a path that may go on into another path: nothing in it leads elsewhere.
pub(crate) fn plain(segment: &str) -> Result<&str, ApiError> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=64).contains(&segment.len()) && segment.bytes().all(letter) {
        return Ok(segment);
    }
    Err(ApiError::not_found("there is nothing of that name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_path_lead_nowhere_else() {
        for bad in ["", "..", "a/b", "a%2fb", "a?b", "a.b", "ü", &"a".repeat(65)] {
            assert!(plain(bad).is_err(), "{bad}");
        }
        assert!(plain("0d9c5a4e-7f3b-4a57-9d0e-6d6a0d6f8f11").is_ok());
    }
}
