//! Envelope framing.

use std::fmt::Write;

use model::intake::ItemType;
use model::limits::ENVELOPE_ITEMS_MAX;
use proptest::prelude::*;
use wire::envelope::{Envelope, EnvelopeError, Header, ItemHeader};

/// The types and payloads, or the error.
fn describe(body: &[u8]) -> String {
    let envelope = match Envelope::parse(body) {
        Ok(envelope) => envelope,
        Err(error) => return format!("error: {error}"),
    };
    let mut text = String::new();
    for item in &envelope.items {
        assert_eq!(&body[item.start..item.start + item.payload.len()], item.payload);
        let name = item.header.item_type.map_or("?", ItemType::name);
        write!(text, "{name}={:?} ", String::from_utf8_lossy(item.payload)).unwrap();
    }
    text.trim_end().to_owned()
}

#[track_caller]
fn check(body: &str, expected: &str) {
    assert_eq!(describe(body.as_bytes()), expected, "{body}");
}

#[test]
fn items_are_found() {
    check("{}", "");
    check("{}\n", "");
    check("{}\n{\"type\":\"event\"}\n{\"a\":1}", "event=\"{\\\"a\\\":1}\"");
    check("{}\n{\"type\":\"event\",\"length\":2}\n{}\n", "event=\"{}\"");
    check("{}\n{\"type\":\"attachment\",\"length\":6}\na\nb\ncd", "attachment=\"a\\nb\\ncd\"");
    check("{}\n{\"type\":\"attachment\",\"length\":3}\na\r\n\n", "attachment=\"a\\r\\n\"");
    check("{}\n{\"type\":\"session\"}\n\n{\"type\":\"event\"}\nx", "session=\"\" event=\"x\"");
    check("{}\n{\"type\":\"session\"}", "session=\"\"");
    check("{}\n{\"type\":\"session\",\"length\":0}", "session=\"\"");
    check("{}\n{\"type\":\"session\",\"length\":null}\nx", "session=\"x\"");
    check("{}\n\n \n{\"type\":\"session\"}\nx\n\n  \n", "session=\"x\"");
    check("{}\n{\"type\":\"hologram\"}\nx", "?=\"x\"");
    check("{}\n{\"type\":\"nel\"}\nx", "?=\"x\"");
    check("{}\n{\"type\":\"profile_chunk_ui\"}\nx", "profile_chunk=\"x\"");
    check("{}\n{\"type\":\"attachment\",\"attachment_type\":\"new\"}\nx", "?=\"x\"");
    check("{}\n{\"type\":\"event\",\"item_count\":\"x\",\"platform\":1}\nx", "event=\"x\"");
    check("{\"trace\":7,\"unknown\":[]}\n", "");
}

#[test]
fn broken_framing_is_refused() {
    for (body, error) in [
        ("", "missing envelope header"),
        ("\n{}", "missing envelope header"),
        ("x", "invalid envelope header"),
        ("[]", "invalid envelope header"),
        ("{\"event_id\":\"x\"}", "invalid envelope header"),
        ("{\"event_id\":5}", "invalid envelope header"),
        ("{\"sent_at\":\"yesterday\"}", "invalid envelope header"),
        ("{\"dsn\":\"http://a@b/c\"}", "invalid envelope header"),
        ("{}\nx", "invalid item header"),
        ("{}\n{}", "invalid item header"),
        ("{}\n{\"type\":1}", "invalid item header"),
        ("{}\n{\"type\":\"event\",\"length\":\"2\"}\n{}", "invalid item header"),
        ("{}\n{\"type\":\"event\",\"length\":-2}\n{}", "invalid item header"),
        ("{}\n{\"type\":\"event\",\"length\":3}\n{}", "unexpected end of file"),
        ("{}\n{\"type\":\"event\",\"length\":18446744073709551615}\n{}", "unexpected end of file"),
        ("{}\n{\"type\":\"event\",\"length\":1}\n{}", "missing newline after header or payload"),
        ("{}\n{\"type\":\"integration\"}\n{}", "envelope contains an internal item"),
    ] {
        check(body, &format!("error: {error}"));
    }
}

#[test]
fn items_and_headers_are_limited() {
    let item = "{\"type\":\"session\"}\n{}\n";
    check(
        &format!("{{}}\n{}", item.repeat(ENVELOPE_ITEMS_MAX)),
        &"session=\"{}\" ".repeat(500)[..6499],
    );
    let many = format!("{{}}\n{}", item.repeat(ENVELOPE_ITEMS_MAX + 1));
    assert_eq!(Envelope::parse(many.as_bytes()), Err(EnvelopeError::TooManyItems));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(65_536));
    assert_eq!(Envelope::parse(long.as_bytes()), Err(EnvelopeError::HeaderTooLong));
}

#[test]
fn headers_say_what_they_say() {
    let line = br#"{"event_id":"9EC79C33-ec99-42ab-8353-589fcb2e04dc","sent_at":"2026-11-21T10:00:00.5Z","dsn":"http://0123456789abcdef0123456789abcdef@h/42","sdk":{"name":"sentry.rust","version":"0.49.5"},"trace":{"trace_id":"x"},"origin":"https://a.example"}"#;
    let header = Header::parse(line).unwrap();
    assert_eq!(header.event_id.unwrap().to_string(), "9ec79c33ec9942ab8353589fcb2e04dc");
    assert_eq!(header.sent_at.unwrap().0, 1_795_255_200_500_000);
    assert_eq!(header.dsn.unwrap().project.0, 42);
    assert_eq!(header.sdk.unwrap(), "sentry.rust/0.49.5");
    assert_eq!(header.origin.unwrap(), "https://a.example");
    assert_eq!(header.trace.unwrap().get("trace_id").unwrap().as_str(), Some("x"));

    let line = br#"{"type":"log","item_count":7,"content_type":"application/vnd.sentry.items.log+json","filename":"f"}"#;
    let header = ItemHeader::parse(line).unwrap();
    assert_eq!((header.item_type, header.item_count), (Some(ItemType::Log), 7));
    assert_eq!(header.content_type.unwrap(), "application/vnd.sentry.items.log+json");
    assert_eq!(header.filename.unwrap(), "f");
}

proptest! {
    #[test]
    fn what_is_framed_is_found(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..10)
    ) {
        let mut body = b"{}\n".to_vec();
        for payload in &payloads {
            body.extend(format!("{{\"type\":\"attachment\",\"length\":{}}}\n", payload.len()).bytes());
            body.extend(payload);
            body.push(b'\n');
        }
        let envelope = Envelope::parse(&body).unwrap();
        let found: Vec<&[u8]> = envelope.items.iter().map(|item| item.payload).collect();
        prop_assert_eq!(found, payloads);
    }

    #[test]
    fn any_bytes_are_an_envelope_or_an_error(
        tail in prop::collection::vec(any::<u8>(), 0..100), length in 0_usize..120,
    ) {
        let _answer = Envelope::parse(&tail);
        let head = format!("{{}}\n{{\"type\":\"event\",\"length\":{length}}}\n");
        let _answer = Envelope::parse(&[head.as_bytes(), &tail].concat());
    }
}
