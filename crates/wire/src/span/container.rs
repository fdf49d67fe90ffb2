//! Containers of streamed spans, version 2.

use std::borrow::Cow;
use std::collections::HashSet;

use model::id::{SpanId, TraceId};
use model::json::{Object, Value};
use model::span::{AttributeValue, SpanRow};

use super::attributes::{Attributes, from_json};
use super::finishing::{self, settle_columns};
use super::request::Client;
use super::status::span_status;
use super::time::{self, Window};
use super::{Invalid, SpanGiven, Spans, blank, intervals, links, score, streamed_names};

/// Reads a container that shall hold `item_count` spans. A span that is not one costs that span.
///
/// # Errors
/// [`Invalid::NoContainer`] costs all of them.
pub fn container<'a>(
    container: Value<'a>,
    item_count: u32,
    given: &SpanGiven<'_>,
) -> Result<Spans<'a>, Invalid> {
    let Value::Object(mut container) = container else { return Err(Invalid::NoContainer) };
    let Some(Value::Array(items)) = container.remove("items") else {
        return Err(Invalid::NoContainer);
    };
    if usize::try_from(item_count).ok() != Some(items.len()) {
        return Err(Invalid::NoContainer);
    }
    let client = Client::allowed(&container, given);
    let window = Window::new(given);
    let mut spans = Spans { rows: Vec::with_capacity(items.len()), refused: Vec::new() };
    let mut seen = HashSet::with_capacity(items.len());
    for item in items {
        match row(item, &client, &window, given) {
            Ok(row) if seen.insert((row.trace, row.span)) => spans.rows.push(row),
            Ok(_) => spans.refuse("duplicate", 1),
            Err(problem) => spans.refuse(problem.reason(), 1),
        }
    }
    streamed_names::complete(&mut spans.rows);
    set_self_times(&mut spans.rows);
    Ok(spans)
}

/// Sets of every span how long none of its children ran. What the sender says (`sentry.exclusive_time`)
/// counts; else what the children take that came with it.
pub fn set_self_times(rows: &mut [SpanRow<'_>]) {
    intervals::set_self_times(rows);
    for row in rows {
        let place = row.attributes.iter().position(|it| it.name == "sentry.exclusive_time");
        let said = place.map(|place| row.attributes.remove(place).value);
        if let Some(AttributeValue::Number(millis)) = said
            && let Some(micros) = time::from_millis(millis)
        {
            row.self_time = micros;
        }
    }
}

fn row<'a>(
    item: Value<'a>,
    client: &Client<'_>,
    window: &Window,
    given: &SpanGiven<'_>,
) -> Result<SpanRow<'a>, Invalid> {
    let Value::Object(mut item) = item else { return Err(Invalid::NoData("fields")) };
    let trace = id(&item, "trace_id", |text| TraceId::parse(text).ok(), TraceId::is_nil)?;
    let span = id(&item, "span_id", |text| SpanId::parse(text).ok(), SpanId::is_nil)?;
    let moment = |name| item.get(name).and_then(time::micros).ok_or(Invalid::NoData(name));
    let (start, end) = (moment("start_timestamp")?, moment("end_timestamp")?);
    let mut row = blank(given, trace, span);
    window.place(&mut row, start, end)?;
    row.parent = item.str("parent_span_id").and_then(|id| SpanId::parse(id).ok());
    row.parent = row.parent.filter(|id| !id.is_nil());
    row.is_segment = item.get("is_segment").and_then(Value::as_bool).unwrap_or(false);
    row.name = finishing::name(text(&mut item, "name")?);
    let status = text(&mut item, "status")?;
    let mut attributes = match item.remove("attributes") {
        Some(Value::Object(typed)) => untyped(typed),
        _ => Attributes::default(),
    };
    links::fill(&mut attributes, item.remove("links").unwrap_or_default());
    client.fill(&mut attributes);
    row.status = span_status(&status, &mut attributes);
    row.segment = match attributes.take("sentry.segment.id") {
        None => span,
        Some(AttributeValue::Text(id)) => {
            SpanId::parse(&id).ok().ok_or(Invalid::BadId("sentry.segment.id"))?
        }
        Some(_) => return Err(Invalid::BadId("sentry.segment.id")),
    };
    if row.is_segment {
        row.segment = span;
    }
    settle_columns(&mut row, &mut attributes);
    score::fill(&mut attributes);
    row.attributes = attributes.into_vec();
    Ok(row)
}

fn id<T>(
    item: &Object<'_>,
    name: &'static str,
    parse: impl Fn(&str) -> Option<T>,
    is_nil: impl Fn(&T) -> bool,
) -> Result<T, Invalid> {
    let text = item.str(name).ok_or(Invalid::NoData(name))?;
    parse(text).filter(|id| !is_nil(id)).ok_or(Invalid::BadId(name))
}

fn text<'a>(item: &mut Object<'a>, name: &'static str) -> Result<Cow<'a, str>, Invalid> {
    match item.remove(name) {
        Some(Value::Str(text)) => Ok(text),
        _ => Err(Invalid::NoData(name)),
    }
}

/// Attributes that come with their types; what is of another type than it says is left out.
fn untyped(typed: Object<'_>) -> Attributes<'_> {
    let mut attributes = Attributes::with_capacity(typed.len());
    for (name, value) in typed.into_entries() {
        let Value::Object(mut value) = value else { continue };
        let Some(found) = value.remove("value") else { continue };
        if value.str("type").is_some_and(|name| is_of_type(&found, name))
            && let Some(value) = from_json(found)
        {
            attributes.put(name, value);
        }
    }
    attributes
}

/// Source: Relay's attribute types.
fn is_of_type(value: &Value<'_>, name: &str) -> bool {
    match (name, value) {
        ("string", Value::Str(_)) | ("boolean", Value::Bool(_)) | ("integer", Value::I64(_)) => {
            true
        }
        ("integer", Value::U64(number)) => i64::try_from(*number).is_ok(),
        ("double", value) => value.as_f64().is_some(),
        ("array", Value::Array(items)) => {
            items.iter().all(|item| item.as_str().is_some())
                || items.iter().all(|item| item.as_bool().is_some())
                || items.iter().all(|item| item.as_f64().is_some())
        }
        _ => false,
    }
}
