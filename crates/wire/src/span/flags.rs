//! Feature flags of spans: each that was evaluated is an attribute, named after it.
//!
//! Source: Sentry's convention `flag.evaluation.<name>`, and OpenTelemetry's for `feature_flag.*`.

use std::borrow::Cow;

use model::json::{Object, Value};
use model::span::{AttributeValue, SpanRow};

use super::attributes::{Attributes, from_json};

/// What the name of a flag stands behind.
const PREFIX: &str = "flag.evaluation.";
const KEY: &str = "feature_flag.key";
/// The result, or the name of it; today's names before those of earlier versions.
const RESULTS: [&str; 4] = [
    "feature_flag.result.value",
    "feature_flag.result.variant",
    "feature_flag.evaluation.value",
    "feature_flag.variant",
];

/// Puts in a flag with its result, unless it is there already.
pub(crate) fn fill<'a>(attributes: &mut Attributes<'a>, flag: &str, result: AttributeValue<'a>) {
    if !flag.is_empty() {
        attributes.fill(format!("{PREFIX}{flag}"), result);
    }
}

/// Puts in the flag that attributes of OpenTelemetry tell of: those of an event within a span.
pub(crate) fn fill_told<'a>(attributes: &mut Attributes<'a>, told: &[(Cow<'a, str>, Value<'a>)]) {
    let find = |name: &str| told.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let Some(flag) = find(KEY).and_then(Value::as_str) else { return };
    let result = RESULTS.into_iter().find_map(find).and_then(|value| from_json(value.clone()));
    if let Some(result) = result {
        fill(attributes, flag, result);
    }
}

/// The same for attributes of the span itself.
pub(crate) fn fill_own(attributes: &mut Attributes<'_>) {
    let Some(flag) = attributes.text(KEY).map(str::to_owned) else { return };
    if let Some(result) = RESULTS.into_iter().find_map(|name| attributes.get(name).cloned()) {
        fill(attributes, &flag, result);
    }
}

/// The flags of a span in the form that SDKs tell them in errors; `None` when there are none.
pub fn flags_context(row: &SpanRow<'_>) -> Option<Object<'static>> {
    let flag = |name: &str, value: &AttributeValue<'_>| {
        let result = match value {
            AttributeValue::Text(text) => Value::text(text.to_string()),
            AttributeValue::Bool(value) => Value::Bool(*value),
            AttributeValue::Number(number) => Value::F64(*number),
        };
        let mut flag = Object::with_capacity(2);
        flag.push("flag", name.to_owned());
        flag.push("result", result);
        Value::Object(flag)
    };
    let flags = row
        .attributes
        .iter()
        .filter_map(|attribute| Some(flag(attribute.name.strip_prefix(PREFIX)?, &attribute.value)));
    let values: Vec<Value<'static>> = flags.collect();
    if values.is_empty() {
        return None;
    }
    let mut context = Object::with_capacity(1);
    context.push("values", Value::Array(values));
    Some(context)
}
