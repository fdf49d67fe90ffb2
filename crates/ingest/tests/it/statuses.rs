//! Every status, with what makes it.

use axum::body::Body;
use http::Request;
use ingest::SinkError;

use crate::world::{KEY, KEY_OFF, World, envelope, post};

#[track_caller]
fn check(request: Request<Body>, status: u16, body: &str) {
    let shown = format!("{} {}", request.method(), request.uri());
    let (got, _) = World::new().send(request);
    assert_eq!((got.status.as_u16(), got.body.as_str()), (status, body), "{shown}");
    assert_eq!(got.header("access-control-allow-origin"), "*");
    assert_eq!(got.header("cross-origin-resource-policy"), "cross-origin");
}

fn get(path: &str) -> Request<Body> {
    Request::get(path.replace("KEY", KEY)).body(Body::empty()).unwrap()
}

fn bare(path: &str, body: &str) -> Request<Body> {
    Request::post(path.replace("KEY", KEY)).body(Body::from(body.replace("KEY", KEY))).unwrap()
}

fn typed(path: &str, content_type: &str, body: &str) -> Request<Body> {
    let mut request = post(path, body.to_owned());
    request.headers_mut().insert("content-type", content_type.parse().unwrap());
    request
}

const ID: &str = r#"{"id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#;

#[test]
fn envelopes_are_taken_from_everywhere() {
    let body = envelope(&[("event", "{}")]);
    for path in [
        "/api/1/envelope/",
        "/api/1/envelope",
        "//api//1///envelope/",
        "/any/prefix/api/1/envelope/",
    ] {
        check(post(path, body.clone()), 200, ID);
    }
    check(post("/api/1/envelope/", "{}"), 200, "{}");
    check(post("/api/1/envelope/", "{}\n{\"type\":\"hologram\"}\nx"), 200, "{}");
}

#[test]
fn keys_are_found_in_all_places() {
    let text = String::from_utf8(envelope(&[("event", "{}")])).unwrap();
    check(bare("/api/1/envelope/?sentry_key=KEY&sentry_version=7", &text), 200, ID);
    check(bare("/api/1/envelope/", "{\"dsn\":\"https://KEY@pitwatch.example/1\"}"), 200, "{}");
    check(bare("/tunnel", "{\"dsn\":\"https://KEY@pitwatch.example/1\"}"), 200, "{}");
    check(
        bare("/tunnel", "{\"dsn\":\"https://KEY@pitwatch.example/2\"}"),
        403,
        r#"{"detail":"event submission rejected with_reason: ProjectId"}"#,
    );
    let mut basic = bare("/api/1/envelope/", &text);
    let value = "Basic MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY6";
    basic.headers_mut().insert("authorization", value.parse().unwrap());
    check(basic, 200, ID);
    check(get("/api/1/cron/settle/KEY/?status=ok"), 202, "");
    check(get("/api/1/cron/settle?status=ok&sentry_key=KEY"), 202, "");
}

#[test]
fn who_is_not_known_stays_out() {
    let detail = |text: &str| format!("{{\"detail\":\"{text}\"}}");
    let rejected = |why: &str| detail(&format!("event submission rejected with_reason: {why}"));
    check(bare("/api/1/envelope/", "{}"), 401, &detail("bad envelope authentication header"));
    check(bare("/api/1/store/", "{}"), 401, &detail("missing authorization information"));
    let mut twice = post("/api/1/envelope/?sentry_key=x", "{}");
    check(twice, 401, &detail("multiple authorization payloads detected"));
    twice = bare("/api/1/envelope/?sentry_key=KEY&sentry_version=x", "{}");
    check(twice, 401, &detail("bad sentry authentication header: sentry_version is not a number"));
    let future = bare("/api/1/envelope/?sentry_key=KEY&sentry_version=8", "{}");
    check(future, 400, &detail("unsupported protocol version (8)"));
    check(bare("/api/1/envelope/?sentry_key=x", "{}"), 400, &detail("bad sentry DSN public key"));
    check(post("/api/x/envelope/", "{}"), 400, &detail("bad project path parameter"));
    let unknown = "a".repeat(32);
    check(
        bare(&format!("/api/1/envelope/?sentry_key={unknown}"), "{}"),
        403,
        &rejected("ProjectId"),
    );
    check(post("/api/3/envelope/", "{}"), 403, &rejected("ProjectId"));
    check(
        bare(&format!("/api/2/envelope/?sentry_key={KEY_OFF}"), "{}"),
        403,
        &rejected("ProjectState"),
    );
    let mut origin = post("/api/1/envelope/", "{}");
    origin.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    let world = World { origins: Some(vec!["a.example".to_owned()]), ..World::new() };
    let (got, world) = world.send(origin);
    assert_eq!((got.status.as_u16(), got.body), (403, rejected("Cors")));
    assert_eq!(world.accounts(), ["default invalid cors 1"]);
}

#[test]
fn envelopes_must_be_framed_and_agree_with_the_request() {
    let invalid =
        |cause: &str| format!("{{\"detail\":\"invalid event envelope\",\"causes\":[\"{cause}\"]}}");
    let header = invalid("invalid envelope header");
    check(post("/api/1/envelope/", "x"), 400, &header);
    check(post("/api/1/envelope/", "{\"event_id\":\"x\"}"), 400, &header);
    check(post("/api/1/envelope/", ""), 400, "{\"detail\":\"empty request body\"}");
    let long = "{}\n{\"type\":\"event\",\"length\":9}\n{}";
    check(post("/api/1/envelope/", long), 400, &invalid("unexpected end of file"));
    let other = format!("{{\"dsn\":\"https://{KEY}@h/2\"}}");
    let mismatch = |what| invalid(&format!("{what} header mismatch between envelope and request"));
    check(post("/api/1/envelope/", other), 400, &mismatch("project id"));
    let other = format!("{{\"dsn\":\"https://{KEY_OFF}@h/1\"}}");
    check(post("/api/1/envelope/", other), 400, &mismatch("public key"));
}

