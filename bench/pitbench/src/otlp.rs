//! The spans of a transaction as exporters of OpenTelemetry send them: an `ExportTraceServiceRequest`
//! of one program, protobuf, its spans of as many traces as fit.
use crate::payload::{Rng, Shape, COUNTRIES, ENVS, HTTPM, MODS, NOUNS, PROVIDERS};

/// Spans of one trace.
const TRACE_SPANS: usize = 21;
const SERVER: u64 = 2;
const CLIENT: u64 = 3;
const INTERNAL: u64 = 1;

/// A message being written.
#[derive(Default)]
pub struct Message(Vec<u8>);

impl Message {
    pub fn is_empty(&self) -> bool { self.0.is_empty() }
    pub fn bytes_of(self) -> Vec<u8> { self.0 }
    fn number(&mut self, mut n: u64) {
        while n > 0x7f {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }
    pub fn varint(&mut self, field: u64, n: u64) {
        self.number(field << 3);
        self.number(n);
    }
    pub fn fixed64(&mut self, field: u64, n: u64) {
        self.number(field << 3 | 1);
        self.0.extend_from_slice(&n.to_le_bytes());
    }
    pub fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.number(field << 3 | 2);
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }
    pub fn message(&mut self, field: u64, message: Message) { self.bytes(field, &message.0) }
    pub fn attribute(&mut self, field: u64, key: &str, value: impl Into<AnyValue>) {
        let (mut any, mut pair) = (Message::default(), Message::default());
        match value.into() {
            AnyValue::Text(text) => any.bytes(1, text.as_bytes()),
            AnyValue::Bool(value) => any.varint(2, value.into()),
            AnyValue::Int(n) => any.varint(3, n),
            AnyValue::Double(n) => any.fixed64(4, n.to_bits()),
        }
        pair.bytes(1, key.as_bytes());
        pair.message(2, any);
        self.message(field, pair);
    }
}

pub enum AnyValue { Text(String), Bool(bool), Int(u64), Double(f64) }
impl From<&str> for AnyValue { fn from(text: &str) -> Self { Self::Text(text.into()) } }
impl From<String> for AnyValue { fn from(text: String) -> Self { Self::Text(text) } }
impl From<bool> for AnyValue { fn from(value: bool) -> Self { Self::Bool(value) } }
impl From<u64> for AnyValue { fn from(n: u64) -> Self { Self::Int(n) } }
impl From<f64> for AnyValue { fn from(n: f64) -> Self { Self::Double(n) } }

/// A request with `count` spans that end at `ts`, in seconds.
pub fn request(r: &mut Rng, sh: &Shape, ts: f64, count: usize) -> Vec<u8> {
    let mut resource = Message::default();
    for (key, value) in [
        ("service.name", sh.service.clone()),
        ("service.version", format!("2026.{}.{}", r.range(9, 12), r.below(6))),
        ("deployment.environment.name", r.pick(ENVS).to_string()),
        ("telemetry.sdk.language", "python".into()),
        ("telemetry.sdk.name", "opentelemetry".into()),
        ("telemetry.sdk.version", "1.37.0".into()),
        ("host.name", format!("{}-{}", sh.service, r.hex(5))),
    ] {
        resource.attribute(1, key, value);
    }
    let mut scope = Message::default();
    scope.bytes(1, b"opentelemetry.instrumentation.fastapi");
    scope.bytes(2, b"0.58b0");
    let mut scope_spans = Message::default();
    scope_spans.message(1, scope);
    let mut left = count;
    while left > 0 {
        let spans = left.min(TRACE_SPANS);
        trace(r, sh, ts, spans, &mut scope_spans);
        left -= spans;
    }
    let mut resource_spans = Message::default();
    resource_spans.message(1, resource);
    resource_spans.message(2, scope_spans);
    let mut request = Message::default();
    request.message(1, resource_spans);
    request.0
}

fn trace(r: &mut Rng, sh: &Shape, ts: f64, spans: usize, out: &mut Message) {
    let trace = [r.next().to_be_bytes(), r.next().to_be_bytes()].concat();
    let root = r.next().to_be_bytes();
    let micros = 20_000 + r.below(900) * 1000;
    let start = (ts * 1e6) as u64 - micros;
    let mut server = span(&trace, &root, None, SERVER, &format!("{} {}", r.pick(HTTPM), sh.transaction), (start, start + micros));
    server.attribute(9, "http.request.method", r.pick(HTTPM));
    server.attribute(9, "http.route", sh.transaction.as_str());
    server.attribute(9, "url.path", format!("{}/{}", sh.transaction, r.below(100_000)));
    server.attribute(9, "http.response.status_code", 200);
    server.attribute(9, "user.id", format!("u_{:06x}", r.below(20_000)));
    server.attribute(9, "market", r.pick(COUNTRIES));
    server.attribute(9, "provider", r.pick(PROVIDERS));
    out.message(2, server);
    let mut parents = vec![root];
    let children = spans as u64 - 1;
    for i in 0..children {
        let begin = start + micros * i / (children + 1);
        let time = (begin, begin + micros * (20 + r.below(70)) / 100 / children);
        let id = r.next().to_be_bytes();
        let parent = parents[r.below(parents.len() as u64) as usize];
        let new = |kind, name: &str| span(&trace, &id, Some(&parent), kind, name, time);
        let child = match r.below(4) {
            0 => {
                let table = r.pick(NOUNS);
                let mut child = new(CLIENT, &format!("SELECT {table}"));
                child.attribute(9, "db.system.name", "postgresql");
                child.attribute(9, "db.namespace", "casino");
                child.attribute(9, "db.query.text", format!("SELECT * FROM {table} WHERE {table}_id = $1 AND state = $2 LIMIT {}", r.below(200)));
                child.attribute(9, "server.address", "pg-0");
                child.attribute(9, "server.port", 5432);
                child
            }
            1 => {
                let host = format!("{}.svc", r.pick(MODS));
                let mut child = new(CLIENT, "POST");
                child.attribute(9, "http.request.method", "POST");
                child.attribute(9, "http.response.status_code", 200);
                child.attribute(9, "url.full", format!("http://{host}/{}", r.pick(NOUNS)));
                child.attribute(9, "server.address", host);
                child
            }
            2 => {
                let mut child = new(CLIENT, "GET");
                child.attribute(9, "db.system.name", "redis");
                child.attribute(9, "db.query.text", format!("GET sess:{}", r.hex(8)));
                child.attribute(9, "cache.hit", r.below(3) > 0);
                child.attribute(9, "network.peer.address", "redis-0");
                child
            }
            _ => {
                let mut child = new(INTERNAL, &format!("{}.{}", r.pick(MODS), r.pick(NOUNS)));
                child.attribute(9, "thread.name", "MainThread");
                child.attribute(9, "thread.id", 140_234);
                child
            }
        };
        out.message(2, child);
        if r.below(3) == 0 {
            parents.push(id);
        }
    }
}

/// Times are microseconds since 1970.
fn span(trace: &[u8], id: &[u8; 8], parent: Option<&[u8; 8]>, kind: u64, name: &str, time: (u64, u64)) -> Message {
    let mut span = Message::default();
    span.bytes(1, trace);
    span.bytes(2, id);
    if let Some(parent) = parent {
        span.bytes(4, parent);
    }
    span.bytes(5, name.as_bytes());
    span.varint(6, kind);
    span.fixed64(7, time.0 * 1000);
    span.fixed64(8, time.1 * 1000);
    span
}
