//! Events and rules for tests.

use group::{Grouping, GroupingRules};
use model::event::Event;
use model::json::{Object, Value};

/// The same JSON in our own words.
pub(crate) fn value(json: &serde_json::Value) -> Value<'static> {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Value::U64(number),
            (None, Some(number)) => Value::I64(number),
            (None, None) => Value::F64(number.as_f64().unwrap()),
        },
        serde_json::Value::String(text) => Value::from(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(value).collect()),
        serde_json::Value::Object(entries) => {
            let mut object = Object::new();
            for (name, entry) in entries {
                object.push(name.clone(), value(entry));
            }
            Value::Object(object)
        }
    }
}

pub(crate) fn event(json: &serde_json::Value) -> Event<'static> {
    let Value::Object(root) = value(json) else { panic!("an event is an object") };
    Event::from_object(root)
}

pub(crate) fn text(value: &Value<'_>) -> serde_json::Value {
    serde_json::from_str(&model::json_text::to_string(value)).unwrap()
}

pub(crate) fn stack_rules(rules: &str) -> GroupingRules {
    GroupingRules::new(rules, "").unwrap()
}

pub(crate) fn fingerprint_rules(rules: &str) -> GroupingRules {
    GroupingRules::new("", rules).unwrap()
}

/// Groups a copy, and checks that the explanation says the same, before and after.
#[track_caller]
pub(crate) fn group(event: &Event<'_>, rules: &GroupingRules) -> Grouping {
    let mut event = event.clone();
    let before = hashes(&group::explain(&event, rules));
    let grouping = group::group(&mut event, rules);
    let after = hashes(&group::explain(&event, rules));
    let found: Vec<_> = grouping.hashes.iter().map(ToString::to_string).collect();
    assert_eq!(found, before, "explained before grouping");
    assert_eq!(found, after, "explained after grouping");
    assert_eq!(group::group(&mut event, rules), grouping, "grouped again");
    grouping
}

/// The hashes that count in an explanation.
fn hashes(explanation: &Value<'_>) -> Vec<String> {
    let variants = explanation.get("variants").and_then(Value::as_array).unwrap();
    let counting = variants
        .iter()
        .filter(|variant| variant.get("contributes").and_then(Value::as_bool) == Some(true));
    counting.map(|variant| variant.get("hash").unwrap().as_str().unwrap().to_owned()).collect()
}

/// What counts in the first variant: its leaf texts with `|` between them.
#[track_caller]
pub(crate) fn content(json: &serde_json::Value, rules: &GroupingRules) -> String {
    let event = event(json);
    group(&event, rules);
    let explanation = group::explain(&event, rules);
    let first = explanation.at(&["variants", "0"]).unwrap();
    let mut leaves = Vec::new();
    if let Some(component) = first.get("component").filter(|component| !component.is_null()) {
        collect(component, &mut leaves);
    }
    format!("{}: {}", first.get("key").unwrap().as_str().unwrap(), leaves.join("|"))
}

fn collect(component: &Value<'_>, leaves: &mut Vec<String>) {
    if component.get("contributes").and_then(Value::as_bool) != Some(true) {
        return;
    }
    for value in component.get("values").and_then(Value::as_array).unwrap() {
        match value {
            Value::Str(text) => leaves.push(text.to_string()),
            other => collect(other, leaves),
        }
    }
}
