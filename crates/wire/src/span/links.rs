//! Links to other spans, as the JSON text that an attribute holds.

use model::id::{SpanId, TraceId};
use model::json::{Object, Value};
use model::json_text;
use model::limits::ATTRIBUTE_TEXT_BYTES_MAX;
use model::span::AttributeValue;

use super::attributes::Attributes;

/// The attribute with the links.
const NAME: &str = "sentry.links";

/// Puts links in: those with valid ids, as many as fit.
pub(super) fn fill(attributes: &mut Attributes<'_>, links: Value<'_>) {
    let Value::Array(links) = links else { return };
    let mut text = vec![b'['];
    for link in links {
        let Some(link) = link.as_object().and_then(kept) else { continue };
        let before = text.len();
        if before > 1 {
            text.push(b',');
        }
        json_text::write_object(&mut text, &link);
        if text.len() >= ATTRIBUTE_TEXT_BYTES_MAX {
            text.truncate(before);
            break;
        }
    }
    text.push(b']');
    if text.len() > 2
        && let Ok(text) = String::from_utf8(text)
    {
        attributes.fill(NAME, AttributeValue::Text(text.into()));
    }
}

fn kept<'l>(link: &'l Object<'_>) -> Option<Object<'l>> {
    let trace = TraceId::parse(link.str("trace_id")?).ok().filter(|id| !id.is_nil())?;
    let span = SpanId::parse(link.str("span_id")?).ok().filter(|id| !id.is_nil())?;
    let mut kept = Object::with_capacity(3);
    kept.push("trace_id", trace.to_string());
    kept.push("span_id", span.to_string());
    if let Some(said) = link.get("attributes").and_then(Value::as_object) {
        let attributes =
            said.iter().filter_map(|(name, value)| Some((name.into(), plain(value)?.clone())));
        kept.push("attributes", attributes.collect::<Object<'_>>());
    }
    Some(kept)
}

/// The value itself, also where it comes with its type. Only scalars are worth keeping.
fn plain<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Value<'a>> {
    let value = match value {
        Value::Object(typed) => typed.get("value")?,
        other => other,
    };
    let scalar = !matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
    scalar.then_some(value)
}
