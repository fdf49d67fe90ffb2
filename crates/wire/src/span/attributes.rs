//! Attributes in the making: each name once, old names beside today's, nothing without a bound.

use std::borrow::Cow;

use model::json::{Object, Value};
use model::json_text;
use model::limits::{ATTRIBUTE_NAME_BYTES_MAX, ATTRIBUTE_TEXT_BYTES_MAX, SPAN_ATTRIBUTES_MAX};
use model::span::{Attribute, AttributeValue};

use super::deprecated;

/// Whole numbers up to here are exact.
const EXACT_MAX: u64 = 1 << 53;

/// The attributes of one span.
#[derive(Debug, Clone, Default)]
pub struct Attributes<'a> {
    list: Vec<Attribute<'a>>,
    seen: Seen,
}

/// Remembers names by a bit each. Most names that are asked for are not there, and nearly always that is
/// told without comparing any.
#[derive(Debug, Clone, Copy, Default)]
struct Seen(u128);

impl Seen {
    fn add(&mut self, name: &str) {
        self.0 |= Self::bit(name);
    }

    fn may_have(self, name: &str) -> bool {
        self.0 & Self::bit(name) != 0
    }

    fn bit(name: &str) -> u128 {
        let bytes = name.as_bytes();
        let at = |place: usize| bytes.get(place).copied().map_or(0, usize::from);
        // Names differ less in how they begin.
        let (middle, last) = (at(bytes.len() / 2), at(bytes.len().wrapping_sub(1)));
        1 << ((bytes.len() * 29 + middle * 5 + last * 11) % 128)
    }
}

impl<'a> Attributes<'a> {
    /// None, with room for some.
    pub fn with_capacity(count: usize) -> Self {
        Self { list: Vec::with_capacity(count.min(SPAN_ATTRIBUTES_MAX)), seen: Seen::default() }
    }

    /// Puts in what a sender wrote; what was there under that name goes. Names of earlier days get
    /// the present one, or both if the old one is still in use.
    pub fn put(&mut self, name: Cow<'a, str>, value: AttributeValue<'a>) {
        match deprecated::find(&name) {
            None => self.replace(name, value),
            Some(old) if old.stays => {
                self.fill(old.now, value.clone());
                self.replace(name, value);
            }
            Some(old) => self.fill(old.now, value),
        }
    }

    /// Puts in every value of an object of JSON.
    pub fn put_all(&mut self, object: Object<'a>) {
        for (name, value) in object.into_entries() {
            if let Some(value) = from_json(value) {
                self.put(name, value);
            }
        }
    }

    /// Puts in what is known from elsewhere, unless the sender said something under that name.
    pub fn fill(&mut self, name: impl Into<Cow<'a, str>>, value: AttributeValue<'a>) {
        let name = name.into();
        if self.place(&name).is_none() {
            self.push(name, value);
        }
    }

    /// The same with text; none where it is empty.
    pub fn fill_text(&mut self, name: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) {
        let text = text.into();
        if !text.is_empty() {
            self.fill(name, AttributeValue::Text(text));
        }
    }

    /// The same with a value of JSON; none for `null`.
    pub fn fill_json(&mut self, name: impl Into<Cow<'a, str>>, value: Value<'a>) {
        if let Some(value) = from_json(value) {
            self.fill(name, value);
        }
    }

    /// The value under that name.
    pub fn get(&self, name: &str) -> Option<&AttributeValue<'a>> {
        self.place(name).map(|place| &self.list[place].value)
    }

    /// The text under that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            AttributeValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number under that name.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            AttributeValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Takes the value out.
    pub fn take(&mut self, name: &str) -> Option<AttributeValue<'a>> {
        self.place(name).map(|place| self.list.remove(place).value)
    }

    /// Takes the value out if it is text.
    pub fn take_text(&mut self, name: &str) -> Option<Cow<'a, str>> {
        match self.take(name)? {
            AttributeValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a row keeps.
    pub fn into_vec(self) -> Vec<Attribute<'a>> {
        self.list
    }

    fn place(&self, name: &str) -> Option<usize> {
        if !self.seen.may_have(name) {
            return None;
        }
        self.list.iter().position(|known| known.name == name)
    }

    fn replace(&mut self, name: Cow<'a, str>, value: AttributeValue<'a>) {
        match self.place(&name) {
            Some(place) => self.list[place].value = bounded(value),
            None => self.push(name, value),
        }
    }

    fn push(&mut self, name: Cow<'a, str>, value: AttributeValue<'a>) {
        let has_name = !name.is_empty() && name.len() <= ATTRIBUTE_NAME_BYTES_MAX;
        let has_value = !matches!(value, AttributeValue::Number(number) if !number.is_finite());
        if has_name && has_value && self.list.len() < SPAN_ATTRIBUTES_MAX {
            self.seen.add(&name);
            self.list.push(Attribute { name, value: bounded(value) });
        }
    }
}

fn bounded(value: AttributeValue<'_>) -> AttributeValue<'_> {
    match value {
        AttributeValue::Text(text) => AttributeValue::Text(cut(text, ATTRIBUTE_TEXT_BYTES_MAX)),
        other => other,
    }
}

/// A value of JSON as an attribute; `None` for `null`. Lists and objects become JSON text.
pub fn from_json(value: Value<'_>) -> Option<AttributeValue<'_>> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => AttributeValue::Bool(value),
        Value::U64(number) if number > EXACT_MAX => AttributeValue::Text(number.to_string().into()),
        Value::I64(number) if number.unsigned_abs() > EXACT_MAX => {
            AttributeValue::Text(number.to_string().into())
        }
        Value::Str(text) => AttributeValue::Text(text),
        Value::Array(_) | Value::Object(_) => {
            AttributeValue::Text(json_text::to_string(&value).into())
        }
        number => AttributeValue::Number(number.as_f64()?),
    })
}

/// The text of a value of JSON, if it is one.
pub(super) fn text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

/// At most so many bytes of a text, cut between characters.
pub fn cut(text: Cow<'_, str>, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max {
        return text;
    }
    let end = text.floor_char_boundary(bytes_max);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            text.shrink_to_fit();
            Cow::Owned(text)
        }
    }
}
