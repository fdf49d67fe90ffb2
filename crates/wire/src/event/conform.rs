//! The first walk: every value becomes what its table says, or `null` with a note.

use std::borrow::Cow;

use model::annotation::{Annotations, Note, Path};
use model::json::{Object, Value};

use super::contexts;
use super::scalars;
use super::schema::{Field, Kind, Schema, Text, Unknown, Values};
use super::size;
use super::timestamps;

/// Values larger than this (bytes of JSON, estimated) are not kept in a note.
const ORIGINAL_BYTES_MAX: usize = 500;

/// Brings values into form and notes what was wrong with them.
#[derive(Debug)]
pub(super) struct Conform<'n> {
    pub(super) notes: &'n mut Annotations,
}

impl Conform<'_> {
    /// Makes the value `null`, and notes why and what it was.
    pub(super) fn reject(
        &mut self,
        value: &mut Value<'_>,
        path: &Path<'_>,
        reason: impl Into<Cow<'static, str>>,
    ) {
        let original = value.take();
        let note = self.notes.note(path);
        note.invalid(reason);
        keep_original(note, original);
    }

    /// Makes the value `null`, and notes an error of that kind and what it was.
    pub(super) fn reject_as(&mut self, value: &mut Value<'_>, path: &Path<'_>, kind: &'static str) {
        self.reject_with(value, path, kind, Object::new());
    }

    /// Makes the value `null`, and notes an error with details and what it was.
    pub(super) fn reject_with(
        &mut self,
        value: &mut Value<'_>,
        path: &Path<'_>,
        kind: &'static str,
        details: Object<'static>,
    ) {
        let original = value.take();
        let note = self.notes.note(path);
        note.error_with(kind, details);
        keep_original(note, original);
    }

    /// True when there is a note on the field, from us or from the sender.
    pub(super) fn is_noted(&self, path: &Path<'_>) -> bool {
        if self.notes.is_empty() {
            return false;
        }
        let steps = path.steps();
        let steps: Vec<&str> = steps.iter().map(AsRef::as_ref).collect();
        self.notes.get(&steps).is_some_and(|note| !note.is_empty())
    }

    /// Moves notes of the sender when a value moves. Free when there are none, as nearly always.
    pub(super) fn rename(&mut self, from: &Path<'_>, to: &Path<'_>) {
        if !self.notes.is_empty() {
            self.notes.rename(from, to);
        }
    }

    /// Drops all notes below a list of which elements were taken out: their places are wrong now.
    pub(super) fn forget_below(&mut self, path: &Path<'_>) {
        if !self.notes.is_empty() {
            let steps = path.steps();
            let steps: Vec<&str> = steps.iter().map(AsRef::as_ref).collect();
            self.notes.remove(&steps);
        }
    }

    /// Brings one value into form.
    pub(super) fn value(&mut self, value: &mut Value<'_>, kind: &Kind, path: &Path<'_>) {
        if value.is_null() {
            return;
        }
        match kind {
            Kind::Any | Kind::Free(_) => {}
            Kind::Contexts => contexts::conform(self, value, path),
            Kind::Text(rules) => match value {
                Value::Str(_) => self.text(value, rules, path),
                _ => self.reject(value, path, "expected a string"),
            },
            Kind::Lenient(rules) => match scalars::lenient(value) {
                Ok(()) => self.text(value, rules, path),
                Err(reason) => self.reject(value, path, reason),
            },
            Kind::JsonText(rules) => {
                scalars::json_text(value);
                self.text(value, rules, path);
            }
            Kind::Object(schema) => match value {
                Value::Object(object) => self.object(object, schema, path),
                _ => self.reject(value, path, format!("expected {}", schema.what)),
            },
            Kind::Map(item) => self.map(value, item, path),
            Kind::List(item) => self.list(value, item, path),
            Kind::Values(values) => self.values(value, values, path),
            Kind::Pairs(name, item) => self.pairs(value, name, item, path),
            Kind::Time => self.scalar(value, path, timestamps::conform),
            Kind::Bool => self.scalar(value, path, scalars::boolean),
            Kind::Unsigned => self.scalar(value, path, scalars::unsigned),
            Kind::Signed => self.scalar(value, path, scalars::signed),
            Kind::Float => self.scalar(value, path, scalars::float),
            Kind::SpanStatus => self.scalar(value, path, scalars::span_status),
            Kind::Address => self.scalar(value, path, scalars::address),
            Kind::Ip => self.scalar(value, path, scalars::ip),
            Kind::ThreadId => self.scalar(value, path, scalars::thread_id),
            Kind::Id(form) => self.scalar(value, path, |value| scalars::id(value, *form)),
            Kind::Level => match scalars::level(value) {
                Ok(()) => {}
                Err("") => self.reject_as(value, path, "invalid_data"),
                Err(reason) => self.reject(value, path, reason),
            },
        }
    }

    fn scalar(
        &mut self,
        value: &mut Value<'_>,
        path: &Path<'_>,
        convert: impl FnOnce(&mut Value<'_>) -> Result<(), &'static str>,
    ) {
        if let Err(reason) = convert(value) {
            self.reject(value, path, reason);
        }
    }

    fn text(&mut self, value: &mut Value<'_>, rules: &Text, path: &Path<'_>) {
        let Value::Str(text) = value else { return };
        if rules.trimmed {
            scalars::trim(text);
        }
        if rules.nonempty && text.is_empty() {
            *value = Value::Null;
            self.notes.note(path).invalid("expected a non-empty string");
            return;
        }
        if let Some(allowed) = rules.allowed
            && let Some(bad) = text.chars().find(|char| !allowed(*char))
        {
            self.reject(value, path, format!("invalid character {bad:?}"));
        }
    }

    /// Brings the fields of an object into form.
    pub(super) fn object(&mut self, object: &mut Object<'_>, schema: &Schema, path: &Path<'_>) {
        let mut seen = 0_u64;
        let mut twice = false;
        object.retain(|name, value| {
            let path = path.name(name);
            let Some((place, field)) = schema.find(name) else {
                return self.unknown(value, schema.unknown, &path);
            };
            twice |= seen & 1 << place != 0;
            let kept = self.field(value, field, &path);
            seen |= u64::from(kept) << place;
            kept
        });
        if twice {
            keep_last(object);
        }
        for (place, field) in schema.fields.iter().enumerate() {
            if field.required && seen & 1 << place == 0 {
                self.notes.note(&path.name(field.name)).error("missing_attribute");
                object.push(field.name, Value::Null);
            }
        }
    }

    /// Brings one field into form. False when it is to be left out.
    fn field(&mut self, value: &mut Value<'_>, field: &Field, path: &Path<'_>) -> bool {
        if let Some(reshape) = field.reshape {
            reshape(self, value, path);
        }
        self.value(value, &field.kind, path);
        let empty = value.is_null() || field.gone_when_empty && scalars::is_empty(value);
        !empty || self.is_noted(path)
    }

    fn unknown(&mut self, value: &mut Value<'_>, unknown: Unknown, path: &Path<'_>) -> bool {
        match unknown {
            Unknown::Keep => true,
            Unknown::Drop => {
                self.forget_below(path);
                false
            }
            Unknown::Note => {
                self.forget_below(path);
                *value = Value::Null;
                self.notes.note(path).error("invalid_attribute");
                true
            }
        }
    }

    fn map(&mut self, value: &mut Value<'_>, item: &Kind, path: &Path<'_>) {
        match value {
            Value::Object(object) => {
                for (name, value) in object.iter_mut() {
                    self.value(value, item, &path.name(name));
                }
            }
            _ => self.reject(value, path, "expected an object"),
        }
    }

    fn list(&mut self, value: &mut Value<'_>, item: &Kind, path: &Path<'_>) {
        match value {
            Value::Array(items) => {
                for (place, value) in items.iter_mut().enumerate() {
                    self.value(value, item, &path.index(place));
                }
            }
            _ => self.reject(value, path, "expected an array"),
        }
    }

    fn values(&mut self, value: &mut Value<'_>, values: &'static Values, path: &Path<'_>) {
        let inner = path.name("values");
        match value.take() {
            Value::Object(object) if object.is_empty() => return,
            Value::Object(mut object) if object.get("values").is_some() => {
                object.retain(|name, _| name == "values");
                *value = Value::Object(object);
            }
            Value::Object(object) => {
                *value = wrapped(vec![Value::Object(object)]);
                self.rename(path, &inner.index(0));
            }
            Value::Array(items) => {
                *value = wrapped(items);
                self.rename(path, &inner);
            }
            mut other => {
                self.reject(&mut other, path, "expected a list or values object");
                return;
            }
        }
        let Value::Object(object) = value else { return };
        let items = object.entry("values");
        if items.is_null() && !self.is_noted(&inner) {
            self.notes.note(&inner).error("missing_attribute");
        }
        if let Value::Array(list) = items {
            self.keep_newest(list, values.items_max, &inner);
        }
        self.value(items, &Kind::List(&values.item), &inner);
        if items.as_array().is_some_and(Vec::is_empty) && !self.is_noted(&inner) {
            *value = Value::Null;
        }
    }

    /// Cuts a list that is too long at its beginning.
    fn keep_newest(&mut self, list: &mut Vec<Value<'_>>, items_max: usize, path: &Path<'_>) {
        let before = list.len();
        if let Some(excess) = before.checked_sub(items_max).filter(|excess| *excess > 0) {
            list.drain(..excess);
            self.forget_below(path);
            let note = self.notes.note(path);
            note.original_length = u64::try_from(before).ok();
            note.error("value_too_long");
        }
    }

    /// Makes a list of pairs, sorted by name, of an object.
    pub(super) fn listed(&mut self, value: &mut Value<'_>, path: &Path<'_>) {
        let Value::Object(object) = value else { return };
        let mut entries = std::mem::take(object).into_entries();
        entries.sort_by(|left, right| left.0.cmp(&right.0));
        let pairs = entries.into_iter().enumerate().map(|(place, (name, value))| {
            self.rename(&path.name(&name), &path.index(place).index(1));
            Value::Array(vec![Value::Str(name), value])
        });
        *value = Value::Array(pairs.collect());
    }

    fn pairs(&mut self, value: &mut Value<'_>, name: &Kind, item: &Kind, path: &Path<'_>) {
        self.listed(value, path);
        let Value::Array(items) = value else {
            return self.reject(value, path, "expected an array");
        };
        for (place, pair) in items.iter_mut().enumerate() {
            let path = path.index(place);
            match pair {
                Value::Null => {}
                Value::Array(parts) if parts.len() == 2 => {
                    self.value(&mut parts[0], name, &path.index(0));
                    self.value(&mut parts[1], item, &path.index(1));
                }
                _ => self.reject(pair, &path, "expected a tuple"),
            }
        }
    }
}

fn keep_original(note: &mut Note, original: Value<'_>) {
    if !original.is_null() && size::at_most(&original, ORIGINAL_BYTES_MAX) {
        note.original_value = Some(original.into_owned());
    }
}

fn wrapped(items: Vec<Value<'_>>) -> Value<'_> {
    let mut object = Object::with_capacity(1);
    object.push("values", items);
    Value::Object(object)
}

/// Of names that came twice, the last one counts.
fn keep_last(object: &mut Object<'_>) {
    let entries = object.entries_mut();
    let mut place = 0;
    while place < entries.len() {
        let (earlier, later) = entries.split_at(place + 1);
        if later.iter().any(|(name, _)| *name == earlier[place].0) {
            entries.remove(place);
        } else {
            place += 1;
        }
    }
}
