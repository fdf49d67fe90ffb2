//! JSON documents as events and back.

use model::event::Event;
use model::json::{Object, Value};
use scrub::{ScrubSettings, Scrubber};

/// The text of a document as an event.
pub(crate) fn event(json: &serde_json::Value) -> Event<'static> {
    let Value::Object(root) = value(json) else { panic!("an event is an object") };
    Event::from_object(root)
}

/// The event as a document.
pub(crate) fn json(event: &Event<'_>) -> serde_json::Value {
    let mut out = Vec::new();
    event.write(&mut out);
    serde_json::from_slice(&out).unwrap()
}

/// The document after scrubbing.
pub(crate) fn scrubbed(
    settings: &ScrubSettings,
    document: &serde_json::Value,
) -> serde_json::Value {
    let mut event = event(document);
    Scrubber::new(settings).unwrap().apply(&mut event);
    json(&event)
}

pub(crate) fn value(json: &serde_json::Value) -> Value<'static> {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Value::U64(number),
            (None, Some(number)) => Value::I64(number),
            _ => Value::F64(number.as_f64().unwrap()),
        },
        serde_json::Value::String(text) => Value::from(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(value).collect()),
        serde_json::Value::Object(map) => {
            let entries = map.iter().map(|(name, item)| (name.clone().into(), value(item)));
            Value::Object(entries.collect::<Object<'static>>())
        }
    }
}
