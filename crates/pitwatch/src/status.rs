//! How the server is: `/-/live`, `/-/ready`, `/-/metrics`.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use model::intake::Lane;
use model::part::{PartRecord, TableName};
use pipeline::{Keeper, SamplingCounts};
use store::events::EventStore;
use store::log::IntakeLog;
use store::spans::SpanStore;

/// What the numbers are of.
#[derive(Debug, Clone)]
pub struct Status {
    /// The intake log.
    pub log: Arc<IntakeLog>,
    /// The event store.
    pub events: Arc<EventStore>,
    /// The span store.
    pub spans: Arc<SpanStore>,
    /// What was sampled.
    pub keeper: Arc<Keeper>,
    /// Up to where the pipeline has come, in bytes of the errors lane.
    pub position: Arc<AtomicU64>,
    /// The same of the traces lane.
    pub traces_position: Arc<AtomicU64>,
    /// The same of the lane of sessions.
    pub sessions_position: Arc<AtomicU64>,
    /// The same of the lane of check-ins.
    pub check_ins_position: Arc<AtomicU64>,
}

/// The routes.
pub fn routes(status: Status) -> Router {
    Router::new()
        .route("/-/live", get(|| async { "live\n" }))
        .route("/-/ready", get(ready))
        .route("/-/metrics", get(metrics))
        .with_state(status)
}

/// The server listens only when everything is open, so whoever reaches this is served.
async fn ready() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ready\n")
}

async fn metrics(State(status): State<Status>) -> String {
    let mut text = String::new();
    for lane in Lane::ALL {
        let stats = status.log.stats(lane);
        let name = lane.name();
        let lines = [
            ("intake_bytes_total", "counter", stats.bytes),
            ("intake_records_total", "counter", stats.records),
            ("intake_fsyncs_total", "counter", stats.fsyncs),
            ("intake_refused_total", "counter", stats.refused),
            ("intake_damaged_bytes_total", "counter", stats.damaged_bytes),
            ("intake_disk_bytes", "gauge", stats.disk_bytes),
        ];
        for (metric, kind, value) in lines {
            if lane == Lane::Errors {
                put(&mut text, format_args!("# TYPE pitwatch_{metric} {kind}"));
            }
            put(&mut text, format_args!("pitwatch_{metric}{{lane=\"{name}\"}} {value}"));
        }
    }
    let lags = [
        (Lane::Errors, &status.position),
        (Lane::Traces, &status.traces_position),
        (Lane::Sessions, &status.sessions_position),
        (Lane::CheckIns, &status.check_ins_position),
    ];
    let lags = lags.map(|(lane, position)| {
        let lag = status.log.end(lane).0.saturating_sub(position.load(Ordering::Relaxed));
        (lane.name(), lag)
    });
    gauge(&mut text, "pipeline_lag_bytes", "lane", lags);
    let (events, spans) = (status.events.snapshot().parts, status.spans.snapshot().parts);
    let events = Table::of(status.events.memory_use(), events.iter().map(|part| part.record()));
    let spans = Table::of(status.spans.memory_use(), spans.iter().map(|part| part.record()));
    let figures: [(&str, Figure); 5] = [
        ("store_memory_rows", |table| table.memory_rows),
        ("store_memory_bytes", |table| table.memory_bytes),
        ("store_parts", |table| table.parts),
        ("store_part_rows", |table| table.part_rows),
        ("store_part_bytes", |table| table.part_bytes),
    ];
    for (metric, of) in figures {
        let values = [(TableName::Errors, &events), (TableName::Spans, &spans)];
        let values = values.map(|(name, table)| (name.name(), of(table)));
        gauge(&mut text, metric, "table", values);
    }
    put_sampling(&mut text, &status.keeper.sampling());
    text
}

/// A number of a table.
type Figure = fn(&Table) -> u64;

/// What a table of the store holds.
#[derive(Default)]
struct Table {
    memory_rows: u64,
    memory_bytes: u64,
    parts: u64,
    part_rows: u64,
    part_bytes: u64,
}

impl Table {
    fn of<'r>((rows, bytes): (usize, usize), parts: impl Iterator<Item = &'r PartRecord>) -> Self {
        let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        let empty =
            Self { memory_rows: number(rows), memory_bytes: number(bytes), ..Self::default() };
        parts.fold(empty, |sum, part| Self {
            parts: sum.parts + 1,
            part_rows: sum.part_rows + part.rows,
            part_bytes: sum.part_bytes + part.bytes,
            ..sum
        })
    }
}

fn gauge<const N: usize>(text: &mut String, metric: &str, label: &str, values: [(&str, u64); N]) {
    put(text, format_args!("# TYPE pitwatch_{metric} gauge"));
    for (of, value) in values {
        put(text, format_args!("pitwatch_{metric}{{{label}=\"{of}\"}} {value}"));
    }
}

fn put_sampling(text: &mut String, counts: &SamplingCounts) {
    put(text, format_args!("# TYPE pitwatch_sampling_spans_total counter"));
    for (rule, stayed, went) in &counts.spans {
        for (decision, spans) in [("kept", stayed), ("thinned", went)] {
            let labels = format_args!("rule=\"{rule}\",decision=\"{decision}\"");
            put(text, format_args!("pitwatch_sampling_spans_total{{{labels}}} {spans}"));
        }
    }
    put(text, format_args!("# TYPE pitwatch_sampling_budget_exceeded gauge"));
    for project in &counts.exceeded {
        let line = format_args!("pitwatch_sampling_budget_exceeded{{project=\"{project}\"}} 1");
        put(text, line);
    }
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{line}");
}
