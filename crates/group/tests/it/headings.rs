//! Titles, culprits and metadata.

use serde_json::{Value as Json, json};

use crate::given;

#[track_caller]
fn check(event: Json, title: &str, culprit: &str, metadata: Json) {
    let found = group::title(&given::event(&event), None);
    let found_metadata = given::text(&model::json::Value::Object(found.metadata));
    assert_eq!((found.title.as_str(), found.culprit.as_str()), (title, culprit), "{event}");
    assert_eq!(found_metadata, metadata, "{event}");
}

#[test]
fn errors() {
    let of = |values: Json| json!({"exception": {"values": values}});
    check(
        of(json!([{"type": "A", "value": "x\ny"}])),
        "A: x",
        "",
        json!({"type": "A", "value": "x\ny"}),
    );
    check(
        of(json!([{"type": "A"}, {"type": "B", "value": "y"}])),
        "B: y",
        "",
        json!({"type": "B", "value": "y"}),
    );
    check(of(json!([{"value": "y"}])), "y", "", json!({"value": "y"}));
    check(of(json!([{"type": "A"}])), "A", "", json!({"type": "A", "value": ""}));
    check(of(json!([{}])), "<unknown>", "", json!({"value": ""}));
    let frames = json!({"frames": [
        {"function": "f", "module": "m", "filename": "a.py", "in_app": true},
        {"function": "lib", "module": "l", "filename": "l.py", "in_app": false},
    ]});
    check(
        of(json!([{"type": "A", "value": "x", "stacktrace": frames}])),
        "A: x",
        "m in f",
        json!({"type": "A", "value": "x", "filename": "a.py", "function": "f"}),
    );
    check(
        of(json!([{"stacktrace": frames}])),
        "f",
        "m in f",
        json!({"value": "", "filename": "a.py", "function": "f"}),
    );
    let long = "é".repeat(300);
    let cut = format!("A: {}...", "é".repeat(253));
    check(of(json!([{"type": "A", "value": long}])), &cut, "", json!({"type": "A", "value": long}));
    let rx = json!([
        {"type": "IOException", "value": "x"},
        {"type": "UndeliverableException", "module": "io.reactivex.exceptions", "value": "y"},
    ]);
    check(of(rx), "IOException: x", "", json!({"type": "IOException", "value": "x"}));
}

#[test]
fn culprits() {
    let stack = |frames: Json| json!([{"type": "A", "stacktrace": {"frames": frames}}]);
    let culprit = |extra: &str, frames: Json| {
        let mut event = json!({"exception": {"values": stack(frames)}});
        if !extra.is_empty() {
            event[extra] = json!("/spin");
        }
        group::title(&given::event(&event), None).culprit
    };
    let app = json!([{"function": "f", "filename": "a.py", "in_app": true}, {"function": "g"}]);
    assert_eq!(culprit("", app.clone()), "a.py in f");
    assert_eq!(culprit("transaction", app.clone()), "/spin");
    assert_eq!(culprit("culprit", app), "/spin");
    assert_eq!(culprit("", json!([{"function": "f"}, {"function": "g", "in_app": false}])), "f");
    assert_eq!(culprit("", json!([{"filename": "a.py", "in_app": true}])), "a.py");
    assert_eq!(culprit("", json!([])), "");
}

#[test]
fn other_events() {
    check(json!({"logentry": {"formatted": " a\nb"}}), "a", "", json!({"title": "a"}));
    check(json!({"logentry": {"message": "a %s"}}), "a %s", "", json!({"title": "a %s"}));
    check(json!({}), "<unlabeled event>", "", json!({"title": "<unlabeled event>"}));
    check(
        json!({"type": "csp", "csp": {"effective_directive": "img-src", "blocked_uri": "https://x.io/a"}}),
        "Blocked 'image' from 'x.io'",
        "",
        json!({"directive": "img-src", "uri": "x.io", "message": "Blocked 'image' from 'x.io'"}),
    );
    check(
        json!({"type": "transaction", "transaction": "/a"}),
        "/a",
        "/a",
        json!({"location": "/a"}),
    );
    check(
        json!({"type": "feedback", "contexts": {"feedback": {"message": "hi", "name": "Ann"}}}),
        "User Feedback",
        "",
        json!({"name": "Ann", "message": "hi"}),
    );
    for (event_type, context) in [("generic", "performance_issue"), ("outage", "outage")] {
        let says = json!({"title": "It fails", "subject": "how", "issue_type": "kind"});
        check(
            json!({"type": event_type, "contexts": {context: says}, "logentry": {"formatted": "how"}}),
            "It fails",
            "",
            json!({"title": "It fails", "value": "how", "issueType": "kind"}),
        );
    }
}
