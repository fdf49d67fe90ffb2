//! Spans as a company of eight services sends them in a day; the same from the same seed. It is the
//! workload with which the store's design was chosen among four engines.

use std::borrow::Cow;

use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::span::{Attribute, AttributeValue, SpanRow};

/// 2026-01-01.
const START_MICROS: u64 = 1_767_225_600_000_000;
const DAY_MICROS: u64 = 86_400_000_000;
/// Traces that are open at the same time.
const OPEN_TRACES: u64 = 256;

const OPS: [(&str, u64); 20] = [
    ("http.server", 14),
    ("db", 25),
    ("http.client", 10),
    ("cache.get", 9),
    ("queue.publish", 4),
    ("queue.process", 4),
    ("function", 8),
    ("serialize", 3),
    ("template.render", 2),
    ("auth", 4),
    ("grpc.client", 4),
    ("grpc.server", 4),
    ("db.redis", 3),
    ("websocket.send", 2),
    ("file.read", 1),
    ("rng.draw", 1),
    ("risk.check", 1),
    ("wallet.update", 1),
    ("ui.load", 0),
    ("resource.script", 0),
];
const STATUS: [&str; 6] =
    ["ok", "internal_error", "deadline_exceeded", "unavailable", "permission_denied", "not_found"];
const ENVIRONMENTS: [&str; 3] = ["production", "staging", "dev"];
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "PATCH"];
const CODES: [f64; 8] = [200.0, 201.0, 204.0, 302.0, 400.0, 404.0, 500.0, 503.0];
const DATABASES: [&str; 4] = ["postgresql", "mongodb", "redis", "clickhouse"];
const PROVIDERS: [&str; 12] = [
    "PragmaticPlay",
    "Evolution",
    "NetEnt",
    "Playtech",
    "Stripe",
    "Adyen",
    "Nuvei",
    "Skrill",
    "Paysafe",
    "Worldpay",
    "internal",
    "Microgaming",
];
const MARKETS: [&str; 10] = ["MT", "DE", "ES", "UK", "SE", "BR", "MX", "CO", "PE", "CA"];
const TABLES: [&str; 12] = [
    "players",
    "wallets",
    "bets",
    "rounds",
    "payments",
    "sessions",
    "bonuses",
    "jackpots",
    "games",
    "limits",
    "kyc_documents",
    "ledger_entries",
];
const FIELDS: [&str; 8] =
    ["id", "player_id", "status", "created_at", "amount", "currency", "provider_id", "round_id"];

/// Texts that spans borrow.
pub(crate) struct Texts {
    descriptions: Vec<String>,
    transactions: Vec<String>,
    hosts: Vec<String>,
    users: Vec<String>,
    releases: Vec<String>,
}

/// Makes spans without end.
pub(crate) struct Workload<'a> {
    texts: &'a Texts,
    dice: Dice,
    open: Vec<OpenTrace>,
    made: u64,
    step_micros: f64,
}

#[derive(Clone)]
struct OpenTrace {
    id: [u8; 16],
    left: u64,
    root: u64,
    last: u64,
    transaction: usize,
    environment: usize,
    release: usize,
    user: usize,
    session: String,
    is_failing: bool,
    market: usize,
}

