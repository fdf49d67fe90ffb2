//! Requests to the casino; each one is measured and written down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use casino_telemetry::propagation::Outgoing;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use crate::people::{Person, Session};
use crate::truth::{Sample, Truth};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Longer than the casino may take for anything.
const PATIENCE: Duration = Duration::from_secs(40);
const CONNECT: Duration = Duration::from_secs(5);
/// Nothing a player asks for is larger.
const LARGEST_ANSWER: usize = 4 << 20;

/// What was answered.
#[derive(Debug, Default)]
pub(crate) struct Got {
    /// 0 for no answer.
    pub(crate) status: u16,
    /// Null when it was not JSON.
    pub(crate) body: Value,
    /// The code of an error.
    pub(crate) code: String,
}

impl Got {
    pub(crate) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A text of the answer.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number of the answer.
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.body.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Why it was refused: the reason, or else the code.
    pub(crate) fn reason(&self) -> &str {
        let reason =
            self.body.get("error").and_then(|error| error.get("reason")).and_then(Value::as_str);
        reason.unwrap_or(&self.code)
    }
}

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) kind: &'static str,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Option<Value>,
}

/// The way into the casino.
pub(crate) struct Gateway {
    client: reqwest::Client,
    pub(crate) address: String,
    pub(crate) truth: Arc<Truth>,
}

impl Gateway {
    pub(crate) fn new(address: String, truth: Arc<Truth>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(128)
            .build()?;
        Ok(Self { client, address, truth })
    }

    /// Asks without a login.
    pub(crate) async fn ask(&self, person: &Person, ask: Ask<'_>) -> Got {
        self.send(person, None, ask).await
    }

    /// Asks as somebody who is logged in.
    pub(crate) async fn ask_as(&self, person: &Person, session: &Session, ask: Ask<'_>) -> Got {
        self.send(person, Some(session), ask).await
    }

    async fn send(&self, person: &Person, session: Option<&Session>, ask: Ask<'_>) -> Got {
        // The provider's page has an address of its own.
        let whole = ask.path.starts_with("http");
        let url = if whole { ask.path.to_owned() } else { format!("{}{}", self.address, ask.path) };
        let mut request = self.client.request(ask.method, url).headers(headers(person, session));
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        let began = Instant::now();
        let got = read(request).await.unwrap_or_default();
        self.truth.request(&Sample {
            kind: ask.kind,
            status: got.status,
            ms: (began.elapsed().as_secs_f64() * 1e5).round() / 100.0,
            code: &got.code,
            player: session.map_or("", |session| &session.player),
        });
        got
    }
}

fn headers(person: &Person, session: Option<&Session>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let agent =
        if person.is_bot { "HeadlessPlayer/1.0" } else { "Mozilla/5.0 (synthetic casino player)" };
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    if let Ok(address) = HeaderValue::from_str(&person.address.to_string()) {
        headers.insert(FORWARDED_FOR, address);
    }
    if let Some(Ok(token)) =
        session.map(|session| HeaderValue::from_str(&format!("Bearer {}", session.token)))
    {
        headers.insert(AUTHORIZATION, token);
    }
    // Nothing without an SDK.
    Outgoing::current().write(&mut headers);
    headers
}

/// The whole answer, or none.
async fn read(request: reqwest::RequestBuilder) -> Option<Got> {
    let mut response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    while let Some(part) = response.chunk().await.ok()? {
        if bytes.len() + part.len() > LARGEST_ANSWER {
            return None;
        }
        bytes.extend_from_slice(&part);
    }
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let code = body.get("error").and_then(|error| error.get("code")).and_then(Value::as_str);
    let code = code.unwrap_or_default().to_owned();
    Some(Got { status, body, code })
}
