//! The web pages inside the binary: which file answers which path, how it may be cached, what it may do.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use rust_embed::{EmbeddedFile, RustEmbed};

/// `web/dist` as it was when the server was built; debug builds read it from disk.
#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
#[exclude = "*.map"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";
/// Content hashes are in the names, so a file never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";
/// Nothing inline, nothing from elsewhere. `frame-ancestors` keeps the page out of other people's frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const PERMISSIONS_POLICY: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
const WITHOUT_PAGES: &str = "This server was built without the web interface. Build it with `make run`, or run `make web` first.\n";

/// Answers a path that no API route took.
pub fn answer(method: &Method, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    }
    let path = uri.path().trim_start_matches('/');
    let is_asset = path.starts_with("assets/");
    let name =
        if path.is_empty() || (!is_asset && Dist::get(path).is_none()) { INDEX } else { path };
    let Some((file, coding)) = best(name, headers) else {
        return if is_asset {
            text(StatusCode::NOT_FOUND, "no such file\n")
        } else {
            text(StatusCode::OK, WITHOUT_PAGES)
        };
    };
    let tag = tag(&file, coding);
    let unchanged =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let status = if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let body = if unchanged || method == Method::HEAD {
        Body::empty()
    } else {
        Body::from(file.data.into_owned())
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let set = response.headers_mut();
    put(set, header::CACHE_CONTROL, if is_asset { FOREVER } else { ASK_AGAIN });
    put(set, header::CONTENT_TYPE, content_type(name));
    put(set, header::ETAG, &tag);
    put(set, header::VARY, "Accept-Encoding");
    if let Some(coding) = coding {
        put(set, header::CONTENT_ENCODING, coding);
    }
    harden(set);
    response
}

/// Headers that every page and file carries.
fn harden(headers: &mut HeaderMap) {
    put(headers, header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "same-origin");
    put(headers, header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(headers, header::HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY);
}

fn put(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The smallest form of the file that the browser takes. Browsers take brotli only over https or from
/// localhost, and many installations start on plain http, so gzip is there too.
fn best(name: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let takes = |coding: &str| {
        accepted.split(',').any(|part| part.split(';').next().unwrap_or_default().trim() == coding)
    };
    let packed = [("br", ".br"), ("gzip", ".gz")].into_iter().find_map(|(coding, ending)| {
        takes(coding)
            .then(|| Dist::get(&format!("{name}{ending}")))
            .flatten()
            .map(|file| (file, Some(coding)))
    });
    packed.or_else(|| Some((Dist::get(name)?, None)))
}

fn tag(file: &EmbeddedFile, coding: Option<&str>) -> String {
    use std::fmt::Write;
    let mut tag = String::from("\"");
    for byte in file.metadata.sha256_hash().iter().take(12) {
        // Writing to a string cannot fail.
        let _infallible = write!(tag, "{byte:02x}");
    }
    tag.push_str(coding.unwrap_or_default());
    tag.push('"');
    tag
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "webmanifest" => "application/json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    put(response.headers_mut(), header::CONTENT_TYPE, "text/plain; charset=utf-8");
    harden(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Response<Body> {
        answer(&Method::GET, &path.parse().unwrap(), &HeaderMap::new())
    }

    #[test]
    fn unknown_paths_lead_to_the_page_and_unknown_assets_nowhere() {
        assert_eq!(get("/acme/issues/PAY-1").status(), StatusCode::OK);
        assert_eq!(get("/assets/gone-1a2b.js").status(), StatusCode::NOT_FOUND);
        assert_eq!(get("/assets/../Cargo.toml").status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn every_answer_is_hardened() {
        for path in ["/", "/assets/gone.js", "/x"] {
            let response = get(path);
            assert!(
                response.headers()[header::CONTENT_SECURITY_POLICY]
                    .to_str()
                    .unwrap()
                    .contains("default-src 'none'")
            );
            assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    #[test]
    fn only_reading_is_answered() {
        let response = answer(&Method::POST, &"/".parse().unwrap(), &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
