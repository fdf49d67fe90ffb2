//! The segment of a transaction: everything the event says, as one span.

use std::borrow::Cow;

use model::event::Event;
use model::id::{SpanId, TraceId};
use model::json::{Object, Value};
use model::span::{AttributeValue, SpanRow};

use super::attributes::{self, Attributes, from_json};
use super::time::{self};
use super::{Invalid, SpanGiven, blank, finishing, flags, links, measurements, request, score};
use crate::row::user_key;

/// Makes the segment of a transaction that was normalised and scrubbed. Its attributes come by
/// themselves, because more of them follow from its spans.
pub(super) fn segment<'a>(
    mut event: Event<'a>,
    given: &SpanGiven<'_>,
) -> Result<(SpanRow<'a>, Attributes<'a>), Invalid> {
    let user = user_key(&event);
    let root = &mut event.root;
    let mut contexts = object(root, "contexts");
    let mut trace = object(&mut contexts, "trace");
    let (trace_id, span_id) = ids(&trace).ok_or(Invalid::NoTrace)?;
    let mut row = blank(given, trace_id, span_id);
    let moment = |name| root.get(name).and_then(time::micros).ok_or(Invalid::NoTime(name));
    time::set(&mut row, moment("start_timestamp")?, moment("timestamp")?);
    row.is_segment = true;
    row.parent = trace.str("parent_span_id").and_then(|id| SpanId::parse(id).ok());
    row.op = finishing::op(text(&mut trace, "op"));
    row.status = text(&mut trace, "status");
    row.transaction = finishing::short(text(root, "transaction"));
    row.name.clone_from(&row.transaction);
    row.environment = finishing::short(text(root, "environment"));
    row.release = finishing::short(text(root, "release"));
    row.platform = finishing::short(text(root, "platform"));
    row.user = finishing::short(user.into());

    let data = object(&mut trace, "data");
    let mut attributes = Attributes::with_capacity(data.len() + 32);
    attributes.put_all(data);
    for known in ["sentry.op", "sentry.segment.name", "sentry.segment.id", "sentry.transaction"] {
        attributes.take(known);
    }
    attributes.take("sentry.segment.name.source");
    let mut info = object(root, "transaction_info");
    attributes.fill_text("sentry.segment.name.source", text(&mut info, "source"));
    attributes.fill_text("sentry.event_id", text(root, "event_id"));
    attributes.fill_text("sentry.origin", text(&mut trace, "origin"));
    attributes.fill_text("sentry.dist", text(root, "dist"));
    links::fill(&mut attributes, trace.remove("links").unwrap_or_default());
    measurements::fill(&mut attributes, object(root, "measurements"));
    score::fill(&mut attributes);
    fill_sdk(&mut attributes, object(root, "sdk"));
    fill_tags(&mut attributes, root.remove("tags").unwrap_or_default());
    for (name, value) in object(&mut trace, "tags").into_entries() {
        attributes.fill_json(name, value);
    }
    fill_user(&mut attributes, object(root, "user"));
    request::fill(&mut attributes, object(root, "request"));
    attributes.fill_text("server.address", text(root, "server_name"));
    fill_contexts(&mut attributes, contexts);
    Ok((row, attributes))
}

/// The ids of the trace and of the segment.
pub(super) fn ids(trace: &Object<'_>) -> Option<(TraceId, SpanId)> {
    let trace_id = TraceId::parse(trace.str("trace_id")?).ok().filter(|id| !id.is_nil())?;
    let span_id = SpanId::parse(trace.str("span_id")?).ok().filter(|id| !id.is_nil())?;
    Some((trace_id, span_id))
}

fn object<'a>(parent: &mut Object<'a>, name: &str) -> Object<'a> {
    match parent.remove(name) {
        Some(Value::Object(object)) => object,
        _ => Object::new(),
    }
}

fn text<'a>(parent: &mut Object<'a>, name: &str) -> Cow<'a, str> {
    parent.remove(name).and_then(attributes::text).unwrap_or_default()
}

fn fill_sdk<'a>(attributes: &mut Attributes<'a>, mut sdk: Object<'a>) {
    attributes.fill_text("sentry.sdk.name", text(&mut sdk, "name"));
    attributes.fill_text("sentry.sdk.version", text(&mut sdk, "version"));
}

fn fill_tags<'a>(attributes: &mut Attributes<'a>, tags: Value<'a>) {
    let Value::Array(tags) = tags else { return };
    for tag in tags {
        let Value::Array(pair) = tag else { continue };
        let mut pair = pair.into_iter().map(attributes::text);
        let (Some(Some(name)), Some(Some(value))) = (pair.next(), pair.next()) else { continue };
        // Normalisation copies it there from the event.
        let name = if name == "server_name" { "server.address".into() } else { name };
        attributes.fill(name, AttributeValue::Text(value));
    }
}

fn fill_user<'a>(attributes: &mut Attributes<'a>, mut user: Object<'a>) {
    attributes.fill_text("user.id", text(&mut user, "id"));
    attributes.fill_text("user.email", text(&mut user, "email"));
    attributes.fill_text("user.name", text(&mut user, "username"));
    attributes.fill_text("user.full_name", text(&mut user, "name"));
    attributes.fill_text("user.ip_address", text(&mut user, "ip_address"));
    let mut geo = object(&mut user, "geo");
    for (name, from) in [
        ("user.geo.country_code", "country_code"),
        ("user.geo.city", "city"),
        ("user.geo.region", "region"),
        ("user.geo.subdivision", "subdivision"),
    ] {
        attributes.fill_text(name, text(&mut geo, from));
    }
}

fn fill_contexts<'a>(attributes: &mut Attributes<'a>, contexts: Object<'a>) {
    for (context, value) in contexts.into_entries() {
        let Value::Object(mut fields) = value else { continue };
        match context.as_ref() {
            "replay" => attributes.fill_text("sentry.replay_id", text(&mut fields, "replay_id")),
            "profile" => {
                attributes.fill_text("sentry.profile_id", text(&mut fields, "profile_id"));
                attributes.fill_text("sentry.profiler_id", text(&mut fields, "profiler_id"));
            }
            "flags" => fill_flags(attributes, fields),
            "response" => {
                if let Some(code) = fields.remove("status_code") {
                    attributes.fill_json("http.response.status_code", code);
                }
            }
            context => {
                for (name, value) in fields.into_entries() {
                    // `type` repeats what the context is, `os` of `os` its other fields.
                    if name != "type" && name != context {
                        attributes.fill_json(format!("{context}.{name}"), value);
                    }
                }
            }
        }
    }
}

fn fill_flags<'a>(attributes: &mut Attributes<'a>, mut flags: Object<'a>) {
    let Some(Value::Array(values)) = flags.remove("values") else { return };
    for value in values {
        let Value::Object(mut value) = value else { continue };
        let name = text(&mut value, "flag");
        if let Some(result) = value.remove("result").and_then(from_json) {
            flags::fill(attributes, &name, result);
        }
    }
}
