//! Fields of a form beside a minidump: how Breakpad, Crashpad and old Electron say what an event holds.
//!
//! Source: Relay's `merge_formdata` and the documentation of Sentry's minidump endpoint.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use model::id::EventId;
use model::json::{Object, Value};
use model::json_text;

use crate::json;

/// Steps of a name such as `sentry[contexts][game][level]`.
const STEPS_MAX: usize = 16;
/// The name of the first piece of an event is this and `1`.
const PIECE: &str = "sentry__";

/// The fields as the payload of an item: a list of pairs in JSON.
pub fn write(fields: &[(String, String)]) -> Vec<u8> {
    let text = |text: &str| Value::text(text.to_owned());
    let pairs = fields.iter().map(|(name, value)| Value::Array(vec![text(name), text(value)]));
    let mut payload = Vec::new();
    json_text::write_value(&mut payload, &Value::Array(pairs.collect()));
    payload
}

/// The fields from what [`write`] made. Empty when it was something else.
pub fn read(payload: &[u8]) -> Vec<(String, String)> {
    let mut scratch = payload.to_vec();
    let Ok(Value::Array(pairs)) = json::parse(&mut scratch) else { return Vec::new() };
    let text = |pair: &Value<'_>, place: &str| Some(pair.at(&[place])?.as_str()?.to_owned());
    pairs.iter().filter_map(|pair| Some((text(pair, "0")?, text(pair, "1")?))).collect()
}

/// The event that the fields make: JSON in `sentry`, whole or in pieces, single fields of it as
/// `sentry[release]`, and everything else as `extra`. What cannot be read is left out.
pub fn event(fields: &[(String, String)]) -> Object<'static> {
    let mut event = Object::new();
    let mut pieces: Vec<(u32, &str)> = Vec::new();
    for (name, value) in fields {
        if name == "sentry" || name.starts_with("sentry___") {
            merge_text(&mut event, value);
        } else if let Some(number) = name.strip_prefix(PIECE).and_then(|it| it.parse().ok()) {
            pieces.push((number, value));
        } else if let Some(path) = path(name) {
            insert(&mut event, &path, value);
        } else {
            insert(&mut event, &["extra", name], value);
        }
    }
    pieces.sort_by_key(|(number, _)| *number);
    let joined: String = pieces.into_iter().map(|(_, piece)| piece).collect();
    if !joined.is_empty() {
        merge_text(&mut event, &joined);
    }
    event
}

/// The id that an event says it has.
pub fn event_id(event: &Object<'_>) -> Option<EventId> {
    EventId::parse(event.str("event_id")?).ok()
}

/// Puts all of `from` into `into`: objects are merged, lists joined, other values replaced.
pub fn merge<'a>(into: &mut Object<'a>, from: Object<'a>) {
    // Objects look names up one by one, and a stranger chooses how many there are.
    let mut entries: Vec<_> = std::mem::take(into).into_entries();
    let names = entries.iter().enumerate().map(|(place, (name, _))| (name.clone(), place));
    let mut places: HashMap<Cow<'a, str>, usize> = names.collect();
    for (name, value) in from.into_entries() {
        match places.entry(name) {
            Entry::Occupied(known) => merge_value(&mut entries[*known.get()].1, value),
            Entry::Vacant(new) => {
                let name = new.key().clone();
                new.insert(entries.len());
                entries.push((name, value));
            }
        }
    }
    for (name, value) in entries {
        into.push(name, value);
    }
}

fn merge_value<'a>(into: &mut Value<'a>, from: Value<'a>) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => merge(into, from),
        (Value::Array(into), Value::Array(from)) => into.extend(from),
        (into, from) => *into = from,
    }
}

fn merge_text(into: &mut Object<'static>, text: &str) {
    let mut scratch = text.as_bytes().to_vec();
    if let Ok(Value::Object(from)) = json::parse(&mut scratch) {
        merge(into, from.into_owned());
    }
}

