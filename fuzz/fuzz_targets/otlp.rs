//! Any bytes as an export of OpenTelemetry's traces, in protobuf and in JSON: no panic, no more rows than
//! were counted, and every row can be finished and looked at.
#![no_main]

use group::performance::{Thresholds, find};
use libfuzzer_sys::fuzz_target;
use model::clock::Micros;
use model::id::ProjectId;
use model::limits::SPAN_ATTRIBUTES_MAX;
use wire::otlp::{OtlpTraces, count_protobuf, json, protobuf};
use wire::span::{SpanGiven, finish};

const GIVEN: SpanGiven<'static> = SpanGiven {
    project: ProjectId(1),
    received: Micros(1_800_000_000_000_000),
    sent_at: None,
    future_max: Micros(60_000_000),
    past_max: Micros(1_800_000_000_000_000),
    weight: 1.0,
    client_ip: Some("192.0.2.7"),
    scrub_ip: false,
    user_agent: Some("OTel-OTLP-Exporter-Python/1.37.0"),
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(traces) = protobuf(bytes, &GIVEN) {
        let count = count_protobuf(bytes).unwrap_or(0);
        assert!(u64::try_from(traces.spans.len()).unwrap_or(u64::MAX) <= count);
        check(traces);
    }
    if let Ok(traces) = json(&mut bytes.to_vec(), &GIVEN) {
        check(traces);
    }
});

fn check(mut traces: OtlpTraces<'_>) {
    for exception in &traces.exceptions {
        assert!(exception.span < traces.spans.len());
    }
    for row in &mut traces.spans {
        finish(row);
        assert!(!row.op.is_empty());
        assert!(row.attributes.len() <= SPAN_ATTRIBUTES_MAX);
        assert!(row.weight >= 1.0 && row.weight.is_finite());
    }
    let _findings = find(&traces.spans, &Thresholds::default());
}
