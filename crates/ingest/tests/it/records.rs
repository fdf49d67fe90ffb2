//! What lies in the intake log afterwards.

use http::Request;
use model::intake::{BodyCoding, ItemType, Lane};
use wire::envelope::Header;

use crate::world::{KEY, World, envelope, gzip, payloads, post};

fn gzipped(body: &[u8]) -> Request<axum::body::Body> {
    let mut request = post("/api/1/envelope/", gzip(body));
    request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    request
}

#[test]
fn a_record_says_who_and_what() {
    let mut request = post("/api/1/envelope/", envelope(&[("event", "{\"a\":1}")]));
    request.headers_mut().insert("user-agent", "agent/1".parse().unwrap());
    request.headers_mut().insert("x-forwarded-for", "203.0.113.7, 10.0.0.1".parse().unwrap());
    let (_, world) = World::new().send(request);
    let [(lane, record)] = &world.records()[..] else { panic!("one record") };
    assert_eq!(*lane, Lane::Errors);
    assert_eq!((record.organization.0, record.project.0, record.key.0), (9, 1, 10));
    assert_eq!(record.received.0, 1_795_255_200_000_000);
    assert_eq!(record.client_ip, "203.0.113.7");
    assert_eq!(record.user_agent, "agent/1");
    assert_eq!(record.sdk, "test/1.0");
    assert_eq!(record.header, r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#);
    assert_eq!(record.items[0].item_type, ItemType::Event);
    assert_eq!(record.items[0].header, r#"{"type":"event","length":7}"#);
    assert_eq!(payloads(record), [b"{\"a\":1}"]);
    assert!(world.accounts().is_empty(), "the pipeline counts errors");
}

#[test]
fn a_gzip_body_is_kept_as_it_came() {
    let body = envelope(&[("event", "{\"a\":1}"), ("attachment", "file")]);
    let (got, world) = World::new().send(gzipped(&body));
    assert_eq!(got.status.as_u16(), 200);
    let [(_, record)] = &world.records()[..] else { panic!("one record") };
    assert_eq!((record.coding, &record.body), (BodyCoding::Gzip, &gzip(&body)));
    assert_eq!(payloads(record), [&b"{\"a\":1}"[..], b"file"]);
}

#[test]
fn other_bodies_are_packed() {
    let large = "x".repeat(5000);
    let (_, world) = World::new().send(post("/api/1/envelope/", envelope(&[("event", &large)])));
    let [(_, record)] = &world.records()[..] else { panic!("one record") };
    assert_eq!(record.coding, BodyCoding::Zstd);
    assert_eq!(payloads(record), [large.as_bytes()]);

    // Two gzip members are one body, but not one that a reader of the log must understand.
    let body = envelope(&[("event", "{\"a\":1}")]);
    let (front, back) = body.split_at(20);
    let mut request = post("/api/1/envelope/", [gzip(front), gzip(back)].concat());
    request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let (got, world) = World::new().send(request);
    assert_eq!(got.status.as_u16(), 200, "{}", got.body);
    let [(_, record)] = &world.records()[..] else { panic!("one record") };
    assert_eq!(record.coding, BodyCoding::Identity);
    assert_eq!(payloads(record), [b"{\"a\":1}"]);
}

#[test]
fn lanes_are_parted_and_unknown_items_left_out() {
    let body = envelope(&[("event", "E"), ("hologram", "?"), ("log", "L"), ("client_report", "C")]);
    let (got, world) = World::new().send(gzipped(&body));
    assert_eq!(got.status.as_u16(), 200);
    let [(errors, first), (kept, second)] = &world.records()[..] else { panic!("two records") };
    assert_eq!((*errors, *kept), (Lane::Errors, Lane::Kept));
    assert_eq!(payloads(first), [b"E", b"C"]);
    assert_eq!(payloads(second), [b"L"]);
    assert_eq!(world.accounts(), ["log_item accepted  1", "log_byte accepted  1"]);
}

#[test]
fn an_event_without_id_gets_one() {
    for header in ["{}", "{ }", "{\"event_id\":null}", "{\"sdk\":{\"name\":\"x\"}}"] {
        let body = format!("{header}\n{{\"type\":\"event\"}}\n{{}}");
        let (got, world) = World::new().send(post("/api/1/envelope/", body));
        let [(_, record)] = &world.records()[..] else { panic!("one record") };
        let event_id = Header::parse(record.header.as_bytes()).unwrap().event_id.unwrap();
        assert_eq!(got.body, format!("{{\"id\":\"{event_id}\"}}"), "{}", record.header);
    }
    let (got, world) =
        World::new().send(post("/api/1/envelope/", "{}\n{\"type\":\"session\"}\n{}"));
    assert_eq!((got.body.as_str(), world.records()[0].1.header.as_str()), ("{}", "{}"));
}

#[test]
fn every_security_report_is_an_event() {
    let path =
        format!("/api/1/security/?sentry_key={KEY}&sentry_release=web%401&sentry_environment=prod");
    let request = Request::post(path)
        .header("content-type", "application/reports+json")
        .header("origin", "https://a.example")
        .body("[{\"csp-report\":{\"a\":1}},{\"csp-report\":{\"b\":2}}]".into())
        .unwrap();
    let (got, world) = World::new().send(request);
    assert_eq!(got.status.as_u16(), 200, "{}", got.body);
    let records = world.records();
    assert_eq!(records.len(), 2);
    let header = &records[0].1.items[0].header;
    assert_eq!(
        header,
        r#"{"type":"raw_security","sentry_release":"web@1","sentry_environment":"prod","origin":"https://a.example"}"#
    );
    assert_eq!(payloads(&records[1].1), [b"{\"csp-report\":{\"b\":2}}"]);
    let id = |place: usize| Header::parse(records[place].1.header.as_bytes()).unwrap().event_id;
    assert!(id(0).is_some() && id(0) != id(1));
}

#[test]
fn other_routes_make_items_too() {
    let (_, world) = World::new().send(post(
        "/api/1/store/",
        r#"{"type":"csp","event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#,
    ));
    let [(lane, record)] = &world.records()[..] else { panic!("one record") };
    assert_eq!((*lane, record.items[0].item_type), (Lane::Errors, ItemType::Security));
    assert_eq!(record.header, r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#);

    let path = format!("/api/1/cron/a%20job/{KEY}/?status=ok");
    let (_, world) = World::new().send(Request::get(path).body(axum::body::Body::empty()).unwrap());
    let [(lane, record)] = &world.records()[..] else { panic!("one record") };
    assert_eq!((*lane, record.sdk.as_str()), (Lane::CheckIns, "relay-http"));
    let check_in = r#"{"check_in_id":"00000000000000000000000000000000","monitor_slug":"a job","status":"ok"}"#;
    assert_eq!(payloads(record), [check_in.as_bytes()]);
    // The pipeline of check-ins accounts for them, when it knows what became of them.
    assert_eq!(world.accounts(), [""; 0]);
}
