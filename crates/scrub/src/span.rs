//! Spans as rows: their attributes are shown to the rules as if they were the data of a span in an
//! event.

use std::borrow::Cow;

use model::annotation::Annotations;
use model::json::{Object, Value};
use model::span::{Attribute, AttributeValue, SpanRow};

use crate::Scrubber;
use crate::clean::Clean;
use crate::place::Place;
use crate::schema::SPAN_ROW;
use crate::walk::Walk;

/// The attributes that say for whom a span was.
const PERSON: [&str; 4] = ["user.id", "user.name", "user.email", "user.ip_address"];

/// Shows the texts of rows to the rules.
pub(crate) fn scrub(scrubber: &Scrubber, rows: &mut [SpanRow<'_>]) {
    let mut clean = Clean::default();
    for row in rows {
        scrub_row(scrubber, &mut clean, row);
    }
}

fn scrub_row(scrubber: &Scrubber, clean: &mut Clean, row: &mut SpanRow<'_>) {
    // Rows keep no notes.
    let mut notes = Annotations::default();
    let mut walk = Walk::new(scrubber, &mut notes, clean);
    text(&mut walk, "description", &mut row.name);
    text(&mut walk, "transaction", &mut row.transaction);

    let attributes = std::mem::take(&mut row.attributes);
    let mut data: Object<'_> =
        attributes.into_iter().map(|it| (it.name, to_value(it.value))).collect();
    if scrubber.has_selectors {
        text(&mut walk, "name", &mut row.name);
        typed(&mut walk, &mut data);
    }
    let mut data = Value::Object(data);
    let root = Place::root(&SPAN_ROW);
    let place = root.under("data", SPAN_ROW.under("data", &data), &data);
    walk.value(&mut data, &place);
    if let Value::Object(data) = data {
        let kept = data.into_entries().into_iter();
        row.attributes = kept
            .filter_map(|(name, value)| Some(Attribute { name, value: from(value)? }))
            .collect();
    }
    forget_person(row);
}

/// Shows attributes to the rules by the path that streamed spans have them under in Sentry.
fn typed(walk: &mut Walk<'_>, data: &mut Object<'_>) {
    let root = Place::root(&SPAN_ROW);
    let whole = Value::Object(Object::new());
    let attributes = root.under("attributes", SPAN_ROW.under("attributes", &whole), &whole);
    for (name, value) in data.iter_mut() {
        let attribute = attributes.under(name, attributes.field, &whole);
        let place = attribute.under("value", attribute.field, value);
        walk.value(value, &place);
    }
}

/// Shows a text to the rules, as that field of a span.
pub(crate) fn text(walk: &mut Walk<'_>, field: &'static str, text: &mut Cow<'_, str>) {
    if text.is_empty() {
        return;
    }
    let mut value = Value::Str(std::mem::take(text));
    let root = Place::root(&SPAN_ROW);
    let place = root.under(field, SPAN_ROW.under(field, &value), &value);
    walk.value(&mut value, &place);
    if let Value::Str(clean) = value {
        *text = clean;
    }
}

/// A person is known by an attribute; without that attribute, as it was, there is none.
fn forget_person(row: &mut SpanRow<'_>) {
    let Some((_, person)) = row.user.split_once(':') else { return };
    let is_known = PERSON.iter().any(|name| match row.attribute(name) {
        Some(AttributeValue::Text(text)) => text.starts_with(person),
        Some(AttributeValue::Number(number)) => number.to_string() == person,
        _ => false,
    });
    if !is_known {
        row.user = Cow::Borrowed("");
    }
}

fn to_value(value: AttributeValue<'_>) -> Value<'_> {
    match value {
        AttributeValue::Text(text) => Value::Str(text),
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::Number(number) => whole(number).map_or(Value::F64(number), Value::U64),
    }
}

/// Rules know numbers of cards as whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole and below 2^53"
)]
fn whole(number: f64) -> Option<u64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    ((0.0..=EXACT_MAX).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

/// What a rule left of a value. Rules put nothing but text in its place.
fn from(value: Value<'_>) -> Option<AttributeValue<'_>> {
    Some(match value {
        Value::Str(text) => AttributeValue::Text(text),
        Value::Bool(value) => AttributeValue::Bool(value),
        number => AttributeValue::Number(number.as_f64()?),
    })
}
