//! Requests of OTLP as rows of spans and error events.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use expect_test::{Expect, expect};
use model::clock::Micros;
use model::id::ProjectId;
use model::json::Value;
use model::json_text;
use model::span::{AttributeValue, SpanRow};
use proptest::prelude::*;
use wire::otlp::{self, OtlpTraces};
use wire::span::{SpanGiven, finish};

const NODE: &[u8] = include_bytes!("../data/otlp/node.json");
const PYTHON: &[u8] = include_bytes!("../data/otlp/python.bin");
const DAY: u64 = 86_400_000_000;

fn given() -> SpanGiven<'static> {
    SpanGiven {
        project: ProjectId(1),
        received: Micros(1_795_307_270_000_000),
        sent_at: None,
        future_max: Micros(60_000_000),
        past_max: Micros(90 * DAY),
        weight: 1.0,
        client_ip: None,
        scrub_ip: true,
        user_agent: None,
    }
}

/// One span of JSON in a request, with what is said of its program and scope.
fn request(span: &str) -> Vec<u8> {
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[
            {{"key":"service.name","value":{{"stringValue":"pay"}}}},
            {{"key":"service.version","value":{{"stringValue":"2.0"}}}},
            {{"key":"deployment.environment","value":{{"stringValue":"prod"}}}},
            {{"key":"host.name","value":{{"stringValue":"pay-1"}}}},
            {{"key":"telemetry.sdk.language","value":{{"stringValue":"nodejs"}}}},
            {{"key":"telemetry.sdk.name","value":{{"stringValue":"opentelemetry"}}}},
            {{"key":"own.thing","value":{{"intValue":"9"}}}}]}},
          "scopeSpans":[{{"scope":{{"name":"lib","version":"1"}},"spans":[{span}]}}]}}]}}"#
    )
    .into_bytes()
}

/// A span that has all it needs, and `more`.
fn span(more: &str) -> String {
    format!(
        r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",
            "startTimeUnixNano":"1795307269000000000","endTimeUnixNano":1795307269250000999{more}}}"#
    )
}

fn show(row: &SpanRow<'_>) -> String {
    let mut out = String::new();
    let parent = row.parent.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let own = if row.is_segment { "segment" } else { "span" };
    writeln!(out, "{own} {} of {parent} in {} ({})", row.span, row.segment, row.transaction)
        .unwrap();
    writeln!(out, "{} +{} self {}", row.timestamp.0, row.duration, row.self_time).unwrap();
    writeln!(out, "{}|{}|{}|{}", row.op, row.category, row.name, row.status).unwrap();
    writeln!(
        out,
        "{}|{}|{}|{}|{}",
        row.environment, row.release, row.platform, row.user, row.weight
    )
    .unwrap();
    for attribute in &row.attributes {
        match &attribute.value {
            AttributeValue::Text(text) => writeln!(out, "{} = {text:?}", attribute.name),
            AttributeValue::Number(number) => writeln!(out, "{} = {number}", attribute.name),
            AttributeValue::Bool(value) => writeln!(out, "{} = {value}", attribute.name),
        }
        .unwrap();
    }
    out
}

