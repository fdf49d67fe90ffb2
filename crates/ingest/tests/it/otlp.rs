//! Traces of OpenTelemetry, over HTTP and gRPC.

use axum::body::Body;
use http::{Request, StatusCode};
use ingest::{Quota, Scope, SinkError, grpc_routes};
use model::category::Category;
use model::intake::{BodyCoding, ItemType, Lane};

use crate::world::{Got, KEY, KEY_OFF, World, gzip, payloads, post};

/// A request with one span, which has no fields.
const ONE: &[u8] = b"\x0a\x04\x12\x02\x12\x00";
/// The same with three.
const THREE: &[u8] = b"\x0a\x08\x12\x06\x12\x00\x12\x00\x12\x00";
const JSON: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"1"},{"startTimeUnixNano":"2"}]}]}]}"#;
const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

fn otlp(path: &str, media_type: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = post(path, body);
    request.headers_mut().insert("content-type", media_type.parse().unwrap());
    request
}

fn spans_quota(limit: u64) -> World {
    let quota = Quota {
        id: "spans".to_owned(),
        scope: Scope::Project,
        scope_id: 1,
        categories: vec![Category::Span],
        window_secs: 60,
        limit,
        reason: "quota_exceeded".to_owned(),
    };
    World { quotas: vec![quota], ..World::default() }
}

#[track_caller]
fn check(got: &Got, status: u16, media_type: &str, body: &str) {
    let shown = (got.status.as_u16(), got.header("content-type"), got.body.as_str());
    assert_eq!(shown, (status, media_type, body));
}

#[test]
fn a_request_is_one_record_as_it_came() {
    let paths = ["/v1/traces", "/api/1/otlp/v1/traces", "/api/1/integration/otlp/v1/traces/"];
    for path in paths {
        let (got, world) = World::new().send(otlp(path, "application/x-protobuf", THREE));
        check(&got, 200, "application/x-protobuf", "");
        let [(lane, record)] = &world.records()[..] else { panic!("one record") };
        assert_eq!((*lane, record.items.len()), (Lane::Traces, 1));
        let item = &record.items[0];
        assert_eq!((item.item_type, item.count), (ItemType::OtlpTraces, 3));
        let header = r#"{"type":"otlp_traces","content_type":"application/x-protobuf"}"#;
        assert_eq!(item.header, header);
        assert_eq!(payloads(record), [THREE]);
        assert!(world.accounts().is_empty(), "the pipeline counts spans");
    }
    let (got, world) =
        World::new().send(otlp("/v1/traces", "application/json; charset=utf-8", JSON));
    check(&got, 200, "application/json", "{}");
    let record = &world.records()[0].1;
    assert_eq!(record.items[0].count, 2);
    assert!(record.items[0].header.contains("application/json"));
}

#[test]
fn a_gzip_body_is_kept_compressed() {
    let mut request = otlp("/v1/traces", "application/x-protobuf", gzip(ONE));
    request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let (got, world) = World::new().send(request);
    assert_eq!(got.status, StatusCode::OK);
    let record = &world.records()[0].1;
    assert_eq!(record.coding, BodyCoding::Gzip);
    assert_eq!(payloads(record), [ONE]);
}

