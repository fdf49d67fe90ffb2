//! What real SDKs sent, compared with what their sidecars say a server must show.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use model::clock::Micros;
use model::intake::ItemType;
use model::span::{AttributeValue, SpanRow};
use serde_json::Value as Json;
use wire::envelope::Envelope;
use wire::json::parse;
use wire::span::{SpanGiven, container, standalone};

use super::{RECEIVED, finished, given, transaction};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/corpus/dev");
const CONTAINER: &str = "application/vnd.sentry.items.span.v2+json";
const DAY_MICROS: u64 = 86_400_000_000;

/// The rows of a scenario, by what they came in.
#[derive(Default)]
struct Shown {
    transactions: Vec<Vec<SpanRow<'static>>>,
    streamed: Vec<SpanRow<'static>>,
    standalone: Vec<SpanRow<'static>>,
}

fn scenarios() -> Vec<PathBuf> {
    let children = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let groups = children(Path::new(CORPUS)).into_iter().filter(|it| it.is_dir());
    let mut scenarios: Vec<_> = groups.flat_map(|group| children(&group)).collect();
    scenarios.retain(|scenario| scenario.join("expect.json").exists());
    scenarios.sort();
    scenarios
}

fn body(scenario: &Path, request: &Json) -> Option<Vec<u8>> {
    let file = request["body_file"].as_str().filter(|name| !name.ends_with("xz"))?;
    let bytes = fs::read(scenario.join(file)).unwrap();
    let headers = request["headers"].as_array().unwrap();
    let is_gzip = headers.iter().any(|header| {
        let is = |place: usize, text: &str| {
            header[place].as_str().is_some_and(|it| it.eq_ignore_ascii_case(text))
        };
        is(0, "content-encoding") && is(1, "gzip")
    });
    if !is_gzip {
        return Some(bytes);
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
    Some(plain)
}

fn shown(scenario: &Path) -> Shown {
    let given = SpanGiven { received: Micros(RECEIVED.0 + 2 * DAY_MICROS), ..given() };
    let mut shown = Shown::default();
    let requests = fs::read_to_string(scenario.join("requests.jsonl")).unwrap();
    for request in requests.lines() {
        let request: Json = serde_json::from_str(request).unwrap();
        let Some(body) = body(scenario, &request) else { continue };
        let Ok(envelope) = Envelope::parse(&body) else { continue };
        for item in &envelope.items {
            // Rows borrow from the payload, and a test ends soon.
            let bytes = Box::leak(Box::new(item.payload.to_vec()));
            match item.header.item_type {
                Some(ItemType::Transaction) => {
                    let spans = transaction(parse(bytes).unwrap(), &given).unwrap();
                    assert_eq!(spans.refused, []);
                    shown.transactions.push(spans.rows);
                }
                Some(ItemType::Span) if item.header.content_type.as_deref() == Some(CONTAINER) => {
                    let value = parse(bytes).unwrap();
                    let spans = finished(container(value, item.header.item_count, &given)).unwrap();
                    assert_eq!(spans.refused, []);
                    shown.streamed.extend(spans.rows);
                }
                Some(ItemType::Span) => {
                    let row = standalone(parse(bytes).unwrap(), &given).unwrap();
                    shown.standalone.push(row);
                }
                _ => {}
            }
        }
    }
    shown
}

fn by_op<'r>(rows: impl IntoIterator<Item = &'r SpanRow<'static>>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.op.to_string()).or_default() += 1;
    }
    counts
}

fn counts(expected: &Json) -> BTreeMap<String, u64> {
    serde_json::from_value(expected.clone()).unwrap()
}

#[expect(clippy::cast_precision_loss, reason = "tests may be blunt")]
fn lasts(row: &SpanRow<'_>, expected: &Json) -> bool {
    (row.duration as f64 / 1e3 - expected.as_f64().unwrap()).abs() <= 0.1
}

/// The attribute that a measurement became.
fn attribute_of(measurement: &str) -> String {
    match measurement {
        "lcp" | "fcp" | "fp" | "cls" | "inp" | "ttfb" => {
            format!("browser.web_vital.{measurement}.value")
        }
        "ttfb.requestTime" => "browser.web_vital.ttfb.request_time".to_owned(),
        "connection.rtt" => "network.connection.rtt".to_owned(),
        other => other.to_owned(),
    }
}