/// The only caller for one span of JSON.
#[track_caller]
fn check(more: &str, expected: &Expect) {
    let mut body = request(&span(more));
    let mut traces = otlp::json(&mut body, &given()).unwrap();
    let mut shown: String = traces.spans.iter_mut().fold(String::new(), |shown, row| {
        finish(row);
        shown + &show(row)
    });
    for (reason, count) in &traces.refused {
        writeln!(shown, "refused {count}: {reason}").unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn a_span_is_mapped() {
    check(
        r#","name":"POST /pay","kind":2,"parentSpanId":"0102030405060708","flags":769,"traceState":"ot=th:8",
          "status":{"code":2,"message":"declined"},
          "attributes":[
            {"key":"http.request.method","value":{"stringValue":"POST"}},
            {"key":"http.response.status_code","value":{"intValue":"404"}},
            {"key":"list","value":{"arrayValue":{"values":[{"intValue":1},{"stringValue":"a"}]}}},
            {"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":true}}]}}},
            {"key":"bytes","value":{"bytesValue":"aGk="}},
            {"key":"big","value":{"intValue":"9007199254740993"}},
            {"key":"ratio","value":{"doubleValue":0.5}},
            {"key":"none","value":{}},
            {"key":"user.id","value":{"stringValue":"u7"}}],
          "events":[{"timeUnixNano":"1795307269100000000","name":"retry","attributes":[{"key":"n","value":{"intValue":1}}]}],
          "droppedEventsCount":2,
          "links":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"}]"#,
        &expect![[r#"
            segment eee19b7ec3c1b174 of 0102030405060708 in eee19b7ec3c1b174 (POST /pay)
            1795307269000000 +250000 self 250000
            http.server|http|POST /pay|not_found
            prod|pay@2.0|node|id:u7|2
            http.request.method = "POST"
            http.response.status_code = 404
            list = "[1,\"a\"]"
            map = "{\"k\":true}"
            bytes = "hi"
            big = "9007199254740993"
            ratio = 0.5
            user.id = "u7"
            sentry.kind = "server"
            sentry.origin = "auto.otlp.spans"
            sentry.status.message = "declined"
            sentry.is_remote = true
            server.address = "pay-1"
            sentry.client_sample_rate = 0.5
            otel.events = "[{\"name\":\"retry\",\"timestamp\":1795307269.1,\"attributes\":{\"n\":1}}]"
            otel.dropped_events_count = 2
            sentry.links = "[{\"trace_id\":\"00000000000000000000000000000001\",\"span_id\":\"0000000000000002\"}]"
            instrumentation.name = "lib"
            instrumentation.version = "1"
            resource.service.name = "pay"
            resource.service.version = "2.0"
            resource.deployment.environment = "prod"
            resource.host.name = "pay-1"
            resource.telemetry.sdk.language = "nodejs"
            resource.telemetry.sdk.name = "opentelemetry"
            resource.own.thing = 9
            service.name = "pay"
            sentry.action = "POST"
        "#]],
    );
}

