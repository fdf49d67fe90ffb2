//! Exceptions alone, in chains and in groups.

use group::GroupingRules;
use serde_json::{Value as Json, json};

use crate::given;

fn exception(kind: &str, value: &str, function: Option<&str>) -> Json {
    let frames =
        function.map(|function| json!({"frames": [{"function": function, "in_app": true}]}));
    json!({"type": kind, "value": value, "stacktrace": frames})
}

fn event(values: &[Json]) -> Json {
    json!({"platform": "python", "exception": {"values": values}})
}

#[track_caller]
fn check(values: &[Json], expected: &str) {
    assert_eq!(given::content(&event(values), &GroupingRules::default()), expected);
}

#[test]
fn one_exception() {
    check(&[exception("A", "x 1", Some("f"))], "app: A|f");
    check(&[exception("A", "x 1", None)], "app: A|x <int>");
    check(&[json!({"type": "A"})], "app: A");
    check(&[json!({"value": "x"})], "app: x");
    check(&[json!({"type": "A", "value": "x", "mechanism": {"synthetic": true}})], "app: x");
    check(&[json!(null), exception("A", "x", Some("f"))], "app: A|f");
    let ns = json!({"type": "A", "value": "x", "mechanism": {"meta": {"ns_error": {"domain": "D", "code": -3}}}});
    check(&[ns], "app: A|D|-3");
    // Nothing of the application: all frames decide.
    let system = json!({"type": "A", "value": "x", "stacktrace": {"frames": [{"function": "f"}]}});
    check(&[system], "system: A|f");
    check(&[json!({})], "fallback: ");
}

#[test]
fn chains() {
    check(&[exception("A", "x", Some("f")), exception("B", "y", Some("g"))], "app: A|f|B|g");
    check(&[exception("A", "x 7", None), exception("B", "y", Some("g"))], "app: A|x <int>|B|g");
}

#[test]
fn the_two_variants() {
    let stack = |app: bool, lib: &str| {
        json!({"type": "A", "value": "x", "stacktrace": {"frames": [
            {"function": lib, "in_app": false}, {"function": "f", "in_app": app},
        ]}})
    };
    let hashes = |value: Json| {
        given::group(&given::event(&event(&[value])), &GroupingRules::default()).hashes
    };
    let (one, other) = (hashes(stack(true, "lib")), hashes(stack(true, "other")));
    assert_eq!((one.len(), other.len()), (2, 2));
    assert_eq!(one[0], other[0], "the application's frames are the same");
    assert_ne!(one[1], other[1]);
    assert_eq!(hashes(stack(false, "lib")), [one[1]], "all frames are the same");
    assert_eq!(hashes(exception("A", "x", Some("f"))).len(), 1, "both variants are the same");
}

fn member(id: u64, parent: Option<u64>, is_group: bool, kind: &str, function: &str) -> Json {
    let mut out = exception(kind, "x", Some(function));
    out["mechanism"] = json!({"type": "chained", "exception_id": id, "parent_id": parent, "is_exception_group": is_group});
    out
}

#[test]
fn groups() {
    let root = || member(0, None, true, "Group", "root");
    // One distinct exception: the wrapper does not count.
    let twice = [member(2, Some(0), false, "A", "f"), member(1, Some(0), false, "A", "f"), root()];
    check(&twice, "app: A|f");
    // With its cause.
    let cause =
        [member(2, Some(1), false, "Cause", "g"), member(1, Some(0), false, "A", "f"), root()];
    check(&cause, "app: A|f|Cause|g");
    // Several: sorted by type, then the group.
    let mixed = [member(1, Some(0), false, "A", "f"), member(2, Some(0), false, "B", "g"), root()];
    check(&mixed, "app: B|g|A|f|Group|root");
    let turned = [member(1, Some(0), false, "B", "g"), member(2, Some(0), false, "A", "f"), root()];
    check(&turned, "app: B|g|A|f|Group|root");
    // Groups in groups are looked through.
    let nested =
        [member(2, Some(1), false, "A", "f"), member(1, Some(0), true, "Inner", "i"), root()];
    check(&nested, "app: A|f");
}

#[test]
fn broken_groups_are_chains() {
    let root = || member(0, None, true, "Group", "r");
    let chain = "app: A|f|Group|r";
    check(&[member(0, Some(0), false, "A", "f"), root()], chain);
    check(&[member(1, Some(7), false, "A", "f"), root()], chain);
    check(&[member(1, Some(1), false, "A", "f"), root()], chain);
    check(&[member(1, None, false, "A", "f"), root()], chain);
    check(&[exception("A", "x", Some("f")), root()], chain);
    let cycle = [member(1, Some(2), false, "A", "f"), member(2, Some(1), false, "B", "g"), root()];
    check(&cycle, "app: A|f|B|g|Group|r");
}

#[test]
fn the_only_distinct_member_names_the_issue() {
    let members = [member(1, Some(0), false, "A", "f"), member(0, None, true, "Group", "r")];
    let mut event = given::event(&event(&members));
    group::group(&mut event, &GroupingRules::default());
    let title = group::title(&event, None);
    assert_eq!((title.title.as_str(), title.main_exception), ("A: x", Some(0)));
}
