//! The report dialog: its script, and what is sent with it.

use axum::body::Body;
use http::Request;

use crate::world::{Got, KEY, KEY_OFF, World, payloads};

const ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";

fn path(query: &str) -> String {
    format!("/api/embed/error-page/?{query}").replace("KEY", KEY).replace("ID", ID)
}

fn script(query: &str) -> Got {
    World::new().send(Request::get(path(query)).body(Body::empty()).unwrap()).0
}

fn form(content_type: &str, body: &str) -> Request<Body> {
    let request = Request::post(path("dsn=http://KEY@127.0.0.1:9000/1&eventId=ID"));
    request.header("content-type", content_type).body(Body::from(body.to_owned())).unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";

#[test]
fn the_script_is_the_same_for_everybody() {
    let got = script("dsn=http://KEY@127.0.0.1:9000/1&eventId=ID&title=Something%20broke");
    assert_eq!(got.status.as_u16(), 200);
    assert_eq!(got.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert_eq!(got.header("cross-origin-resource-policy"), "cross-origin");
    assert!(got.body.contains("__sentry_reportdialog_closed__"));
    let hostile = "dsn=http%3A%2F%2FKEY@h%2F1&eventId=ID&title=%3C/script%3E%22-alert(1)";
    assert_eq!(script(hostile).body, got.body);
}

#[test]
fn only_who_may_send_gets_the_script() {
    for (query, status) in [
        ("", 401),
        ("eventId=ID", 401),
        ("dsn=nonsense&eventId=ID", 400),
        ("dsn=http://KEY@h/1", 400),
        ("dsn=http://KEY@h/1&eventId=x", 400),
        ("dsn=http://KEY@h/2&eventId=ID", 403),
    ] {
        assert_eq!(script(query).status.as_u16(), status, "{query}");
    }
    let off = format!("dsn=http://{KEY_OFF}@h/2&eventId=ID");
    assert_eq!(script(&off).status.as_u16(), 403);
    let world = World { origins: Some(vec!["a.example".to_owned()]), ..World::new() };
    let request = Request::get(path("dsn=http://KEY@h/1&eventId=ID"));
    let request = request.header("origin", "https://evil.example").body(Body::empty()).unwrap();
    assert_eq!(world.send(request).0.status.as_u16(), 403);
    let request = Request::put(path("dsn=http://KEY@h/1&eventId=ID")).body(Body::empty()).unwrap();
    let (got, _) = World::new().send(request);
    assert_eq!((got.status.as_u16(), got.header("allow")), (405, "GET, POST"));
}

#[test]
fn what_people_write_is_a_user_report() {
    let body = "name=Ana+B&email=ana%40example.com&comments=%3Cb%3Eit+broke%3C/b%3E%0A";
    let (got, world) = World::new().send(form(FORM, body));
    assert_eq!((got.status.as_u16(), got.body), (200, format!("{{\"id\":\"{ID}\"}}")));
    let records = world.records();
    assert_eq!(records.len(), 1);
    let record = &records[0].1;
    assert_eq!(record.header, format!("{{\"event_id\":\"{ID}\"}}"));
    assert_eq!(record.items[0].header, r#"{"type":"user_report"}"#);
    let payload = String::from_utf8(payloads(record).remove(0)).unwrap();
    assert_eq!(
        payload,
        format!(
            r#"{{"event_id":"{ID}","name":"Ana B","email":"ana@example.com","comments":"<b>it broke</b>"}}"#
        )
    );
}

#[test]
fn other_forms_are_refused() {
    for (content_type, body, status) in
        [(FORM, "", 400), (FORM, "name=Ana&comments=+%0A", 400), ("text/plain", "comments=x", 415)]
    {
        let (got, world) = World::new().send(form(content_type, body));
        assert_eq!(got.status.as_u16(), status, "{content_type} {body}: {}", got.body);
        assert!(world.records().is_empty());
    }
}