impl Texts {
    pub(crate) fn new() -> Self {
        let mut dice = Dice::new(7);
        let description = |number: usize| {
            let (op, shard) = (number % 20, number / 20);
            let table = TABLES[dice.place(12)];
            let (first, second) = (FIELDS[dice.place(8)], FIELDS[dice.place(8)]);
            let verb = METHODS[dice.place(4)];
            match op {
                1 => format!(
                    "SELECT {first}, {second} FROM {table} WHERE {first} = %s LIMIT {shard}"
                ),
                0 | 2 => {
                    format!("{verb} /api/v{}/{table}/{{{first}}}/{second}/{shard}", 1 + number % 3)
                }
                3 | 12 => format!("GET {table}:{first}:{{{second}}}:shard-{shard:03}"),
                _ => format!("{}::{table}::handle_{first}_{second}_{shard:03}", OPS[op].0),
            }
        };
        let action = |number: usize| ["deposit", "withdraw", "spin", "login", "launch"][number % 5];
        let service = |number: usize| ["payments", "gateway", "engine", "users"][number % 4];
        Self {
            descriptions: (0..5_000).map(description).collect(),
            transactions: (0..50)
                .map(|number| format!("/{}/{}/{number}", TABLES[number % 12], action(number)))
                .collect(),
            hosts: (0..40)
                .map(|number| {
                    format!("{}-{}.casino.svc.cluster.local", service(number), number / 4)
                })
                .collect(),
            users: (0..100_000)
                .map(|number| format!("id:u_{:010x}", Dice::new(number + 99).next() >> 24))
                .collect(),
            releases: (0..8)
                .map(|number| format!("casino@1.{}.{}", 41 + number / 2, number % 2))
                .collect(),
        }
    }
}

impl<'a> Workload<'a> {
    /// `rows` are spread over a day.
    #[expect(clippy::cast_precision_loss, reason = "a step is a fraction of a day")]
    pub(crate) fn new(texts: &'a Texts, rows: u64) -> Self {
        let step_micros = DAY_MICROS as f64 / rows as f64;
        let mut workload =
            Self { texts, dice: Dice::new(1), open: Vec::new(), made: 0, step_micros };
        for _ in 0..OPEN_TRACES {
            let trace = workload.dice.trace();
            workload.open.push(trace);
        }
        workload
    }

    /// The next span.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "made-up moments and durations"
    )]
    pub(crate) fn next(&mut self) -> SpanRow<'a> {
        let (texts, dice) = (self.texts, &mut self.dice);
        let slot = dice.place(OPEN_TRACES);
        let mut trace = self.open[slot].clone();
        let span = dice.next() | 1;
        let is_segment = trace.root == 0;
        let op = if is_segment { 0 } else { dice.op() };
        let parent = if dice.below(3) == 0 { trace.last } else { trace.root };
        if is_segment {
            trace.root = span;
        }
        (trace.last, trace.left) = (span, trace.left - 1);
        let description = dice.skewed(250) * 20 + op;
        let mean = match op {
            0 => 11.0,
            1 => 7.6,
            2 => 10.8,
            3 | 12 => 5.8,
            _ => 8.0,
        };
        let duration = (mean + 0.9 * dice.normal()).exp() as u64 + 1;
        let now = START_MICROS + (self.made as f64 * self.step_micros) as u64;
        let is_failed = trace.is_failing && (is_segment || dice.below(4) == 0);
        let status = if is_failed { 1 + dice.place(5) } else { 0 };
        let self_time = if is_segment { duration * dice.below(100) / 100 } else { duration };
        let row = SpanRow {
            project: ProjectId(1 + trace.transaction as u64 % 8),
            trace: TraceId(trace.id),
            span: SpanId(span.to_le_bytes()),
            parent: (!is_segment).then(|| SpanId(parent.to_le_bytes())),
            segment: SpanId(trace.root.to_le_bytes()),
            is_segment,
            timestamp: Micros(now - dice.below(2_000)),
            duration,
            self_time,
            // A few hundred spans come in one envelope.
            received: Micros(now - now % (1 + (self.step_micros * 300.0) as u64) + 1_000_000),
            op: OPS[op].0.into(),
            category: OPS[op].0.split('.').next().unwrap_or_default().into(),
            name: texts.descriptions[description].as_str().into(),
            description: texts.descriptions[description].as_str().into(),
            group: Dice::new(description as u64).next(),
            transaction: texts.transactions[trace.transaction].as_str().into(),
            status: STATUS[status].into(),
            environment: ENVIRONMENTS[trace.environment].into(),
            release: texts.releases[trace.release].as_str().into(),
            platform: "python".into(),
            user: texts.users[trace.user].as_str().into(),
            weight: 1.0,
            attributes: attributes(texts, dice, &trace, (slot, op, description, status)),
        };
        self.open[slot] = if trace.left == 0 { dice.trace() } else { trace };
        self.made += 1;
        row
    }
}

