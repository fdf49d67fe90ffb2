//! Reports of browsers become events.

use expect_test::{Expect, expect};
use model::json_text;
use proptest::prelude::*;
use wire::json::parse;
use wire::security::{Given, event, split};

#[track_caller]
fn check(report: &str, expected: &Expect) {
    let given =
        Given { release: Some("web@1"), origin: Some("http://casino.example"), ..Given::default() };
    let mut bytes = report.as_bytes().to_vec();
    let actual = match event(parse(&mut bytes).unwrap(), &given) {
        Ok(event) => {
            let mut out = Vec::new();
            json_text::write_object(&mut out, &event);
            String::from_utf8(out).unwrap()
        }
        Err(error) => format!("error: {}", error.reason()),
    };
    expected.assert_eq(&actual);
}

#[test]
fn reports_become_events() {
    check(
        r#"{"csp-report":{"document-uri":"http://casino.example/","referrer":"http://r.example/","violated-directive":"img-src http://casino.example data:","effective-directive":"img-src","blocked-uri":"http://tracker.example:81/pixel.gif?uid=42","status-code":"200","x-new":1}}"#,
        &expect![[
            r#"{"type":"csp","logger":"csp","logentry":{"formatted":"Blocked 'image' from 'tracker.example:81'"},"culprit":"img-src 'self' data:","tags":[["effective-directive","img-src"],["blocked-uri","http://tracker.example:81/pixel.gif?uid=42"],["blocked-host","tracker.example"]],"request":{"url":"http://casino.example/","headers":[["Referer","http://r.example/"],["Origin","http://casino.example"]]},"release":"web@1","csp":{"document_uri":"http://casino.example/","referrer":"http://r.example/","violated_directive":"img-src http://casino.example data:","effective_directive":"img-src","blocked_uri":"http://tracker.example:81/pixel.gif?uid=42","status_code":200,"x-new":1}}"#
        ]],
    );
    check(
        r#"{"type":"csp-violation","age":1,"url":"https://c.example/","user_agent":"x","body":{"documentURL":"https://c.example/a","blockedURL":"eval","effectiveDirective":"script-src","statusCode":200,"sample":"alert(1)"}}"#,
        &expect![[
            r#"{"type":"csp","logger":"csp","logentry":{"formatted":"Blocked unsafe eval() 'script'"},"culprit":"","tags":[["effective-directive","script-src"],["blocked-uri","eval"]],"request":{"url":"https://c.example/a","headers":[["Origin","http://casino.example"]]},"release":"web@1","csp":{"document_uri":"https://c.example/a","blocked_uri":"eval","effective_directive":"script-src","status_code":200,"script_sample":"alert(1)"}}"#
        ]],
    );
}

#[track_caller]
fn message(directive: &str, blocked: &str, expected: &str) {
    let report = format!(
        r#"{{"csp-report":{{"violated-directive":"{directive} 'self'","blocked-uri":"{blocked}"}}}}"#
    );
    let mut bytes = report.into_bytes();
    let event = event(parse(&mut bytes).unwrap(), &Given::default()).unwrap();
    assert_eq!(event.get("logentry").unwrap().at(&["formatted"]).unwrap().as_str(), Some(expected));
}

#[test]
fn messages_name_what_was_blocked() {
    message("script-src-elem", "https://evil.example/x.js", "Blocked 'script' from 'evil.example'");
    message("script-src", "", "Blocked unsafe (eval() or inline) 'script'");
    message("script-src-attr", "inline", "Blocked unsafe inline 'script'");
    message("style-src-elem", "inline", "Blocked inline 'style'");
    message("style-src", "self", "Blocked inline 'style'");
    message("img-src", "data", "Blocked 'image' from 'data:'");
    message("img-src", "blob:http://x", "Blocked 'image' from 'blob:'");
    message("default-src", "https://a.example", "Blocked 'default-src' from 'a.example'");
    message("frame-ancestors", "https://a.example", "Blocked 'frame-ancestors' from 'a.example'");
    message("form-action", "https://a.example/f", "Blocked 'form' action to 'a.example'");
}

#[test]
fn other_reports_are_refused_with_a_reason() {
    check("{\"expect-ct-report\":{}}", &expect!["error: security_report_type"]);
    check("{\"type\":\"deprecation\",\"body\":{}}", &expect!["error: security_report_type"]);
    check("7", &expect!["error: security_report"]);
    check("{\"csp-report\":7}", &expect!["error: security_report"]);
    check("{\"csp-report\":{}}", &expect!["error: security_report"]);
    check(
        "{\"csp-report\":{\"effective-directive\":\"new-src\"}}",
        &expect!["error: security_report"],
    );
}

#[test]
fn lists_are_split() {
    assert_eq!(split(b"[{\"a\":1}, {\"b\":2}]").unwrap(), ["{\"a\":1}", "{\"b\":2}"]);
    assert_eq!(split(b" {\"a\":1}").unwrap(), ["{\"a\":1}"]);
    assert!(split(b"nothing").is_err());
}

proptest! {
    #[test]
    fn any_report_is_an_event_or_an_error(
        fields in prop::collection::btree_map("[a-zA-Z-]{1,20}", ".{0,30}", 0..5),
        directive in "[a-z-]{0,9}src ?.{0,20}", blocked in ".{0,20}", document in ".{0,20}",
    ) {
        let mut fields: serde_json::Map<_, _> =
            fields.into_iter().map(|(name, value)| (name, value.into())).collect();
        fields.insert("violated-directive".into(), format!("img-src {directive}").into());
        fields.insert("blocked-uri".into(), blocked.into());
        fields.insert("document-uri".into(), document.into());
        let report = serde_json::json!({ "csp-report": fields });
        let mut bytes = serde_json::to_vec(&report).unwrap();
        let _answer = event(parse(&mut bytes).unwrap(), &Given::default());
    }
}
