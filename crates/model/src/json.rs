//! JSON values that borrow from the bytes they were read from.
//!
//! Objects keep the order of their keys and are searched linearly: events have few keys per object,
//! and a vector is faster to build than any map. Reading text into values is `wire`'s work,
//! writing them is [`crate::json_text`]'s.

use std::borrow::Cow;

/// Any JSON value. Strings borrow where they can.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value<'a> {
    /// `null`, and what a broken field becomes.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A negative whole number.
    I64(i64),
    /// A whole number from zero up.
    U64(u64),
    /// Any other number; always finite.
    F64(f64),
    /// Text.
    Str(Cow<'a, str>),
    /// A list.
    Array(Vec<Value<'a>>),
    /// Names with values.
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    /// Text that the value owns or borrows.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Str(text.into())
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The number, if it is whole and not negative.
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::U64(value) = self { Some(*value) } else { None }
    }

    /// The number, if this is one. Whole numbers above 2^53 lose precision.
    #[expect(clippy::cast_precision_loss, reason = "asked for by the caller, and said above")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::I64(value) => Some(*value as f64),
            Self::U64(value) => Some(*value as f64),
            Self::F64(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements, if this is a list.
    pub fn as_array(&self) -> Option<&Vec<Value<'a>>> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The elements, if this is a list.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Value<'a>>> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The object, if this is one.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The object, if this is one.
    pub fn as_object_mut(&mut self) -> Option<&mut Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The value under `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.as_object()?.get(key)
    }

    /// Follows object keys and list positions (as decimal text) downwards.
    pub fn at(&self, path: &[&str]) -> Option<&Value<'a>> {
        path.iter().try_fold(self, |value, step| match value {
            Self::Object(object) => object.get(step),
            Self::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Takes the value out and leaves `null`.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// The same value with all text owned.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::I64(value) => Value::I64(value),
            Self::U64(value) => Value::U64(value),
            Self::F64(value) => Value::F64(value),
            Self::Str(text) => Value::Str(Cow::Owned(text.into_owned())),
            Self::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Self::Object(object) => Value::Object(object.into_owned()),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Str(Cow::Owned(text))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Self::U64(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        u64::try_from(value).map_or(Self::I64(value), Self::U64)
    }
}

impl From<f64> for Value<'_> {
    /// Numbers that JSON cannot write become `null`.
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::F64(value) } else { Self::Null }
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self::Array(items)
    }
}

impl<'a> From<Object<'a>> for Value<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(object)
    }
}

/// Names with values, in the order they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object<'a> {
    entries: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    /// An empty object.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// An empty object with room for `entries` entries.
    pub fn with_capacity(entries: usize) -> Self {
        Self { entries: Vec::with_capacity(entries) }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value under `key`; the last one if a sender wrote the key twice.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value under `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value<'a>> {
        self.entries.iter_mut().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text under `key`, if there is a string.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The value under `key`; `null` is put there first if it was missing.
    pub fn entry(&mut self, key: impl Into<Cow<'a, str>>) -> &mut Value<'a> {
        let key = key.into();
        let place = self.entries.iter().rposition(|(name, _)| *name == key).unwrap_or_else(|| {
            self.entries.push((key, Value::Null));
            self.entries.len() - 1
        });
        &mut self.entries[place].1
    }

    /// Puts `value` under `key` and returns what was there.
    pub fn insert(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        value: impl Into<Value<'a>>,
    ) -> Option<Value<'a>> {
        let key = key.into();
        let value = value.into();
        if let Some(place) = self.get_mut(&key) {
            return Some(std::mem::replace(place, value));
        }
        self.entries.push((key, value));
        None
    }

    /// Adds an entry without looking whether the key is there already; for builders and parsers.
    pub fn push(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        self.entries.push((key.into(), value.into()));
    }

    /// Takes the entry out.
    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let place = self.entries.iter().rposition(|(name, _)| name == key)?;
        Some(self.entries.remove(place).1)
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value<'a>) -> bool) {
        self.entries.retain_mut(|(name, value)| keep(name, value));
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.entries.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The entries in order, values to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value<'a>)> {
        self.entries.iter_mut().map(|(name, value)| {
            let name: &Cow<'a, str> = name;
            (name.as_ref(), value)
        })
    }

    /// The entries themselves, for steps that rename keys or reorder.
    pub fn entries_mut(&mut self) -> &mut Vec<(Cow<'a, str>, Value<'a>)> {
        &mut self.entries
    }

    /// The entries themselves.
    pub fn into_entries(self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        self.entries
    }

    /// The same object with all text owned.
    pub fn into_owned(self) -> Object<'static> {
        let owned = |(name, value): (Cow<'a, str>, Value<'a>)| {
            (Cow::Owned(name.into_owned()), value.into_owned())
        };
        Object { entries: self.entries.into_iter().map(owned).collect() }
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Value<'a>)> for Object<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Value<'a>)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let mut object = Object::new();
        object.push("a", 1_u64);
        object.push("a", 2_u64);
        assert_eq!(object.get("a"), Some(&Value::U64(2)));
    }

    #[test]
    fn paths_go_through_objects_and_lists() {
        let mut object = Object::new();
        object.insert("values", vec![Value::from("x"), Value::from("y")]);
        let value = Value::Object(object);
        assert_eq!(value.at(&["values", "1"]), Some(&Value::from("y")));
        assert_eq!(value.at(&["values", "2"]), None);
        assert_eq!(value.at(&["values", "x"]), None);
    }

    #[test]
    fn numbers_json_cannot_write_become_null() {
        assert_eq!(Value::from(f64::NAN), Value::Null);
    }
}
