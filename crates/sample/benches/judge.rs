//! How long judging a span takes: `cargo bench -p sample`.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a measurement for people")]

use std::time::Instant;

use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::span::{Attribute, AttributeValue, SpanRow};
use sample::{Judge, Rules, Settings};

/// Transactions, few enough to be in the cache as what was just parsed is, how often they are judged, and
/// spans in each.
const TRANSACTIONS: u64 = 20;
const ROUNDS: u64 = 10_000;
const SPANS: u64 = 10;
const NAMES: [&str; 14] = [
    "http.request.method",
    "http.response.status_code",
    "url.full",
    "server.address",
    "db.system.name",
    "db.query.text",
    "thread.id",
    "sentry.origin",
    "sentry.sdk.name",
    "sentry.sdk.version",
    "user.id",
    "bet.market",
    "bet.amount",
    "player.country",
];

fn main() {
    let attributes: Vec<_> = NAMES
        .iter()
        .map(|name| Attribute { name: (*name).into(), value: AttributeValue::Text("200".into()) })
        .collect();
    let rules = Rules::new(&Settings::default());
    let mut judge = Judge::default();
    let items: Vec<Vec<SpanRow<'_>>> = (0..TRANSACTIONS)
        .map(|item| (0..SPANS).map(|number| span(item, number, &attributes)).collect())
        .collect();
    #[expect(clippy::disallowed_methods, reason = "it measures time")]
    let start = Instant::now();
    let mut found = 0;
    for _ in 0..ROUNDS {
        for rows in &items {
            judge.look(&rules, rows, |_| Micros(0));
        }
        found += judge.take().len();
    }
    let spans = (TRANSACTIONS * SPANS * ROUNDS) as f64;
    println!("{:.0} ns a span, {found} verdicts", start.elapsed().as_nanos() as f64 / spans);
}

fn span<'a>(transaction: u64, number: u64, attributes: &[Attribute<'a>]) -> SpanRow<'a> {
    let mixed = transaction.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut trace = [0; 16];
    trace[8..].copy_from_slice(&mixed.to_be_bytes());
    let routes = ["POST /bets", "GET /odds/{id}", "GET /wallet", "POST /deposit", "WS /live"];
    let route = routes[usize::try_from(mixed % 5).unwrap_or(0)];
    SpanRow {
        project: ProjectId(1),
        trace: TraceId(trace),
        span: SpanId((mixed ^ number).to_be_bytes()),
        parent: None,
        segment: SpanId(mixed.to_be_bytes()),
        is_segment: number == 0,
        timestamp: Micros(1_700_000_000_000_000 + transaction * 100),
        duration: 10_000 + mixed % 100_000,
        self_time: 1_000,
        received: Micros(1_700_000_000_000_000 + transaction * 100),
        op: "db.query".into(),
        category: "db".into(),
        name: "SELECT * FROM bets WHERE player = $1".into(),
        description: "SELECT * FROM bets WHERE player = %s".into(),
        group: 7,
        transaction: route.into(),
        status: "ok".into(),
        environment: "production".into(),
        release: "bets@1.4.0".into(),
        platform: "python".into(),
        user: "id:42".into(),
        weight: 1.0,
        attributes: attributes.to_vec(),
    }
}
