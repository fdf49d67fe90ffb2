//! How the server is: `/-/live`, `/-/ready`, `/-/metrics`.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use model::intake::Lane;
use store::events::EventStore;
use store::log::IntakeLog;

/// What the numbers are of.
#[derive(Debug, Clone)]
pub struct Status {
    /// The intake log.
    pub log: Arc<IntakeLog>,
    /// The event store.
    pub events: Arc<EventStore>,
    /// Up to where the pipeline has come, in bytes of the errors lane.
    pub position: Arc<std::sync::atomic::AtomicU64>,
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
    let end = status.log.end(Lane::Errors).0;
    let position = status.position.load(std::sync::atomic::Ordering::Relaxed);
    let (rows, bytes) = status.events.memory_use();
    let parts = status.events.snapshot().parts;
    let stored: u64 = parts.iter().map(|part| part.record().rows).sum();
    let part_bytes: u64 = parts.iter().map(|part| part.record().bytes).sum();
    let gauges = [
        ("pipeline_lag_bytes", end.saturating_sub(position)),
        ("store_memory_rows", u64::try_from(rows).unwrap_or(u64::MAX)),
        ("store_memory_bytes", u64::try_from(bytes).unwrap_or(u64::MAX)),
        ("store_parts", u64::try_from(parts.len()).unwrap_or(u64::MAX)),
        ("store_part_rows", stored),
        ("store_part_bytes", part_bytes),
    ];
    for (metric, value) in gauges {
        put(&mut text, format_args!("# TYPE pitwatch_{metric} gauge\npitwatch_{metric} {value}"));
    }
    text
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{line}");
}
