//! Golden cases: what Relay 0.10 answered to the same rules and events.

use scrub::{ScrubSettings, check_selector};
use serde_json::{Value, json};

use crate::document::scrubbed;

const CASES: &str = include_str!("../data/relay-cases.jsonl");

fn cases(kind: &str) -> Vec<Value> {
    let cases = CASES.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    cases.filter(|case| case["kind"] == kind).collect()
}

#[test]
fn selectors_are_read_as_relay_reads_them() {
    let cases = cases("selector");
    assert_eq!(cases.len(), 11);
    for case in cases {
        let read = check_selector(case["input"].as_str().unwrap());
        let expected = case["error"].as_str().map(str::to_owned);
        assert_eq!(read.err().map(|error| error.to_string()), expected, "{case}");
    }
}

#[test]
fn events_are_scrubbed_as_relay_scrubs_them() {
    let cases = cases("pii");
    assert_eq!(cases.len(), 23);
    for case in cases {
        let actual = scrubbed(&settings(&case), &with_context_types(&case["input"]));
        assert_eq!(differences(&actual, &case["output"]), Vec::<String>::new(), "{}", case["name"]);
        assert_eq!(actual, case["output"], "{}", case["name"]);
    }
}

fn settings(case: &Value) -> ScrubSettings {
    let switch = |name: &str| case["settings"][name].as_bool().unwrap_or(false);
    let names = |name: &str| {
        let names = case["settings"][name].as_array().into_iter().flatten();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    ScrubSettings {
        scrub_data: switch("scrubData"),
        scrub_defaults: switch("scrubDefaults"),
        scrub_ip_addresses: switch("scrubIpAddresses"),
        sensitive_fields: names("sensitiveFields"),
        exclude_fields: names("excludeFields"),
        pii_config: (!case["config"].is_null()).then(|| case["config"].to_string()),
        strict: false,
        scrub_emails: false,
    }
}

/// Relay's typed events name the type of every context.
fn with_context_types(input: &Value) -> Value {
    let mut input = input.clone();
    for (name, context) in input["contexts"].as_object_mut().into_iter().flatten() {
        context.as_object_mut().unwrap().entry("type").or_insert(json!(name));
    }
    input
}

fn differences(actual: &Value, expected: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", actual, expected, &mut found);
    found
}

fn compare(path: &str, actual: &Value, expected: &Value, found: &mut Vec<String>) {
    if let (Value::Object(left), Value::Object(right)) = (actual, expected) {
        let names: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for name in names {
            compare(&format!("{path}.{name}"), &actual[name], &expected[name], found);
        }
    } else if actual != expected {
        found.push(format!("{path}: {actual}, Relay: {expected}"));
    }
}
