//! Bodies and query strings of routes other than envelopes, and client reports.

use expect_test::{Expect, expect};
use model::json_text;
use proptest::prelude::*;
use wire::{check_in_query, client_report, store_body};

#[track_caller]
fn store(body: &[u8], client: Option<&str>, expected: &Expect) {
    let actual = match store_body::read(body, client) {
        Ok(event) => format!(
            "{} {:?} {}",
            event.item_type.name(),
            event.event_id,
            String::from_utf8_lossy(&event.json)
        ),
        Err(error) => format!("error: {error}"),
    };
    expected.assert_eq(&actual);
}

#[test]
fn store_bodies() {
    store(b" {\"message\":\"x\"}\n", None, &expect![[r#"event None {"message":"x"}"#]]);
    store(
        b"{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\",\"type\":\"transaction\"}",
        None,
        &expect![[
            r#"transaction Some(9ec79c33ec9942ab8353589fcb2e04dc) {"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","type":"transaction"}"#
        ]],
    );
    // base64 of {"message":"x"}, without padding; then deflated first.
    store(b"eyJtZXNzYWdlIjoieCJ9", None, &expect![[r#"event None {"message":"x"}"#]]);
    store(b"eJyrVspNLS5OTE9VslKqUKoFACrXBRg=", None, &expect![[r#"event None {"message":"x"}"#]]);
    store(b"eJyrVspNLS5OTE9VslKqUKoFACrXBRg", None, &expect![[r#"event None {"message":"x"}"#]]);
    store(b"{\"a\":NaN}", Some("raven-python/6.9"), &expect![[r#"event None {"a":null}"#]]);
    store(b"{\"a\":NaN}", None, &expect!["error: invalid JSON data"]);
    store(b"", None, &expect!["error: empty request body"]);
    store(b"%%%", None, &expect!["error: invalid request body"]);
    store(b"AAAA", None, &expect!["error: invalid request body"]);
    store(b"{\"event_id\":7}", None, &expect!["error: invalid event id"]);
    store(b"{\"event_id\":\"x\"}", None, &expect!["error: invalid event id"]);
}

#[test]
fn deflated_bombs_are_not_inflated() {
    use base64::Engine;
    use std::io::Write;
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    deflated.write_all(&vec![b' '; 64 << 20]).unwrap();
    let body = base64::prelude::BASE64_STANDARD.encode(deflated.finish().unwrap());
    store(body.as_bytes(), None, &expect!["error: request body is too large"]);
}

#[track_caller]
fn check_in(query: &str, expected: &Expect) {
    let actual = match check_in_query::from_query("settle", query) {
        Ok(check_in) => json_text::to_string(&check_in.into()),
        Err(error) => format!("error: {error}"),
    };
    expected.assert_eq(&actual);
}

#[test]
fn check_ins_of_a_query() {
    check_in(
        "status=ok",
        &expect![[
            r#"{"check_in_id":"00000000000000000000000000000000","monitor_slug":"settle","status":"ok"}"#
        ]],
    );
    check_in(
        "status=weird&environment=a+b&duration=1.5&check_in_id=9ec79c33-ec99-42ab-8353-589fcb2e04dc",
        &expect![[
            r#"{"check_in_id":"9ec79c33ec9942ab8353589fcb2e04dc","monitor_slug":"settle","status":"unknown","environment":"a b","duration":1.5}"#
        ]],
    );
    check_in("", &expect!["error: missing status"]);
    check_in("status=ok&check_in_id=x", &expect!["error: invalid check_in_id"]);
    check_in("status=ok&duration=inf", &expect!["error: invalid duration"]);
}

#[test]
fn check_ins_of_a_body() {
    let check_in =
        check_in_query::from_body("settle", b"{\"monitor_slug\":\"x\",\"status\":\"ok\"}");
    assert_eq!(
        json_text::to_string(&check_in.unwrap().into()),
        r#"{"monitor_slug":"settle","status":"ok"}"#
    );
    assert!(check_in_query::from_body("settle", b"[]").is_err());
}

#[test]
fn client_reports() {
    let report = br#"{"timestamp":1,"discarded_events":[{"reason":"ratelimit_backoff","category":"transaction","quantity":3},{"reason":"x","category":"new","quantity":1},{"category":"error"},7],"filtered_sampling_events":[{"reason":"Sampled:1","category":"transaction","quantity":2},{"reason":"no","category":"transaction","quantity":2}]}"#;
    let lines = client_report::parse(&mut report.to_vec()).unwrap();
    let text: Vec<String> = lines
        .iter()
        .map(|line| {
            format!("{} {} {} {}", line.fate.name(), line.reason, line.category, line.quantity)
        })
        .collect();
    expect![[r#"["client_discard ratelimit_backoff transaction 3", "client_discard x unknown 1", "filtered Sampled:1 transaction 2"]"#]]
        .assert_eq(&format!("{text:?}"));
    assert!(client_report::parse(&mut b"nothing".to_vec()).is_err());
}

proptest! {
    #[test]
    fn any_body_is_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200), text: String) {
        let _answer = store_body::read(&body, Some("raven-python/1"));
        let _answer = client_report::parse(&mut body.clone());
        let _answer = check_in_query::from_body("s", &body);
        let _answer = check_in_query::from_query("s", &text);
        let _answer = check_in_query::from_query("s", &format!("status={text}&duration={text}"));
    }
}
