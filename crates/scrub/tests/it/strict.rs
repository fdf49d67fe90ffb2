//! Our stricter defaults: what they find, and what they leave alone.

use scrub::{ScrubSettings, Scrubber, describe};
use serde_json::{Value, json};

use crate::document::scrubbed;

/// What becomes of the message of an error.
#[track_caller]
fn check(text: &str, expected: &str) {
    let document = json!({"exception": {"values": [{"type": "E", "value": text}]}});
    let after = scrubbed(&ScrubSettings::default(), &document);
    assert_eq!(after["exception"]["values"][0]["value"], expected);
}

/// What becomes of a whole document, notes aside.
#[track_caller]
fn check_document(document: &Value, expected: &Value) {
    let mut after = scrubbed(&ScrubSettings::default(), document);
    after.as_object_mut().unwrap().remove("_meta");
    assert_eq!(after, *expected);
}

#[test]
fn card_numbers() {
    let vectors: Value = serde_json::from_str(include_str!("../data/card-numbers.json")).unwrap();
    let texts = |name: &str| vectors[name].as_array().unwrap().clone();
    for text in texts("must_match") {
        let text = text.as_str().unwrap();
        let after = scrubbed(&ScrubSettings::default(), &json!({"extra": {"note": text}}));
        let after = after["extra"]["note"].as_str().unwrap();
        assert!(after.contains("[pan]"), "{text} became {after}");
        assert!(!after.contains("1111") && !after.contains("0005"), "{text} became {after}");
    }
    for text in texts("must_not_match") {
        let after = scrubbed(&ScrubSettings::default(), &json!({"extra": {"note": text}}));
        let after = after["extra"]["note"].as_str().unwrap();
        assert!(!after.contains("[pan]"), "{text} became {after}");
    }
}

#[test]
fn messages_of_errors() {
    check("card 4111 1111 1111 1111 cvv=123", "card [pan] cvv=[cvv]");
    check("card 5555555555554444, cvc: 1234.", "card [pan], cvc: [cvv].");
    check("cvv=123 cvv=1234", "cvv=[cvv] cvv=[cvv]");
    check("password=hunter2 failed", "password=[secret] failed");
    check("GET https://h/x?token=abc&q=1", "GET https://h/x?token=[secret]&q=1");
    check("auth: Bearer abcdef0123456789", "auth: Bearer [secret]");
    check("Basic YWxhZGRpbjpvcGVuc2VzYW1l", "Basic [secret]");
    check("postgres://u:p@ss!@db/x is down", "postgres://u:[secret]@db/x is down");
    check("jwt eyJhbGciOiJIUzI1NiJ9.e30.c2ln end", "jwt [jwt] end");
    check("key sk_live_51H8aVery and AKIAIOSFODNN7EXAMPLE", "key [secret] and [secret]");
    check("pay from MT84MALT011000012345MTLCAST001S", "pay from [iban]");
    check("ssn 078-05-1120, call +356 2123 4567", "ssn [us-ssn], call [phone]");
    check("-----BEGIN RSA PRIVATE KEY-----\nMIIB", "-----BEGIN RSA PRIVATE KEY-----\n[secret]");
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "order 4111111111111112 at 1760000000000000000",
        "trace 0af7651916cd43dd8448eb211c80319c",
        "at 2026-11-22T02:31:43.123456Z in 0.4111111111111111 s",
        "Unexpected token: end of input",
        "the bearer of bad news has no basic authentication",
        "mapping=1, spin=2, token=None, secret == x",
        "mail a@b.co",
        "550e8400-e29b-41d4-a716-446655440000",
    ] {
        check(text, text);
    }
}

#[test]
fn e_mails_when_asked() {
    let settings = ScrubSettings { scrub_emails: true, ..ScrubSettings::default() };
    let document = json!({"exception": {"values": [{"value": "mail a@b.co"}]}});
    let after = scrubbed(&settings, &document);
    assert_eq!(after["exception"]["values"][0]["value"], "mail [email]");
}

