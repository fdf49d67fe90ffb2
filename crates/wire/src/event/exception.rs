//! Exceptions, oldest cause first, and how they were caught.

use model::annotation::Path;
use model::event::Event;
use model::json::{Object, Value};
use model::limits;

use super::conform::Conform;
use super::frames;
use super::mechanism::{self, MECHANISM};
use super::os_names::System;
use super::schema::{Field, Kind, Schema, Text, Values, field};

const NAME: Kind = Kind::Text(Text::max(256, 20));

const EXCEPTION: Schema = Schema::closed(
    "exception",
    &[
        field("type", NAME),
        field("value", Kind::JsonText(Text::max(8192, 200))),
        field("module", NAME),
        field("mechanism", Kind::Object(&MECHANISM)).reshaped(mechanism::from_legacy),
        frames::FIELD,
        frames::RAW_FIELD,
        field("thread_id", Kind::ThreadId),
    ],
);

const EXCEPTIONS: Values =
    Values { item: Kind::Object(&EXCEPTION), items_max: limits::EXCEPTIONS_MAX };

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field = field("exception", Kind::Values(&EXCEPTIONS)).gone_when_empty();

/// Completes exceptions and their stacks; those that say nothing become `null` with a note.
pub(super) fn normalize(event: &mut Event<'_>) {
    let system = System::of(event);
    let mut stack = event.root.remove("stacktrace");
    if let Some(stack) = &mut stack {
        frames::normalize(stack);
    }
    let list = Path::Root.name("exception");
    let list = list.name("values");
    let exceptions = event.root.get_mut("exception").and_then(Value::as_object_mut);
    let exceptions = exceptions.and_then(|exception| exception.get_mut("values"));
    if let Some(exceptions) = exceptions.and_then(Value::as_array_mut) {
        let mut conform = Conform { notes: &mut event.notes };
        for (place, value) in exceptions.iter_mut().enumerate() {
            complete(&mut conform, value, system, &list.index(place));
        }
        if let [Value::Object(only)] = exceptions.as_mut_slice()
            && only.get("stacktrace").is_none_or(Value::is_null)
            && let Some(stack) = stack.take_if(|stack| !stack.is_null())
        {
            only.insert("stacktrace", stack);
            let to = list.index(0);
            conform.rename(&Path::Root.name("stacktrace"), &to.name("stacktrace"));
        }
    }
    if let Some(stack) = stack {
        event.root.push("stacktrace", stack);
    }
}

fn complete(
    conform: &mut Conform<'_>,
    value: &mut Value<'_>,
    system: Option<System>,
    path: &Path<'_>,
) {
    let Value::Object(exception) = value else { return };
    if let Some(stack) = exception.get_mut("stacktrace") {
        frames::normalize(stack);
    }
    split_value(exception);
    if is_blank(exception, "type") && is_blank(exception, "value") {
        reject(conform, value, path);
    } else if let Some(Value::Object(mechanism)) = exception.get_mut("mechanism") {
        mechanism::normalize(conform, mechanism, system, &path.name("mechanism"));
    }
}

fn is_blank(exception: &Object<'_>, name: &str) -> bool {
    exception.str(name).is_none_or(str::is_empty)
}

/// `ValueError: boom` is a type and a value when no type was given.
fn split_value(exception: &mut Object<'_>) {
    if !is_blank(exception, "type") {
        return;
    }
    let Some((kind, value)) = exception.str("value").and_then(|text| text.split_once(':')) else {
        return;
    };
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    if kind.is_empty() || !kind.chars().all(is_word) || value.contains('\n') {
        return;
    }
    let (kind, value) = (kind.to_owned(), value.trim().to_owned());
    exception.insert("type", kind);
    exception.insert("value", value);
}

fn reject(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    // Kept in the note as its full form, so that one sees what could have been there.
    let mut original = Object::with_capacity(EXCEPTION.fields.len());
    let Value::Object(exception) = value else { return };
    for field in EXCEPTION.fields {
        original.push(field.name, exception.remove(field.name).unwrap_or_default());
    }
    *value = Value::Object(original);
    let mut details = Object::new();
    details.push("attribute", "type or value");
    conform.reject_with(value, path, "missing_attribute", details);
}
