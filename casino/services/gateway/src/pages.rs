//! The two pages: files of `web` at `/`, of `admin` at `/admin/`.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::Request as HttpRequest;
use axum::response::{IntoResponse as _, Response};
use casino_telemetry::{ApiError, Quiet};
use http::header::CACHE_CONTROL;
use http::{HeaderName, HeaderValue, Method, Uri};
use tower::ServiceExt as _;
use tower_http::services::{ServeDir, ServeFile};

const ADMIN: &str = "/admin";
/// Without it browsers do not let the SDK profile.
const POLICY: (HeaderName, HeaderValue) =
    (HeaderName::from_static("document-policy"), HeaderValue::from_static("js-profiling"));
const NO_SNIFF: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Where the files are.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) web: Option<PathBuf>,
    pub(crate) admin: Option<PathBuf>,
}

impl Pages {
    /// Everything that no other route has.
    pub(crate) async fn serve(self, request: HttpRequest) -> Response {
        let path = request.uri().path().to_owned();
        if path.starts_with("/api/") || path.starts_with("/ws/") {
            return ApiError::not_found("there is no such address").into_response();
        }
        let mut answer = self.file(&path, request).await;
        answer.extensions_mut().insert(Quiet);
        answer
    }

    async fn file(&self, path: &str, request: HttpRequest) -> Response {
        let (folder, rest) = match path.strip_prefix(ADMIN) {
            // Files of the page are beside it, so its address ends with a slash.
            Some("") => return redirect("/admin/"),
            Some(rest) if rest.starts_with('/') => (&self.admin, rest),
            _ => (&self.web, path),
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return ApiError::not_found("there is no such address").into_response();
        }
        let Some(folder) = folder.as_deref().filter(|folder| folder.is_dir()) else {
            return ApiError::not_found("this page was not built").into_response();
        };
        let answer = if is_file_name(rest) {
            from_folder(folder, rest, request).await
        } else {
            ServeFile::new(folder.join("index.html"))
                .oneshot(request)
                .await
                .map(|it| it.map(Body::new))
        };
        let Ok(mut answer) = answer;
        let headers = answer.headers_mut();
        headers.extend([POLICY, NO_SNIFF]);
        headers.insert(CACHE_CONTROL, if is_hashed(rest) { FOREVER } else { ASK_AGAIN });
        if answer.status().is_success() || answer.status().as_u16() == 304 {
            answer
        } else {
            ApiError::not_found("there is no such file").into_response()
        }
    }
}

async fn from_folder(
    folder: &Path,
    path: &str,
    mut request: HttpRequest,
) -> Result<Response, std::convert::Infallible> {
    if let Ok(uri) = path.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    let files = ServeDir::new(folder).append_index_html_on_directories(false);
    files.oneshot(request).await.map(|it| it.map(Body::new))
}

fn redirect(to: &'static str) -> Response {
    axum::response::Redirect::permanent(to).into_response()
}

/// Whatever has a dot in its last part; other paths are the page's own routes.
fn is_file_name(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

/// `chunk-ABRDK5GG.js`: builders put a hash of the contents into the name, so they never change.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let hash = |text: &str| {
        text.len() == 8
            && text.bytes().all(letter)
            && text.bytes().any(|it| !it.is_ascii_lowercase())
    };
    is_file_name(path) && stem.rsplit_once('-').is_some_and(|(_, last)| hash(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_are_kept_forever() {
        for name in
            ["/chunk-ABRDK5GG.js", "/admin/assets/index-B3x_91Zk.css", "/chunk-ABRDK5GG.js.map"]
        {
            assert!(is_hashed(name), "{name}");
        }
        for name in ["/index.html", "/", "/games/slot-machines", "/favicon.ico", "/my-notebook.js"]
        {
            assert!(!is_hashed(name), "{name}");
        }
    }
}