#[test]
fn fields_of_all_kinds() {
    check_document(
        &json!({
            "transaction": "/pay/4111111111111111",
            "tags": [["card", "4111111111111111"], ["password", "x"], ["author", "bob"]],
            "request": {
                "url": "https://h/?password=1",
                "cookies": [["theme", "dark"], ["sessionid", "z"]],
                "headers": [["Cookie", "a=b"], ["Host", "h"]],
                "data": {"cvv": 123, "card": 4_111_111_111_111_111_u64, "pin": "1234", "order": 1234},
            },
            "breadcrumbs": {"values": [{"message": "paid with 5555555555554444"}]},
            "extra": {"card 4111111111111111": 1, "author": "bob"},
            "contexts": {"app": {"note": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"}},
            "user": {"id": "42", "ip_address": "1.2.3.4"},
        }),
        &json!({
            "transaction": "/pay/[pan]",
            "tags": [["card", "[pan]"], ["password", "[secret]"], ["author", "bob"]],
            "request": {
                "url": "https://h/?password=[secret]",
                "cookies": [["theme", "[secret]"], ["sessionid", "[Filtered]"]],
                "headers": [["Cookie", "[secret]"], ["Host", "h"]],
                "data": {"cvv": "[cvv]", "card": "[pan]", "pin": "[secret]", "order": 1234},
            },
            "breadcrumbs": {"values": [{"message": "paid with [pan]"}]},
            "extra": {"card [pan]": 1, "author": "[Filtered]"},
            "contexts": {"app": {"note": "[jwt]"}},
            "user": {"id": "42", "ip_address": "1.2.3.4"},
        }),
    );
}

#[test]
fn notes_say_which_rule_and_where() {
    let document = json!({"exception": {"values": [{"value": "é 4111111111111111 cvv=123"}]}});
    let after = scrubbed(&ScrubSettings::default(), &document);
    assert_eq!(
        after["_meta"]["exception"]["values"]["0"]["value"][""],
        json!({"rem": [["@pan", "s", 2, 7], ["@cvv", "s", 12, 17]], "len": 26})
    );
}

#[test]
fn original_values_are_scrubbed_too() {
    let document = json!({
        "extra": {"a": null},
        "level": null,
        "_meta": {
            "extra": {"a": {"": {"val": "card 4111111111111111"}}},
            "level": {"": {"val": {"password": "x", "card": 4_111_111_111_111_111_u64}}},
        },
    });
    let after = scrubbed(&ScrubSettings::default(), &document);
    assert_eq!(after["_meta"]["extra"]["a"][""]["val"], "card [pan]");
    assert_eq!(
        after["_meta"]["level"][""]["val"],
        json!({"password": "[secret]", "card": "[pan]"})
    );
}

#[test]
fn safe_fields_are_left_alone() {
    let settings =
        ScrubSettings { exclude_fields: vec!["order_id".into()], ..ScrubSettings::default() };
    let document = json!({"extra": {"order_id": "4111111111111111", "id": "4111111111111111"}});
    let after = scrubbed(&settings, &document);
    assert_eq!(after["extra"], json!({"order_id": "4111111111111111", "id": "[pan]"}));
}

#[test]
fn nothing_is_done_when_it_is_off() {
    let settings = ScrubSettings { scrub_data: false, ..ScrubSettings::default() };
    let document = json!({"extra": {"password": "x"}, "request": {"cookies": [["a", "b"]]}});
    assert_eq!(scrubbed(&settings, &document), document);
}

#[test]
fn shapes_the_schema_does_not_know_are_not_let_through() {
    check_document(
        &json!({"request": "password=x", "exception": [{"value": "4111111111111111"}],
                "user": ["4111111111111111"], "contexts": "4111111111111111"}),
        &json!({"request": "[Filtered]", "exception": [{"value": "[pan]"}],
                "user": ["[pan]"], "contexts": "[pan]"}),
    );
}

#[test]
fn attachments_keep_their_length() {
    let scrubber = Scrubber::new(&ScrubSettings::default()).unwrap();
    let mut bytes = b"\xFF\xFE\x00card 4111111111111111 password=hunter2\xC3".to_vec();
    scrubber.scrub_bytes("log.txt", &mut bytes);
    assert_eq!(bytes, b"\xFF\xFE\x00card **************** password=*******\xC3");
    let wide = |text: &str| text.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>();
    let mut bytes = wide("card 4111111111111111");
    scrubber.scrub_bytes("log.txt", &mut bytes);
    assert_eq!(bytes, wide("card ****************"));
}

#[test]
fn attachment_rules_go_by_name() {
    let config = json!({"applications": {"$attachments.'log.txt'": ["@ip"]}}).to_string();
    let settings = ScrubSettings { pii_config: Some(config), ..ScrubSettings::default() };
    let scrubber = Scrubber::new(&settings).unwrap();
    let mut bytes = b"from 10.20.30.40 on".to_vec();
    scrubber.scrub_bytes("other.txt", &mut bytes);
    assert_eq!(bytes, b"from 10.20.30.40 on");
    scrubber.scrub_bytes("log.txt", &mut bytes);
    assert_eq!(bytes, b"from [ip]******* on");
}

#[test]
fn broken_rules_are_refused() {
    let check = |config: &str, expected: &str| {
        let settings =
            ScrubSettings { pii_config: Some(config.to_owned()), ..ScrubSettings::default() };
        let error = Scrubber::new(&settings).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    check("{", "reading scrubbing rules");
    check(r#"{"rules": {"a": {"type": "nope"}}}"#, "reading scrubbing rules");
    check(r#"{"applications": {"foo bar": []}}"#, "selector \"foo bar\"");
    check(
        r#"{"rules": {"a": {"type": "pattern", "pattern": "("}}, "applications": {"$string": ["a"]}}"#,
        "regular expression of a scrubbing rule",
    );
    check(
        r#"{"rules": {"a": {"type": "multiple", "rules": ["a", "a"]}}, "applications": {"$string": ["a"]}}"#,
        "scrubbing rules name too many rules",
    );
}

#[test]
fn every_rule_is_described() {
    assert!(describe().iter().all(|rule| !rule.finds.is_empty()));
}