#[test]
fn an_empty_request_is_taken_and_nothing_is_kept() {
    let (got, world) = World::new().send(otlp("/v1/traces", "application/x-protobuf", ""));
    check(&got, 200, "application/x-protobuf", "");
    assert!(world.records().is_empty() && world.accounts().is_empty());
    let (got, _) = World::new().send(otlp("/v1/traces", "application/json", ""));
    check(&got, 400, "application/json", r#"{"code":3,"message":"empty request body"}"#);
}

#[test]
fn a_key_alone_is_enough() {
    let dsn = format!("http://{KEY}@pitwatch.example/1");
    let headers = [
        ("authorization", format!("Bearer {KEY}")),
        ("authorization", format!("bearer {dsn}")),
        ("authorization", format!("DSN {dsn}")),
        ("sentry_key", KEY.to_owned()),
        ("sentry-dsn", dsn.clone()),
        ("x-sentry-auth", format!("sentry sentry_key={KEY}")),
    ];
    let with = |uri: &str, name: &str, value: &str| {
        let request = Request::post(uri).header("content-type", "application/x-protobuf");
        World::new().send(request.header(name, value).body(ONE.into()).unwrap()).0.status.as_u16()
    };
    for (name, value) in &headers {
        assert_eq!(with("/v1/traces", name, value), 200, "{name}: {value}");
        assert_eq!(with("/api/2/otlp/v1/traces", name, value), 403, "{name}: {value}");
    }
    assert_eq!(with(&format!("/v1/traces?sentry_key={KEY}"), "x", ""), 200);
    assert_eq!(with(&format!("/v1/traces?sentry_dsn=http%3A%2F%2F{KEY}%40a%2F1"), "x", ""), 200);
    assert_eq!(with("/v1/traces", "authorization", &format!("Bearer http://{KEY}@a/2")), 403);
    assert_eq!(with("/v1/traces", "authorization", "Bearer pwt_123"), 400);
    assert_eq!(with("/v1/traces", "authorization", &format!("Bearer {KEY_OFF}")), 403);
    assert_eq!(with("/v1/traces", "x", ""), 401);
}

#[test]
fn refusals_are_in_the_form_of_the_request() {
    let (got, world) = World::new().send(otlp("/v1/traces", "text/plain", "x"));
    check(&got, 415, "application/json", r#"{"code":3,"message":"unsupported media type"}"#);
    assert_eq!(world.accounts(), ["default invalid content_type 1"]);

    let (got, world) = World::new().send(otlp("/v1/traces", "application/x-protobuf", "\x0a\x05"));
    let message =
        "invalid OpenTelemetry request: invalid protobuf: the message ends within a field";
    assert_eq!((got.status.as_u16(), got.header("content-type")), (400, "application/x-protobuf"));
    assert!(got.body.starts_with("\x08\x03\x12") && got.body.ends_with(message), "{}", got.body);
    assert_eq!(world.accounts(), ["default invalid invalid_proto 1"]);

    for path in ["/v1/logs", "/api/1/integration/otlp/v1/logs"] {
        let (got, _) = World::new().send(otlp(path, "application/json", "{}"));
        let body = r#"{"code":12,"message":"OpenTelemetry logs are not supported yet"}"#;
        check(&got, 501, "application/json", body);
    }
    let get = Request::get("/v1/traces").body(Body::empty()).unwrap();
    let (got, _) = World::new().send(get);
    assert_eq!((got.status.as_u16(), got.header("allow")), (405, "POST"));
}

#[test]
fn quotas_count_spans() {
    let send = |limit| spans_quota(limit).send(otlp("/v1/traces", "application/json", JSON));
    assert_eq!(send(2).0.status.as_u16(), 200);
    let (got, world) = send(1);
    assert_eq!(got.status.as_u16(), 429);
    assert!(got.body.starts_with(r#"{"code":8,"message":"data was dropped"#), "{}", got.body);
    assert_eq!(got.header("x-sentry-rate-limits"), "60:span:project:quota_exceeded");
    assert_eq!(got.header("retry-after"), "60");
    assert!(world.records().is_empty());
    assert_eq!(world.accounts(), ["span rate_limited quota_exceeded 2"]);
}

fn call(path: &str, flag: u8, message: &[u8]) -> Request<Body> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let body = [&[flag][..], &length, message].concat();
    otlp(path, "application/grpc", body)
}

/// The only caller of gRPC; answers `grpc-status` and `grpc-message`.
fn grpc(world: World, request: Request<Body>) -> (String, std::sync::Arc<World>) {
    let (got, world) = world.send_to(grpc_routes, request);
    assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "application/grpc"));
    let status = got.header("grpc-status");
    assert_eq!(got.body, if status == "0" { "\0\0\0\0\0" } else { "" });
    assert_eq!(status == "0", got.header("grpc-status-details-bin").is_empty());
    (format!("{status} {}", got.header("grpc-message")).trim().to_owned(), world)
}

#[test]
fn grpc_takes_the_same_requests() {
    let (status, world) = grpc(World::new(), call(EXPORT, 0, THREE));
    assert_eq!(status, "0");
    let [(Lane::Traces, record)] = &world.records()[..] else { panic!("one record") };
    assert_eq!((record.items[0].count, payloads(record)), (3, vec![THREE.to_vec()]));

    let mut request = call(EXPORT, 1, &gzip(ONE));
    request.headers_mut().insert("grpc-encoding", "gzip".parse().unwrap());
    let (status, world) = grpc(World::new(), request);
    assert_eq!((status.as_str(), world.records()[0].1.coding), ("0", BodyCoding::Gzip));

    let (status, world) = grpc(World::new(), call(EXPORT, 0, b""));
    assert_eq!((status.as_str(), world.records().len()), ("0", 0));
}

#[test]
fn grpc_refuses_with_a_status() {
    let refused = |world: World, request| grpc(world, request).0;
    let mut request = call(EXPORT, 0, ONE);
    request.headers_mut().remove("x-sentry-auth");
    assert_eq!(refused(World::new(), request), "16 missing authorization information");
    assert!(refused(spans_quota(2), call(EXPORT, 0, THREE)).starts_with("8 data was dropped"));
    let full =
        World { sink_error: Some(SinkError::Full { retry_after_secs: 9 }), ..World::default() };
    assert_eq!(refused(full, call(EXPORT, 0, ONE)), "8 no room left in the intake log");
    let logs = EXPORT.replace("trace", "logs").replace("Trace", "Logs");
    let logs = refused(World::new(), call(&logs, 0, ONE));
    assert_eq!(logs, "12 OpenTelemetry logs are not supported yet");
    assert_eq!(
        refused(World::new(), call("/grpc.health.v1.Health/Check", 0, ONE)),
        "12 other methods are not supported yet"
    );
    assert_eq!(refused(World::new(), call(EXPORT, 1, ONE)), "3 unsupported content encoding");
    assert_eq!(refused(World::new(), call(EXPORT, 2, ONE)), "3 not one message of gRPC");
    for body in [&b""[..], b"\0\0\0\0", b"\0\0\0\0\x02a", b"\0\0\0\0\x00a"] {
        let request = otlp(EXPORT, "application/grpc+proto", body.to_vec());
        assert_eq!(refused(World::new(), request), "3 not one message of gRPC");
    }
    let mut large = call(EXPORT, 1, &gzip(&vec![0; 13 << 20]));
    large.headers_mut().insert("grpc-encoding", "gzip".parse().unwrap());
    assert_eq!(refused(World::new(), large), "8 request body is too large");
    let (got, _) = World::new().send_to(grpc_routes, Request::get("/").body("".into()).unwrap());
    assert_eq!(got.status.as_u16(), 415);
}
