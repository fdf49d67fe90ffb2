//! What holds for any event.

use proptest::prelude::*;
use scrub::{ScrubSettings, Scrubber};
use serde_json::{Value, json};

use crate::document;

/// Pieces of text that detectors look for, and what they are easily mixed up with.
const PIECES: &[&str] = &[
    "4111111111111111",
    "4111 1111 1111 1111",
    "1760000000000",
    "password=",
    "\"token\": \"",
    "Bearer ",
    "abcdef0123456789",
    "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
    "https://u:p@h/",
    "cvv=123",
    "-----BEGIN PRIVATE KEY-----\nMII",
    "-----END PRIVATE KEY-----",
    "DE89370400440532013000",
    "078-05-1120",
    "+356 2123 4567",
    "a@b.co",
    "sk_live_abcdef",
    "[secret]",
    "é\u{0}\u{1F600}",
    " ",
    "'",
    "\\",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "values",
        "value",
        "password",
        "cvv",
        "message",
        "data",
        "frames",
        "vars",
        "stacktrace",
        "cookies",
        "headers",
        "card",
        "trace",
        "ip_address",
        "pin",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => text()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        Just(json!(4_111_111_111_111_111_u64)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name(), inner.clone()), 0..4).prop_map(|pairs| json!(pairs)),
            prop::collection::vec((name(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn event() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "exception",
        "breadcrumbs",
        "contexts",
        "tags",
        "extra",
        "user",
        "request",
        "logentry",
        "stacktrace",
        "threads",
        "spans",
        "server_name",
        "transaction",
        "other",
        "debug_meta",
    ]);
    prop::collection::vec((name, value()), 0..6).prop_map(|fields| {
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    })
}

proptest! {
    #[test]
    fn scrubbing_twice_changes_nothing_more(document in event()) {
        let scrubber = Scrubber::new(&ScrubSettings::default()).unwrap();
        let mut event = document::event(&document);
        scrubber.apply(&mut event);
        let once = event.root.clone();
        scrubber.apply(&mut event);
        prop_assert_eq!(event.root, once);
    }

    #[test]
    fn a_secret_in_any_free_field_is_found(
        before in "[ a-z,;:/]{0,12}",
        after in "[ ,;/][ a-z]{0,12}",
        place in 0_usize..6,
        secret in prop::sample::select(vec![
            "4111111111111111", "5555-5555-5555-4444", "378282246310005",
            "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        ]),
    ) {
        let text = format!("{before} {secret}{after}");
        let document = match place {
            0 => json!({"exception": {"values": [{"value": text}]}}),
            1 => json!({"extra": {"a": [{"b": text}]}}),
            2 => json!({"tags": [["a", text]]}),
            3 => json!({"breadcrumbs": {"values": [{"data": {"a": text}}]}}),
            4 => json!({"logentry": {"formatted": text}}),
            _ => json!({"extra": {text: 1}}),
        };
        let after = document::scrubbed(&ScrubSettings::default(), &document);
        prop_assert!(!after.to_string().contains(secret), "{}", after);
    }

    #[test]
    fn attachments_of_any_bytes_keep_their_length(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        text in text(),
    ) {
        bytes.extend(text.as_bytes());
        let scrubber = Scrubber::new(&ScrubSettings::default()).unwrap();
        let length = bytes.len();
        scrubber.scrub_bytes("a", &mut bytes);
        prop_assert_eq!(bytes.len(), length);
    }
}
