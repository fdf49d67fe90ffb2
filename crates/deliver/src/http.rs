//! One request over HTTP/1.1: connect, ask, read so much of the answer.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::header::{HOST, RETRY_AFTER, USER_AGENT};
use hyper::http::Uri;
use hyper_util::rt::TokioIo;
use notify::{Answer, Method, Request};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::dial::Dialer;
use crate::{ANSWER_BYTES_MAX, DeliverError};

/// Bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 64 * 1_024;

#[derive(Debug)]
pub(crate) struct Http {
    dialer: Dialer,
    tls: Option<Arc<ClientConfig>>,
}

/// Ends what drives a connection when nobody waits for it any more.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Http {
    pub(crate) fn new(dialer: Dialer, tls: Option<Arc<ClientConfig>>) -> Self {
        Self { dialer, tls }
    }

    pub(crate) async fn ask(&self, request: &Request) -> Result<Answer, DeliverError> {
        let url = url::Url::parse(&request.url).or(Err(DeliverError::Address))?;
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(DeliverError::Address),
        };
        let host = url.host_str().ok_or(DeliverError::Address)?.to_owned();
        let port = url.port_or_known_default().ok_or(DeliverError::Address)?;
        let stream = self.dialer.connect(host.trim_matches(['[', ']']), port).await?;
        if !is_tls {
            return exchange(stream, request, &url).await;
        }
        let tls = self.tls.as_ref().ok_or_else(|| {
            DeliverError::Tls(std::io::Error::other("this machine trusts no authority at all"))
        })?;
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
        let name = name.or(Err(DeliverError::Address))?;
        let connector = TlsConnector::from(Arc::clone(tls));
        let stream = connector.connect(name, stream).await.map_err(DeliverError::Tls)?;
        exchange(stream, request, &url).await
    }
}

/// What the machine trusts; `None` when that is nobody.
pub fn tls() -> Option<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.ok()?.with_root_certificates(roots).with_no_client_auth();
    (added > 0).then(|| Arc::new(config))
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: &Request,
    url: &url::Url,
) -> Result<Answer, DeliverError> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let connected = builder.handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.map_err(DeliverError::Http)?;
    // How the connection ended is seen where the answer is waited for.
    let driver = Driver(tokio::spawn(async move { drop(connection.await) }));
    let answer = sender.send_request(head(request, url)?).await.map_err(DeliverError::Http)?;
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|value| value.trim().parse().ok());
    let mut body = answer.into_body();
    let mut read = Vec::new();
    while read.len() < ANSWER_BYTES_MAX {
        let Some(frame) = body.frame().await else { break };
        // The status counts, also where the rest is cut off.
        let Ok(frame) = frame else { break };
        let Some(piece) = frame.data_ref() else { continue };
        let room = ANSWER_BYTES_MAX - read.len();
        read.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }
    drop(driver);
    Ok(Answer { status, retry_after, body: read })
}

fn head(request: &Request, url: &url::Url) -> Result<hyper::Request<Full<Bytes>>, DeliverError> {
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let path: Uri = path.parse().or(Err(DeliverError::Address))?;
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let method = match request.method {
        Method::Get => hyper::Method::GET,
        Method::Post => hyper::Method::POST,
    };
    let mut builder = hyper::Request::builder().method(method).uri(path).header(HOST, host);
    builder = builder.header(USER_AGENT, concat!("pitwatch/", env!("CARGO_PKG_VERSION")));
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    let body = Full::new(Bytes::from(request.body.clone()));
    builder.body(body).map_err(DeliverError::Form)
}
