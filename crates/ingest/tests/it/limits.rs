//! Quotas, caps, a full disk, slow clients.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use ingest::{Quota, Settings, SinkError};
use model::category::Category;
use wire::rate_limit_header::Scope;

use crate::world::{KEY, World, envelope, payloads, post};

fn quota(categories: &[Category], limit: u64) -> Quota {
    Quota {
        id: "q".to_owned(),
        scope: Scope::Organization,
        scope_id: 9,
        categories: categories.to_vec(),
        window_secs: 60,
        limit,
        reason: "quota_exceeded".to_owned(),
    }
}

fn limited(categories: &[Category]) -> World {
    World { quotas: vec![quota(categories, 0)], ..World::new() }
}

#[test]
fn what_is_over_a_quota_is_not_written() {
    let body =
        envelope(&[("event", "E"), ("attachment", "A"), ("session", "S"), ("client_report", "C")]);
    let (got, world) = limited(&[Category::Error]).send(post("/api/1/envelope/", body));
    assert_eq!(got.status.as_u16(), 429);
    assert_eq!(got.header("retry-after"), "60");
    assert_eq!(got.header("x-sentry-rate-limits"), "60:error:organization:quota_exceeded");
    let kept: Vec<_> = world.records().iter().flat_map(|(_, record)| payloads(record)).collect();
    assert_eq!(kept, [b"C", b"S"], "the attachment went with its event");
    assert_eq!(
        world.accounts(),
        [
            "error rate_limited quota_exceeded 1",
            "attachment rate_limited quota_exceeded 1",
            "attachment_item rate_limited quota_exceeded 1",
        ]
    );
}

#[test]
fn client_reports_are_never_limited() {
    let (got, world) =
        limited(&[]).send(post("/api/1/envelope/", envelope(&[("client_report", "C")])));
    assert_eq!((got.status.as_u16(), world.records().len()), (200, 1));
}

#[test]
fn who_tries_again_blindly_is_not_told() {
    let path = format!("/api/1/cron/settle/{KEY}/?status=ok");
    let request = http::Request::get(path).body(Body::empty()).unwrap();
    let (got, world) = limited(&[]).send(request);
    assert_eq!((got.status.as_u16(), world.records().len()), (202, 0));
    assert_eq!(world.accounts(), ["monitor rate_limited quota_exceeded 1"]);
    let mut request = post("/api/1/nel/", "[]");
    request.headers_mut().insert("content-type", "application/reports+json".parse().unwrap());
    let (got, world) = limited(&[]).send(request);
    assert_eq!((got.status.as_u16(), world.records().len()), (200, 0));
}

#[test]
fn one_item_over_its_cap_refuses_all() {
    let large = "x".repeat((1 << 20) + 1);
    let body = envelope(&[("event", &large), ("session", "S")]);
    let (got, world) = World::new().send(post("/api/1/envelope/", body.clone()));
    assert_eq!(got.status.as_u16(), 413);
    assert_eq!(
        got.body,
        r#"{"detail":"envelope exceeded size limits for type 'event' (https://develop.sentry.dev/sdk/envelopes/#size-limits)"}"#
    );
    assert!(world.records().is_empty());
    assert_eq!(
        world.accounts(),
        ["error invalid too_large:event 1", "session invalid too_large:event 1"]
    );
    let (got, world) = limited(&[Category::Error]).send(post("/api/1/envelope/", body));
    assert_eq!((got.status.as_u16(), world.records().len()), (429, 1), "quotas come first");
}

#[test]
fn a_full_disk_asks_clients_to_wait() {
    let full = SinkError::Full { retry_after_secs: 17 };
    let world = World { sink_error: Some(full), ..World::new() };
    let (got, _) = world.send(post("/api/1/envelope/", envelope(&[("event", "E")])));
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (429, "17"));
    assert_eq!(got.header("x-sentry-rate-limits"), "17::organization:disk_full");
    let world = World { sink_error: Some(SinkError::Failed), ..World::new() };
    let (got, _) = world.send(post("/api/1/envelope/", envelope(&[("event", "E")])));
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (503, ""));
}

#[test]
fn bodies_are_capped_before_they_are_read() {
    let mut request = post("/api/1/envelope/", "{}");
    request.headers_mut().insert("content-length", "99999999".parse().unwrap());
    let (got, world) = World::new().send(request);
    assert_eq!(got.status.as_u16(), 413);
    assert_eq!(world.accounts(), ["default invalid request_too_large 1"]);
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    let endless = stream::repeat(piece).map(Ok::<_, std::io::Error>);
    let (got, _) = World::new().send(post("/api/1/envelope/", Body::from_stream(endless)));
    assert_eq!(got.status.as_u16(), 413);
    let (got, _) = World::new().send(post("/api/1/store/", vec![b' '; (1 << 20) + 1]));
    assert_eq!(got.status.as_u16(), 413);
}

#[test]
fn slow_clients_are_let_go() {
    let silent = stream::pending::<Result<Bytes, std::io::Error>>();
    let (got, _) = World::new().send(post("/api/1/envelope/", Body::from_stream(silent)));
    assert_eq!(got.status.as_u16(), 408);
    // A byte every nine seconds is not silent, but never done.
    let drip = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(9)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
    });
    let (got, world) = World::new().send(post("/api/1/envelope/", Body::from_stream(drip)));
    assert_eq!(got.status.as_u16(), 408);
    assert!(world.records().is_empty());
}

#[test]
fn memory_for_bodies_is_bounded() {
    let settings = Settings { bodies_in_flight_bytes_max: 1 << 20, ..Settings::default() };
    let world = World { settings, ..World::new() };
    let (got, _) = world.send(post("/api/1/envelope/", vec![b'x'; 3 << 20]));
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (503, "1"));
}
