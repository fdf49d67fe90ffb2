//! Original values that notes keep: a secret that was cut out of a field must not stay in its note.

use model::annotation::{Annotations, Path};
use model::event::Event;
use model::json::Value;

use crate::Scrubber;
use crate::clean::Clean;
use crate::place::Place;
use crate::schema::{self, Field};
use crate::walk::Walk;

/// Shows every original value to the rules for its field.
pub(crate) fn scrub(scrubber: &Scrubber, event: &mut Event<'_>) {
    let mut paths: Vec<Vec<String>> = Vec::new();
    event.notes.for_each(|path, note| {
        if note.original_value.is_some() {
            paths.push(path.iter().map(|step| (*step).to_owned()).collect());
        }
    });
    for path in &paths {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some(original) = event.notes.get(&steps).and_then(|note| note.original_value.clone())
        else {
            continue;
        };
        let place = Place::root(&schema::EVENT);
        let scrubbed = match steps.split_first() {
            Some((first, rest)) => {
                let value = event.root.get(first).unwrap_or(&Value::Null);
                let field = schema::EVENT.under(first, value);
                descend(scrubber, value, rest, original, &place.under(first, field, value))
            }
            None => None,
        };
        set(&mut event.notes, &steps, scrubbed.as_ref());
    }
}

/// Walks to the field that the note is on, as the event's own values were walked to.
fn descend(
    scrubber: &Scrubber,
    value: &Value<'_>,
    steps: &[&str],
    mut original: Value<'static>,
    place: &Place<'_>,
) -> Option<Value<'static>> {
    let Some((step, rest)) = steps.split_first() else {
        // The notes of the original go nowhere; the field's own say enough.
        let (mut unused, mut clean) = (Annotations::default(), Clean::default());
        let place = place.seen_as(reached(place.field), &original);
        Walk::new(scrubber, &mut unused, &mut clean).value(&mut original, &place);
        return Some(original).filter(|original| !original.is_null());
    };
    let below = value.at(&[step]).unwrap_or(&Value::Null);
    match step.parse::<usize>() {
        Ok(index) if value.as_array().is_some() => {
            if let (Some((&"1", rest)), Some(key)) =
                (rest.split_first(), below.at(&["0"]).and_then(Value::as_str))
            {
                let value = below.at(&["1"]).unwrap_or(&Value::Null);
                return descend(
                    scrubber,
                    value,
                    rest,
                    original,
                    &place.paired(key, Path::Root, value),
                );
            }
            let field = place.field.items();
            descend(scrubber, below, rest, original, &place.nth(index, field, below))
        }
        _ => {
            let field = place.field.under(step, below);
            descend(scrubber, below, rest, original, &place.under(step, field, below))
        }
    }
}

/// An original can be anything, also where the schema has a field that nobody looks into.
fn reached(field: &'static Field) -> &'static Field {
    if field.is_open() { field } else { &schema::TEXT_REST }
}

fn set(notes: &mut Annotations, steps: &[&str], original: Option<&Value<'static>>) {
    with_path(&Path::Root, steps, &mut |path| {
        notes.note(path).original_value = original.cloned();
    });
}

/// Calls `act` with the path of those steps, which lives on the stack.
fn with_path(path: &Path<'_>, steps: &[&str], act: &mut dyn FnMut(&Path<'_>)) {
    match steps.split_first() {
        Some((first, rest)) => with_path(&path.name(first), rest, act),
        None => act(path),
    }
}
