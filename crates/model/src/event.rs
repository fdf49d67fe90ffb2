//! An event in the middle of its way: the payload and the notes on it.

use std::borrow::Cow;

use crate::annotation::Annotations;
use crate::json::{Object, Value};
use crate::json_text;

/// A payload with its `_meta` notes kept apart from it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event<'a> {
    /// The payload without `_meta`.
    pub root: Object<'a>,
    /// The notes.
    pub notes: Annotations,
}

impl<'a> Event<'a> {
    /// Splits what a client sent into payload and notes.
    pub fn from_object(mut root: Object<'a>) -> Self {
        let notes = root.remove("_meta").as_ref().map(Annotations::from_value).unwrap_or_default();
        Self { root, notes }
    }

    /// Appends the event as JSON text with `_meta` last.
    pub fn write(&self, out: &mut Vec<u8>) {
        json_text::write_object(out, &self.root);
        let Some(notes) = self.notes.to_value() else { return };
        out.pop();
        out.extend_from_slice(if self.root.is_empty() { b"\"_meta\":" } else { b",\"_meta\":" });
        json_text::write_value(out, &notes);
        out.push(b'}');
    }

    /// The value at `path`, such as `["contexts", "trace", "trace_id"]`.
    pub fn at(&self, path: &[&str]) -> Option<&Value<'a>> {
        let (first, rest) = path.split_first()?;
        self.root.get(first)?.at(rest)
    }

    /// The text at `path`.
    pub fn str_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// The exceptions, oldest cause first, without entries that were `null`.
    pub fn exceptions(&self) -> impl DoubleEndedIterator<Item = &Object<'a>> {
        let values = self.at(&["exception", "values"]).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_object)
    }

    /// The tags of a normalised event: pairs with a name and a value.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.root.get("tags").and_then(Value::as_array).into_iter().flatten();
        pairs.filter_map(|pair| Some((pair.at(&["0"])?.as_str()?, pair.at(&["1"])?.as_str()?)))
    }

    /// The value of the first tag with that name.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Puts a tag in, unless the event has one with that name.
    pub fn add_tag(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let name = name.into();
        if self.tag(&name).is_some() {
            return;
        }
        let pair = Value::Array(vec![Value::Str(name), Value::Str(value.into())]);
        match self.root.entry("tags") {
            Value::Array(pairs) => pairs.push(pair),
            place => *place = Value::Array(vec![pair]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotation::Path;

    #[test]
    fn notes_are_written_last_also_in_an_empty_event() {
        let mut event = Event::default();
        event.notes.note(&Path::Root.name("level")).error("invalid_data");
        let mut out = Vec::new();
        event.write(&mut out);
        assert_eq!(out, br#"{"_meta":{"level":{"":{"err":["invalid_data"]}}}}"#);
        event.root.insert("level", Value::Null);
        out.clear();
        event.write(&mut out);
        assert_eq!(out, br#"{"level":null,"_meta":{"level":{"":{"err":["invalid_data"]}}}}"#);
    }

    #[test]
    fn a_tag_is_added_once() {
        let mut event = Event::default();
        event.add_tag("a", "1");
        event.add_tag("a", "2");
        assert_eq!(event.tags().collect::<Vec<_>>(), [("a", "1")]);
    }
}