fn check_transaction(rows: &[SpanRow<'static>], expected: &Json, scenario: &str) {
    let (segment, spans) = rows.split_first().unwrap();
    assert!(segment.is_segment && spans.iter().all(|row| !row.is_segment));
    // Sidecars give names as they were sent; those of URLs lose what looks like an id.
    if !segment.transaction.contains('*') {
        assert_eq!(expected["name"], segment.transaction.as_ref(), "{scenario}");
    }
    assert_eq!(expected["op"], segment.op.as_ref(), "{scenario}");
    assert_eq!(expected["status"].as_str().unwrap_or("unknown"), segment.status, "{scenario}");
    assert_eq!(expected["trace_id"], segment.trace.to_string(), "{scenario}");
    assert_eq!(expected["release"].as_str().unwrap_or_default(), segment.release, "{scenario}");
    assert_eq!(expected["child_spans"], spans.len(), "{scenario}");
    assert_eq!(counts(&expected["span_ops"]), by_op(spans), "{scenario}");
    assert!(lasts(segment, &expected["duration_ms"]), "{scenario}: {segment:?}");
    for (name, measured) in expected["measurements"].as_object().unwrap() {
        let wanted = measured["value"].as_f64().unwrap();
        let found = segment.attribute(&attribute_of(name));
        let is_it = |value: &AttributeValue<'_>| matches!(value, AttributeValue::Number(it) if (it - wanted).abs() < 1e-9);
        assert!(found.is_some_and(is_it), "{scenario}: {name} is {found:?}");
    }
    for row in spans {
        assert_eq!((row.segment, &row.transaction), (segment.span, &segment.transaction));
        let parent = row.parent.unwrap();
        assert!(rows.iter().any(|row| row.span == parent), "{scenario}: {row:?}");
        assert!(row.self_time <= row.duration);
    }
}

fn check_streamed(rows: &[SpanRow<'static>], expected: &Json, scenario: &str) {
    assert_eq!(expected["count"], rows.len(), "{scenario}");
    assert_eq!(counts(&expected["by_op"]), by_op(rows), "{scenario}");
    for segment in expected["segments"].as_array().unwrap() {
        let row = rows.iter().find(|row| segment["span_id"] == row.span.to_string()).unwrap();
        assert!(row.is_segment && row.segment == row.span, "{scenario}");
        assert_eq!(segment["name"], row.name.as_ref(), "{scenario}");
        assert_eq!(segment["op"], row.op.as_ref(), "{scenario}");
        assert_eq!(segment["trace_id"], row.trace.to_string(), "{scenario}");
        assert_eq!(segment["status"] == "ok", row.status == "ok", "{scenario}: {}", row.status);
        assert!(lasts(row, &segment["duration_ms"]), "{scenario}: {row:?}");
    }
    let segments = rows.iter().filter(|row| row.is_segment).count();
    assert_eq!(expected["segments"].as_array().unwrap().len(), segments, "{scenario}");
    for vital in expected["web_vitals"].as_array().unwrap() {
        let vital = vital.as_str().unwrap();
        assert!(rows.iter().any(|row| row.attribute(vital).is_some()), "{scenario}: {vital}");
    }
    for row in rows {
        assert!(!row.platform.is_empty() && !row.release.is_empty(), "{scenario}: {row:?}");
    }
}

#[test]
fn scenarios_show_what_their_sidecars_say() {
    let mut seen = 0;
    for folder in scenarios() {
        let scenario = folder.strip_prefix(CORPUS).unwrap().display().to_string();
        let expected = fs::read(folder.join("expect.json")).unwrap();
        let expected: Json = serde_json::from_slice(&expected).unwrap();
        let kinds = ["transactions", "spans_v2", "standalone_spans_v1"];
        if kinds.iter().all(|kind| expected.get(*kind).is_none()) {
            continue;
        }
        let shown = shown(&folder);
        let transactions = expected["transactions"].as_array().map_or(&[][..], Vec::as_slice);
        assert_eq!(transactions.len(), shown.transactions.len(), "{scenario}");
        for wanted in transactions {
            let id = wanted["event_id"].as_str().unwrap();
            let rows = shown.transactions.iter().find(|rows| rows[0].text("sentry.event_id") == id);
            check_transaction(rows.unwrap(), wanted, &scenario);
        }
        match expected.get("spans_v2").filter(|it| it.is_object()) {
            Some(wanted) => check_streamed(&shown.streamed, wanted, &scenario),
            None => assert!(shown.streamed.is_empty(), "{scenario}"),
        }
        let alone = expected.get("standalone_spans_v1").and_then(|it| it["count"].as_u64());
        assert_eq!(alone.unwrap_or(0), shown.standalone.len() as u64, "{scenario}");
        check_traces(&expected, &shown, &scenario);
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} scenarios were found");
}

fn check_traces(expected: &Json, shown: &Shown, scenario: &str) {
    let rows = || shown.transactions.iter().flatten().chain(&shown.streamed);
    for trace in expected["traces"]["list"].as_array().into_iter().flatten() {
        let of_trace = rows().filter(|row| trace["trace_id"] == row.trace.to_string()).count();
        assert_eq!(trace["spans"].as_u64().unwrap_or(0), of_trace as u64, "{scenario}: {trace}");
    }
}

#[test]
fn a_trace_over_services_has_the_right_parents() {
    let shown = shown(&Path::new(CORPUS).join("python/distributed-trace-n-plus-one"));
    let rows: Vec<_> = shown.transactions.iter().flatten().collect();
    for row in &rows {
        let known = row.parent.is_none_or(|parent| {
            rows.iter().any(|other| other.trace == row.trace && other.span == parent)
        });
        assert!(known, "{row:?}");
    }
    let queries = rows.iter().filter(|row| row.description.contains("WHERE %s = bet_id"));
    let groups: Vec<u64> = queries.map(|row| row.group).collect();
    assert!(groups.len() > 20 && groups.iter().all(|group| *group == groups[0]), "{groups:?}");
}
