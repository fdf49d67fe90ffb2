//! The `_meta` tree of a payload, rearranged to mirror the API's event.

use serde_json::{Map, Value, json};

use crate::event::entry::Entry;

/// Payload keys whose marks stand beside the entries, with their names in the API.
const BESIDE: [(&str, &str); 5] = [
    ("user", "user"),
    ("contexts", "contexts"),
    ("extra", "context"),
    ("modules", "packages"),
    ("tags", "tags"),
];

/// Marks for the API: those of interfaces under the number of their entry, the others by name.
pub fn for_api(marks: &Value, entries: &[Entry]) -> Value {
    let mut of_entries = Map::new();
    for (number, entry) in entries.iter().enumerate() {
        if let Some(tree) = marks.get(entry.key) {
            of_entries.insert(number.to_string(), json!({"data": tree}));
        }
    }
    let mut all = Map::new();
    all.insert("entries".into(), Value::Object(of_entries));
    all.insert("message".into(), marks.get("logentry").cloned().unwrap_or_default());
    for (key, name) in BESIDE {
        all.insert(name.into(), marks.get(key).cloned().unwrap_or_default());
    }
    Value::Object(all)
}