#[test]
fn old_clients_are_answered() {
    let event = r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#;
    check(post("/api/1/store/", event), 200, ID);
    check(post("/api/store/", event), 200, ID);
}

#[test]
fn old_clients_are_refused() {
    check(
        post("/api/1/store/", "%"),
        400,
        r#"{"detail":"invalid request body","causes":["Invalid symbol 37, offset 0."]}"#,
    );
    check(post("/api/1/store/", r#"{"event_id":"x"}"#), 400, r#"{"detail":"invalid event id"}"#);
    check(get("/api/1/store/?sentry_key=KEY"), 400, r#"{"detail":"empty request body"}"#);
    let (got, world) =
        World::new().send(get("/api/1/store/?sentry_key=KEY&sentry_data=eyJtZXNzYWdlIjoieCJ9"));
    assert_eq!((got.status.as_u16(), got.header("content-type")), (200, "image/gif"));
    assert_eq!(world.records().len(), 1);
}

#[test]
fn browsers_are_answered() {
    let report = r#"{"csp-report":{}}"#;
    check(typed("/api/1/security/", "application/csp-report", report), 200, "");
    check(typed("/api/1/csp-report/", "application/json; charset=utf-8", report), 200, "");
    check(
        typed("/api/1/security/", "text/plain", report),
        415,
        r#"{"detail":"unsupported media type"}"#,
    );
    check(typed("/api/1/nel/", "application/reports+json", "[]"), 200, "");
    check(typed("/api/1/nel/", "text/html", "[]"), 415, r#"{"detail":"unsupported media type"}"#);
    let preflight = Request::options("/api/1/envelope/").body(Body::empty()).unwrap();
    let (got, _) = World::new().send(preflight);
    assert_eq!(got.status.as_u16(), 200);
    assert_eq!(got.header("access-control-allow-methods"), "POST");
    assert!(got.header("access-control-allow-headers").contains("x-sentry-auth"));
    assert!(got.header("access-control-expose-headers").contains("x-sentry-rate-limits"));
}

#[test]
fn jobs_are_answered() {
    check(get("/api/1/cron/settle/KEY/"), 400, r#"{"detail":"missing status"}"#);
    check(typed("/api/1/cron/settle/", "application/json", r#"{"status":"ok"}"#), 202, "");
    check(
        typed("/api/1/cron/settle/", "application/json", "x"),
        400,
        r#"{"detail":"invalid check-in body"}"#,
    );
    check(post("/api/1/cron/settle/?status=ok", ""), 202, "");
}

#[test]
fn attachments_are_taken() {
    let form = "--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"bet.log\"\r\nContent-Type: text/plain\r\n\r\nlost\r\n--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--B--\r\n";
    let path = "/api/1/events/9ec79c33-ec99-42ab-8353-589fcb2e04dc/attachments/";
    let (got, world) = World::new().send(typed(path, "multipart/form-data; boundary=B", form));
    assert_eq!((got.status.as_u16(), got.body.as_str()), (201, ""));
    let records = world.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].1.header, r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#);
    assert_eq!(
        records[0].1.items[0].header,
        r#"{"type":"attachment","filename":"bet.log","content_type":"text/plain"}"#
    );
    assert_eq!(crate::world::payloads(&records[0].1), [b"lost"]);

    let refused = |request, expected: u16| {
        let (got, world) = World::new().send(request);
        assert_eq!(got.status.as_u16(), expected, "{}", got.body);
        assert!(world.records().is_empty());
    };
    refused(typed("/api/1/events/x/attachments/", "multipart/form-data; boundary=B", form), 400);
    refused(typed(path, "text/plain", form), 400);
    refused(typed(path, "multipart/form-data; boundary=C", form), 400);
}

#[test]
fn what_is_not_there_says_so() {
    let detail = r#"{"detail":"PlayStation crash reports are not supported yet"}"#;
    check(post("/api/1/playstation/", "x"), 501, detail);
    for path in ["/api/1/unreal/k/", "/api/1/upload/", "/api/1/integration/vercel/logs"] {
        let (got, _) = World::new().send(post(path, "x"));
        assert_eq!(got.status.as_u16(), 501, "{path}");
    }
    check(get("/api/1/nothing/"), 404, r#"{"detail":"not found"}"#);
    let (got, _) = World::new().send(get("/api/1/envelope/"));
    assert_eq!((got.status.as_u16(), got.header("allow")), (405, "POST"));
}

#[test]
fn health_is_told() {
    check(get("/api/relay/healthcheck/live/"), 200, r#"{"is_healthy":true}"#);
    check(get("/api/relay/healthcheck/ready/"), 200, r#"{"is_healthy":true}"#);
    let world = World { sink_error: Some(SinkError::Failed), ..World::new() };
    let (got, _) = world.send(get("/api/relay/healthcheck/ready/"));
    assert_eq!((got.status.as_u16(), got.body.as_str()), (503, r#"{"is_healthy":false}"#));
}