#[test]
fn names_in_snake_case_and_enums_by_name_are_read() {
    check(
        r#","name":"","kind":"SPAN_KIND_CLIENT","status":{"code":"STATUS_CODE_ERROR"},
          "parent_span_id":"AQIDBAUGBwg=","attributes":[{"key":"db.system","value":{"string_value":"redis"}}]"#,
        &expect![[r#"
            span eee19b7ec3c1b174 of 0102030405060708 in eee19b7ec3c1b174 ()
            1795307269000000 +250000 self 250000
            db|db|db|internal_error
            prod|pay@2.0|node||1
            db.system.name = "redis"
            db.system = "redis"
            sentry.kind = "client"
            sentry.origin = "auto.otlp.spans"
            instrumentation.name = "lib"
            instrumentation.version = "1"
            resource.service.name = "pay"
            resource.service.version = "2.0"
            resource.deployment.environment = "prod"
            resource.host.name = "pay-1"
            resource.telemetry.sdk.language = "nodejs"
            resource.telemetry.sdk.name = "opentelemetry"
            resource.own.thing = 9
            service.name = "pay"
        "#]],
    );
}

#[test]
fn bad_spans_cost_themselves() {
    let good = span(r#","name":"a""#);
    let times = good.replace("1795307269250000999", "1");
    let old = good.replace("17953072", "15953072");
    let ids = good.replace("eee19b7ec3c1b174", "0000000000000000");
    let all = [good.as_str(), &times, &old, &ids, "7", "null", "{}"].join(",");
    let mut body = request(&all);
    let traces = otlp::json(&mut body, &given()).unwrap();
    assert_eq!(traces.spans.len(), 1);
    let refused: BTreeMap<_, _> = traces.refused.iter().map(|(why, n)| (&**why, *n)).collect();
    assert_eq!(refused, BTreeMap::from([("invalid_span", 4), ("timestamp", 2)]));
}

#[test]
fn other_bodies_are_refused() {
    for (body, reason) in [("[]", "invalid_json"), ("", "invalid_json"), ("{", "invalid_json")] {
        let mut bytes = body.as_bytes().to_vec();
        let error = otlp::json(&mut bytes, &given()).unwrap_err();
        assert_eq!(error.reason(), reason, "{body}");
    }
    assert_eq!(otlp::json(&mut b"{}".to_vec(), &given()).unwrap(), OtlpTraces::default());
    assert_eq!(otlp::protobuf(b"", &given()).unwrap(), OtlpTraces::default());
    assert_eq!(otlp::protobuf(b"{\"", &given()).unwrap_err().reason(), "invalid_proto");
    assert_eq!(otlp::count_protobuf(b"\x0a\x05").unwrap_err().reason(), "invalid_proto");
}

#[test]
fn an_exception_becomes_an_error_event() {
    let mut body = request(&span(
        r#","name":"pay","status":{"code":2},"events":[{"name":"other"},{"timeUnixNano":"1795307269100000000","name":"exception","attributes":[
            {"key":"exception.type","value":{"stringValue":"TypeError"}},
            {"key":"exception.message","value":{"stringValue":"x is not a function"}},
            {"key":"exception.stacktrace","value":{"stringValue":"TypeError: x\n    at pay (/srv/pay.js:3:9)"}},
            {"key":"exception.escaped","value":{"stringValue":"True"}},
            {"key":"attempt","value":{"intValue":2}}]}]"#,
    ));
    let traces = otlp::json(&mut body, &given()).unwrap();
    let [found] = &traces.exceptions[..] else { panic!("one exception") };
    assert_eq!(traces.spans[found.span].text("otel.events"), r#"[{"name":"other"}]"#);
    let text = json_text::to_string(&Value::Object(found.event.clone()));
    let text = text.replace("},\"", "},\n\"");
    expect![[r#"
        {"event_id":"b56f64895bc24077807abe16ef261375","timestamp":1795307269.1,"level":"error","platform":"node","transaction":"pay","release":"pay@2.0","environment":"prod","server_name":"pay-1","sdk":{"name":"opentelemetry.nodejs"},
        "tags":{"service.name":"pay","instrumentation.name":"lib"},
        "exception":{"values":[{"type":"TypeError","value":"x is not a function","mechanism":{"type":"otel","handled":false},
        "stacktrace":{"frames":[{"function":"pay","filename":"pay.js","abs_path":"/srv/pay.js","lineno":3,"colno":9,"in_app":true}]}}]},
        "contexts":{"trace":{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","status":"internal_error"},
        "otel":{"event":{"attempt":2},
        "attributes":{"sentry.origin":"auto.otlp.spans","server.address":"pay-1","otel.events":"[{\"name\":\"other\"}]","instrumentation.name":"lib","instrumentation.version":"1","service.name":"pay"},
        "resource":{"service.name":"pay","service.version":"2.0","deployment.environment":"prod","host.name":"pay-1","telemetry.sdk.language":"nodejs","telemetry.sdk.name":"opentelemetry","own.thing":9}}}}"#]].assert_eq(&text);
}

#[test]
fn feature_flags_of_events_and_of_the_span_are_attributes() {
    let mut body = request(&span(
        r#","attributes":[{"key":"feature_flag.key","value":{"stringValue":"own"}},
            {"key":"feature_flag.result.variant","value":{"stringValue":"blue"}}],
          "events":[
            {"name":"feature_flag","attributes":[{"key":"feature_flag.key","value":{"stringValue":"old"}},
                {"key":"feature_flag.variant","value":{"stringValue":"on"}}]},
            {"name":"feature_flag.evaluation","attributes":[{"key":"feature_flag.key","value":{"stringValue":"new-ui"}},
                {"key":"feature_flag.result.value","value":{"boolValue":false}}]},
            {"name":"feature_flag.evaluation","attributes":[{"key":"feature_flag.key","value":{"stringValue":"new-ui"}},
                {"key":"feature_flag.result.variant","value":{"stringValue":"on"}},
                {"key":"feature_flag.result.value","value":{"boolValue":true}}]},
            {"name":"feature_flag.evaluation","attributes":[{"key":"feature_flag.key","value":{"stringValue":"nothing"}}]},
            {"name":"feature_flag.evaluation","attributes":[{"key":"feature_flag.key","value":{"stringValue":""}},
                {"key":"feature_flag.variant","value":{"stringValue":"x"}}]},
            {"name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"E"}}]}]"#,
    ));
    let traces = otlp::json(&mut body, &given()).unwrap();
    let flags = traces.spans[0].attributes.iter().filter_map(|attribute| {
        let name = attribute.name.strip_prefix("flag.evaluation.")?;
        Some(format!("{name}={:?}", attribute.value))
    });
    let mut flags: Vec<String> = flags.collect();
    flags.sort_unstable();
    assert_eq!(flags, ["new-ui=Bool(true)", "old=Text(\"on\")", "own=Text(\"blue\")"]);
    let event = json_text::to_string(&Value::Object(traces.exceptions[0].event.clone()));
    assert!(event.contains(r#"{"flag":"new-ui","result":true}"#), "{event}");
}

#[test]
fn an_exception_that_goes_through_two_spans_is_one() {
    let exception = r#","events":[{"name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"E"}}]}]"#;
    let inner = span(&format!(r#","parentSpanId":"0102030405060708"{exception}"#));
    let outer = span(exception).replace("eee19b7ec3c1b174", "0102030405060708");
    let other = span(exception).replace("eee19b7ec3c1b174", "0102030405060709");
    let mut body = request(&[inner, outer, other].join(","));
    let again = body.clone();
    let traces = otlp::json(&mut body, &given()).unwrap();
    let ids: Vec<_> = traces.exceptions.iter().map(|it| (it.span, it.event_id)).collect();
    assert_eq!(ids.iter().map(|(span, _)| *span).collect::<Vec<_>>(), [1, 2]);
    assert_ne!(ids[0].1, ids[1].1);
    let mut again = again;
    let again = otlp::json(&mut again, &given()).unwrap();
    assert_eq!(ids[0].1, again.exceptions[0].event_id, "the same request, the same ids");
}

/// What the recordings must show; the numbers are those of the recording's own sidecar.
#[track_caller]
fn check_recording(
    traces: &OtlpTraces<'_>,
    service: &str,
    names: &[(&str, usize)],
    rest: [usize; 4],
) {
    assert_eq!(traces.refused, []);
    let mut counted = BTreeMap::new();
    for row in &traces.spans {
        *counted.entry(row.name.as_ref()).or_insert(0) += 1;
        assert_eq!(row.text("service.name"), service);
        assert!(!row.transaction.is_empty(), "{row:?}");
    }
    assert_eq!(counted, names.iter().copied().collect());
    let ids: BTreeSet<_> = traces.spans.iter().map(|row| row.trace).collect();
    let failed = traces.spans.iter().filter(|row| row.is_failure()).count();
    let listed = |name| {
        let lists = traces.spans.iter().map(|row| row.text(name).matches("\"span_id\"").count());
        lists.sum::<usize>()
    };
    let found = [ids.len(), failed, traces.exceptions.len(), listed("sentry.links")];
    assert_eq!(found, rest, "traces, failed spans, exceptions, links");
}

#[test]
fn what_the_official_sdks_sent_is_read() {
    let mut body = NODE.to_vec();
    assert_eq!(otlp::count_json(&body), 6);
    let traces = otlp::json(&mut body, &given()).unwrap();
    let names = [("ws_bet_place", 3), ("ws_settlement", 3)];
    check_recording(&traces, "live-gateway", &names, [3, 1, 1, 0]);

    assert_eq!(otlp::count_protobuf(PYTHON).unwrap(), 16);
    let traces = otlp::protobuf(PYTHON, &given()).unwrap();
    let names = [
        ("POST /payments/deposit", 4),
        ("SELECT risk_rules", 4),
        ("publish payments.events", 4),
        ("risk.decide", 4),
    ];
    check_recording(&traces, "risk-engine", &names, [4, 2, 1, 3]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let counted = otlp::count_protobuf(&bytes);
        if let Ok(traces) = otlp::protobuf(&bytes, &given()) {
            let refused: u64 = traces.refused.iter().map(|(_, count)| count).sum();
            prop_assert_eq!(traces.spans.len() as u64 + refused, counted.unwrap());
        }
        drop(otlp::json(&mut bytes.clone(), &given()));
    }

    /// A recording with some bytes changed: every span is kept or refused.
    #[test]
    fn damaged_recordings_are_read_or_refused(
        damage in proptest::collection::vec((0..PYTHON.len(), any::<u8>()), 1..8),
    ) {
        let mut bytes = PYTHON.to_vec();
        for (place, byte) in &damage {
            bytes[*place] = *byte;
        }
        if let Ok(mut traces) = otlp::protobuf(&bytes, &given()) {
            let refused: u64 = traces.refused.iter().map(|(_, count)| count).sum();
            prop_assert_eq!(traces.spans.len() as u64 + refused, otlp::count_protobuf(&bytes).unwrap());
            traces.spans.iter_mut().for_each(finish);
        }
        let mut text = NODE.to_vec();
        for (place, byte) in &damage {
            let place = place % text.len();
            text[place] = *byte;
        }
        drop(otlp::json(&mut text, &given()));
    }

    #[test]
    fn any_stack_text_is_read(text in "(  |\t|at |File \"|\\(|\\)|:|1|[a-z/.]|\n|@|, line |, in |Caused by: ){0,80}") {
        let text = json_text::to_string(&Value::from(text));
        let mut body = request(&span(&format!(
            r#","events":[{{"name":"exception","attributes":[{{"key":"exception.type","value":{{"stringValue":"E"}}}},
                {{"key":"exception.stacktrace","value":{{"stringValue":{text}}}}}]}}]"#
        )));
        prop_assert_eq!(otlp::json(&mut body, &given()).unwrap().exceptions.len(), 1);
    }
}