/// What a span of that slot, operation, description and status has.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn attributes<'a>(
    texts: &'a Texts,
    dice: &mut Dice,
    trace: &OpenTrace,
    (slot, op, description, status): (usize, usize, usize, usize),
) -> Vec<Attribute<'a>> {
    let text = |name: &'a str, text: &'a str| Attribute {
        name: name.into(),
        value: AttributeValue::Text(text.into()),
    };
    let number = |name: &'a str, number| Attribute {
        name: name.into(),
        value: AttributeValue::Number(number),
    };
    let session = AttributeValue::Text(Cow::Owned(trace.session.clone()));
    let host = (trace.transaction * 7 + dice.place(3)) % 40;
    let mut attributes = Vec::with_capacity(8);
    attributes.push(Attribute { name: "session_id".into(), value: session });
    attributes.push(text("server.address", &texts.hosts[host]));
    attributes.push(text("provider", PROVIDERS[(trace.transaction + op) % 12]));
    attributes.push(number("thread.id", dice.below(64) as f64));
    if op == 1 || op == 12 {
        let system = if op == 1 { description / 20 % 2 } else { 2 };
        attributes.push(text("db.system", DATABASES[system]));
        attributes.push(number("db.rows", dice.skewed(200) as f64));
    } else if op <= 2 {
        attributes.push(text("http.method", METHODS[dice.skewed(5)]));
        let code = if status == 0 { dice.place(3) } else { 4 + dice.place(4) };
        attributes.push(number("http.status_code", CODES[code]));
    }
    if slot.is_multiple_of(2) {
        attributes.push(text("market", MARKETS[trace.market]));
    }
    if trace.transaction % 5 < 2 {
        attributes.push(number("amount", (100 + dice.skewed(50_000)) as f64 / 100.0));
    }
    attributes
}

/// Xoroshiro128+: the same numbers from the same seed.
struct Dice(u64, u64);

impl Dice {
    fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ mixed >> 31
        };
        Self(next(), next())
    }

    fn next(&mut self) -> u64 {
        let sum = self.0.wrapping_add(self.1);
        let mixed = self.1 ^ self.0;
        self.0 = self.0.rotate_left(24) ^ mixed ^ mixed << 16;
        self.1 = mixed.rotate_left(37);
        sum
    }

    fn below(&mut self, end: u64) -> u64 {
        ((self.next() >> 32) * end) >> 32
    }

    fn place(&mut self, end: u64) -> usize {
        usize::try_from(self.below(end)).unwrap_or_default()
    }

    /// From 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Low numbers are much more frequent.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    fn skewed(&mut self, end: usize) -> usize {
        (self.fraction().powi(3) * end as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.fraction().max(1e-12).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.fraction()).cos()
    }

    fn op(&mut self) -> usize {
        let mut left = self.below(OPS.iter().map(|(_, weight)| weight).sum());
        let place = OPS.iter().position(|(_, weight)| match left.checked_sub(*weight) {
            Some(less) => {
                left = less;
                false
            }
            None => true,
        });
        place.unwrap_or_default()
    }

    fn trace(&mut self) -> OpenTrace {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.next().to_le_bytes());
        id[8..].copy_from_slice(&self.next().to_le_bytes());
        let left = if self.below(200) == 0 { 60 + self.below(200) } else { 3 + self.below(13) };
        let environment = match self.below(100) {
            ..90 => 0,
            90..97 => 1,
            _ => 2,
        };
        OpenTrace {
            id,
            left,
            root: 0,
            last: 0,
            transaction: self.skewed(50),
            environment,
            release: 7 - self.skewed(8),
            user: self.skewed(100_000),
            session: format!("s_{:016x}", self.next()),
            is_failing: self.below(100) < 3,
            market: self.skewed(10),
        }
    }
}
