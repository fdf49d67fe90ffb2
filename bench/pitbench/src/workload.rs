//! Spans as a company of eight services sends them in a day, as exporters of OpenTelemetry send them:
//! the workload with which the store's design was chosen among four engines. The same for the same
//! number of spans; the first of them may be left out, so that it can be made in pieces.
use crate::otlp::Message;
use crate::payload::Rng;

const DAY_MICROS: f64 = 86_400e6;
/// Traces that are open at the same time.
const OPEN_TRACES: u64 = 256;
const OPS: [(&str, usize); 18] = [
    ("http.server", 14), ("db", 25), ("http.client", 10), ("cache.get", 9), ("queue.publish", 4), ("queue.process", 4), ("function", 8),
    ("serialize", 3), ("template.render", 2), ("auth", 4), ("grpc.client", 4), ("grpc.server", 4), ("db.redis", 3), ("websocket.send", 2),
    ("file.read", 1), ("rng.draw", 1), ("risk.check", 1), ("wallet.update", 1),
];
const STATUS: [&str; 6] = ["ok", "internal_error", "deadline_exceeded", "unavailable", "permission_denied", "not_found"];
const ENVIRONMENTS: [&str; 3] = ["production", "staging", "dev"];
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "PATCH"];
const CODES: [u64; 8] = [200, 201, 204, 302, 400, 404, 500, 503];
const DATABASES: [&str; 4] = ["postgresql", "mongodb", "redis", "clickhouse"];
const PROVIDERS: [&str; 12] = ["PragmaticPlay", "Evolution", "NetEnt", "Playtech", "Stripe", "Adyen", "Nuvei", "Skrill", "Paysafe", "Worldpay", "internal", "Microgaming"];
const MARKETS: [&str; 10] = ["MT", "DE", "ES", "UK", "SE", "BR", "MX", "CO", "PE", "CA"];
const TABLES: [&str; 12] = ["players", "wallets", "bets", "rounds", "payments", "sessions", "bonuses", "jackpots", "games", "limits", "kyc_documents", "ledger_entries"];
const FIELDS: [&str; 8] = ["id", "player_id", "status", "created_at", "amount", "currency", "provider_id", "round_id"];
const ACTIONS: [&str; 5] = ["deposit", "withdraw", "spin", "login", "launch"];
const SERVICES: [&str; 4] = ["payments", "gateway", "engine", "users"];
const RELEASES: usize = 8;

#[derive(Clone, Copy)]
struct Open { id: [u8; 16], left: u64, root: u64, last: u64, transaction: usize, environment: usize, release: usize, user: u64, session: u64, fails: bool, market: usize }

pub struct Workload { r: Rng, open: Vec<Open>, ops: Vec<usize>, descriptions: Vec<String>, transactions: Vec<String>, made: u64, step: f64, start: f64 }

fn skewed(r: &mut Rng, n: u64) -> usize {
    let u = fraction(r);
    (u * u * u * n as f64) as usize
}

fn fraction(r: &mut Rng) -> f64 { (r.next() >> 11) as f64 / (1u64 << 53) as f64 }

fn normal(r: &mut Rng) -> f64 { (-2.0 * fraction(r).max(1e-12).ln()).sqrt() * (std::f64::consts::TAU * fraction(r)).cos() }

impl Workload {
    /// `rows` are spread over the day that ends at `end`, in seconds.
    pub fn new(rows: u64, end: f64) -> Self {
        let mut r = Rng::new(7);
        let description = |n: usize| {
            let (op, shard) = (n % 20, n / 20);
            let (table, one, other) = (TABLES[r.below(12) as usize], FIELDS[r.below(8) as usize], FIELDS[r.below(8) as usize]);
            match op {
                1 => format!("SELECT {one}, {other} FROM {table} WHERE {one} = %s LIMIT {shard}"),
                0 | 2 => format!("{} /api/v{}/{table}/{{{one}}}/{other}/{shard}", METHODS[r.below(4) as usize], 1 + n % 3),
                3 | 12 => format!("GET {table}:{one}:{{{other}}}:shard-{shard:03}"),
                op => format!("{}::{table}::handle_{one}_{other}_{shard:03}", OPS.get(op).map_or("ui", |op| op.0)),
            }
        };
        let descriptions = (0..5_000).map(description).collect();
        let transactions = (0..50).map(|n| format!("/{}/{}/{n}", TABLES[n % 12], ACTIONS[n % 5])).collect();
        let ops = OPS.iter().enumerate().flat_map(|(op, (_, weight))| std::iter::repeat_n(op, *weight)).collect();
        let mut all = Self { r: Rng::new(1), open: Vec::new(), ops, descriptions, transactions, made: 0, step: DAY_MICROS / rows as f64, start: end * 1e6 - DAY_MICROS };
        all.open = (0..OPEN_TRACES).map(|_| open(&mut all.r)).collect();
        all
    }

    /// Goes on without telling the next `rows`.
    pub fn skip(&mut self, rows: u64) { (0..rows).for_each(|_| drop(self.next())) }

