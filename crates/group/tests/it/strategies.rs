//! What an event is grouped by when it has no exception, and which way wins.

use group::GroupingRules;
use serde_json::{Value as Json, json};

use crate::given;

#[track_caller]
fn check(event: Json, expected: &str) {
    assert_eq!(given::content(&event, &GroupingRules::default()), expected, "{event}");
}

fn frames(function: &str) -> Json {
    json!({"frames": [{"function": function, "in_app": true}]})
}

#[test]
fn threads() {
    let thread = |function: &str, flag: &str| json!({"stacktrace": frames(function), flag: true});
    let threads =
        |list: &[Json]| json!({"threads": {"values": list}, "logentry": {"formatted": "m"}});
    check(threads(&[thread("f", "current"), thread("g", "crashed")]), "app: g");
    check(threads(&[thread("f", "current"), thread("g", "x")]), "app: f");
    check(threads(&[thread("f", "x")]), "app: f");
    check(threads(&[thread("f", "x"), thread("g", "x")]), "default: m");
    check(threads(&[thread("f", "crashed"), thread("g", "crashed")]), "default: m");
}

#[test]
fn the_rest() {
    check(json!({"stacktrace": frames("f"), "logentry": {"formatted": "m"}}), "app: f");
    check(
        json!({"template": {"filename": "a/b.html", "context_line": " {{ x }} "}}),
        "default: b.html|{{ x }}",
    );
    check(
        json!({"logentry": {"formatted": "took 5 ms for 7", "message": "took %s ms for %s"}}),
        "default: took %s ms for %s",
    );
    check(json!({"logentry": {"formatted": "took 5 of 7"}}), "default: took <int> of <int>");
    check(json!({"logentry": {"formatted": ""}}), "fallback: ");
    check(json!({}), "fallback: ");
    let exception = json!({"values": [{"type": "A", "stacktrace": frames("f")}]});
    check(
        json!({"exception": exception, "threads": {"values": [{"stacktrace": frames("g")}]}}),
        "app: A|f",
    );
}

#[test]
fn security_reports() {
    let csp = |directive: &str, blocked: &str, violated: &str| json!({"csp": {"effective_directive": directive, "blocked_uri": blocked, "violated_directive": violated}});
    check(csp("img-src", "https://cdn.example.com/a.png", ""), "default: img-src|cdn.example.com");
    check(csp("", "data:text", "style-src 'self'"), "default: style-src|data");
    check(
        csp("script-src", "self", "script-src 'unsafe-inline'"),
        "default: script-src|'unsafe-inline'",
    );
    check(csp("script-src", "eval", ""), "default: script-src|'unsafe-eval'");
    check(csp("font-src", "", ""), "default: font-src|self");
}

#[test]
fn known_hashes() {
    let hash = |event: Json| {
        given::group(&given::event(&event), &GroupingRules::default()).hashes[0].to_string()
    };
    assert_eq!(hash(json!({})), "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(hash(json!({"logentry": {"formatted": "a"}})), "0cc175b9c0f1b6a831c399e269772661");
    assert_eq!(
        hash(json!({"checksum": "0123456789abcdef0123456789abcdef"})),
        "0123456789abcdef0123456789abcdef"
    );
    assert_eq!(hash(json!({"checksum": "a"})), "0cc175b9c0f1b6a831c399e269772661");
    assert_eq!(hash(json!({"fingerprint": ["a"]})), "0cc175b9c0f1b6a831c399e269772661");
}

/// The same shape of load as `pitbench gen --kind error --vary-message`.
#[test]
fn fifty_shapes_with_ids_in_their_messages_are_fifty_issues() {
    let rules = GroupingRules::default();
    let mut issues = std::collections::BTreeMap::new();
    for round in 0..20_u64 {
        for shape in 0..50_u64 {
            let platform =
                ["python", "python", "node", "go", "python"][usize::try_from(shape % 5).unwrap()];
            let frames: Vec<_> = (0..30)
                .map(|i| {
                    json!({
                        "function": format!("settle_bet_{i}_{shape}"),
                        "module": format!("risk.m{i}"),
                        "abs_path": format!("/srv/app/risk/m{i}.py"),
                        "lineno": i + round,
                        "in_app": i >= 15,
                        "context_line": format!("        return settle({i})"),
                    })
                })
                .collect();
            let value = format!("risk-api failed for {:08x}: amount={round}", round * 77_777_777);
            let event = given::event(&json!({"platform": platform, "exception": {"values": [
                {"type": format!("Error{}", shape % 15), "value": value, "stacktrace": {"frames": frames}},
            ]}}));
            issues.insert(given::group(&event, &rules).hashes, shape);
        }
    }
    assert_eq!(issues.len(), 50);
}