/// The steps of `sentry[a][b]`; `None` for other names.
fn path(name: &str) -> Option<Vec<&str>> {
    let steps = name.strip_prefix("sentry[")?.strip_suffix(']')?;
    let steps: Vec<&str> = steps.split("][").collect();
    let is_fine = steps.len() <= STEPS_MAX && !steps.iter().any(|step| step.contains(['[', ']']));
    is_fine.then_some(steps)
}

fn insert(into: &mut Object<'static>, path: &[&str], value: &str) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        into.insert((*first).to_owned(), value.to_owned());
        return;
    }
    let place = into.entry((*first).to_owned());
    if place.is_null() {
        *place = Value::Object(Object::new());
    }
    // What is something else already stays as it is.
    if let Value::Object(object) = place {
        insert(object, rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fields: &[(&str, &str)], expected: &str) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let fields: Vec<(String, String)> = fields.iter().map(owned).collect();
        assert_eq!(read(&write(&fields)), fields, "as it was written");
        let event = Value::Object(event(&fields));
        assert_eq!(json_text::to_string(&event), expected, "{fields:?}");
    }

    #[test]
    fn fields_make_an_event() {
        check(&[], "{}");
        check(
            &[("sentry", r#"{"release": "a@1", "tags": {"x": "1"}}"#), ("sentry[tags][y]", "2")],
            r#"{"release":"a@1","tags":{"x":"1","y":"2"}}"#,
        );
        // In pieces, which come in any order.
        check(
            &[("sentry__2", r#":"b@2"}"#), ("sentry__1", r#"{"release""#)],
            r#"{"release":"b@2"}"#,
        );
        check(&[("sentry___main", r#"{"dist":"7"}"#)], r#"{"dist":"7"}"#);
        check(
            &[("guid", "äß\"\n"), ("prod", "Game")],
            "{\"extra\":{\"guid\":\"äß\\\"\\n\",\"prod\":\"Game\"}}",
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_out_or_extra() {
        check(&[("sentry", "{no json")], "{}");
        check(&[("sentry", "[1]")], "{}");
        check(
            &[("sentry__x", "1"), ("sentry[a", "2")],
            r#"{"extra":{"sentry__x":"1","sentry[a":"2"}}"#,
        );
        // A text is in the way.
        check(&[("sentry[user]", "me"), ("sentry[user][id]", "1")], r#"{"user":"me"}"#);
        let deep = format!("sentry{}", "[a]".repeat(STEPS_MAX + 1));
        check(&[(&deep, "1")], &format!(r#"{{"extra":{{"{deep}":"1"}}}}"#));
        assert_eq!(read(b"{}"), []);
        assert_eq!(read(b"\xff"), []);
    }

    #[test]
    fn many_names_are_merged_in_the_order_of_their_first_coming() {
        let object = |names: std::ops::Range<u32>, value: &str| {
            let mut object = Object::new();
            for name in names {
                object.push(name.to_string(), value.to_owned());
            }
            object
        };
        // Looked up one by one, these would take minutes.
        let mut into = object(0..200_000, "old");
        merge(&mut into, object(100_000..300_000, "new"));
        assert_eq!(into.len(), 300_000);
        let value = |name: &str| into.str(name).map(str::to_owned);
        assert_eq!(value("99999").as_deref(), Some("old"));
        assert_eq!(value("100000").as_deref(), Some("new"));
        assert_eq!(value("299999").as_deref(), Some("new"));
        assert!(
            into.into_entries()
                .into_iter()
                .map(|(name, _)| name)
                .eq((0..300_000).map(|name| name.to_string()))
        );
    }

    #[test]
    fn ids_are_found() {
        let mut event = Object::new();
        assert_eq!(event_id(&event), None);
        event.push("event_id", "9ec79c33-ec99-42ab-8353-589fcb2e04dc");
        assert!(event_id(&event).is_some());
    }
}
