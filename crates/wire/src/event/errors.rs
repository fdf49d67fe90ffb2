//! The list of what was wrong, under `errors`, where people and tools look for it.

use model::event::Event;
use model::json::{Object, Value};
use model::limits;

/// Adds what the notes say to the list, once each.
pub(super) fn list(event: &mut Event<'_>) {
    if event.notes.is_empty() {
        return;
    }
    let mut errors = match event.root.remove("errors") {
        Some(Value::Array(errors)) => errors,
        _ => Vec::new(),
    };
    event.notes.for_each(|path, note| {
        // The value before is said once, with the first error.
        let mut original = note.original_value.as_ref();
        for error in &note.errors {
            if errors.len() >= limits::EVENT_ERRORS_MAX {
                return;
            }
            let mut line = Object::with_capacity(3 + error.details.len());
            line.push("type", error.kind.clone().into_owned());
            line.push("name", path.join("."));
            if let Some(value) = original.take() {
                line.push("value", value.clone());
            }
            for (name, value) in error.details.iter() {
                line.insert(name.to_owned(), value.clone());
            }
            let line = Value::Object(line);
            if !errors.contains(&line) {
                errors.push(line);
            }
        }
    });
    if !errors.is_empty() {
        event.root.insert("errors", errors);
    }
}
