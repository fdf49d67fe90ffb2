//! Measurements: numbers with units, as attributes by the names conventions gave them.

use std::borrow::Cow;

use model::json::{Object, Value};
use model::span::AttributeValue;

use super::attributes::Attributes;
use super::deprecated;

/// Longest start or first display that can be true, in milliseconds. Source: Relay.
const START_MILLIS_MAX: f64 = 180_000.0;
/// Characters of a unit nobody knows.
const CUSTOM_UNIT_BYTES_MAX: usize = 15;

/// Measurements that are known by a name which conventions do not list as an old one.
const RENAMED: [(&str, &str); 5] = [
    ("frames_total", "app.vitals.frames.total.count"),
    ("frames_slow", "app.vitals.frames.slow.count"),
    ("frames_frozen", "app.vitals.frames.frozen.count"),
    ("ttfb.requesttime", "browser.web_vital.ttfb.request_time"),
    ("ttid", "app.vitals.ttid.value"),
];

/// Puts measurements in, unless the sender said something under their names.
pub(super) fn fill<'a>(attributes: &mut Attributes<'a>, measurements: Object<'a>) {
    for (name, measured) in measurements.into_entries() {
        let Value::Object(measured) = measured else { continue };
        let Some(value) = measured.get("value").and_then(Value::as_f64) else { continue };
        if !is_name(&name) || is_start(&name) && value > START_MILLIS_MAX {
            continue;
        }
        let (factor, unit) = unit(measured.str("unit").unwrap_or_default());
        let value = AttributeValue::Number(value * factor);
        if let Some(known) = convention(&name) {
            attributes.fill(known, value);
        } else {
            if let Some(unit) = unit {
                attributes.fill_text(format!("{name}.unit"), unit.into_owned());
            }
            attributes.fill(name, value);
        }
    }
    rates(attributes);
}

/// Shares of frames that were late. Source: Relay.
fn rates(attributes: &mut Attributes<'_>) {
    let Some(total) = attributes.number("app.vitals.frames.total.count").filter(|it| *it > 0.0)
    else {
        return;
    };
    for (count, rate) in [
        ("app.vitals.frames.slow.count", "app.vitals.frames.slow.rate"),
        ("app.vitals.frames.frozen.count", "app.vitals.frames.frozen.rate"),
    ] {
        if let Some(count) = attributes.number(count) {
            attributes.fill(rate, AttributeValue::Number(count / total));
        }
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_';
    !name.is_empty() && name.bytes().all(allowed)
}

fn is_start(name: &str) -> bool {
    name.starts_with("app_start_") || name.starts_with("time_to_")
}

fn convention(name: &str) -> Option<&'static str> {
    let renamed = RENAMED.iter().find(|(old, _)| *old == name).map(|(_, now)| *now);
    renamed.or_else(|| deprecated::find(name).map(|old| old.now))
}

/// By what to multiply, and the unit then. Times become milliseconds and sizes bytes, so that values
/// from different SDKs can be compared.
fn unit(name: &str) -> (f64, Option<Cow<'_, str>>) {
    const MILLIS: Option<Cow<'_, str>> = Some(Cow::Borrowed("millisecond"));
    const BYTES: Option<Cow<'_, str>> = Some(Cow::Borrowed("byte"));
    match name {
        "" | "none" => (1.0, None),
        "nanosecond" | "ns" => (1e-6, MILLIS),
        "microsecond" => (1e-3, MILLIS),
        "millisecond" | "ms" => (1.0, MILLIS),
        "second" | "s" => (1e3, MILLIS),
        "minute" => (6e4, MILLIS),
        "hour" => (3.6e6, MILLIS),
        "day" => (8.64e7, MILLIS),
        "week" => (6.048e8, MILLIS),
        "bit" => (0.125, BYTES),
        "byte" => (1.0, BYTES),
        "kilobyte" => (1e3, BYTES),
        "kibibyte" => (1024.0, BYTES),
        "megabyte" => (1e6, BYTES),
        "mebibyte" => (1_048_576.0, BYTES),
        "gigabyte" => (1e9, BYTES),
        "gibibyte" => (1_073_741_824.0, BYTES),
        other if other.len() <= CUSTOM_UNIT_BYTES_MAX => (1.0, Some(other.into())),
        _ => (1.0, None),
    }
}