    /// A request with the next `rows` spans; those of one release in one environment are one program's.
    pub fn request(&mut self, rows: u64) -> Vec<u8> {
        let mut programs: Vec<Message> = (0..ENVIRONMENTS.len() * RELEASES).map(|_| Message::default()).collect();
        for _ in 0..rows {
            let span = self.next();
            let message = self.message(&span);
            programs[span.trace.environment * RELEASES + span.trace.release].message(2, message);
        }
        let mut request = Message::default();
        for (place, spans) in programs.into_iter().enumerate().filter(|(_, spans)| !spans.is_empty()) {
            let (environment, release) = (place / RELEASES, place % RELEASES);
            let (mut resource, mut all) = (Message::default(), Message::default());
            resource.attribute(1, "service.name", "casino");
            resource.attribute(1, "service.version", format!("1.{}.{}", 41 + release / 2, release % 2));
            resource.attribute(1, "deployment.environment.name", ENVIRONMENTS[environment]);
            all.message(1, resource);
            all.message(2, spans);
            request.message(1, all);
        }
        request.bytes_of()
    }

    fn next(&mut self) -> Span {
        let r = &mut self.r;
        let slot = r.below(OPEN_TRACES) as usize;
        let mut trace = self.open[slot];
        let id = r.next() | 1;
        let is_root = trace.root == 0;
        let op = if is_root { 0 } else { self.ops[r.below(self.ops.len() as u64) as usize] };
        let parent = if r.below(3) == 0 { trace.last } else { trace.root };
        if is_root {
            trace.root = id;
        }
        (trace.last, trace.left) = (id, trace.left - 1);
        let description = skewed(r, 250) * 20 + op;
        let mean = match op { 0 => 11.0, 1 => 7.6, 2 => 10.8, 3 | 12 => 5.8, _ => 8.0 };
        let duration = (mean + 0.9 * normal(r)).exp() as u64 + 1;
        let start = (self.start + self.made as f64 * self.step) as u64 - r.below(2_000);
        let status = if trace.fails && (is_root || r.below(4) == 0) { 1 + r.below(5) as usize } else { 0 };
        let dice = [r.next(), r.next()];
        self.made += 1;
        let span = Span { id, parent: (!is_root).then_some(parent), op, description, start, duration, status, slot, dice, trace };
        self.open[slot] = if trace.left == 0 { open(&mut self.r) } else { trace };
        span
    }

    fn message(&self, span: &Span) -> Message {
        let Span { op, status, trace, .. } = *span;
        let mut dice = Rng::new(span.dice[0]);
        let mut out = Message::default();
        out.bytes(1, &trace.id);
        out.bytes(2, &span.id.to_be_bytes());
        if let Some(parent) = span.parent {
            out.bytes(4, &parent.to_be_bytes());
        }
        out.bytes(5, self.descriptions[span.description].as_bytes());
        out.varint(6, if span.parent.is_none() { 2 } else { 1 });
        out.fixed64(7, span.start * 1000);
        out.fixed64(8, (span.start + span.duration) * 1000);
        let mut has = |key: &str, value: crate::otlp::AnyValue| out.attribute(9, key, value);
        has("sentry.op", OPS[op].0.into());
        has("sentry.transaction", self.transactions[trace.transaction].as_str().into());
        has("user.id", format!("u_{:010x}", Rng::new(trace.user).next() >> 24).into());
        has("session_id", format!("s_{:016x}", trace.session).into());
        let host = (trace.transaction * 7 + dice.below(3) as usize) % 40;
        has("server.address", format!("{}-{}.casino.svc.cluster.local", SERVICES[host % 4], host / 4).into());
        has("provider", PROVIDERS[(trace.transaction + op) % 12].into());
        has("thread.id", dice.below(64).into());
        if op == 1 || op == 12 {
            has("db.system", DATABASES[if op == 1 { span.description / 20 % 2 } else { 2 }].into());
            has("db.rows", (skewed(&mut dice, 200) as u64).into());
        } else if op <= 2 {
            has("http.request.method", METHODS[skewed(&mut dice, 5)].into());
            has("http.response.status_code", CODES[if status == 0 { dice.below(3) } else { 4 + dice.below(4) } as usize].into());
        }
        if span.slot % 2 == 0 {
            has("market", MARKETS[trace.market].into());
        }
        if trace.transaction % 5 < 2 {
            has("amount", ((100 + skewed(&mut dice, 50_000)) as f64 / 100.0).into());
        }
        // Rarer than what gets a column of its own.
        if span.dice[1] % 200 == 0 {
            has("experiment", ["blue", "green"][(span.dice[1] / 200 % 2) as usize].into());
        }
        if status > 0 {
            has("sentry.status", STATUS[status].into());
            let mut code = Message::default();
            code.varint(3, 2);
            out.message(15, code);
        }
        out
    }
}

struct Span { id: u64, parent: Option<u64>, op: usize, description: usize, start: u64, duration: u64, status: usize, slot: usize, dice: [u64; 2], trace: Open }

fn open(r: &mut Rng) -> Open {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&r.next().to_le_bytes());
    id[8..].copy_from_slice(&r.next().to_le_bytes());
    let left = if r.below(200) == 0 { 60 + r.below(200) } else { 3 + r.below(13) };
    let environment = match r.below(100) { 0..90 => 0, 90..97 => 1, _ => 2 };
    Open {
        id, left, root: 0, last: 0, transaction: skewed(r, 50), environment, release: 7 - skewed(r, 8), user: skewed(r, 100_000) as u64,
        session: r.next(), fails: r.below(100) < 3, market: skewed(r, 10),
    }
}
