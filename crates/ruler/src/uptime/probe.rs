//! One probe: connect to what may be called, ask, read so much of the answer. Redirects are resolved and
//! checked again, each.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use alarm::UptimeAsk;
use bytes::Bytes;
use deliver::{DialError, Dialer};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderName, HeaderValue, LOCATION, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use model::clock::Micros;
use notify::{Forbidden, Network};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use url::Url;

use super::certificate;
use super::expect::{Answered, Failure};

/// Bytes of an answer that are read; the rest is left. The expected text must be within.
const BODY_BYTES_MAX: usize = 256 * 1_024;
/// Bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 64 * 1_024;
/// Redirects of one answer.
const REDIRECTS_MAX: usize = 5;
/// Who asks: the crawler filter of servers knows Sentry's.
const AGENT: &str =
    concat!("Mozilla/5.0 (compatible; PitwatchUptime/", env!("CARGO_PKG_VERSION"), ")");

/// What a probe waits for.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<Answered, Failure>> + Send + 'a>>;

/// Asks once. The caller sets the end.
pub trait Probe: Debug + Send + Sync {
    /// What was answered.
    fn ask<'a>(&'a self, asks: &'a UptimeAsk, headers: &'a [(String, String)]) -> Asking<'a>;
}

/// The internet.
#[derive(Debug)]
pub struct Web {
    dialer: Dialer,
    /// `None` when this machine trusts no authority.
    tls: Option<Arc<ClientConfig>>,
}

/// Ends what drives a connection when nobody waits for it any more.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Web {
    /// `allowed` are networks that may be called though they are not public.
    pub fn new(allowed: Vec<Network>) -> Self {
        Self { dialer: Dialer::new(allowed), tls: deliver::tls() }
    }

    async fn follow(
        &self,
        asks: &UptimeAsk,
        headers: &[(String, String)],
    ) -> Result<Answered, Failure> {
        let mut url = Url::parse(&asks.url).or(Err(Failure::new("url", "the URL is none")))?;
        if url.scheme() == "tcp" {
            self.connect(&url).await?;
            return Ok(Answered::default());
        }
        let (first, mut certificate_ends) = (url.clone(), None);
        let mut method = asks.method.parse().unwrap_or(Method::GET);
        for hop in 0..=REDIRECTS_MAX {
            // Secrets are for whom they were meant, not for where that one points.
            let is_first = url.origin() == first.origin();
            let headers = if is_first { headers } else { &[] };
            let body = asks.body.as_deref();
            let body = body.filter(|_| is_first && method == asks.method.as_str());
            let request = head(&url, &method, headers, body)?;
            let (answer, ends) = self.exchange(&url, request).await?;
            if hop == 0 {
                certificate_ends = ends;
            }
            let status = answer.status();
            let to = answer.headers().get(LOCATION).filter(|_| status.is_redirection());
            let Some(to) = to.filter(|_| asks.follows_redirects) else {
                let body = answer.into_body();
                return Ok(Answered { status: Some(status.as_u16()), body, certificate_ends });
            };
            let to = to.to_str().ok().and_then(|to| url.join(to).ok());
            let to = to.filter(|to| matches!(to.scheme(), "http" | "https"));
            url =
                to.ok_or_else(|| Failure::new("redirect_error", "it points to no web address"))?;
            if matches!(status.as_u16(), 301..=303) && method != Method::HEAD {
                method = Method::GET;
            }
        }
        let sentence = format!("more than {REDIRECTS_MAX} redirects");
        Err(Failure::new("redirect_error", sentence))
    }

    async fn exchange(
        &self,
        url: &Url,
        request: Request<Full<Bytes>>,
    ) -> Result<(Response<Vec<u8>>, Option<Micros>), Failure> {
        let stream = self.connect(url).await?;
        if url.scheme() != "https" {
            return Ok((speak(stream, request).await?, None));
        }
        let wrong = |sentence: String| Failure::new("tls_error", sentence);
        let tls = self.tls.as_ref();
        let tls = tls.ok_or_else(|| wrong("this machine trusts no authority".to_owned()))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|cause| wrong(cause.to_string()))?;
        let connector = TlsConnector::from(Arc::clone(tls));
        let stream = connector.connect(name, stream).await;
        let stream = stream.map_err(|cause| wrong(cause.to_string()))?;
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let ends = certificates.first().and_then(|first| certificate::ends(first));
        Ok((speak(stream, request).await?, ends))
    }

    async fn connect(&self, url: &Url) -> Result<TcpStream, Failure> {
        let wrong = || Failure::new("url", "the URL has no host and port");
        let host = url.host_str().ok_or_else(wrong)?.trim_matches(['[', ']']);
        let port = url.port_or_known_default().ok_or_else(wrong)?;
        self.dialer.connect(host, port).await.map_err(|cause| {
            let reason = match &cause {
                DialError::Name { .. } | DialError::Forbidden(Forbidden::NoAddress) => "dns_error",
                DialError::Forbidden(Forbidden::Private(_)) => "forbidden",
                DialError::Connect(_) => "connection_error",
            };
            Failure::new(reason, cause.to_string())
        })
    }
}

impl Probe for Web {
    fn ask<'a>(&'a self, asks: &'a UptimeAsk, headers: &'a [(String, String)]) -> Asking<'a> {
        Box::pin(self.follow(asks, headers))
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Response<Vec<u8>>, Failure> {
    let wrong = |cause: hyper::Error| Failure::new("http_error", cause.to_string());
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(wrong)?;
    // How the connection ended is seen where the answer is waited for.
    let _driver = Driver(tokio::spawn(async move { drop(connection.await) }));
    let answer = sender.send_request(request).await.map_err(wrong)?;
    let (parts, mut body) = answer.into_parts();
    let mut read = Vec::new();
    while read.len() < BODY_BYTES_MAX {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(wrong)?;
        let Some(piece) = frame.data_ref() else { continue };
        let room = BODY_BYTES_MAX - read.len();
        read.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }
    Ok(Response::from_parts(parts, read))
}

fn head(
    url: &Url,
    method: &Method,
    headers: &[(String, String)],
    body: Option<&str>,
) -> Result<Request<Full<Bytes>>, Failure> {
    let wrong = || Failure::new("url", "the URL or a header cannot be sent");
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let path: Uri = path.parse().or(Err(wrong()))?;
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let body = Bytes::from(body.unwrap_or_default().to_owned());
    let request = Request::builder().method(method).uri(path).header(HOST, host);
    let mut request = request.body(Full::new(body)).or(Err(wrong()))?;
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
    for (name, value) in headers {
        let name = HeaderName::try_from(name.as_str()).or(Err(wrong()))?;
        let value = HeaderValue::try_from(value.as_str()).or(Err(wrong()))?;
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}
